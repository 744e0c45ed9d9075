// What the replies of several commands have in common: pages of HELP, errors about subcommands, and Swift strings.

package import Memory
package import RESP

extension ByteView {
    /// Bytes of a word that an error repeats.
    package static var quotedBytesMax: Int { 128 }

    /// What an error repeats of a word: its first bytes, which end at a NUL, as in Redis.
    @_lifetime(copy self)
    package func clipped(to count: Int = quotedBytesMax) -> ByteView { self[0..<min(self.count, count)].upToNUL }
}

extension Request {
    /// A container's name as the client has called it, in capitals.
    fileprivate var containerName: [UInt8] { self[0].upToNUL.copied().uppercased() }
}

extension Reply {
    /// A page of HELP: the lines about a container's subcommands, with those that all containers share around them. The
    /// container is called as the client has called it.
    mutating func help(_ request: Request, _ lines: [StaticString]) {
        array(lines.count + 3)
        let title = request.containerName + Array(" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:".utf8)
        simpleString(ByteView(title.span))
        for line in lines { simpleString(line) }
        simpleString("HELP")
        simpleString("    Print this help.")
    }

    /// A string's UTF-8 as a bulk string.
    mutating func bulk(text: String) { bulk(ByteView(text.utf8.span)) }

    /// A string as text for people.
    mutating func verbatim(text: String) { verbatim("txt", ByteView(text.utf8.span)) }

    /// A string as a line of text.
    mutating func simpleString(text: String) { simpleString(ByteView(text.utf8.span)) }

    /// "ERR unknown subcommand 'x'. Try CLIENT HELP."
    package mutating func unknownSubcommand(_ request: Request) {
        error("ERR unknown subcommand '", ofSubcommand: request)
    }

    /// The error of containers that look at the number of words themselves.
    mutating func unknownSubcommandOrArity(_ request: Request) {
        error("ERR unknown subcommand or wrong number of arguments for '", ofSubcommand: request)
    }

    private mutating func error(_ text: StaticString, ofSubcommand request: Request) {
        beginError()
        errorText(text)
        errorText(request[1].clipped())
        errorText("'. Try ")
        errorText(ByteView(request.containerName.span))
        errorText(" HELP.")
        endError()
    }
}
