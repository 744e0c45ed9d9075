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
        for elementBytes in results.elementSizes(comparison.name) {
            lines.append("\(comparison.title), \(Format.elementSize(comparison.name, elementBytes)): nanoseconds; bytes")
            lines += TextTable(rows(elementBytes)).lines.map { "  " + $0 }
            lines += Verdict(results, comparison, elementBytes: elementBytes).lines
            lines.append("")
        }
        return lines
    }

    private func rows(_ elementBytes: Int) -> [[String]] {
        let measured = results.measurements.filter {
            $0.comparison == comparison.name && $0.elementBytes == elementBytes
        }
        let sizes = Set(measured.map(\.elements)).sorted()
        var rows = [[comparison.elements, ""] + sizes.map(Format.elements)]
        for quantity in results.quantities(comparison.name) {
            for encoding in results.encodings(comparison.name) {
                let curve = results.curve(comparison.name, elementBytes, quantity, encoding)
                guard !curve.isEmpty else { continue }
                rows.append(
                    [quantity.title, encoding]
                        + sizes.map { size in
                            curve.points.first { $0.elements == Double(size) }.map { Format.number($0.value) } ?? ""
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
