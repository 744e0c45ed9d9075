// CommandFlags and ACLCategories: what COMMAND INFO tells of a command in single words.

/// The flags of COMMAND INFO, in its order.
@frozen @usableFromInline
package struct CommandFlags: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt32
    @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `contains` without the protocol's generic code, which another module calls unspecialised.
    @inlinable package func has(_ flags: CommandFlags) -> Bool { rawValue & flags.rawValue == flags.rawValue }

    @inlinable package static var write: CommandFlags { CommandFlags(rawValue: 1 << 0) }
    @inlinable package static var readonly: CommandFlags { CommandFlags(rawValue: 1 << 1) }
    @inlinable package static var denyOOM: CommandFlags { CommandFlags(rawValue: 1 << 2) }
    @inlinable package static var module: CommandFlags { CommandFlags(rawValue: 1 << 3) }
    @inlinable package static var admin: CommandFlags { CommandFlags(rawValue: 1 << 4) }
    @inlinable package static var pubsub: CommandFlags { CommandFlags(rawValue: 1 << 5) }
    @inlinable package static var noScript: CommandFlags { CommandFlags(rawValue: 1 << 6) }
    @inlinable package static var blocking: CommandFlags { CommandFlags(rawValue: 1 << 7) }
    @inlinable package static var loading: CommandFlags { CommandFlags(rawValue: 1 << 8) }
    @inlinable package static var stale: CommandFlags { CommandFlags(rawValue: 1 << 9) }
    @inlinable package static var skipMonitor: CommandFlags { CommandFlags(rawValue: 1 << 10) }
    @inlinable package static var skipCommandLog: CommandFlags { CommandFlags(rawValue: 1 << 11) }
    @inlinable package static var asking: CommandFlags { CommandFlags(rawValue: 1 << 12) }
    @inlinable package static var fast: CommandFlags { CommandFlags(rawValue: 1 << 13) }
    @inlinable package static var noAuth: CommandFlags { CommandFlags(rawValue: 1 << 14) }
    @inlinable package static var mayReplicate: CommandFlags { CommandFlags(rawValue: 1 << 15) }
    @inlinable package static var noMandatoryKeys: CommandFlags { CommandFlags(rawValue: 1 << 16) }
    @inlinable package static var noMulti: CommandFlags { CommandFlags(rawValue: 1 << 17) }
    @inlinable package static var movableKeys: CommandFlags { CommandFlags(rawValue: 1 << 18) }
    @inlinable package static var allowBusy: CommandFlags { CommandFlags(rawValue: 1 << 19) }

    /// The names in COMMAND INFO, by bit.
    package static let names: [StaticString] = [
        "write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript", "blocking", "loading", "stale",
        "skip_monitor", "skip_commandlog", "asking", "fast", "no_auth", "may_replicate", "no_mandatory_keys",
        "no_multi", "movablekeys", "allow_busy",
    ]
}

/// The categories of ACLs, in COMMAND INFO's order.
package struct ACLCategories: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let keyspace = ACLCategories(rawValue: 1 << 0)
    package static let read = ACLCategories(rawValue: 1 << 1)
    package static let write = ACLCategories(rawValue: 1 << 2)
    package static let set = ACLCategories(rawValue: 1 << 3)
    package static let sortedSet = ACLCategories(rawValue: 1 << 4)
    package static let list = ACLCategories(rawValue: 1 << 5)
    package static let hash = ACLCategories(rawValue: 1 << 6)
    package static let string = ACLCategories(rawValue: 1 << 7)
    package static let bitmap = ACLCategories(rawValue: 1 << 8)
    package static let hyperLogLog = ACLCategories(rawValue: 1 << 9)
    package static let geo = ACLCategories(rawValue: 1 << 10)
    package static let stream = ACLCategories(rawValue: 1 << 11)
    package static let pubsub = ACLCategories(rawValue: 1 << 12)
    package static let admin = ACLCategories(rawValue: 1 << 13)
    package static let fast = ACLCategories(rawValue: 1 << 14)
    package static let slow = ACLCategories(rawValue: 1 << 15)
    package static let blocking = ACLCategories(rawValue: 1 << 16)
    package static let dangerous = ACLCategories(rawValue: 1 << 17)
    package static let connection = ACLCategories(rawValue: 1 << 18)
    package static let transaction = ACLCategories(rawValue: 1 << 19)
    package static let scripting = ACLCategories(rawValue: 1 << 20)

    /// The names in COMMAND INFO, by bit.
    package static let names: [StaticString] = [
        "@keyspace", "@read", "@write", "@set", "@sortedset", "@list", "@hash", "@string", "@bitmap", "@hyperloglog",
        "@geo", "@stream", "@pubsub", "@admin", "@fast", "@slow", "@blocking", "@dangerous", "@connection",
        "@transaction", "@scripting",
    ]

    /// The category of a name in small letters and without its "@".
    package init?(named name: String) {
        guard let bit = Self.names.firstIndex(where: { $0.description.dropFirst() == name }) else { return nil }
        self.init(rawValue: 1 << UInt32(bit))
    }
}
