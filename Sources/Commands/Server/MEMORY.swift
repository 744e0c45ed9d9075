// MEMORY: what a key takes, and what the server takes.

package import Datastore
internal import Memory
package import RESP

package enum MEMORY: ContainerCommand {
    package static let spec = CommandSpec(
        "memory", summary: "A container for memory diagnostics commands.", since: "4.0.0", group: .server,
        complexity: "Depends on subcommand.", arity: -2, isolation: Isolation.none)

    package static let subcommands: [any Command.Type] = [
        DOCTOR.self, HELP.self, MALLOCSTATS.self, PURGE.self, STATS.self, USAGE.self,
    ]

    package enum USAGE: DataCommand {
        package static let spec = CommandSpec(
            "usage", summary: "Estimates the memory usage of a key.", since: "4.0.0", group: .server,
            complexity: "O(N) where N is the number of samples.", arity: -3, flags: [.readonly],
            keys: [.one("RO", at: 2)],
            arguments: [
                ArgumentSpec("key", .key, key: 0), ArgumentSpec("count", .integer, token: "SAMPLES", optional: true),
            ])

        /// Collections know their size, so that nothing has to be sampled; the option is checked all the same.
        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply
        ) throws(CommandError) {
            var options = request.options(from: 3)
            while let word = options.next() {
                guard word.isWord("SAMPLES"), options.remaining > 0 else { throw .syntax }
                if try options.integer() < 0 { throw .syntax }
            }
            guard let entry = database.stored(request.key(at: 2)) else { return reply.null() }
            reply.integer(entry.memoryBytes)
        }
    }

    package enum STATS: ServerCommand {
        package static let spec = CommandSpec(
            "stats", summary: "Returns details about memory usage.", since: "4.0.0", group: .server,
            complexity: "O(1)", arity: 2,
            tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            write(server.memoryFigures(), &reply)
        }

        private static func write(_ figures: [(name: String, figure: MemoryFigure)], _ reply: inout Reply) {
            reply.map(figures.count)
            for (name, figure) in figures {
                reply.bulk(text: name)
                switch figure {
                case .count(let value): reply.integer(value)
                case .ratio(let value): reply.double(value)
                case .group(let parts): write(parts, &reply)
                }
            }
        }
    }

    package enum DOCTOR: ServerCommand {
        package static let spec = CommandSpec(
            "doctor", summary: "Outputs a memory problems report.", since: "4.0.0", group: .server,
            complexity: "O(1)", arity: 2,
            tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            reply.verbatim(text: server.memoryReport())
        }
    }

    package enum MALLOCSTATS: ServerCommand {
        package static let spec = CommandSpec(
            "malloc-stats", summary: "Returns the allocator statistics.", since: "4.0.0", group: .server,
            complexity: "Depends on how much memory is allocated, could be slow", arity: 2, flags: [.loading],
            tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
            isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            let figures = Allocator.statistics()
            reply.verbatim(
                text: """
                    \(Allocator.name)
                    allocated: \(figures.allocated), active: \(figures.active), metadata: \(figures.metadata), \
                    resident: \(figures.resident), mapped: \(figures.mapped), retained: \(figures.retained)

                    """)
        }
    }

    package enum PURGE: ServerCommand {
        package static let spec = CommandSpec(
            "purge", summary: "Asks the allocator to release memory.", since: "4.0.0", group: .server,
            complexity: "Depends on how much memory is allocated, could be slow", arity: 2, flags: [.loading],
            tips: ["request_policy:all_shards", "response_policy:all_succeeded"], isolation: Isolation.none)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            Allocator.purge()
            reply.ok()
        }
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(since: "4.0.0", group: .server)
        package static let lines: [StaticString] = [
            "DOCTOR", "    What seems wrong about the memory, in words.",
            "MALLOC-STATS", "    The allocator's own figures.",
            "PURGE", "    Give pages that nothing uses back to the system.",
            "STATS", "    Figures about the server's memory.",
            "USAGE <key> [SAMPLES <count>]", "    Bytes that a key and its value take.",
        ]
    }
}

/// A figure of MEMORY STATS.
package enum MemoryFigure: Sendable {
    case count(Int)
    case ratio(Double)
    case group([(name: String, figure: MemoryFigure)])
}
