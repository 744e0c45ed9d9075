// Baseline: a run against a kept one, by ratios.
//
// Contract: single figures are noisy, so what is judged is a series: one quantity of one encoding over all sizes, by
// the geometric mean of how its ratios changed. A machine that became faster or slower as a whole changes no ratio.
// Memory and hit ratios are not noisy: one percent is a change. Crossovers that moved are named, but are no regression:
// which way is better is for the reader.

package struct Baseline {
    /// How a series changed: 1.2 is 20 % worse than the kept run.
    package struct Change: Equatable, Sendable {
        package let name: String
        /// What is measured to find out again: a comparison's name, "parts" or "eviction".
        package let topic: String
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

    /// What only the earlier run has, and what only the later one: series, or wholes that they are of.
    package let missing: [String]
    package let added: [String]

    /// Whose runs they are, if not one machine's of one day.
    private let origins: String?

    /// `includes`: the topics that the later run was asked for, if not for all.
    package init(_ baseline: Results, _ current: Results, includes: (String) -> Bool = { _ in true }) {
        var changes = Self.measurementChanges(baseline, current)
        changes += Self.evictionChanges(baseline.eviction, current.eviction)
        for part in current.parts {
            guard let then = baseline.parts.first(where: { $0.name == part.name }), then.ratio > 0 else { continue }
            changes.append(
                Change(
                    name: part.name, topic: "parts", factor: part.ratio / then.ratio,
                    tolerance: part.isContended ? Self.contendedTolerance : Self.timeTolerance))
        }
        self.changes = changes.sorted { ($1.factor, $0.name) < ($0.factor, $1.name) }
        crossings = Self.crossings(baseline, current)
        let (earlier, later) = (baseline.series.filter { includes($0[0]) }, current.series.filter { includes($0[0]) })
        missing = Self.difference(earlier, later)
        added = Self.difference(later, earlier)
        let (then, now) = ("\(baseline.machine), \(baseline.day)", "\(current.machine), \(current.day)")
        origins = then == now ? nil : "The earlier run: \(then). The later one: \(now)."
    }

    private init(_ other: Baseline, changes: [Change]) {
        self.changes = changes.sorted { ($1.factor, $0.name) < ($0.factor, $1.name) }
        (crossings, missing, added) = (other.crossings, other.missing, other.added)
        origins = other.origins
    }

    /// What `one` has and the other has not; a whole that is missing is named, not its parts.
    private static func difference(_ one: [[String]], _ other: [[String]]) -> [String] {
        let prefixes = Set(other.flatMap { path in path.indices.map { Array(path[...$0]) } })
        var found: [String] = []
        for path in one {
            guard let end = path.indices.first(where: { !prefixes.contains(Array(path[...$0])) }) else { continue }
            let name = path[...end].joined(separator: ", ")
            if !found.contains(name) { found.append(name) }
        }
        return found
    }

    /// What is to be measured again before it is believed.
    package var suspects: Set<String> { Set(changes.filter(\.isRegression).map(\.topic)) }

    /// What stands of a suspicion when `second`, a comparison of a later measurement with the same baseline, is heard:
    /// a regression is there both times, a busy neighbour seldom.
    package func confirmed(by second: Baseline) -> Baseline {
        let again = Dictionary(second.changes.map { ($0.name, $0) }) { first, _ in first }
        return Baseline(
            self,
            changes: changes.map { change in
                guard change.isRegression, let other = again[change.name], other.factor < change.factor else {
                    return change
                }
                return other
            })
    }

    // MARK: Series

    private static func measurementChanges(_ baseline: Results, _ current: Results) -> [Change] {
        let kept = Dictionary(baseline.measurements.map { (key($0), $0.ratio) }) { first, _ in first }
        var factors: [String: [Double]] = [:]
        var series: [String: Measurement] = [:]
        for measurement in current.measurements {
            guard let then = kept[key(measurement)], then > 0 else { continue }
            let name = "\(measurement.comparison), \(measurement.encoding), \(measurement.quantity.rawValue)"
            factors[name, default: []].append(measurement.ratio / then)
            series[name] = measurement
        }
        return series.map { name, measurement in
            Change(
                name: name, topic: measurement.comparison, factor: geometricMean(factors[name] ?? []),
                tolerance: measurement.quantity.isTime ? timeTolerance : exactTolerance)
        }
    }

    private static func evictionChanges(_ baseline: EvictionResults, _ current: EvictionResults) -> [Change] {
        var changes: [Change] = []
        if let reference = current.costs.first, let then = baseline.costs.first {
            for cost in current.costs {
                guard let before = baseline.cost(cost.policy) else { continue }
                for (name, path) in [("hit", \EvictionCost.hit), ("insert", \.insert), ("evict", \.evict)] {
                    let now = cost[keyPath: path] / reference[keyPath: path]
                    changes.append(
                        Change(
                            name: "eviction, \(cost.policy), \(name)", topic: "eviction",
                            factor: now / (before[keyPath: path] / then[keyPath: path]), tolerance: timeTolerance))
                }
            }
        }
        var misses: [String: [Double]] = [:]
        for hits in current.hitRatios {
            // Of the same requests: a shorter mix, or another trace of that name, has other misses.
            guard let kept = baseline.point(hits.workload, hits.policy, hits.share), kept.requests == hits.requests,
                kept.keys == hits.keys, kept.ratio < 1
            else { continue }
            let then = kept.ratio
            misses["misses, \(hits.workload), \(hits.policy)", default: []].append((1 - hits.ratio) / (1 - then))
        }
        return changes
            + misses.map { name, factors in
                Change(name: name, topic: "eviction", factor: geometricMean(factors), tolerance: exactTolerance)
            }
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
        var lines = origins.map { [$0] } ?? []
        lines += [
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
        for (run, names) in [("earlier", missing), ("later", added)] where !names.isEmpty {
            lines.append("Only the \(run) run has:")
            lines += names.map { "  " + $0 }
        }
        return lines
    }
}

extension Results {
    /// Everything that it has a series of: a topic, and what it is within it.
    fileprivate var series: [[String]] {
        var paths = measurements.map { [$0.comparison, $0.encoding, $0.quantity.rawValue] }
        paths += parts.map { ["parts", $0.name] }
        paths += eviction.costs.map { ["eviction", "costs", $0.policy] }
        paths += eviction.hitRatios.map { ["eviction", "misses of \($0.workload)", $0.policy] }
        var seen: Set<[String]> = []
        return paths.filter { seen.insert($0).inserted }
    }
}
