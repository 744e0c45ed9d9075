// ComparisonReport, PartsReport: a run as tables of text.

package struct ComparisonReport {
    private let results: Results
    private let comparison: Comparison

    package init(_ results: Results, _ comparison: Comparison) {
        self.results = results
        self.comparison = comparison
    }

    package var lines: [String] {
        var lines: [String] = []
        for group in results.groups(comparison) {
            lines.append(
                "\(comparison.title), \(comparison.describe(group: group)), by number of \(comparison.unit):"
                    + " nanoseconds; bytes")
            lines += TextTable(rows(group, \.value)).lines.map { "  " + $0 }
            if results.measurements.contains(where: { isShown($0, group) && $0.instructions != nil }) {
                lines.append("Instructions")
                lines += TextTable(rows(group, \.instructions)).lines.map { "  " + $0 }
            }
            lines += Verdict(results, comparison, group: group).lines
            lines.append("")
        }
        return lines
    }

    private func isShown(_ measurement: Measurement, _ group: Int) -> Bool {
        measurement.comparison == comparison.name && comparison.group(measurement) == group
    }

    private func rows(_ group: Int, _ value: (Measurement) -> Double?) -> [[String]] {
        let places = results.places(comparison, group)
        var rows = [[comparison.unit, ""] + places.map(comparison.label)]
        for quantity in results.quantities(comparison.name) {
            for encoding in results.encodings(comparison.name) {
                let measured = results.measurements.filter {
                    isShown($0, group) && $0.quantity == quantity && $0.encoding == encoding && value($0) != nil
                }
                guard !measured.isEmpty else { continue }
                rows.append(
                    [quantity.title, encoding]
                        + places.map { place in
                            measured.first { comparison.place($0) == place }.flatMap(value).map(Format.number) ?? ""
                        })
            }
        }
        return rows
    }
}

package struct PartsReport {
    private let parts: [PartMeasurement]

    package init(_ parts: [PartMeasurement]) { self.parts = parts }

    package var lines: [String] {
        var rows = [["Parts of the engine", "ns", "instructions", "ratio", ""]]
        for part in parts {
            rows.append([
                part.name, Format.number(part.nanoseconds), part.instructions.map(Format.number) ?? "–",
                part.alternativeTo == nil ? "" : Format.times(part.ratio),
                part.alternativeTo.map { "of " + $0 } ?? "",
            ])
        }
        return TextTable(rows).lines
    }
}
