// What the replies of several commands have in common: pages of HELP, and texts that are Swift strings.

internal import Memory
internal import RESP

extension Reply {
    /// A page of HELP: the lines about a container's subcommands, with those that all containers share around them. The
    /// container is called as the client has called it.
    mutating func help(_ request: Request, _ lines: [StaticString]) {
        array(lines.count + 3)
        let container = String(decoding: request[0].copied(), as: UTF8.self).uppercased()
        let title = Array("\(container) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:".utf8)
        simpleString(ByteView(title.span))
        for line in lines { simpleString(line) }
        simpleString("HELP")
        simpleString("    Print this help.")
    }

    /// A string's UTF-8 as a bulk string.
    mutating func bulk(text: String) { bulk(ByteView(text.utf8.span)) }

    /// A string as a line of text.
    mutating func simpleString(text: String) { simpleString(ByteView(text.utf8.span)) }

    /// Bytes of a word that an error repeats.
    private static var quotedBytesMax: Int { 128 }

    /// The error of containers that look at the number of words themselves.
    mutating func unknownSubcommandOrArity(_ request: Request, of container: StaticString) {
        beginError()
        errorText("ERR unknown subcommand or wrong number of arguments for '")
        errorText(request[1][0..<min(request[1].count, Self.quotedBytesMax)])
        errorText("'. Try ")
        errorText(container)
        errorText(" HELP.")
        endError()
    }
}
