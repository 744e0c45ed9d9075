// COMMANDLOG: the latest commands that took long, were large, or were answered at length. SLOWLOG: the first of these.

package import Datastore
internal import Memory
package import RESP

package enum COMMANDLOG: ContainerCommand {
    package static let spec = CommandSpec(
        "commandlog", summary: "A container for command log commands.", since: "8.1.0", group: .server,
        complexity: "Depends on subcommand.", arity: -2, isolation: Isolation.none)

    package static let subcommands: [any Command.Type] = [GET.self, HELP.self, LEN.self, RESET.self]

    private static let kindArgument = ArgumentSpec(
        "type", .oneOf,
        [.word("slow", "SLOW"), .word("large-request", "LARGE-REQUEST"), .word("large-reply", "LARGE-REPLY")])

    /// The kind that argument `index` names.
    private static func kind(_ request: Request, at index: Int) throws(CommandError) -> CommandLogKind {
        if request[index].isWord("SLOW") { return .slow }
        if request[index].isWord("LARGE-REQUEST") { return .largeRequest }
        if request[index].isWord("LARGE-REPLY") { return .largeReply }
        throw .reply("ERR type should be one of the following: slow, large-request, large-reply")
    }

    package enum GET: ServerCommand {
        package static let spec = CommandSpec(
            "get", summary: "Returns the specified command log's entries.", since: "8.1.0", group: .server,
            complexity: "O(N) where N is the number of entries returned", arity: 4, flags: [.admin, .loading, .stale],
            tips: ["request_policy:all_nodes", "nondeterministic_output"],
            arguments: [ArgumentSpec("count", .integer), kindArgument], isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let count = try request.commandLogCount(at: 2)
            reply.commandLog(server.commandLogEntries(try kind(request, at: 3), count: count))
        }
    }

    package enum LEN: ServerCommand {
        package static let spec = CommandSpec(
            "len", summary: "Returns the number of entries in the specified type of command log.", since: "8.1.0",
            group: .server, complexity: "O(1)", arity: 3, flags: [.admin, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
            arguments: [kindArgument], isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.integer(server.commandLogCount(try kind(request, at: 2)))
        }
    }

    package enum RESET: ServerCommand {
        package static let spec = CommandSpec(
            "reset", summary: "Clears all entries from the specified type of command log.", since: "8.1.0",
            group: .server, complexity: "O(N) where N is the number of entries in the commandlog", arity: 3,
            flags: [.admin, .loading, .stale], tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            arguments: [kindArgument], isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            server.clearCommandLog(try kind(request, at: 2))
            reply.ok()
        }
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(
            since: "8.1.0", group: .server, summary: "Shows helpful text about the different subcommands.")
        package static let lines: [StaticString] = [
            "GET <count> <type>", "    The youngest entries of a type, -1 for all of them. An entry is: id,",
            "    Unix time, microseconds (slow) or bytes (large-request, large-reply), the words of the",
            "    command, the client's address, the client's name.",
            "LEN <type>", "    How many entries of a type there are.",
            "RESET <type>", "    Forget the entries of a type.",
        ]
    }
}

package enum SLOWLOG: ContainerCommand {
    package static let spec = CommandSpec(
        "slowlog", summary: "A container for slow log commands.", since: "2.2.12", group: .server,
        complexity: "Depends on subcommand.", arity: -2, isolation: Isolation.none)

    package static let subcommands: [any Command.Type] = [GET.self, HELP.self, LEN.self, RESET.self]

    package enum GET: ServerCommand {
        package static let spec = CommandSpec(
            "get", summary: "Returns the slow log's entries.", since: "2.2.12", group: .server,
            complexity: "O(N) where N is the number of entries returned", arity: -2, flags: [.admin, .loading, .stale],
            tips: ["request_policy:all_nodes", "nondeterministic_output"],
            history: [("4.0.0", "Added client IP address, port and name to the reply.")],
            arguments: [ArgumentSpec("count", .integer, optional: true)], isolation: Isolation.none)

        /// Entries that are told without a count.
        private static let countDefault = 10

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard request.count <= 3 else { return reply.unknownSubcommandOrArity(request) }
            let count = request.count == 3 ? try request.commandLogCount(at: 2) : countDefault
            reply.commandLog(server.commandLogEntries(.slow, count: count))
        }
    }

    package enum LEN: ServerCommand {
        package static let spec = CommandSpec(
            "len", summary: "Returns the number of entries in the slow log.", since: "2.2.12", group: .server,
            complexity: "O(1)", arity: 2, flags: [.admin, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.integer(server.commandLogCount(.slow))
        }
    }

    package enum RESET: ServerCommand {
        package static let spec = CommandSpec(
            "reset", summary: "Clears all entries from the slow log.", since: "2.2.12", group: .server,
            complexity: "O(N) where N is the number of entries in the slowlog", arity: 2,
            flags: [.admin, .loading, .stale], tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            server.clearCommandLog(.slow)
            reply.ok()
        }
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(
            since: "6.2.0", group: .server, summary: "Shows helpful text about the different subcommands.")
        package static let lines: [StaticString] = [
            "GET [<count>]", "    The youngest entries: 10 unless told, -1 for all of them. An entry is: id,",
            "    Unix time, microseconds, the words of the command, the client's address, the client's name.",
            "LEN", "    How many entries there are.",
            "RESET", "    Forget all entries.",
        ]
    }
}

extension Request {
    /// How many entries of a log are asked for; -1 for all.
    fileprivate func commandLogCount(at index: Int) throws(CommandError) -> Int {
        guard let count = arguments[index].integer, count >= -1 else {
            throw .reply("ERR count should be greater than or equal to -1")
        }
        return count == -1 ? .max : count
    }
}

extension Reply {
    fileprivate mutating func commandLog(_ entries: [CommandLogEntry]) {
        array(entries.count)
        for entry in entries {
            array(6)
            integer(entry.id)
            integer(Int(entry.unixSeconds))
            integer(entry.amount)
            array(entry.words.count)
            for word in entry.words { bulk(ByteView(word.span)) }
            bulk(text: entry.address)
            bulk(ByteView(entry.name.span))
        }
    }
}
