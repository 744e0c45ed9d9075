// Baseline: a run against a kept one, by ratios.
//
// Contract: single figures are noisy, so what is judged is a series: one quantity of one encoding over all sizes, by
// the geometric mean of how its ratios changed. A machine that became faster or slower as a whole changes no ratio.
// Memory is not noisy: one percent is a change.

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

    /// A quarter: what a series' mean moves by on a machine whose other core is busy.
    package static var timeTolerance: Double { 1.25 }
    package static var bytesTolerance: Double { 1.01 }

    /// The changes of all series that both runs have, the worst first.
    package let changes: [Change]

    package init(_ baseline: Results, _ current: Results) {
        var changes: [Change] = []
        var series: [String: [Double]] = [:]
        var tolerances: [String: Double] = [:]
        let kept = Dictionary(baseline.measurements.map { (Self.key($0), $0.ratio) }) { first, _ in first }
        for measurement in current.measurements {
            guard let then = kept[Self.key(measurement)], then > 0 else { continue }
            let name = "\(measurement.comparison), \(measurement.encoding), \(measurement.quantity.rawValue)"
            series[name, default: []].append(measurement.ratio / then)
            tolerances[name] = measurement.quantity.isTime ? Self.timeTolerance : Self.bytesTolerance
        }
        for part in current.parts {
            guard let then = baseline.parts.first(where: { $0.name == part.name }), then.ratio > 0 else { continue }
            series[part.name] = [part.ratio / then.ratio]
            tolerances[part.name] = Self.timeTolerance
        }
        for (name, factors) in series {
            let mean = exp(factors.reduce(0) { $0 + log($1) } / Double(factors.count))
            changes.append(Change(name: name, factor: mean, tolerance: tolerances[name]!))
        }
        self.changes = changes.sorted { ($1.factor, $0.name) < ($0.factor, $1.name) }
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
        return lines
    }
}
