// Texts that clients give to themselves.

internal import Memory

enum ClientText {
    /// Whether a name can stand in a line of CLIENT LIST: printable ASCII without spaces.
    static func isValid(_ text: ByteView) -> Bool {
        for index in 0..<text.count where !(0x21...0x7E).contains(text[index]) { return false }
        return true
    }
}
