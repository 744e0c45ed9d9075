// Question: "should I raise hash-max-listpack-entries?", answered from kept figures.
//
// Every directive that chooses an encoding or a node's size has an answer; a test holds the list complete.

package struct Question {
    package let directive: String
    /// The value that is considered, if not the default.
    package let value: Int?

    package enum Mistake: Error, Equatable {
        case unknownDirective(String)
        case badValue(String)
    }

    /// "hash-max-listpack-entries" or "hash-max-listpack-entries=1024", in any case; older names say "ziplist".
    package init(_ text: String) throws(Mistake) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let words = parts[0].lowercased().split(separator: "-").map { $0 == "ziplist" ? "listpack" : $0 }
        let asked = words.joined(separator: "-")
        guard let comparison = Comparison.all.first(where: { $0.directive == asked }) else {
            throw .unknownDirective(parts[0])
        }
        directive = asked
        guard parts.count == 2 else {
            value = nil
            return
        }
        let isBytes = directive.hasSuffix("-bytes") || directive.hasSuffix("-value")
        guard let number = isBytes ? Self.bytes(parts[1]) : Int(parts[1]),
            (0...Self.valueMax).contains(number) || (comparison.name == "list" && (-5 ... -1).contains(number))
        else { throw .badValue(parts[1]) }
        value = number
    }

    /// A number of bytes as the configuration has it: "4096", "4kb" of 1024 and "4k" of 1000.
    private static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1_000_000, "mb": 1 << 20]
        guard let number = Int(digits), let unit = units[text.dropFirst(digits.count).lowercased()] else { return nil }
        let (product, over) = number.multipliedReportingOverflow(by: unit)
        return over ? nil : product
    }

    /// The directives' own: a larger number of elements or bytes is none that a server can hold.
    package static var valueMax: Int { Int(Int32.max) }

    package static var directives: [String] { Comparison.all.map(\.directive) }

    /// What is measured to answer it.
    package var comparison: Comparison {
        var comparison = Comparison.all.first { $0.directive == directive }!
        if comparison.threshold != nil, let value, value > 0 { comparison.threshold = value }
        return comparison
    }

    /// What 0 stands for.
    private func meaningOfZero(_ results: Results) -> String? {
        guard value == 0 else { return nil }
        if comparison.threshold != nil {
            return "\(directive) 0 stands for never \(Format.article(results.encodings(comparison.name)[0]))."
        }
        let meaning = comparison.name == "list" ? "one element in a node" : "no limit by this directive"
        return "\(directive) 0 stands for \(meaning)."
    }

    /// The answer with its numbers; says what to do if they are not there.
    package func lines(_ results: Results) -> [String] {
        let groups = results.groups(comparison)
        guard !groups.isEmpty else {
            return ["\(directive) was not measured yet: tools/benchmark \(comparison.name)"]
        }
        var lines = ["Measured on \(results.machine), \(results.day).", ""]
        if let meaning = meaningOfZero(results) { lines += [meaning, ""] }
        for group in groups {
            lines += Verdict(results, comparison, group: group).lines
            if let note = nodeNote(results, group) { lines.append(note) }
            lines.append("")
        }
        return lines
    }

    /// What another node size than the present one stands for, and the nearest one measured.
    private func nodeNote(_ results: Results, _ group: Int) -> String? {
        guard let value, value != 0, comparison.threshold == nil else { return nil }
        let encodings = results.encodings(comparison.name)
        var own = Double(value)
        var limit = ""
        if comparison.name == "list" {
            let elementBytes = results.curve(comparison, group, .bytes, encodings[0]).points.last?.value
            let counted = Double(value) * (elementBytes ?? Double(group))
            own = Comparison.listNodeBytes(value) ?? min(counted, Comparison.countedNodeBytesMax)
            if value > 0, counted > own { limit = " (a node whose elements are counted has 8 KiB at most)" }
        }
        let nearest = encodings.min { abs(logRatio($0, own)) < abs(logRatio($1, own)) } ?? encodings[0]
        return "\(directive) \(value): the nearest measured is \(nearest)\(limit)."
    }

    /// How far an encoding's node size is from `size`, in doublings.
    private func logRatio(_ encoding: String, _ size: Double) -> Double {
        let parts = encoding.split(separator: " ")
        let number = parts.first.flatMap { Double($0) } ?? 1
        var ratio = number * (parts.last == "KiB" ? 1024 : 1) / size
        var doublings = 0.0
        while ratio >= 2 { (ratio, doublings) = (ratio / 2, doublings + 1) }
        while ratio < 1 { (ratio, doublings) = (ratio * 2, doublings - 1) }
        return doublings + (ratio - 1)
    }
}
