// CLIENT TRACKING and its kin, CAPA and IMPORT-SOURCE: what clients announce. There is no client-side caching, so
// tracking can be asked about and switched off, but not on.

package import Datastore
internal import Memory
package import RESP

extension CLIENT {
    package enum TRACKING: ServerCommand {
        package static let spec = CommandSpec(
            "tracking", summary: "Controls server-assisted client-side caching for the connection.", since: "6.0.0",
            group: .connection, complexity: "O(1). Some options may introduce additional complexity.", arity: -3,
            flags: [.noScript, .loading, .stale], categories: [.connection],
            arguments: [
                ArgumentSpec("status", .oneOf, [.word("on", "ON"), .word("off", "OFF")]),
                ArgumentSpec("client-id", .integer, token: "REDIRECT", optional: true),
                ArgumentSpec(
                    "prefix", .string, token: "PREFIX", optional: true, multiple: true, multipleToken: true),
                .word("bcast", "BCAST", optional: true), .word("optin", "OPTIN", optional: true),
                .word("optout", "OPTOUT", optional: true), .word("noloop", "NOLOOP", optional: true),
            ], isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var options = request.options(from: 3)
            var target = ClientFilter()
            while let word = options.next() {
                if word.isWord("REDIRECT"), options.remaining > 0 {
                    guard target.wanted.ids == nil else {
                        throw .reply("ERR A client can only redirect to a single other client")
                    }
                    target.wanted.ids = [UInt64(clamping: try options.integer())]  // there is no client 0
                    let command = CommandUnderway(request, reply)
                    if server.clientLines(matching: target, asking: session, during: command).isEmpty {
                        throw .reply("ERR The client ID you want redirect to does not exist")
                    }
                } else if word.isWord("PREFIX"), options.remaining > 0 {
                    _ = options.next()
                } else {
                    guard word.isWord("BCAST") || word.isWord("OPTIN") || word.isWord("OPTOUT") || word.isWord("NOLOOP")
                    else { throw .syntax }
                }
            }
            if request[2].isWord("OFF") { return reply.ok() }
            guard request[2].isWord("ON") else { throw .syntax }
            throw .reply("ERR client-side caching is not supported by this version")
        }
    }

    package enum TRACKINGINFO: ServerCommand {
        package static let spec = CommandSpec(
            "trackinginfo",
            summary: "Returns information about server-assisted client-side caching for the connection.",
            since: "6.2.0", group: .connection, complexity: "O(1)", arity: 2, flags: [.noScript, .loading, .stale],
            categories: [.connection], isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.map(3)
            reply.bulk("flags")
            reply.set(1)
            reply.bulk("off")
            reply.bulk("redirect")
            reply.integer(-1)
            reply.bulk("prefixes")
            reply.emptyArray()
        }
    }

    package enum CACHING: ServerCommand {
        package static let spec = CommandSpec(
            "caching", summary: "Instructs the server whether to track the keys in the next request.", since: "6.0.0",
            group: .connection, complexity: "O(1)", arity: 3, flags: [.noScript, .loading, .stale, .allowBusy],
            categories: [.connection],
            arguments: [ArgumentSpec("mode", .oneOf, [.word("yes", "YES"), .word("no", "NO")])],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            throw .reply(
                """
                ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode \
                enabled
                """)
        }
    }

    package enum CAPA: ServerCommand {
        package static let spec = CommandSpec(
            "capa", summary: "A client claims its capability.", since: "8.0.0", group: .connection, complexity: "O(1)",
            arity: -3, flags: [.noScript, .loading, .stale, .allowBusy], categories: [.connection],
            arguments: [ArgumentSpec("capability", .string, multiple: true)], isolation: Isolation.none)

        /// Unknown capabilities are none.
        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            for index in 2..<request.count where request[index].isWord("REDIRECT") {
                session.flags.insert(.canRedirect)
            }
            reply.ok()
        }
    }

    package enum IMPORTSOURCE: ServerCommand {
        package static let spec = CommandSpec(
            "import-source", summary: "Marks this client as an import source when the server is in import mode.",
            since: "8.1.0", group: .connection, complexity: "O(1)", arity: 3, flags: [.noScript, .loading, .stale],
            categories: [.connection],
            arguments: [ArgumentSpec("enabled", .oneOf, [.word("on", "ON"), .word("off", "OFF")])],
            isolation: Isolation.none)

        /// The server is never in import mode.
        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard request[2].isWord("OFF") else { throw .reply("ERR Server is not in import mode") }
            reply.ok()
        }
    }
}
