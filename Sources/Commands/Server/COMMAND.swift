// COMMAND: all that the server knows about its commands. Everything here derives from their specs.

package import Datastore
internal import Memory
package import RESP

package enum COMMAND: ContainerCommand, ServerCommand {
    package static let spec = CommandSpec(
        "command", summary: "Returns detailed information about all commands.", since: "2.8.13", group: .server,
        complexity: "O(N) where N is the total number of commands", arity: -1, flags: [.loading, .stale],
        categories: [.connection], tips: ["nondeterministic_output_order"], isolation: Isolation.none)

    package static let subcommands: [any Command.Type] = [
        COUNT.self, INFO.self, DOCS.self, LIST.self, GETKEYS.self, GETKEYSANDFLAGS.self, HELP.self,
    ]

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        let commands = server.commands
        let roots = commands.roots
        reply.array(roots.count)
        for record in roots { reply.information(of: record.index, in: commands) }
    }

    package enum COUNT: ServerCommand {
        package static let spec = CommandSpec(
            "count", summary: "Returns a count of commands.", since: "2.8.13", group: .server, complexity: "O(1)",
            arity: 2, flags: [.loading, .stale], categories: [.connection], isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.integer(server.commands.roots.count)
        }
    }

    package enum INFO: ServerCommand {
        package static let spec = CommandSpec(
            "info", summary: "Returns information about one, multiple or all commands.", since: "2.8.13",
            group: .server, complexity: "O(N) where N is the number of commands to look up", arity: -2,
            flags: [.loading, .stale], categories: [.connection], tips: ["nondeterministic_output_order"],
            history: [("7.0.0", "Allowed to be called with no argument to get info on all commands.")],
            arguments: [ArgumentSpec("command-name", .string, optional: true, multiple: true)],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard request.count > 2 else { return try COMMAND.run(request, &database, &reply, &session, server) }
            let commands = server.commands
            reply.array(request.count - 2)
            for index in 2..<request.count {
                if let command = commands.find(fullName: request[index]) {
                    reply.information(of: command, in: commands)
                } else {
                    reply.null()
                }
            }
        }
    }

    package enum DOCS: ServerCommand {
        package static let spec = CommandSpec(
            "docs", summary: "Returns documentary information about one, multiple or all commands.", since: "7.0.0",
            group: .server, complexity: "O(N) where N is the number of commands to look up", arity: -2,
            flags: [.loading, .stale], categories: [.connection], tips: ["nondeterministic_output_order"],
            arguments: [ArgumentSpec("command-name", .string, optional: true, multiple: true)],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let commands = server.commands
            var records = commands.roots
            if request.count > 2 {
                records = []
                for index in 2..<request.count {
                    if let record = commands.record(named: request[index]) { records.append(record) }
                }
            }
            reply.map(records.count)
            for record in records {
                reply.bulk(text: record.fullName)
                reply.documentation(of: record, in: commands)
            }
        }
    }

    package enum LIST: ServerCommand {
        package static let spec = CommandSpec(
            "list", summary: "Returns a list of command names.", since: "7.0.0", group: .server,
            complexity: "O(N) where N is the total number of commands", arity: -2, flags: [.loading, .stale],
            categories: [.connection], tips: ["nondeterministic_output_order"],
            arguments: [
                ArgumentSpec(
                    "filterby", .oneOf, token: "FILTERBY", optional: true,
                    [
                        ArgumentSpec("module-name", .string, token: "MODULE"),
                        ArgumentSpec("category", .string, token: "ACLCAT"),
                        ArgumentSpec("pattern", .pattern, token: "PATTERN")])],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let commands = server.commands
            var names: [String] = []
            if request.count == 2 {
                names = commands.reachable.map(\.fullName)
            } else if request.count == 5 && request[2].isWord("FILTERBY") {
                names = try filtered(commands, by: request[3], request[4])
            } else {
                throw .syntax
            }
            reply.array(names.count)
            for name in names { reply.bulk(text: name) }
        }

        /// Filters look at subcommands too.
        private static func filtered(
            _ commands: CommandTable, by filter: ByteView, _ value: ByteView
        ) throws(CommandError) -> [String] {
            if filter.isWord("MODULE") { return [] }
            if filter.isWord("ACLCAT") {
                let name = String(decoding: value.copied().lowercased(), as: UTF8.self)
                guard let category = ACLCategories(named: name) else { return [] }
                return commands.reachable.filter { $0.spec.allCategories.contains(category) }.map(\.fullName)
            }
            guard filter.isWord("PATTERN") else { throw .syntax }
            var names: [String] = []
            for record in commands.reachable {
                let name = Array(record.fullName.utf8)
                if ByteView(name.span).matches(glob: value, ignoringCase: true) { names.append(record.fullName) }
            }
            return names
        }
    }

    package enum GETKEYS: ServerCommand {
        package static let spec = CommandSpec(
            "getkeys", summary: "Extracts the key names from an arbitrary command.", since: "2.8.13", group: .server,
            complexity: "O(N) where N is the number of arguments to the command", arity: -3, flags: [.loading, .stale],
            categories: [.connection],
            arguments: [ArgumentSpec("command", .string), ArgumentSpec("arg", .string, optional: true, multiple: true)],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let call = request.arguments.suffix(from: 2)
            let (_, keys) = try COMMAND.keys(of: call, server.commands)
            reply.array(keys.count)
            for key in keys { reply.bulk(call[key.index]) }
        }
    }

    package enum GETKEYSANDFLAGS: ServerCommand {
        package static let spec = CommandSpec(
            "getkeysandflags", summary: "Extracts the key names and access flags for an arbitrary command.",
            since: "7.0.0", group: .server, complexity: "O(N) where N is the number of arguments to the command",
            arity: -3, flags: [.loading, .stale], categories: [.connection],
            arguments: [ArgumentSpec("command", .string), ArgumentSpec("arg", .string, optional: true, multiple: true)],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let call = request.arguments.suffix(from: 2)
            let (spec, keys) = try COMMAND.keys(of: call, server.commands)
            reply.array(keys.count)
            for key in keys {
                let flags = key.spec.map { spec.keyFlags(ofSpec: $0, in: call) } ?? []
                reply.array(2)
                reply.bulk(call[key.index])
                reply.set(flags.count)
                for flag in flags { reply.simpleString(text: flag) }
            }
        }
    }

    /// The spec and the keys of a whole call, or why it has none.
    private static func keys(
        of call: Arguments, _ commands: CommandTable
    ) throws(CommandError) -> (CommandSpec, [(index: Int, spec: Int?)]) {
        guard var index = commands.find(call[0]) else { throw .reply("ERR Invalid command specified") }
        if commands.routes[index].isContainer && call.count > 1 {
            guard let subcommand = commands.find(call[1], of: index) else {
                throw .reply("ERR Invalid command specified")
            }
            index = subcommand
        }
        let spec = commands.records[index].spec
        guard spec.keys.contains(where: { !$0.flags.contains("not_key") }) else {
            throw .reply("ERR The command has no key arguments")
        }
        guard spec.arity > 0 ? call.count == spec.arity : call.count >= -spec.arity else {
            throw .reply("ERR Invalid number of arguments specified for command")
        }
        let keys = spec.toldKeys(in: call) ?? []
        guard !keys.isEmpty || spec.flags.contains(.noMandatoryKeys) else {
            throw .reply("ERR Invalid arguments specified for command")
        }
        return (spec, keys)
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(since: "5.0.0", group: .server, categories: [.connection])
        package static let lines: [StaticString] = [
            "(no subcommand)", "    What INFO says, about all commands.",
            "COUNT", "    How many commands there are.",
            "DOCS [<command> ...]", "    Summaries, histories and arguments of these commands, or of all.",
            "GETKEYS <command> [<arg> ...]", "    The keys of a call.",
            "GETKEYSANDFLAGS <command> [<arg> ...]", "    The keys of a call, and what it does with them.",
            "INFO [<command> ...]", "    Arity, flags, categories and keys of these commands, or of all.",
            "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
            "    The names of all commands, or of those that the filter lets through.",
        ]
    }
}
