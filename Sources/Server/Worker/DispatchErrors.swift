// The error replies of the dispatcher, in Redis's words.

internal import Memory
internal import RESP

extension Reply {
    /// Characters of arguments that an error about an unknown command repeats.
    private static var quotedArgumentsMax: Int { 128 }

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
        errorText(clipped(arguments[0], to: Self.quotedArgumentsMax))
        errorText("', with args beginning with: ")
        var quoted = 0
        var index = 1
        while index < arguments.count && quoted < Self.quotedArgumentsMax {
            errorText("'")
            let word = clipped(arguments[index], to: Self.quotedArgumentsMax - quoted)
            errorText(word)
            errorText("' ")
            quoted += word.count + 3
            index += 1
        }
        endError()
    }

    /// "ERR unknown subcommand 'x'. Try CLIENT HELP.": the container as the client has called it.
    mutating func unknownSubcommand(_ arguments: Arguments) {
        beginError()
        errorText("ERR unknown subcommand '")
        errorText(clipped(arguments[1], to: Self.quotedArgumentsMax))
        errorText("'. Try ")
        errorText(ByteView(String(decoding: arguments[0].copied(), as: UTF8.self).uppercased().utf8.span))
        errorText(" HELP.")
        endError()
    }

    /// The word's first bytes, which end at a NUL, as in Redis.
    @_lifetime(copy word)
    private func clipped(_ word: ByteView, to count: Int) -> ByteView { word[0..<min(word.count, count)].upToNUL }
}
