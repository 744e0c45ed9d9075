// Report: what was run and what came of it, for every output: text, JSON, CSV and HTML are made of this.

internal import Histogram

package struct Report: Sendable {
    package var title: String
    package var commandLine: String
    /// When it began, in UTC, as ISO 8601.
    package var date: String
    package var endpoint: String
    package var results: [RunResult] = []
    package var comparison: Comparison?
    package var sweep: Sweep?

    package init(title: String, commandLine: String, date: String, endpoint: String) {
        self.title = title
        self.commandLine = commandLine
        self.date = date
        self.endpoint = endpoint
    }

    /// The percentiles that tables show.
    package static let percentiles: [(name: String, value: Double)] = [
        ("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p99.9", 99.9), ("p99.99", 99.99),
    ]

    /// The percentiles of plots and files: dense where the tail is.
    static let curve: [Double] = [
        0, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 80, 85, 90, 92.5, 95, 96.25, 97.5, 98, 98.75, 99, 99.25, 99.5, 99.7,
        99.8, 99.9, 99.95, 99.97, 99.98, 99.99, 99.995, 99.999, 99.9999,
    ]

    /// Whether a script should notice something.
    package var hasProblems: Bool { results.contains(where: \.hasProblems) }
}

// MARK: Text

extension Report {
    /// The table of one run.
    package static func text(_ result: RunResult, precision: Int = 3) -> String {
        var text = "\n\(result.name)\n"
        let connections = Format.count(result.connections, "connection")
        let seconds = seconds(result)
        // Without connections the test was not begun.
        if result.connections > 0 && result.commands.isEmpty && result.failure == nil {
            text += "  \(connections) open for \(seconds)\n"
        } else if result.connections > 0 {
            text += "  \(Format.count(result.requests, "request")) in \(seconds), \(connections), "
            text += "\(Format.count(result.threads, "thread"))\n"
        }
        if result.requests > 0 {
            text += "  \(Format.rate(result.rate)) requests per second"
            if let offer = offer(result) { text += " (offered: \(offer))" }
            if result.clientCPUSeconds > 0 {
                text += ", \(Format.short(Double(result.requests) / result.clientCPUSeconds)) per client CPU-second"
            }
            text += "\n"
        }
        if let server = result.server { text += "  \(line(server, result))\n" }
        // Without a reply there is nothing to tabulate.
        if result.requests > 0 || result.errors > 0 {
            text += "\n" + indented(Format.table(rows(result, precision)))
        }
        text += problems(result)
        text += notes(result).map { "  \($0)\n" }.joined()
        if result.wasInterrupted { text += "  interrupted\n" }
        return text
    }

    /// The rate that was offered, and of what, where that is not all that is counted.
    static func offer(_ result: RunResult) -> String? {
        let commands = result.targetCommands.joined(separator: ", ")
        return result.targetRate.map { Format.rate($0) + (commands.isEmpty ? "" : " of \(commands)") }
    }

    /// How long a run took; of an open loop, how long it offered requests, and how much later the last reply came.
    private static func seconds(_ result: RunResult) -> String {
        func text(_ seconds: Double) -> String { "\(Format.fixed(seconds, seconds < 1 ? 3 : 2)) s" }
        let tail = result.seconds - result.rateSeconds
        return text(result.rateSeconds) + (tail > tailShown ? " (and \(text(tail)) for the last replies)" : "")
    }

    /// Seconds; what is shorter is no reply that came late.
    private static let tailShown = 0.01

    /// What went wrong, a line each; empty when nothing did.
    package static func problems(_ result: RunResult) -> String {
        let failure = result.failure.map { ["FAILED: \($0)"] } ?? []
        return (wrongReplies(result) + failure).map { "  \($0)\n" }.joined()
    }

    /// What a line of figures does not tell of a test; empty when they are all of it.
    package static func remarks(_ result: RunResult) -> String {
        let interruption = result.wasInterrupted ? ["\(result.name): interrupted"] : []
        return problems(result) + (notes(result) + interruption).map { "  \($0)\n" }.joined()
    }

    /// What the commands of a run met.
    static func wrongReplies(_ result: RunResult) -> [String] {
        result.commands.flatMap { command in
            var lines: [String] = []
            if let sample = command.errorSample {
                lines.append("\(command.name): \(Format.count(command.errors, "error")), first: \(sample)")
            }
            if command.mismatches > 0 {
                lines.append("\(command.name): \(Format.replies(command.mismatches)) not what had been written")
            }
            return lines
        }
    }

    /// What is no failure and must be known all the same, such as what the latencies do not tell of a server that was
    /// slower than what it was offered.
    package static func notes(_ result: RunResult) -> [String] {
        guard result.unanswered > 0, result.failure == nil else { return result.notes }
        let count = Format.count(result.unanswered, "request")
        return result.notes + ["\(count) without a reply at the end, in none of these latencies"]
    }

    private static func line(_ server: ServerUsage, _ result: RunResult) -> String {
        var parts = [
            "server" + (server.version.isEmpty ? "" : " (\(server.version))")
                + ": CPU \(Format.percent(server.cpuShare))"
        ]
        if server.cpuSeconds > 0 && result.requests > 0 {
            parts.append("\(Format.short(Double(result.requests) / server.cpuSeconds)) requests per server CPU-second")
        }
        parts.append("memory \(Format.bytes(server.usedMemoryBytes)) (RSS \(Format.bytes(server.residentBytes)))")
        if let ratio = server.hitRatio { parts.append("hit ratio \(Format.percent(ratio))") }
        if server.evictedKeys > 0 { parts.append("\(Format.grouped(server.evictedKeys)) evicted") }
        return parts.joined(separator: ", ")
    }

    private static func indented(_ table: String) -> String {
        table.split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    /// Heading and one row per command, and one for all when there are several. Latencies in milliseconds.
    static func rows(_ result: RunResult, _ precision: Int) -> [[String]] {
        var rows = [
            ["latency (ms)", "requests", "per second", "mean"] + percentiles.map(\.name) + ["max", "errors", "nil"]
        ]
        let active = result.commands.filter { $0.requests > 0 || $0.errors > 0 }
        for command in active { rows.append(row(command, result.rateSeconds, precision)) }
        if active.count > 1 {
            let all = CommandResult(
                name: "all", requests: result.requests, errors: result.errors, misses: result.misses,
                mismatches: result.mismatches, latency: result.latency, late: result.late)
            rows.append(row(all, result.rateSeconds, precision))
        }
        return rows
    }

    private static func row(_ command: CommandResult, _ seconds: Double, _ precision: Int) -> [String] {
        let latency = command.latency
        let isTimed = latency.totalCount > 0
        var row = [command.name, Format.grouped(command.requests)]
        row.append(seconds > 0 ? Format.rate(command.rate(over: seconds)) : "-")
        row.append(isTimed ? Format.fixed(latency.mean / 1e6, precision) : "-")
        for percentile in percentiles {
            row.append(isTimed ? Format.milliseconds(latency.valueAtPercentile(percentile.value), precision) : "-")
        }
        row.append(isTimed ? Format.milliseconds(latency.maxRecorded, precision) : "-")
        row.append(Format.grouped(command.errors))
        row.append(Format.grouped(command.misses))
        return row
    }

    /// redis-benchmark's one line per test; none for a test that was interrupted before its first reply.
    package static func quiet(_ result: RunResult, precision: Int = 3) -> String {
        if result.wasInterrupted && result.requests == 0 { return "" }
        let p50 = result.latency.totalCount > 0 ? result.latency.valueAtPercentile(50) : 0
        // The only command may say more than its test ("MSET (10 keys)"), or something else (YCSB C's "READ").
        let own = result.commands.count == 1 ? result.commands[0].name : ""
        let name = own.hasPrefix(result.name) ? own : result.name
        return
            "\(name): \(Format.fixed(result.rate, 2)) requests per second, "
            + "p50=\(Format.milliseconds(p50, precision)) msec\n"
    }

    // MARK: CSV

    /// redis-benchmark's heading.
    package static let csvHeading = Format.csv([
        [
            "test", "rps", "avg_latency_ms", "min_latency_ms", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms",
            "max_latency_ms",
        ]
    ])

    /// redis-benchmark's columns, one line per command. `precision`: digits of milliseconds.
    package static func csv(_ result: RunResult, precision: Int = 3) -> String {
        var text = ""
        for command in result.commands where command.requests > 0 {
            let latency = command.latency
            func milliseconds(_ ns: UInt64) -> String {
                Format.milliseconds(latency.totalCount > 0 ? ns : 0, precision)
            }
            let mean = latency.totalCount > 0 ? latency.mean / 1e6 : 0
            text += Format.csv([
                [
                    command.name, Format.fixed(command.rate(over: result.rateSeconds), 2),
                    Format.fixed(mean, precision), milliseconds(latency.min),
                ] + [50.0, 95, 99].map { milliseconds(latency.valueAtPercentile($0)) }
                    + [milliseconds(latency.maxRecorded)]
            ])
        }
        return text
    }

    // MARK: JSON

    /// Of the file's shape; raised when a reader of the old one would stumble.
    package static let jsonVersion: UInt64 = 1

    package var json: JSON {
        var members: [(String, JSON)] = [
            ("format", .string("apus-bench")), ("version", .integer(Self.jsonVersion)), ("title", .string(title)),
            ("command_line", .string(commandLine)), ("date", .string(date)), ("endpoint", .string(endpoint)),
            ("results", .array(results.map(Self.json))),
        ]
        if let comparison { members.append(("comparison", comparison.json)) }
        if let sweep { members.append(("sweep", sweep.json)) }
        return .object(members)
    }

    static func json(_ result: RunResult) -> JSON {
        .object([
            ("name", .string(result.name)), ("seconds", .number(result.seconds)),
            ("offered_seconds", .optional(result.offeredSeconds)), ("late", .integer(result.late)),
            ("requests", .integer(result.requests)), ("requests_per_second", .number(result.rate)),
            ("target_rate", .optional(result.targetRate)), ("connections", .integer(UInt64(result.connections))),
            ("threads", .integer(UInt64(result.threads))), ("errors", .integer(result.errors)),
            ("misses", .integer(result.misses)), ("mismatches", .integer(result.mismatches)),
            ("unanswered", .integer(result.unanswered)), ("notes", .array(result.notes.map { .string($0) })),
            ("bytes_in", .integer(result.bytesIn)), ("bytes_out", .integer(result.bytesOut)),
            ("client_cpu_seconds", .number(result.clientCPUSeconds)), ("failure", .optional(result.failure)),
            ("interrupted", .bool(result.wasInterrupted)), ("latency", json(result.latency)),
            ("commands", .array(result.commands.map(json))), ("server", result.server.map(json) ?? .null),
            ("intervals", json(result.intervals)),
        ])
    }

    private static func json(_ command: CommandResult) -> JSON {
        .object([
            ("name", .string(command.name)), ("requests", .integer(command.requests)),
            ("errors", .integer(command.errors)), ("first_error", .optional(command.errorSample)),
            ("misses", .integer(command.misses)), ("mismatches", .integer(command.mismatches)),
            ("latency", json(command.latency)),
        ])
    }

    static func json(_ latency: Histogram<UInt64>) -> JSON {
        guard latency.totalCount > 0 else { return .null }
        var members: [(String, JSON)] = [
            ("count", .integer(latency.totalCount)), ("mean_ns", .number(latency.mean)),
            ("min_ns", .integer(latency.min)),
        ]
        for percentile in percentiles {
            members.append(("\(percentile.name)_ns", .integer(latency.valueAtPercentile(percentile.value))))
        }
        members.append(("max_ns", .integer(latency.maxRecorded)))
        members.append(("percentiles", .array(curve.map { .number($0) })))
        members.append(("percentile_values_ns", .array(curve.map { .integer(latency.valueAtPercentile($0)) })))
        return .object(members)
    }

    private static func json(_ server: ServerUsage) -> JSON {
        .object([
            ("version", .string(server.version)), ("cpu_seconds", .number(server.cpuSeconds)),
            ("used_memory_bytes", .integer(server.usedMemoryBytes)), ("rss_bytes", .integer(server.residentBytes)),
            ("hits", .integer(server.hits)), ("misses", .integer(server.misses)),
            ("hit_ratio", .optional(server.hitRatio)), ("cpu_share", .number(server.cpuShare)),
            ("evicted_keys", .integer(server.evictedKeys)), ("expired_keys", .integer(server.expiredKeys)),
        ])
    }

    /// Columns, for they are plotted as such.
    private static func json(_ intervals: [Interval]) -> JSON {
        func column(_ value: (Interval) -> JSON) -> JSON { .array(intervals.map(value)) }
        let servers = intervals.map(\.server)
        let hitRatios = zip([nil] + servers, servers).map { earlier, later in
            JSON.optional(earlier.flatMap { later?.hitRatio(since: $0) })
        }
        return .object([
            ("end_seconds", column { .number($0.endSeconds) }), ("requests", column { .integer($0.requests) }),
            ("errors", column { .integer($0.errors) }), ("mean_ns", column { .number($0.meanNs) }),
            ("p50_ns", column { .integer($0.p50Ns) }),
            ("p99_ns", column { .integer($0.p99Ns) }), ("p99.9_ns", column { .integer($0.p999Ns) }),
            ("max_ns", column { .integer($0.maxNs) }),
            ("server_cpu_seconds", column { $0.server.map { .number($0.cpuSeconds) } ?? .null }),
            ("server_used_memory_bytes", column { $0.server.map { .integer($0.usedMemoryBytes) } ?? .null }),
            ("server_hit_ratio", .array(hitRatios)),
        ])
    }
}
