// Sweep: the highest rate of an open loop that still meets a latency objective.
//
// Rates grow by a factor until one fails, then the gap between the last good and the first bad one is halved until it
// is small. A rate that misses is tried once more: one pause of the machine's own would otherwise end the search far
// below the highest rate. The search is pure: it proposes a rate and is told the outcome.
// Invariant: best < ceiling; `best` is the highest rate that passed, `ceiling` the lowest that failed twice.

internal import Histogram

package struct Objective: Sendable, Equatable {
    /// 0 ... 100.
    package var percentile: Double
    package var limitNs: UInt64

    package init(percentile: Double, limitNs: UInt64) {
        self.percentile = percentile
        self.limitNs = limitNs
    }

    /// "p99.9<1ms", "p50<200us", "max<10ms".
    package init?(_ text: String) {
        let parts = text.filter { $0 != " " }.split(separator: "<", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        if parts[0] == "max" {
            percentile = 100
        } else {
            guard parts[0].hasPrefix("p"), let value = Double(parts[0].dropFirst()), value > 0, value <= 100 else {
                return nil
            }
            percentile = value
        }
        let units: [(String, Double)] = [("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("ns", 1), ("s", 1e9)]
        guard let unit = units.first(where: { parts[1].hasSuffix($0.0) }),
            let number = Double(parts[1].dropLast(unit.0.count)), number > 0, number * unit.1 < 1e18
        else { return nil }
        limitNs = UInt64(number * unit.1)
    }

    package var description: String {
        let whole = percentile == percentile.rounded() ? "\(Int(percentile))" : "\(percentile)"
        return "\(percentile == 100 ? "max" : "p\(whole)") < \(Format.latency(limitNs))"
    }

    /// Achieving less of the offered rate means that a queue grows, whatever the latencies so far.
    package static let achievedShareMin = 0.98

    package func isMet(by result: RunResult) -> Bool {
        guard !result.hasProblems, result.latency.totalCount > 0 else { return false }
        if let target = result.targetRate {
            // Independent arrivals scatter by the root of their number; three times that is hardly chance.
            let offered = target * result.rateSeconds
            let least = offered * Self.achievedShareMin - 3 * offered.squareRoot()
            if Double(result.requests - result.late) < least { return false }
        }
        return result.latency.valueAtPercentile(percentile) <= limitNs
    }
}

package struct RateSearch: Sendable {
    package private(set) var best: Double?
    package private(set) var ceiling: Double?
    /// What has missed once.
    private var doubtful: Double?
    private let first: Double
    private let precision: Double
    private let rateMax: Double

    /// `precision`: the share of the rate at which the search ends.
    package init(from first: Double, precision: Double = 0.05, rateMax: Double = 1e8) {
        self.first = first
        self.precision = precision
        self.rateMax = rateMax
    }

    /// The next rate to try; nil when the search is over.
    package var next: Double? {
        if let doubtful { return doubtful }
        return switch (best, ceiling) {
        case (nil, nil): first
        case (let best?, nil): best * 2 <= rateMax ? best * 2 : nil
        // Nothing has passed yet: look lower, but not for ever.
        case (nil, let ceiling?): ceiling > first / 64 ? ceiling / 2 : nil
        case (let best?, let ceiling?): (ceiling - best) / best > precision ? (best + ceiling) / 2 : nil
        }
    }

    package mutating func tell(rate: Double, passed: Bool) {
        if passed {
            best = max(best ?? 0, rate)
        } else if doubtful == rate {
            ceiling = min(ceiling ?? .infinity, rate)
        }
        doubtful = passed || doubtful == rate ? nil : rate
    }
}

package struct Sweep: Sendable {
    package struct Step: Sendable {
        package var rate: Double
        package var passed: Bool
        package var result: RunResult

        package var outcome: String { passed ? "met" : result.failure == nil ? "missed" : "failed" }

        package init(rate: Double, passed: Bool, result: RunResult) {
            self.rate = rate
            self.passed = passed
            self.result = result
        }
    }

    package var objective: Objective
    package var steps: [Step] = []
    package var best: Double?
    /// It ended before the highest rate was found: what it found is no more than a beginning.
    package var wasInterrupted = false

    package init(objective: Objective) { self.objective = objective }

    private var ordered: [Step] { steps.sorted { $0.rate < $1.rate } }

    private static let heading = ["offered", "achieved", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "errors", ""]

    /// `precision`: digits of milliseconds.
    package func text(precision: Int = 3) -> String {
        let table = Format.table([Self.heading] + ordered.map { row($0, precision) })
        return (steps.isEmpty ? "" : "\n\(table)\n") + conclusion
    }

    /// What ended it before its end, if anything did: a server that dies has no highest rate.
    private var failure: String? { steps.last?.result.failure }

    /// The one line that says what was found.
    package var conclusion: String {
        let soFar = wasInterrupted ? " so far (interrupted)" : failure != nil ? " so far (failed)" : ""
        guard let best else {
            return (steps.isEmpty ? "no rate was tried" : "no rate met \(objective.description)") + soFar + "\n"
        }
        return "highest rate with \(objective.description)\(soFar): \(Format.rate(best)) requests per second\n"
    }

    /// What the first rate met that met any wrong replies (rates are missed for them, whatever the latencies), and what
    /// ended it.
    package var problems: [String] {
        let replies = steps.lazy.map { Report.wrongReplies($0.result) }.first { !$0.isEmpty } ?? []
        return replies + (failure.map { ["FAILED: \($0)"] } ?? [])
    }

    /// `precision`: digits of milliseconds.
    package func csv(precision: Int = 3) -> String {
        let heading = [
            "offered_rps", "rps", "p50_latency_ms", "p99_latency_ms", "p99.9_latency_ms", "max_latency_ms", "errors",
            "objective",
        ]
        return Format.csv([heading] + ordered.map { row($0, precision) { String($0) } })
    }

    /// `number` writes what is whole: people like separators, programs do not.
    private func row(
        _ step: Step, _ precision: Int = 3, _ number: (UInt64) -> String = Format.grouped
    ) -> [String] {
        let latency = step.result.latency
        let known = latency.totalCount > 0
        let values = [50, 99, 99.9].map(latency.valueAtPercentile) + [latency.maxRecorded]
        return [Format.rate(step.rate, number), Format.rate(step.result.rate, number)]
            + values.map { known ? Format.milliseconds($0, precision) : "-" }
            + [number(step.result.errors), step.outcome]
    }

    var html: String {
        var html = "<h2>Highest rate with \(HTML.escape(objective.description))</h2>\n"
        html += HTML.cards([("requests per second", best.map { Format.rate($0) } ?? "none")])
        html += HTML.problems(problems + (wasInterrupted ? ["interrupted"] : []))
        let series = [("max", 100.0), ("p99.9", 99.9), ("p99", 99), ("p50", 50)].map { name, percentile in
            Plot.Series(
                name: name, points: ordered.map { ($0.rate, Double($0.result.latency.valueAtPercentile(percentile))) })
        }
        var plot = Plot(
            title: "Latency by offered rate", xLabel: "requests per second", series: series,
            formatY: { Format.tick(latencyNs: $0) })
        plot.yScale = .logarithmic
        plot.hasDots = true
        html += plot.html
        return html
            + HTML.table([Self.heading] + ordered.map { row($0) })
    }

    var json: JSON {
        .object([
            ("objective", .string(objective.description)), ("best_rate", .optional(best)),
            ("interrupted", .bool(wasInterrupted)),
            (
                "steps",
                .array(
                    steps.map { step in
                        .object([
                            ("rate", .number(step.rate)), ("met", .bool(step.passed)),
                            ("result", Report.json(step.result)),
                        ])
                    })
            ),
        ])
    }
}
