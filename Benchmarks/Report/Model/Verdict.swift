// Verdict: a run's answer to "should I raise this threshold?", in a few lines of text with numbers.

package struct Verdict {
    private let results: Results
    private let comparison: Comparison
    private let elementBytes: Int

    package init(_ results: Results, _ comparison: Comparison, elementBytes: Int) {
        self.results = results
        self.comparison = comparison
        self.elementBytes = elementBytes
    }

    /// The lines; none if there is nothing to say.
    package var lines: [String] {
        let encodings = results.encodings(comparison.name)
        guard encodings.count > 1 else { return [] }
        if let threshold = comparison.threshold { return thresholdLines(encodings, threshold) }
        return nodeLines(encodings)
    }

    private func curve(_ quantity: Quantity, _ encoding: String) -> Curve {
        results.curve(comparison.name, elementBytes, quantity, encoding)
    }

    // MARK: Thresholds in elements

    /// What follows the first encoding beyond the threshold: the first of those that hold any number of elements.
    private func successor(_ encodings: [String]) -> String {
        encodings.contains("table") ? "table" : encodings[1]
    }

    private func thresholdLines(_ encodings: [String], _ threshold: Int) -> [String] {
        let (first, next) = (encodings[0], successor(encodings))
        let other = next == "blocks" ? "the skip list of blocks" : "a table"
        var lines = [
            "\(comparison.directive) is \(threshold). With \(Format.elementSize(comparison.name, elementBytes)),"
                + " \(other) is better than \(Format.article(first)) from this many \(comparison.elements) on;"
                + " at the threshold, half and twice it, \(Format.article(first)) takes"
        ]
        var rows = [["", "better from", "at \(threshold / 2)", "at \(threshold)", "at \(threshold * 2)"]]
        for quantity in results.quantities(comparison.name) {
            let (a, b) = (curve(quantity, first), curve(quantity, next))
            guard !a.isEmpty, !b.isEmpty else { continue }
            let ratio = a.divided(by: b)
            rows.append(
                [quantity.title, Format.crossover(Crossover(from: a, to: b))]
                    + [threshold / 2, threshold, threshold * 2].map { Format.times(ratio.value(at: Double($0))) })
        }
        lines += TextTable(rows).lines.map { "  " + $0 }
        if let advice = advice(first, next, threshold) { lines.append(advice) }
        return lines
    }

    /// What one step up or down costs and saves.
    private func advice(_ first: String, _ next: String, _ threshold: Int) -> String? {
        let (bytes, otherBytes) = (curve(.bytes, first), curve(.bytes, next))
        let ratio = curve(.lookup, first).divided(by: curve(.lookup, next))
        func step(_ elements: Int) -> (saved: Double, times: Double)? {
            guard let a = bytes.value(at: Double(elements)), let b = otherBytes.value(at: Double(elements)),
                let times = ratio.value(at: Double(elements))
            else { return nil }
            return (b - a, times)
        }
        guard let now = step(threshold), let raised = step(threshold * 2), let lowered = step(threshold / 2) else {
            return nil
        }
        return "Raise it to \(threshold * 2) to save \(Format.number(raised.saved)) bytes per element in"
            + " collections of that size, with lookups at \(Format.times(raised.times)) the other encoding's time;"
            + " at \(threshold) it saves \(Format.number(now.saved)) at \(Format.times(now.times)),"
            + " at \(threshold / 2) \(Format.number(lowered.saved)) at \(Format.times(lowered.times))."
    }

    // MARK: Node sizes

    /// The first encoding is the configured node size; what the others take of its time and memory, over all sizes.
    private func nodeLines(_ encodings: [String]) -> [String] {
        var lines = [
            "\(comparison.directive) stands for nodes of \(encodings[0]). With"
                + " \(Format.elementSize(comparison.name, elementBytes)) and the most \(comparison.elements) measured,"
                + " other node sizes take"
        ]
        let quantities = results.quantities(comparison.name)
        var rows = [[""] + quantities.map(\.title)]
        for encoding in encodings.dropFirst() {
            rows.append(
                [encoding]
                    + quantities.map { quantity in
                        let ratio = curve(quantity, encoding).divided(by: curve(quantity, encodings[0]))
                        return Format.times(ratio.points.last?.value)
                    })
        }
        lines += TextTable(rows).lines.map { "  " + $0 }
        return lines
    }
}
