// The error replies of the dispatcher, in Redis's words.

internal import Commands
internal import Memory
internal import RESP

extension Reply {
    /// An error around a name.
    mutating func error(_ prefix: StaticString, _ name: String, _ suffix: StaticString) {
        error(prefix, "", name, suffix)
    }

    /// The same with a prefix of two pieces.
    mutating func error(_ prefix: StaticString, _ before: StaticString, _ name: String, _ suffix: StaticString) {
        beginError()
        errorText(prefix)
        errorText(before)
        errorText(ByteView(name.utf8.span))
        errorText(suffix)
        endError()
    }

    /// "ERR unknown command 'x', with args beginning with: 'a' 'b' "
    mutating func unknownCommand(_ arguments: Arguments) {
        beginError()
        errorText("ERR unknown command '")
        errorText(arguments[0].clipped())
        errorText("', with args beginning with: ")
        var quoted = 0
        var index = 1
        while index < arguments.count && quoted < ByteView.quotedBytesMax {
            errorText("'")
            let word = arguments[index].clipped(to: ByteView.quotedBytesMax - quoted)
            errorText(word)
            errorText("' ")
            quoted += word.count + 3
            index += 1
        }
        endError()
    }
}
