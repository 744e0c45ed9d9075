// LATENCY: what took long. HISTOGRAM is about all calls of commands, the others about single slow events.

package import Datastore
internal import Memory
package import RESP

package enum LATENCY: ContainerCommand {
    package static let spec = CommandSpec(
        "latency", summary: "A container for latency diagnostics commands.", since: "2.8.13", group: .server,
        complexity: "Depends on subcommand.", arity: -2)

    package static let subcommands: [any Command.Type] = [
        DOCTOR.self, GRAPH.self, HELP.self, HISTOGRAM.self, HISTORY.self, LATEST.self, RESET.self,
    ]

    /// What the specs of all subcommands but HELP share.
    private static func subcommand(
        _ name: String, summary: String, since: String = "2.8.13", complexity: String = "O(1)", arity: Int,
        tips: [String] = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        arguments: [ArgumentSpec] = []
    ) -> CommandSpec {
        CommandSpec(
            name, summary: summary, since: since, group: .server, complexity: complexity, arity: arity,
            flags: [.admin, .noScript, .loading, .stale], tips: tips, arguments: arguments, isolation: .exclusive)
    }

    package enum DOCTOR: ServerCommand {
        package static let spec = subcommand(
            "doctor", summary: "Returns a human-readable latency analysis report.", arity: 2)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.verbatim(
                text: LatencyReport.text(of: server.latencyEvents(), thresholdMs: server.latencyThresholdMs))
        }
    }

    package enum GRAPH: ServerCommand {
        package static let spec = subcommand(
            "graph", summary: "Returns a latency graph for an event.", arity: 3,
            arguments: [ArgumentSpec("event", .string)])

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard let event = server.latencyEvent(named: request[2]) else {
                return reply.error("ERR No samples available for event '", request[2], "'")
            }
            reply.verbatim(text: LatencyReport.graph(of: event, nowSeconds: Int(server.unixUs / 1_000_000)))
        }
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(since: "2.8.13", group: .server)
        package static let lines: [StaticString] = [
            "DOCTOR", "    A report about slow events, for people.",
            "GRAPH <event>", "    The last slow events of a kind, drawn in ASCII.",
            "HISTOGRAM [<command> ...]", "    How long the calls of these commands, or of all, took.",
            "HISTORY <event>", "    Times and durations of the last slow events of a kind.",
            "LATEST", "    The latest slow event of each kind.",
            "RESET [<event> ...]", "    Forget the slow events of these kinds, or of all.",
        ]
    }

    package enum HISTOGRAM: ServerCommand {
        package static let spec = subcommand(
            "histogram", summary: "Returns the cumulative distribution of latencies of a subset or all commands.",
            since: "7.0.0",
            complexity: "O(N) where N is the number of commands with latency information being retrieved.", arity: -2,
            arguments: [ArgumentSpec("command", .string, optional: true, multiple: true)])

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let map = reply.beginDeferred()
            var count = 0
            if request.count == 2 {
                for record in server.commands.records { count += reply.distribution(of: record, server) }
            }
            for position in 2..<max(request.count, 2) {
                guard let index = server.commands.find(fullName: request[position]) else { continue }
                count += reply.distribution(of: server.commands.records[index], server)
                for subcommand in server.commands.subcommands(of: index) {
                    count += reply.distribution(of: server.commands.records[subcommand], server)
                }
            }
            reply.endMap(map, count: count)
        }
    }

    package enum HISTORY: ServerCommand {
        package static let spec = subcommand(
            "history", summary: "Returns timestamp-latency samples for an event.", arity: 3,
            arguments: [ArgumentSpec("event", .string)])

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            guard let event = server.latencyEvent(named: request[2]) else { return reply.emptyArray() }
            reply.array(event.samples.count)
            for sample in event.samples {
                reply.array(2)
                reply.integer(sample.unixSeconds)
                reply.integer(sample.milliseconds)
            }
        }
    }

    package enum LATEST: ServerCommand {
        package static let spec = subcommand(
            "latest", summary: "Returns the latest latency samples for all events.", arity: 2)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let events = server.latencyEvents()
            reply.array(events.count)
            for event in events {
                guard let last = event.samples.last else { continue }
                reply.array(6)
                reply.bulk(text: event.name)
                for number in [last.unixSeconds, last.milliseconds, event.worstMs, event.sumMs, event.count] {
                    reply.integer(number)
                }
            }
        }
    }

    package enum RESET: ServerCommand {
        package static let spec = subcommand(
            "reset", summary: "Resets the latency data for one or more events.", arity: -2,
            tips: ["request_policy:all_nodes", "response_policy:agg_sum"],
            arguments: [ArgumentSpec("event", .string, optional: true, multiple: true)])

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var names: [String] = []
            for index in 2..<max(request.count, 2) {
                names.append(String(decoding: request[index].copied(), as: UTF8.self))
            }
            reply.integer(server.resetLatency(names.isEmpty ? nil : names))
        }
    }
}

extension ServerFace {
    fileprivate func latencyEvent(named name: ByteView) -> LatencyEvent? {
        latencyEvents().first { name == ByteView($0.name.utf8.span) }
    }
}

extension Reply {
    /// A command's entry in LATENCY HISTOGRAM; returns 0 if it was not called.
    fileprivate mutating func distribution(of record: CommandRecord, _ server: any ServerFace) -> Int {
        guard let distribution = server.latencyDistribution(of: record.index) else { return 0 }
        bulk(text: record.fullName)
        map(2)
        bulk("calls")
        integer(distribution.calls)
        bulk("histogram_usec")
        map(distribution.cumulative.count)
        for step in distribution.cumulative {
            integer(step.upToUs)
            integer(step.calls)
        }
        return 1
    }
}
