// CLIENT: what a client may ask and say about itself. LIST, KILL and UNBLOCK, which are about others, are in
// ClientList.swift, PAUSE and its end in ClientPause.swift, what a client only announces in ClientTracking.swift.

package import Datastore
internal import Memory
package import RESP

package enum CLIENT: ContainerCommand {
    package static let spec = CommandSpec(
        "client", summary: "A container for client connection commands.", since: "2.4.0", group: .connection,
        complexity: "Depends on subcommand.", arity: -2, isolation: Isolation.none)

    package static let subcommands: [any Command.Type] = [
        ID.self, SETNAME.self, GETNAME.self, SETINFO.self, LIST.self, INFO.self, KILL.self, NOEVICT.self, NOTOUCH.self,
        REPLY.self, UNBLOCK.self, PAUSE.self, UNPAUSE.self, GETREDIR.self, TRACKING.self, TRACKINGINFO.self,
        CACHING.self, CAPA.self, IMPORTSOURCE.self, HELP.self,
    ]

    package enum ID: ServerCommand {
        package static let spec = CommandSpec(
            "id", summary: "Returns the unique client ID of the connection.", since: "5.0.0", group: .connection,
            complexity: "O(1)", arity: 2, flags: [.noScript, .loading, .stale, .allowBusy], categories: [.connection],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.integer(Int(session.id))
        }
    }

    package enum SETNAME: ServerCommand {
        package static let spec = CommandSpec(
            "setname", summary: "Sets the connection name.", since: "2.6.9", group: .connection, complexity: "O(1)",
            arity: 3, flags: [.noScript, .loading, .stale, .allowBusy], categories: [.connection],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            arguments: [ArgumentSpec("connection-name", .string)], isolation: Isolation.none)

        static let invalid = CommandError.reply(
            "ERR Client names cannot contain spaces, newlines or special characters.")

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard ClientText.isValid(request[2]) else { throw invalid }
            setName(request[2].copied(), &session)
            reply.ok()
        }

        /// Names the client; an empty name is none.
        static func setName(_ name: [UInt8], _ session: inout Session) {
            if name.isEmpty && session.details == nil { return }
            session.makeDetails().name = name
        }
    }

    package enum GETNAME: ServerCommand {
        package static let spec = CommandSpec(
            "getname", summary: "Returns the name of the connection.", since: "2.6.9", group: .connection,
            complexity: "O(1)", arity: 2, flags: [.noScript, .loading, .stale, .allowBusy], categories: [.connection],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard let name = session.details?.name, !name.isEmpty else { return reply.null() }
            reply.bulk(ByteView(name.span))
        }
    }

    package enum SETINFO: ServerCommand {
        package static let spec = CommandSpec(
            "setinfo", summary: "Sets information specific to the client or connection.", since: "7.2.0",
            group: .connection, complexity: "O(1)", arity: 4, flags: [.noScript, .loading, .stale, .allowBusy],
            categories: [.connection], tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            arguments: [
                ArgumentSpec(
                    "attr", .oneOf,
                    [
                        ArgumentSpec("libname", .string, token: "LIB-NAME"),
                        ArgumentSpec("libver", .string, token: "LIB-VER")])],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let isName = request[2].isWord("LIB-NAME")
            guard isName || request[2].isWord("LIB-VER") else {
                return reply.error("ERR Unrecognized option '", request[2], "'")
            }
            guard ClientText.isValid(request[3]) else {
                return reply.error("ERR ", request[2], " cannot contain spaces, newlines or special characters.")
            }
            let details = session.makeDetails()
            let value = request[3].copied()
            if isName { details.libraryName = value } else { details.libraryVersion = value }
            reply.ok()
        }
    }

    package enum INFO: ServerCommand {
        package static let spec = CommandSpec(
            "info", summary: "Returns information about the connection.", since: "6.2.0", group: .connection,
            complexity: "O(1)", arity: 2, flags: [.noScript, .loading, .stale], categories: [.connection],
            tips: ["nondeterministic_output"], isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let line = server.clientLine(of: session, during: CommandUnderway(request, reply))
            reply.verbatim("txt", ByteView(line.span))
        }
    }

    package enum NOEVICT: ServerCommand {
        package static let spec = CommandSpec(
            "no-evict", summary: "Sets the client eviction mode of the connection.", since: "7.0.0", group: .connection,
            complexity: "O(1)", arity: 3, flags: [.admin, .noScript, .loading, .stale, .allowBusy],
            categories: [.connection],
            arguments: [ArgumentSpec("enabled", .oneOf, [.word("on", "ON"), .word("off", "OFF")])],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            try setFlag(.noEvict, request, &session)
            reply.ok()
        }
    }

    package enum NOTOUCH: ServerCommand {
        package static let spec = CommandSpec(
            "no-touch", summary: "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
            since: "7.2.0", group: .connection, complexity: "O(1)", arity: 3,
            flags: [.noScript, .loading, .stale, .allowBusy], categories: [.connection],
            arguments: [ArgumentSpec("enabled", .oneOf, [.word("on", "ON"), .word("off", "OFF")])],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            try setFlag(.noTouch, request, &session)
            reply.ok()
        }
    }

    /// Sets or clears a flag as argument 2, ON or OFF, says.
    private static func setFlag(
        _ flag: Session.Flags, _ request: Request, _ session: inout Session
    ) throws(CommandError) {
        if request[2].isWord("ON") {
            session.flags.insert(flag)
        } else if request[2].isWord("OFF") {
            session.flags.remove(flag)
        } else {
            throw .syntax
        }
    }

    package enum REPLY: ServerCommand {
        package static let spec = CommandSpec(
            "reply", summary: "Instructs the server whether to reply to commands.", since: "3.2.0", group: .connection,
            complexity: "O(1)", arity: 3, flags: [.noScript, .loading, .stale, .noMulti, .allowBusy],
            categories: [.connection],
            arguments: [
                ArgumentSpec("action", .oneOf, [.word("on", "ON"), .word("off", "OFF"), .word("skip", "SKIP")])],
            isolation: Isolation.none)

        /// OFF and SKIP have no reply themselves. The dispatcher drops what the flags say it should.
        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            if request[2].isWord("ON") {
                session.flags.subtract([.repliesOff, .skipNextReply])
                // This very reply is wanted again, although it began as one to be dropped.
                reply.endSuppressing()
                reply.ok()
            } else if request[2].isWord("OFF") {
                session.flags.insert(.repliesOff)
            } else if request[2].isWord("SKIP") {
                if !session.flags.contains(.repliesOff) { session.flags.insert(.skipNextReply) }
            } else {
                throw .syntax
            }
        }
    }

    package enum GETREDIR: ServerCommand {
        package static let spec = CommandSpec(
            "getredir",
            summary: "Returns the client ID to which the connection's tracking notifications are redirected.",
            since: "6.0.0", group: .connection, complexity: "O(1)", arity: 2,
            flags: [.noScript, .loading, .stale, .allowBusy], categories: [.connection], isolation: Isolation.none)

        /// -1: the client tracks no keys, so nothing is redirected.
        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.integer(-1)
        }
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(since: "5.0.0", group: .connection, categories: [.connection])
        package static let lines: [StaticString] = [
            "CACHING (YES|NO)", "    Whether the next command's keys are tracked; there is no tracking.",
            "CAPA <capability> [...]", "    Tell what this client can do: REDIRECT.",
            "GETNAME", "    The name of this connection.",
            "GETREDIR", "    The client that tracking messages are redirected to; -1, as there is no tracking.",
            "ID", "    The number of this connection.",
            "IMPORT-SOURCE (ON|OFF)", "    Whether this connection imports data; there is no import mode.",
            "INFO", "    The line of CLIENT LIST about this connection.",
            "KILL <ip:port>", "    Close the connection from this address.",
            "KILL <filter> <value> [<filter> <value> ...]", "    Close the connections that match all filters:",
            "    ID, TYPE, USER, ADDR, LADDR, IP, SKIPME, MAXAGE, IDLE, NAME, FLAGS, LIB-NAME, LIB-VER, DB,",
            "    CAPA, and all but SKIPME, MAXAGE and IDLE also as NOT-ID, NOT-TYPE and so on.",
            "LIST [<filter> <value> ...]", "    A line about each connection that matches the filters of KILL.",
            "NO-EVICT (ON|OFF)", "    Spare this connection when connections are closed to save memory.",
            "NO-TOUCH (ON|OFF)", "    Let the reads of this connection leave no trace in access times.",
            "PAUSE <milliseconds> [WRITE|ALL]", "    Let commands, or only those that write, wait.",
            "REPLY (ON|OFF|SKIP)", "    Whether this connection gets replies; SKIP drops one.",
            "SETINFO (LIB-NAME|LIB-VER) <value>", "    Tell the client library's name or version.",
            "SETNAME <name>", "    Name this connection.",
            "TRACKING (ON|OFF) [<option> ...]", "    Client-side caching; it can only be switched off.",
            "TRACKINGINFO", "    What is tracked for this connection.",
            "UNBLOCK <client-id> [TIMEOUT|ERROR]", "    End the wait of a blocked connection.",
            "UNPAUSE", "    End a pause.",
        ]
    }
}
