// Verdict: a run's answer to "should I raise this threshold?", in a few lines of text with numbers.

package struct Verdict {
    private let results: Results
    private let comparison: Comparison
    private let group: Int
    private let encodings: [String]

    /// `group`: of the comparison's groups (element sizes; or numbers of elements), the one to speak of.
    package init(_ results: Results, _ comparison: Comparison, group: Int) {
        self.results = results
        self.comparison = comparison
        self.group = group
        encodings = results.encodings(comparison.name)
    }

    /// The lines; none if there is nothing to say.
    package var lines: [String] {
        guard encodings.count > 1 else { return [] }
        if let threshold = comparison.threshold { return thresholdLines(threshold) }
        return nodeLines
    }

    private func curve(_ quantity: Quantity, _ encoding: String) -> Curve {
        results.curve(comparison, group, quantity, encoding)
    }

    // MARK: Thresholds

    private func thresholdLines(_ threshold: Int) -> [String] {
        let (first, next) = (encodings[0], encodings[comparison.successor(encodings)])
        let other = name(next)
        let places = [threshold / 2, threshold, threshold * 2].filter { $0 > 0 }
        var lines = [
            "\(comparison.directive) \(setting(threshold)). With \(comparison.describe(group: group)),"
                + " \(other) is better than \(Format.article(first)) from this many \(comparison.unit) on (in brackets:"
                + " where they are within \(tiePercent) %); at half the threshold, at it and twice it,"
                + " \(Format.article(first)) takes"
        ]
        var rows = [["", "better from"] + places.map { "at \($0)" }]
        for quantity in results.quantities(comparison.name) {
            let (a, b) = (curve(quantity, first), curve(quantity, next))
            guard !a.isEmpty, !b.isEmpty else { continue }
            let ratio = a.divided(by: b)
            rows.append(
                [quantity.title, Format.crossover(results.crossover(comparison, group, quantity))]
                    + places.map { Format.times(ratio.value(at: Double($0))) })
        }
        lines += TextTable(rows).lines.map { "  " + $0 }
        if let advice = advice(first, next, threshold) { lines.append(advice) }
        return lines
    }

    private func setting(_ threshold: Int) -> String {
        guard let usual = comparison.defaultThreshold, usual != threshold else { return "is \(threshold)" }
        return "at \(threshold) (default \(usual))"
    }

    private var tiePercent: Int { Int((Crossover.tie - 1) * 100 + 0.5) }

    /// What the first encoding takes instead of the other one, at a place.
    private struct Step {
        let bytes: Double
        let otherBytes: Double
        let lookup: Double
        let otherLookup: Double
        /// The times of looking up, inserting and deleting over the other one's, in the geometric mean.
        let pace: Double

        var isSmaller: Bool { bytes < otherBytes }
        var isLarger: Bool { bytes > otherBytes }
        /// Clearly so: times that are nearer are as good as equal.
        var isFaster: Bool { pace * Crossover.tie < 1 }
        var isSlower: Bool { pace > Crossover.tie }

        var text: String {
            let difference = Format.number((bytes - otherBytes).magnitude)
            let memory = isLarger ? "costs \(difference) more" : "saves \(difference)"
            return "\(memory) bytes per element, look-up \(Format.number(lookup)) ns for \(Format.number(otherLookup))"
        }
    }

    /// How long the first encoding takes, as a multiple of the other one's time, where it is looked at and changed; nil
    /// where nothing was measured.
    private func pace(_ first: String, _ next: String, _ place: Double) -> Double? {
        let ratios = [Quantity.lookup, .insert, .delete].compactMap { quantity in
            curve(quantity, first).divided(by: curve(quantity, next)).value(at: place)
        }
        return ratios.isEmpty ? nil : geometricMean(ratios)
    }

    /// What one step up or down costs and saves.
    private func advice(_ first: String, _ next: String, _ threshold: Int) -> String? {
        let (bytes, otherBytes) = (curve(.bytes, first), curve(.bytes, next))
        let (lookup, otherLookup) = (curve(.lookup, first), curve(.lookup, next))
        func step(_ place: Int) -> Step? {
            guard let a = bytes.value(at: Double(place)), let b = otherBytes.value(at: Double(place)),
                let time = lookup.value(at: Double(place)), let otherTime = otherLookup.value(at: Double(place)),
                let pace = pace(first, next, Double(place))
            else { return nil }
            return Step(bytes: a, otherBytes: b, lookup: time, otherLookup: otherTime, pace: pace)
        }
        guard let now = step(threshold), let raised = step(threshold * 2), let lowered = step(threshold / 2) else {
            // Beyond what was measured, its nearest end tells.
            let measured = bytes.points.map { Int($0.elements) }.filter { step($0) != nil }
            guard let least = measured.first, let most = measured.last else { return nil }
            let nearest = threshold * 2 > most ? most : least
            guard let end = step(nearest) else { return nil }
            let beginning = step(threshold).map { judgement($0, end) } ?? "At \(threshold) nothing was measured."
            return "\(beginning) Measured are \(least) to \(most) \(comparison.unit):"
                + " \(Format.article(first)) instead of \(name(next)) at \(nearest) \(end.text)."
        }
        return "\(judgement(now, raised)) \(capitalized(first)) instead of \(name(next)): at \(threshold * 2) it"
            + " \(raised.text); at \(threshold) it \(now.text); at \(threshold / 2) it \(lowered.text)."
    }

    /// Raised, the first encoding takes over up to twice the threshold; lowered, the other one down to below it.
    private func judgement(_ now: Step, _ raised: Step) -> String {
        func gains(_ memory: Bool, _ speed: Bool) -> String? {
            switch (memory, speed) {
            case (true, true): "memory and speed"
            case (true, false): "memory"
            case (false, true): "speed"
            case (false, false): nil
            }
        }
        switch (gains(raised.isSmaller, raised.isFaster), gains(now.isLarger, now.isSlower)) {
        case (let up?, let down?): return "Raise it for \(up), lower it for \(down)."
        case (let up?, nil):
            return "Raise it for \(up)\(raised.isSlower ? ", at the cost of speed" : "");"
                + " nothing is gained by lowering it."
        case (nil, let down?): return "Nothing is gained by raising it; lower it for \(down)."
        case (nil, nil): return "Nothing is gained by raising it, nor by lowering it."
        }
    }

    private func name(_ encoding: String) -> String { encoding == "blocks" ? "the skip list of blocks" : "a table" }

    private func capitalized(_ encoding: String) -> String {
        let text = Format.article(encoding)
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    // MARK: Node sizes

    /// The first encoding is the configured node size; what the others take of its time and memory.
    private var nodeLines: [String] {
        let most = results.places(comparison, group).last ?? 0
        var lines = [
            "\(comparison.directive) \(comparison.nodeSetting ?? 0) stands for nodes of \(encodings[0]). With"
                + " \(comparison.describe(group: group)) and \(comparison.label(most)) \(comparison.elements),"
                + " other node sizes take"
        ]
        let quantities = results.quantities(comparison.name)
        var rows = [[""] + quantities.map(\.title)]
        for encoding in encodings {
            rows.append(
                [encoding]
                    + quantities.map { quantity in
                        guard let own = curve(quantity, encoding).points.last?.value,
                            let first = curve(quantity, encodings[0]).points.last?.value
                        else { return "–" }
                        let figure = Format.number(own) + (quantity.isTime ? " ns" : "")
                        return encoding == encodings[0] ? figure : Format.times(own / first)
                    })
        }
        lines += TextTable(rows).lines.map { "  " + $0 }
        if let bytes = curve(.bytes, encodings[0]).points.last?.value, bytes > 0 {
            lines.append("An element takes \(Format.number(bytes)) bytes, so that \(nodeContent(bytes)).")
        }
        return lines
    }

    /// Which of two limits is reached first, where there are two.
    private func nodeContent(_ bytes: Double) -> String {
        if let nodeBytes = comparison.nodeSetting.flatMap(Comparison.listNodeBytes) {
            return "a node of \(Format.number(nodeBytes / 1024)) KiB holds about \(Format.number(nodeBytes / bytes))"
        }
        let (byEntries, byBytes) = (Comparison.stream, Comparison.streamBytes)
        let (nodeEntries, nodeBytes) = (Double(byEntries.nodeSetting ?? 0), Double(byBytes.nodeSetting ?? 0))
        let held = nodeBytes / bytes
        return "a node of \(Format.number(nodeBytes)) bytes has room for \(Format.number(held)) entries:"
            + " \((held < nodeEntries ? byBytes : byEntries).directive) is reached first"
    }
}
