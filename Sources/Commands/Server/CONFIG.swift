// CONFIG: the settings, read and changed while the server runs.

package import Datastore
internal import Memory
package import RESP

package enum CONFIG: ContainerCommand {
    package static let spec = CommandSpec(
        "config", summary: "A container for server configuration commands.", since: "2.0.0", group: .server,
        complexity: "Depends on subcommand.", arity: -2, isolation: Isolation.none)

    package static let subcommands: [any Command.Type] = [
        GET.self, SET.self, RESETSTAT.self, REWRITE.self, HELP.self,
    ]

    package enum GET: ServerCommand {
        package static let spec = CommandSpec(
            "get", summary: "Returns the effective values of configuration parameters.", since: "2.0.0", group: .server,
            complexity: "O(N) when N is the number of configuration parameters provided", arity: -3,
            flags: [.admin, .noScript, .loading, .stale],
            history: [("7.0.0", "Added the ability to pass multiple pattern parameters in one call")],
            arguments: [ArgumentSpec("parameter", .string, multiple: true)], isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let patterns = (2..<request.count).map { request[$0].copied() }
            let found = server.configuration(matching: patterns)
            reply.map(found.count)
            for (name, value) in found {
                reply.bulk(ByteView(name.span))
                reply.bulk(ByteView(value.span))
            }
        }
    }

    package enum SET: ServerCommand {
        package static let spec = CommandSpec(
            "set", summary: "Sets configuration parameters in-flight.", since: "2.0.0", group: .server,
            complexity: "O(N) when N is the number of configuration parameters provided", arity: -4,
            flags: [.admin, .noScript, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            history: [("7.0.0", "Added the ability to set multiple parameters in one call.")],
            arguments: [
                ArgumentSpec(
                    "data", .block, multiple: true,
                    [ArgumentSpec("parameter", .string), ArgumentSpec("value", .string)])],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard request.count % 2 == 0 else { throw .syntax }
            var pairs: [(name: [UInt8], value: [UInt8])] = []
            for index in stride(from: 2, to: request.count, by: 2) {
                pairs.append((request[index].copied(), request[index + 1].copied()))
            }
            reply.ok(orError: server.setConfiguration(pairs, asking: session))
        }
    }

    package enum RESETSTAT: ServerCommand {
        package static let spec = CommandSpec(
            "resetstat", summary: "Resets the server's statistics.", since: "2.0.0", group: .server, complexity: "O(1)",
            arity: 2, flags: [.admin, .noScript, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], isolation: .exclusive)

        package static var readsFigures: Bool { true }

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            server.resetStatistics()
            reply.ok()
        }
    }

    package enum REWRITE: ServerCommand {
        package static let spec = CommandSpec(
            "rewrite", summary: "Persists the effective configuration to file.", since: "2.8.0", group: .server,
            complexity: "O(1)", arity: 2, flags: [.admin, .noScript, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.ok(orError: server.rewriteConfiguration())
        }
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(since: "5.0.0", group: .server)
        package static let lines: [StaticString] = [
            "GET <pattern> [<pattern> ...]", "    Names and values of the directives that match any pattern.",
            "SET <directive> <value> [<directive> <value> ...]", "    Change directives, all or none.",
            "RESETSTAT", "    Set the counters of INFO to zero.",
            "REWRITE", "    Write the settings to the configuration file.",
        ]
    }
}

extension Reply {
    /// OK, or an error: its whole text after "ERR ".
    fileprivate mutating func ok(orError text: String?) {
        guard let text else { return ok() }
        error("ERR ", ByteView(text.utf8.span), "")
    }
}
