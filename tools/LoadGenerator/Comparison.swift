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

        /// Of the medians; nil where there is nothing to compare with.
        func ratio(to base: Spread?) -> Double? { base.flatMap { $0.median > 0 ? median / $0.median : nil } }
    }

    /// One test's results on a server, of the rounds that came as far.
    private func results(server: Int, test: Int) -> [RunResult] {
        entries[server].rounds.compactMap { test < $0.count ? $0[test] : nil }
    }

    /// Whether a round has figures to compare. One that failed midway has those of its beginning, which are another
    /// test's; and one that failed at once has no rate, rather than none per second.
    private static func counts(_ result: RunResult) -> Bool { result.failure == nil && result.requests > 0 }

    /// How many rounds of a test are in a server's figures, and how many are not.
    package func rounds(server: Int, test: Int) -> (counted: Int, failed: Int) {
        let results = results(server: server, test: test)
        let counted = results.count(where: Self.counts)
        return (counted, results.count - counted)
    }

    /// Of the rounds that count.
    package func spread(server: Int, test: Int, _ value: (RunResult) -> Double?) -> Spread? {
        Spread(results(server: server, test: test).filter(Self.counts).compactMap(value))
    }

    package static func perServerCPUSecond(_ result: RunResult) -> Double? {
        result.server.flatMap { $0.cpuSeconds > 0 ? Double(result.requests) / $0.cpuSeconds : nil }
    }

    // MARK: Figures

    /// What one server did in one test: what all forms of the table are written from.
    private struct Figures {
        var rate: Spread?
        var perCPUSecond: Spread?
        /// Nanoseconds, at `latencyPercentiles`.
        var latencies: [Spread?]
        var errors: UInt64
        /// How many are in the figures above, and how many failed.
        var rounds: (counted: Int, failed: Int)
    }

    private static let latencyPercentiles: [(name: String, value: Double)] = [("p50", 50), ("p99", 99), ("p99.9", 99.9)]

    private func figures(_ test: Int, _ server: Int) -> Figures {
        Figures(
            rate: spread(server: server, test: test) { $0.rate },
            perCPUSecond: spread(server: server, test: test, Self.perServerCPUSecond),
            latencies: Self.latencyPercentiles.map { percentile in
                spread(server: server, test: test) { Double($0.latency.valueAtPercentile(percentile.value)) }
            },
            errors: results(server: server, test: test).reduce(0) { $0 + $1.errors },
            rounds: rounds(server: server, test: test))
    }

    /// A line for each test and server, of its own figures and those of the yardstick.
    private func lines<Line>(
        _ line: (_ test: String, _ server: String, _ own: Figures, _ base: Figures) -> Line
    ) -> [Line] {
        tests.indices.flatMap { test in
            let base = figures(test, 0)
            return entries.indices.map { line(tests[test], entries[$0].name, figures(test, $0), base) }
        }
    }

    // MARK: Text and CSV

    private static let heading = [
        "test", "server", "requests/s", "spread", "ratio", "per server CPU-s", "spread", "ratio", "p50 ms", "p99 ms",
        "p99.9 ms", "errors", "rounds", "failed",
    ]

    private static func ratio(_ own: Spread?, _ base: Spread?) -> String {
        own?.ratio(to: base).map { Format.fixed($0, 2) } ?? "-"
    }

    private static func milliseconds(_ latency: Spread?, _ precision: Int) -> String {
        latency.map { Format.milliseconds(UInt64($0.median), precision) } ?? "-"
    }

    /// `precision`: digits of milliseconds.
    private func rows(_ precision: Int = 3) -> [[String]] {
        func cells(_ own: Spread?, _ base: Spread?) -> [String] {
            [
                own.map { Format.rate($0.median) } ?? "-",
                own.map { "\(Format.short($0.least))–\(Format.short($0.greatest))" } ?? "-", Self.ratio(own, base),
            ]
        }
        return lines { test, server, own, base -> [String] in
            let figures = cells(own.rate, base.rate) + cells(own.perCPUSecond, base.perCPUSecond)
            let latencies = own.latencies.map { Self.milliseconds($0, precision) }
            return [test, server] + figures + latencies
                + [Format.grouped(own.errors), "\(own.rounds.counted)", "\(own.rounds.failed)"]
        }
    }

    package func text(precision: Int = 3) -> String { "\n" + Format.table([Self.heading] + rows(precision)) }

    /// The table without its spreads. `precision`: digits of milliseconds.
    package func csv(precision: Int = 3) -> String {
        let heading = [
            "test", "server", "rps", "rps_ratio", "rps_per_server_cpu", "rps_per_server_cpu_ratio", "p50_latency_ms",
            "p99_latency_ms", "p99.9_latency_ms", "errors", "rounds", "failed_rounds",
        ]
        func cells(_ own: Spread?, _ base: Spread?) -> [String] {
            [own.map { Format.rate($0.median) { String($0) } } ?? "-", Self.ratio(own, base)]
        }
        let rows = lines { test, server, own, base -> [String] in
            let figures = cells(own.rate, base.rate) + cells(own.perCPUSecond, base.perCPUSecond)
            let latencies = own.latencies.map { Self.milliseconds($0, precision) }
            return [test, server] + figures + latencies
                + ["\(own.errors)", "\(own.rounds.counted)", "\(own.rounds.failed)"]
        }
        return Format.csv([heading] + rows)
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
                series: entries.indices.map { server in
                    let rounds = results(server: server, test: test).enumerated().filter { Self.counts($0.element) }
                    return Plot.Series(
                        name: entries[server].name, points: rounds.map { (Double($0.offset + 1), $0.element.rate) })
                })
            plot.hasDots = true
            html += plot.html
            let courses = entries.map { (name: $0.name, intervals: $0.course(ofTest: test)) }
            html += Report.rateOverTime(courses) + Report.tailOverTime(courses)
            html += Report.percentilePlot(
                entries.indices.compactMap { server in
                    var all = LatencyCounters.histogram()
                    for result in results(server: server, test: test).filter(Self.counts) { all.add(result.latency) }
                    return all.totalCount > 0 ? (name: entries[server].name, latency: all) : nil
                })
        }
        return html
    }

    // MARK: JSON

    private static func json(_ own: Spread?, _ base: Spread?) -> JSON {
        guard let own else { return .null }
        var members: [(String, JSON)] = [
            ("median", .number(own.median)), ("least", .number(own.least)), ("greatest", .number(own.greatest)),
        ]
        if let ratio = own.ratio(to: base) { members.append(("ratio", .number(ratio))) }
        return .object(members)
    }

    private var summary: [JSON] {
        lines { test, server, own, base -> JSON in
            var members: [(String, JSON)] = [
                ("test", .string(test)), ("server", .string(server)),
                ("requests_per_second", Self.json(own.rate, base.rate)),
                ("per_server_cpu_second", Self.json(own.perCPUSecond, base.perCPUSecond)),
            ]
            for (index, percentile) in Self.latencyPercentiles.enumerated() {
                members.append(("\(percentile.name)_ns", Self.json(own.latencies[index], base.latencies[index])))
            }
            members.append(("errors", .integer(own.errors)))
            members.append(("rounds", .integer(UInt64(own.rounds.counted))))
            members.append(("failed_rounds", .integer(UInt64(own.rounds.failed))))
            return .object(members)
        }
    }

    var json: JSON {
        .object([
            ("tests", .array(tests.map { .string($0) })),
            ("summary", .array(summary)),
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
