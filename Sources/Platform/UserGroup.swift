// UserGroup: the groups of the machine's users.

internal import CPlatform

package enum UserGroup {
    /// The number of a group.
    /// - Throws: the system's error, ENOENT if there is no such group.
    package static func id(named name: String) throws(SystemError) -> UInt32 {
        let id = unsafe apus_group_id(name)
        guard id >= 0 else { throw SystemError(errno: Int32(-id)) }
        return UInt32(id)
    }
}
