// Baseline: a run against a kept one, by ratios.
//
// Contract: single figures are noisy, so what is judged is a series: one quantity of one encoding over all sizes, by
// the geometric mean of how its ratios changed. A machine that became faster or slower as a whole changes no ratio.
// Memory and hit ratios are not noisy: one percent is a change. Crossovers that moved are named, but are no regression:
// which way is better is for the reader.

#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

package struct Baseline {
    /// How a series changed: 1.2 is 20 % worse than the kept run.
    package struct Change: Equatable, Sendable {
        package let name: String
        package let factor: Double
        package let tolerance: Double
        package var isRegression: Bool { factor > tolerance }
        package var isImprovement: Bool { factor < 1 / tolerance }
    }

    /// Half: what a series' mean was seen to move by while neighbours kept a shared cache busy. Quieter machines may
    /// read the factors themselves.
    package static var timeTolerance: Double { 1.5 }

    /// What several threads wait for each other: the scheduler decides as much as we do.
    package static var contendedTolerance: Double { 4 }
    /// What is computed rather than measured: bytes and misses.
    package static var exactTolerance: Double { 1.01 }

    /// The changes of all series that both runs have, the worst first.
    package let changes: [Change]

    /// A crossover that both runs have, and whether they agree on it.
    package struct Crossing: Equatable, Sendable {
        package let name: String
        package let then: Crossover
        package let now: Crossover
        package var isMoved: Bool { !now.agrees(with: then) }
    }

    package let crossings: [Crossing]

    package init(_ baseline: Results, _ current: Results) {
        var changes: [Change] = []
        var series: [String: [Double]] = [:]
        var tolerances: [String: Double] = [:]
        let kept = Dictionary(baseline.measurements.map { (Self.key($0), $0.ratio) }) { first, _ in first }
        for measurement in current.measurements {
            guard let then = kept[Self.key(measurement)], then > 0 else { continue }
            let name = "\(measurement.comparison), \(measurement.encoding), \(measurement.quantity.rawValue)"
            series[name, default: []].append(measurement.ratio / then)
            tolerances[name] = measurement.quantity.isTime ? Self.timeTolerance : Self.exactTolerance
        }
        for cost in current.eviction.costs {
            guard let then = baseline.eviction.cost(cost.policy), let one = current.eviction.costs.first,
                let other = baseline.eviction.costs.first
            else { continue }
            for (name, path) in [("hit", \EvictionCost.hit), ("insert", \.insert), ("evict", \.evict)] {
                let key = "eviction, \(cost.policy), \(name)"
                let now = cost[keyPath: path] / one[keyPath: path]
                series[key] = [now / (then[keyPath: path] / other[keyPath: path])]
                tolerances[key] = Self.timeTolerance
            }
        }
        for hits in current.eviction.hitRatios {
            guard let then = baseline.eviction.hitRatio(hits.workload, hits.policy, hits.share), then < 1
            else { continue }
            let name = "misses, \(hits.workload), \(hits.policy)"
            series[name, default: []].append((1 - hits.ratio) / (1 - then))
            tolerances[name] = Self.exactTolerance
        }
        for part in current.parts {
            guard let then = baseline.parts.first(where: { $0.name == part.name }), then.ratio > 0 else { continue }
            series[part.name] = [part.ratio / then.ratio]
            tolerances[part.name] = part.isContended ? Self.contendedTolerance : Self.timeTolerance
        }
        for (name, factors) in series {
            let mean = exp(factors.reduce(0) { $0 + log($1) } / Double(factors.count))
            changes.append(Change(name: name, factor: mean, tolerance: tolerances[name]!))
        }
        self.changes = changes.sorted { ($1.factor, $0.name) < ($0.factor, $1.name) }
        crossings = Self.crossings(baseline, current)
    }

    private static func crossings(_ baseline: Results, _ current: Results) -> [Crossing] {
        Comparison.all.filter { $0.threshold != nil }.flatMap { comparison in
            current.groups(comparison).flatMap { group in
                current.quantities(comparison.name).map { quantity in
                    Crossing(
                        name: "\(comparison.name), \(comparison.describe(group: group)), \(quantity.rawValue)",
                        then: baseline.crossover(comparison, group, quantity),
                        now: current.crossover(comparison, group, quantity))
                }
            }
        }.filter { $0.then != .unknown && $0.now != .unknown }
    }

    private static func key(_ measurement: Measurement) -> String {
        "\(measurement.comparison)/\(measurement.elementBytes)/\(measurement.elements)/"
            + "\(measurement.quantity.rawValue)/\(measurement.encoding)"
    }

    package var hasRegressions: Bool { changes.contains(where: \.isRegression) }

    package var lines: [String] {
        let notable = changes.filter { $0.isRegression || $0.isImprovement }
        let regressions = notable.count(where: \.isRegression)
        var lines = [
            "Against the baseline, by ratios: \(changes.count) series, \(regressions) worse,"
                + " \(notable.count - regressions) better, the others within noise."
        ]
        lines += TextTable(notable.map { [$0.name, Format.times($0.factor), $0.isRegression ? "worse" : "better"] })
            .lines.map { "  " + $0 }
        let moved = crossings.filter(\.isMoved)
        if !crossings.isEmpty {
            lines.append("\(crossings.count) crossovers, \(moved.count) of them at other sizes than then.")
            lines += TextTable(
                moved.map { [$0.name, Format.crossover($0.then), "now", Format.crossover($0.now)] }
            ).lines.map { "  " + $0 }
        }
        return lines
    }
}
