// Texts that clients give to themselves.

internal import Memory
internal import RESP

enum ClientText {
    /// Whether a name can stand in a line of CLIENT LIST: printable ASCII without spaces. As in Redis, what follows a
    /// NUL is neither looked at nor shown there.
    static func isValid(_ text: ByteView) -> Bool {
        let shown = text.upToNUL
        for index in 0..<shown.count where !(0x21...0x7E).contains(shown[index]) { return false }
        return true
    }
}
