import BenchmarkReport
import FoundationEssentials
import Server
import Testing


/// Runs as they would be measured: the first encoding takes as long as it has elements, the others a constant time.
private func results(slower: Double = 1) -> Results {
    var results = Results(machine: "<test> & \"machine\"", day: "2000-01-01")
    let encodings = [
        "hash": ["listpack", "table"], "set": ["listpack", "table"], "integerSet": ["intset", "listpack", "table"],
        "sortedSet": ["listpack", "blocks", "classic skip list"], "list": ["8 KiB", "64 KiB"],
        "stream": ["100 entries", "<400> & \"entries\""],
    ]
    for comparison in Comparison.all {
        for elements in (2...12).map({ 1 << $0 }) {
            for quantity in [Quantity.lookup, .rank, .bytes] {
                for (index, encoding) in encodings[comparison.name]!.enumerated() {
                    let value = index == 0 ? Double(elements) : 100.0
                    results.measurements.append(
                        Measurement(
                            comparison: comparison.name, elementBytes: 16, elements: elements, quantity: quantity,
                            encoding: encoding, value: value,
                            ratio: index == 0 ? value : slower * value / Double(elements)))
                }
            }
        }
    }
    results.parts = [
        PartMeasurement(name: "one", alternativeTo: nil, nanoseconds: 1, ratio: 1),
        PartMeasurement(name: "two", alternativeTo: "one", nanoseconds: 2, ratio: 2 * slower, instructions: 10),
    ]
    return results
}

@Suite("What a run says")
struct ReportTests {
    @Test func thresholdsAreTheServers() {
        let encodings = Configuration().encodings
        let expected = [
            "hash-max-listpack-entries": encodings.hashListpackEntries,
            "set-max-listpack-entries": encodings.setListpackEntries,
            "set-max-intset-entries": encodings.setIntsetEntries,
            "zset-max-listpack-entries": encodings.zsetListpackEntries,
        ]
        for comparison in Comparison.all where comparison.threshold != nil {
            #expect(expected[comparison.directive] == comparison.threshold, "\(comparison.directive)")
        }
        #expect(Comparison.all.count { $0.threshold != nil } == expected.count)
        // What the first node sizes stand for.
        #expect(encodings.listListpackSize == -2)
        #expect(encodings.streamNodeEntries == 100)
    }

    @Test func verdictNamesCrossoverThresholdAndCost() {
        let lines = Verdict(results(), Comparison.all[0], elementBytes: 16).lines
        #expect(lines[0].hasPrefix("hash-max-listpack-entries is 512."))
        #expect(lines.contains { $0.hasPrefix("  lookup") && $0.contains(" 100 ") && $0.contains("5.1×") })
        #expect(lines.last!.contains("Raise it to 1024"))
    }

    @Test func anotherThresholdIsAnswered() {
        var comparison = Comparison.all[0]
        comparison.threshold = 64
        let lines = Verdict(results(), comparison, elementBytes: 16).lines
        #expect(lines[0].hasPrefix("hash-max-listpack-entries is 64."))
        #expect(lines.contains { $0.contains("0.64×") })
    }

    @Test func everythingHasLines() {
        for comparison in Comparison.all {
            #expect(ComparisonReport(results(), comparison).lines.count > 5)
        }
        #expect(PartsReport(results().parts).lines.count == 3)
        #expect(Verdict(Results(machine: "", day: ""), Comparison.all[0], elementBytes: 16).lines.isEmpty)
    }

    @Test func baselineComparesSeriesByRatios() {
        let same = Baseline(results(), results())
        #expect(same.changes.allSatisfy { abs($0.factor - 1) < 1e-9 })
        #expect(!Baseline(results(), results()).hasRegressions)
        let slower = Baseline(results(), results(slower: 2))
        #expect(slower.hasRegressions)
        #expect(slower.changes.contains { $0.name == "hash, table, lookup" && abs($0.factor - 2) < 1e-9 })
        #expect(slower.changes.contains { $0.name == "hash, listpack, lookup" && !$0.isRegression })
        #expect(slower.changes.contains { $0.name == "two" && $0.isRegression })
        let faster = Baseline(results(slower: 2), results())
        #expect(faster.changes.contains { $0.isImprovement })
        #expect(Baseline(results(), Results(machine: "", day: "")).changes.isEmpty)
    }

    @Test func resultsSurviveTheirFile() throws {
        let kept = try JSONEncoder().encode(results())
        #expect(try JSONDecoder().decode(Results.self, from: kept) == results())
    }

    @Test func pictureIsWellFormed() throws {
        let svg = Chart(results(), Comparison.all).svg
        try #require(wellFormed(svg) == nil)
        #expect(svg.contains("hash-max-listpack-entries 512"))
        #expect(svg.contains("&lt;400&gt; &amp; &quot;entries&quot;"))
        #expect(svg.contains(">100</text>"), "the crossover's mark")
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }

    @Test func pictureOfNothingIsWellFormed() throws {
        try #require(wellFormed(Chart(Results(machine: "", day: ""), Comparison.all).svg) == nil)
    }

    @Test func numbersReadWell() {
        let expected: KeyValuePairs = [
            0.523: "0.52", 1.0: "1", 1.994: "1.99", 1.996: "2", 7.14: "7.1", 19.96: "20", 512.0: "512", 9994.0: "9994",
            9996.0: "10 k", 12_345.0: "12 k", 1_048_576.0: "1 M", 12_345_678.0: "12 M", -0.5: "-0.5", 0.0: "0",
        ]
        for (number, text) in expected { #expect(Format.number(number) == text) }
        #expect([4, 4096, 16384, 1 << 20].map(Format.elements) == ["4", "4096", "16 k", "1 M"])
        #expect(Format.times(nil) == "–")
    }

    @Test func tablesAreAligned() {
        #expect(TextTable([["a", "b"], ["ccc", "12"], ["d"]]).lines == ["a     b", "ccc  12", "d"])
    }
}

/// Nil, or what is wrong: tags that do not nest, attributes without quotes, bare ampersands. Enough for what a writer
/// that escapes everything can get wrong.
private func wellFormed(_ xml: String) -> String? {
    var open: [Substring] = []
    var rest = xml[...]
    while let start = rest.firstIndex(of: "<") {
        let text = rest[..<start]
        if text.contains(">") { return "'>' in text: \(text)" }
        for entity in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
            if !["amp;", "lt;", "gt;", "quot;"].contains(where: entity.hasPrefix) { return "bare ampersand: \(entity)" }
        }
        guard let end = rest[start...].firstIndex(of: ">") else { return "unfinished tag" }
        let tag = rest[rest.index(after: start)..<end]
        rest = rest[rest.index(after: end)...]
        if tag.contains("<") { return "'<' in a tag: \(tag)" }
        if tag.filter({ $0 == "\"" }).count % 2 != 0 { return "unbalanced quotes: \(tag)" }
        let name = tag.prefix { $0 != " " && $0 != "/" }
        if tag.hasPrefix("/") {
            guard open.popLast() == tag.dropFirst() else { return "\(tag) closes nothing" }
        } else if !tag.hasSuffix("/") {
            open.append(name)
        }
    }
    return open.isEmpty ? nil : "still open: \(open)"
}
