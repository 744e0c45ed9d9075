// Comparison: the same work on several servers in alternating rounds, so that what disturbs the machine disturbs all.
// The first server is the yardstick of the ratios.

internal import Histogram

package struct Comparison: Sendable {
    package struct Entry: Sendable {
        package var name: String
        /// By round, then by test.
        package var rounds: [[RunResult]] = []

        package init(name: String) { self.name = name }

        /// One test's intervals, round after round.
        func course(ofTest test: Int) -> [Interval] {
            var start = 0.0
            var intervals: [Interval] = []
            for round in rounds where test < round.count {
                intervals += round[test].intervals.map { interval in
                    var interval = interval
                    interval.endSeconds += start
                    return interval
                }
                start += round[test].seconds
            }
            return intervals
        }
    }

    package var tests: [String]
    package var entries: [Entry]

    package init(tests: [String], servers: [String]) {
        self.tests = tests
        entries = servers.map { Entry(name: $0) }
    }

    /// Middle, least and greatest of the rounds.
    package struct Spread: Sendable, Equatable {
        package var median: Double
        package var least: Double
        package var greatest: Double

        package init?(_ values: [Double]) {
            let sorted = values.filter(\.isFinite).sorted()
            guard !sorted.isEmpty else { return nil }
            let middle = sorted.count / 2
            median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            least = sorted[0]
            greatest = sorted[sorted.count - 1]
        }
    }

    /// Of the rounds in which the server answered: one that failed has no rate, rather than none per second.
    package func spread(server: Int, test: Int, _ value: (RunResult) -> Double?) -> Spread? {
        Spread(entries[server].rounds.compactMap { test < $0.count && $0[test].requests > 0 ? value($0[test]) : nil })
    }

    package static func perServerCPUSecond(_ result: RunResult) -> Double? {
        result.server.flatMap { $0.cpuSeconds > 0 ? Double(result.requests) / $0.cpuSeconds : nil }
    }

    private static let heading = [
        "test", "server", "requests/s", "spread", "ratio", "per server CPU-s", "spread", "ratio", "p50 ms", "p99 ms",
        "p99.9 ms", "errors",
    ]

    /// `precision`: digits of milliseconds.
    private func rows(_ precision: Int = 3) -> [[String]] {
        var rows: [[String]] = []
        for (test, name) in tests.enumerated() {
            let baseRate = spread(server: 0, test: test) { $0.rate }
            let baseCPU = spread(server: 0, test: test, Self.perServerCPUSecond)
            for server in entries.indices {
                let rate = spread(server: server, test: test) { $0.rate }
                let cpu = spread(server: server, test: test, Self.perServerCPUSecond)
                func latency(_ percentile: Double) -> String {
                    spread(server: server, test: test) { Double($0.latency.valueAtPercentile(percentile)) }
                        .map { Format.milliseconds(UInt64($0.median), precision) } ?? "-"
                }
                func range(_ spread: Spread?) -> String {
                    spread.map { "\(Format.short($0.least))–\(Format.short($0.greatest))" } ?? "-"
                }
                func ratio(_ value: Spread?, _ base: Spread?) -> String {
                    guard let value, let base, base.median > 0 else { return "-" }
                    return Format.fixed(value.median / base.median, 2)
                }
                let errors = entries[server].rounds.reduce(UInt64(0)) { $0 + (test < $1.count ? $1[test].errors : 0) }
                rows.append([
                    name, entries[server].name, rate.map { Format.grouped(UInt64($0.median)) } ?? "-", range(rate),
                    ratio(rate, baseRate), cpu.map { Format.grouped(UInt64($0.median)) } ?? "-", range(cpu),
                    ratio(cpu, baseCPU), latency(50), latency(99), latency(99.9), Format.grouped(errors),
                ])
            }
        }
        return rows
    }

    package func text(precision: Int = 3) -> String { "\n" + Format.table([Self.heading] + rows(precision)) }

    /// The table without its spreads.
    package var csv: String {
        let heading = [
            "test", "server", "rps", "rps_ratio", "rps_per_server_cpu", "rps_per_server_cpu_ratio", "p50_latency_ms",
            "p99_latency_ms", "p99.9_latency_ms", "errors",
        ]
        // Numbers for programs have no separators.
        let numbers = rows().map { row in
            Array(row[..<2]) + [2, 4, 5, 7, 8, 9, 10, 11].map { row[$0].filter { $0 != "," } }
        }
        return Format.csv([heading] + numbers)
    }

    /// What each server met in each test, from the first round that tells.
    package var problems: [String] {
        entries.flatMap { entry in
            tests.indices.flatMap { test -> [String] in
                let results = entry.rounds.compactMap { test < $0.count ? $0[test] : nil }
                guard let result = results.first(where: \.hasProblems) else { return [] }
                let lines = Report.wrongReplies(result) + (result.failure.map { ["\(tests[test]): \($0)"] } ?? [])
                return lines.map { "\(entry.name): \($0)" }
            }
        }
    }

    package var hasProblems: Bool { entries.contains { $0.rounds.contains { $0.contains(where: \.hasProblems) } } }

    var html: String {
        let rounds = entries.map(\.rounds.count).max() ?? 0
        let base = HTML.escape(entries.first?.name ?? "")
        var html = "<h2>Comparison</h2>\n<p>Medians of \(rounds) alternating rounds; ratios to \(base).</p>\n"
        html += HTML.table([Self.heading] + rows()) + HTML.problems(problems)
        for (test, name) in tests.enumerated() {
            html += "<h2>\(HTML.escape(name))</h2>\n"
            var plot = Plot(
                title: "Requests per second by round", xLabel: "round",
                series: entries.map { entry in
                    Plot.Series(
                        name: entry.name,
                        points: entry.rounds.enumerated().compactMap { index, round in
                            test < round.count && round[test].requests > 0
                                ? (Double(index + 1), round[test].rate) : nil
                        })
                })
            plot.hasDots = true
            html += plot.html
            let courses = entries.map { (name: $0.name, intervals: $0.course(ofTest: test)) }
            html += Report.rateOverTime(courses) + Report.tailOverTime(courses)
            html += Report.percentilePlot(
                entries.compactMap { entry in
                    var all = LatencyCounters.histogram()
                    for round in entry.rounds where test < round.count { all.add(round[test].latency) }
                    return all.totalCount > 0 ? (name: entry.name, latency: all) : nil
                })
        }
        return html
    }

    /// One server's figures of one test; ratios of medians to the first server's.
    private func summary(_ test: Int, _ server: Int) -> JSON {
        func json(_ value: (RunResult) -> Double?) -> JSON {
            guard let spread = spread(server: server, test: test, value) else { return .null }
            var members: [(String, JSON)] = [
                ("median", .number(spread.median)), ("least", .number(spread.least)),
                ("greatest", .number(spread.greatest)),
            ]
            if let base = self.spread(server: 0, test: test, value), base.median > 0 {
                members.append(("ratio", .number(spread.median / base.median)))
            }
            return .object(members)
        }
        func latency(_ percentile: Double) -> JSON { json { Double($0.latency.valueAtPercentile(percentile)) } }
        return .object([
            ("test", .string(tests[test])), ("server", .string(entries[server].name)),
            ("requests_per_second", json { $0.rate }), ("per_server_cpu_second", json(Self.perServerCPUSecond)),
            ("p50_ns", latency(50)), ("p99_ns", latency(99)),
            ("errors", .integer(entries[server].rounds.reduce(0) { $0 + (test < $1.count ? $1[test].errors : 0) })),
        ])
    }

    var json: JSON {
        .object([
            ("tests", .array(tests.map { .string($0) })),
            ("summary", .array(tests.indices.flatMap { test in entries.indices.map { summary(test, $0) } })),
            (
                "servers",
                .array(
                    entries.map { entry in
                        .object([
                            ("name", .string(entry.name)),
                            ("rounds", .array(entry.rounds.map { .array($0.map(Report.json)) })),
                        ])
                    })
            ),
        ])
    }
}
