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
        "stream": ["100 entries", "<400> & \"entries\""], "streamBytes": ["4 KiB", "1 KiB"],
    ]
    for comparison in Comparison.all {
        for place in (2...12).map({ 1 << $0 }) {
            let isOfElements = comparison.axis == .elements
            let (elements, bytes) =
                isOfElements ? (place, comparison.groupShown) : (comparison.groupShown, place)
            for quantity in [Quantity.lookup, .rank, .bytes] {
                for (index, encoding) in encodings[comparison.kind]!.enumerated() {
                    let value = index == 0 ? Double(place) : 100.0
                    results.measurements.append(
                        Measurement(
                            comparison: comparison.name, elementBytes: bytes, elements: elements, quantity: quantity,
                            encoding: encoding, value: value,
                            ratio: index == 0 ? value : slower * value / Double(place)))
                }
            }
        }
    }
    results.parts = [
        PartMeasurement(name: "one", alternativeTo: nil, nanoseconds: 1, ratio: 1),
        PartMeasurement(name: "two", alternativeTo: "one", nanoseconds: 2, ratio: 2 * slower, instructions: 10),
    ]
    for workload in ["zipf", "<trace> & \"more\""] {
        for (policy, ratio) in [("LRU, exact", 0.5), ("weighted", 0.6 / slower), ("S3-FIFO", 0.55)] {
            results.eviction.hitRatios += [0.01, 0.1].map {
                HitRatio(workload: workload, requests: 1000, keys: 100, policy: policy, share: $0, ratio: ratio)
            }
        }
    }
    results.eviction.costs = [
        EvictionCost(policy: "LRU, exact", hit: 100, insert: 100, evict: 100, entryBits: 128, ghostBits: 0),
        EvictionCost(policy: "weighted", hit: 120 * slower, insert: 110, evict: 400, entryBits: 32, ghostBits: 16),
        EvictionCost(policy: "S3-FIFO", hit: 90, insert: 110, evict: 120, entryBits: 131, ghostBits: 16),
    ]
    return results
}

@Suite("What a run says")
struct ReportTests {
    @Test func thresholdsAreTheServers() {
        let encodings = Configuration().encodings
        let expected = [
            "hash-max-listpack-entries": encodings.hashListpackEntries,
            "hash-max-listpack-value": encodings.hashListpackValue,
            "set-max-listpack-entries": encodings.setListpackEntries,
            "set-max-listpack-value": encodings.setListpackValue,
            "set-max-intset-entries": encodings.setIntsetEntries,
            "zset-max-listpack-entries": encodings.zsetListpackEntries,
            "zset-max-listpack-value": encodings.zsetListpackValue,
            "list-max-listpack-size": encodings.listListpackSize,
            "stream-node-max-bytes": encodings.streamNodeBytes,
            "stream-node-max-entries": encodings.streamNodeEntries,
        ]
        #expect(Set(Question.directives) == Set(expected.keys))
        for comparison in Comparison.all {
            let setting = comparison.threshold ?? comparison.nodeSetting
            #expect(expected[comparison.directive] == setting, "\(comparison.directive)")
        }
    }

    /// The question that a user asks, for each directive, with its default and with another value.
    @Test(arguments: Question.directives)
    func everyThresholdIsAnswered(_ directive: String) throws {
        let answer = try Question(directive).lines(results())
        #expect(answer[0].hasPrefix("Measured on"))
        #expect(answer.contains { $0.hasPrefix(directive) }, "\(answer)")
        #expect(answer.contains { $0.contains("×") }, "numbers: \(answer)")
        let other = try Question(directive + "=50").lines(results())
        #expect(other.contains { $0.contains("50") }, "\(other)")
        #expect(try Question(directive).lines(Results(machine: "", day: ""))[0].contains("was not measured"))
    }

    @Test func questionsAreChecked() throws {
        #expect(throws: Question.Mistake.unknownDirective("maxmemory")) { try Question("maxmemory") }
        for text in ["", "x", "-1", "1.5", "9223372036854775807"] {
            #expect(throws: Question.Mistake.badValue(text)) { try Question("zset-max-listpack-entries=" + text) }
        }
        #expect(try Question("list-max-listpack-size=-3").value == -3)
        #expect(throws: Question.Mistake.badValue("-6")) { try Question("list-max-listpack-size=-6") }
        #expect(try Question("zset-max-listpack-entries=256").comparison.threshold == 256)
    }

    @Test func questionsAreAskedAsConfigurationsAreWritten() throws {
        #expect(try Question("HASH-max-ziplist-entries=9").directive == "hash-max-listpack-entries")
        #expect(try Question("stream-node-max-bytes=4kb").value == 4096)
        #expect(try Question("zset-max-listpack-value=1K").value == 1000)
        for text in ["kb", "4x", "1 kb", "9223372036854775807kb"] {
            #expect(throws: Question.Mistake.badValue(text)) { try Question("stream-node-max-bytes=" + text) }
        }
        #expect(throws: Question.Mistake.badValue("1k")) { try Question("hash-max-listpack-entries=1k") }
    }

    /// Half of it, it or its double may be more than was measured: the answer then had no last line.
    @Test(arguments: [1, 5000, 1_000_000]) func thresholdsBeyondTheMeasuredAreAnswered(threshold: Int) throws {
        let lines = try Question("hash-max-listpack-entries=\(threshold)").lines(results())
        let last = lines.last { !$0.isEmpty }
        #expect(last?.contains(" Measured are ") == true && last?.contains("bytes per element, look-up") == true)
        #expect(last?.hasPrefix("At \(threshold) nothing was measured.") == true, "\(last ?? "")")
    }

    /// The reference takes it everywhere: never packed, no limit, one element.
    @Test(arguments: Question.directives) func zeroIsAnswered(_ directive: String) throws {
        let question = try Question(directive + "=0")
        let lines = question.lines(results())
        if let usual = question.comparison.defaultThreshold {
            let first = directive == "set-max-intset-entries" ? "an intset" : "a listpack"
            #expect(lines.contains("\(directive) 0 stands for never \(first)."), "\(lines)")
            #expect(lines.contains { $0.hasPrefix("\(directive) is \(usual).") })
        } else {
            let isOfLists = directive == "list-max-listpack-size"
            let meaning = isOfLists ? "one element in a node" : "no limit by this directive"
            #expect(lines.contains("\(directive) 0 stands for \(meaning)."), "\(lines)")
            #expect(!lines.contains { $0.contains("nearest") })
        }
    }

    @Test func countedNodesHaveALimitOfBytes() throws {
        let answer = try Question("list-max-listpack-size=1000000").lines(results())
        let note = "the nearest measured is 8 KiB (a node whose elements are counted has 8 KiB at most)."
        #expect(answer.contains { $0.hasSuffix(note) }, "\(answer)")
        #expect(!answer.contains { $0.contains("is 64 KiB") })
        #expect(try !Question("list-max-listpack-size=1").lines(results()).contains { $0.contains("at most") })
    }

    @Test func nodeSizesAreFound() throws {
        let answer = try Question("list-max-listpack-size=-5").lines(results())
        #expect(answer.contains { $0.hasSuffix("the nearest measured is 64 KiB.") }, "\(answer)")
        let bytes = try Question("stream-node-max-bytes=900").lines(results())
        #expect(bytes.contains { $0.hasSuffix("the nearest measured is 1 KiB.") }, "\(bytes)")
    }

    @Test func verdictNamesCrossoverThresholdAndCost() {
        let lines = Verdict(results(), Comparison.all[0], group: 16).lines
        #expect(lines[0].hasPrefix("hash-max-listpack-entries is 512."))
        #expect(lines.contains { $0.hasPrefix("  lookup") && $0.contains(" 100 (75–133) ") && $0.contains("5.1×") })
        #expect(lines.last!.contains("at 1024 it costs 924 more bytes per element, look-up 1024 ns for 100"))
        #expect(lines.last!.hasPrefix("Nothing is gained by raising it; lower it for memory and speed."))
    }

    /// The advice follows from the figures: what the first encoding takes is its number of elements, the other's 100.
    @Test(arguments: [
        (16, 1.0, "Raise it for memory and speed; nothing is gained by lowering it."),
        (64, 1.0, "Nothing is gained by raising it, nor by lowering it."),  // times within a third
        (512, 0.01, "Raise it for memory, lower it for speed."),
        (64, 0.01, "Raise it for memory; nothing is gained by lowering it."),
        (70, 0.01, "Raise it for memory, at the cost of speed; nothing is gained by lowering it."),
        (256, 1.0, "Nothing is gained by raising it; lower it for memory and speed."),
        (32, 100.0, "Raise it for speed, lower it for memory."),
    ])
    func adviceFollowsFromTheFigures(_ threshold: Int, _ bytes: Double, _ judgement: String) throws {
        var results = results()
        for index in results.measurements.indices where results.measurements[index].encoding == "listpack" {
            if results.measurements[index].quantity == .bytes { results.measurements[index].value *= bytes }
        }
        let lines = try Question("hash-max-listpack-entries=\(threshold)").lines(results)
        #expect(lines.contains { $0.hasPrefix(judgement + " A listpack instead of a table: at") }, "\(lines)")
    }

    /// Who looks up as fast either way may still insert and delete slower: there is something to be gained.
    @Test func speedIsThatOfChangesToo() throws {
        let without = try Question("hash-max-listpack-entries=100").lines(results())
        #expect(!without.contains { $0.contains("lower it for speed") }, "\(without)")
        var figures = results()
        let lookups = figures.measurements.filter { $0.quantity == .lookup }
        let changes = lookups.flatMap { lookup in
            [Quantity.insert, .delete].map { quantity in
                var change = lookup
                change.quantity = quantity
                if change.encoding == "listpack" { change.value *= 2 }
                return change
            }
        }
        figures.measurements += changes
        let lines = try Question("hash-max-listpack-entries=100").lines(figures)
        #expect(lines.contains { $0.contains("lower it for speed") }, "\(lines)")
    }

    @Test func anotherThresholdIsAnswered() {
        var comparison = Comparison.all[0]
        comparison.threshold = 64
        let lines = Verdict(results(), comparison, group: 16).lines
        #expect(lines[0].hasPrefix("hash-max-listpack-entries at 64 (default 512)."))
        #expect(lines.contains { $0.contains("0.64×") })
    }

    @Test func everythingHasLines() {
        for comparison in Comparison.all {
            #expect(ComparisonReport(results(), comparison).lines.count > 5)
        }
        #expect(PartsReport(results().parts).lines.count == 3)
        #expect(Verdict(Results(machine: "", day: ""), Comparison.all[0], group: 16).lines.isEmpty)
        #expect(EvictionReport(EvictionResults()).lines.isEmpty)
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
        #expect(slower.changes.contains { $0.name == "eviction, weighted, hit" && $0.isRegression })
        #expect(slower.changes.contains { $0.name == "misses, zipf, weighted" && $0.isRegression })
        #expect(slower.changes.contains { $0.name == "misses, zipf, S3-FIFO" && !$0.isRegression })
        let faster = Baseline(results(slower: 2), results())
        #expect(faster.changes.contains { $0.isImprovement })
        #expect(Baseline(results(), Results(machine: "", day: "")).changes.isEmpty)
    }

    /// A series that is gone must not pass for one that is as good as before.
    @Test func whatOneRunLacksIsTold() {
        var later = results()
        later.machine = "another"
        later.measurements.removeAll { $0.comparison == "sortedSet" }
        later.measurements.removeAll { $0.encoding == "table" && $0.quantity == .rank }
        later.parts[1].name = "three"
        later.eviction.hitRatios.removeAll { $0.workload == "zipf" }
        let baseline = Baseline(results(), later)
        #expect(baseline.missing.contains("sortedSet") && baseline.missing.contains("hash, table, rank"))
        #expect(!baseline.missing.contains { $0.hasPrefix("sortedSet, ") })
        #expect(baseline.missing.contains("parts, two") && baseline.added == ["parts, three"])
        #expect(baseline.missing.contains("eviction, misses of zipf"))
        #expect(baseline.lines[0].contains("<test>") && baseline.lines[0].contains("another"))
        #expect(baseline.lines.contains("  sortedSet") && baseline.lines.contains("  parts, three"))
        #expect(baseline.confirmed(by: baseline).missing == baseline.missing)
        // A run of a piece was not asked for the others.
        #expect(Baseline(results(), later) { $0 == "list" }.missing.isEmpty)
        let same = Baseline(results(), results())
        #expect(same.missing.isEmpty && same.added.isEmpty && same.lines[0].hasPrefix("Against the baseline"))
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

    /// A mark that joins a sign makes another character of both, and the same text.
    @Test func signsAreEscapedUnderMarks() {
        #expect(SVG.escaped("<\u{301}&\u{301}>\u{301}\"\u{301}") == "&lt;\u{301}&amp;\u{301}&gt;\u{301}&quot;\u{301}")
    }

    @Test func aRegressionMustBeThereTwice() {
        let slower = Baseline(results(), results(slower: 2))
        #expect(slower.suspects.isSuperset(of: ["hash", "parts", "eviction"]))
        #expect(!slower.suspects.contains("streams"))
        #expect(slower.confirmed(by: slower).hasRegressions)
        let cleared = slower.confirmed(by: Baseline(results(), results()))
        #expect(!cleared.hasRegressions)
        #expect(cleared.changes.count == slower.changes.count)
        // What was not measured again stays suspect.
        #expect(slower.confirmed(by: Baseline(results(), Results(machine: "", day: ""))).hasRegressions)
    }

    @Test func crossingsAreCompared() {
        let same = Baseline(results(), results())
        #expect(same.crossings.count == 7 * 3)
        #expect(same.crossings.allSatisfy { !$0.isMoved })
        var moved = results()
        for index in moved.measurements.indices where moved.measurements[index].encoding == "table" {
            moved.measurements[index].value *= 4
        }
        let crossings = Baseline(results(), moved).crossings
        #expect(crossings.contains { $0.name == "hash, fields and values of 16 bytes, lookup" && $0.isMoved })
        #expect(!Baseline(results(), moved).hasRegressions, "a crossover is no series")
    }

    @Test func piecesOfARunMakeAWhole() {
        var whole = Results(machine: "old", day: "2000-01-01")
        for comparison in Comparison.all {
            var piece = Results(machine: "new", day: "2000-01-02")
            piece.measurements = results().measurements.filter { $0.comparison == comparison.name }
            whole.replace(with: piece)
            whole.replace(with: piece)
        }
        var rest = Results(machine: "new", day: "2000-01-02")
        (rest.parts, rest.eviction) = (results().parts, results().eviction)
        whole.replace(with: rest)
        whole.replace(with: Results(machine: "new", day: "2000-01-02"))
        #expect(whole.measurements == results().measurements)
        #expect(whole.parts == results().parts && whole.eviction == results().eviction)
        #expect(whole.machine == "new")
    }

    /// Traces are not at hand each time: what was replayed before stays, as long as it is not replayed anew.
    @Test func tracesStayInTheFigures() throws {
        var newer = EvictionResults()
        newer.hitRatios = results().eviction.hitRatios.filter { $0.workload == "zipf" }.map {
            var hits = $0
            hits.ratio = 0.25
            return hits
        }
        var whole = results()
        whole.replace(with: Results(machine: "new", day: "2000-01-02", eviction: newer))
        #expect(whole.eviction.hitRatio("zipf", "weighted", 0.1) == 0.25)
        #expect(whole.eviction.hitRatio("<trace> & \"more\"", "weighted", 0.1) == 0.6)
        #expect(whole.eviction.hitRatios.count == results().eviction.hitRatios.count)
        #expect(whole.eviction.costs == results().eviction.costs)
        #expect(whole.eviction.reference == "LRU, exact")
    }

    @Test func missesOfOtherRequestsAreNotCompared() {
        var shorter = results(slower: 2)
        for index in shorter.eviction.hitRatios.indices { shorter.eviction.hitRatios[index].requests = 10 }
        #expect(!Baseline(results(), shorter).changes.contains { $0.name.hasPrefix("misses") })
    }

    /// A picture of a piece must not take the place of one of the whole.
    @Test func whatAPictureLacksIsKnown() {
        let whole = Chart(results(), Comparison.all).svg
        var piece = results()
        piece.measurements.removeAll { $0.comparison == "hash" }
        #expect(SVG.missing(from: Chart(piece, Comparison.all).svg, shownIn: whole) == ["Hashes"])
        #expect(SVG.missing(from: whole, shownIn: Chart(piece, Comparison.all).svg).isEmpty)
        #expect(SVG.missing(from: whole, shownIn: "").isEmpty)
        var mixes = results().eviction
        mixes.hitRatios.removeAll { $0.workload != "zipf" }
        let missing = SVG.missing(from: EvictionChart(mixes).svg, shownIn: EvictionChart(results().eviction).svg)
        #expect(missing == ["&lt;trace&gt; &amp; &quot;more&quot;"])
    }

    @Test func evictionIsJudged() throws {
        let report = EvictionReport(results().eviction)
        #expect(report.verdict[0].contains("weighted misses least: 0.8×"), "\(report.verdict)")
        #expect(report.verdict[0].contains("fewer at 4 of 4 points"))
        #expect(report.verdict.contains { $0.contains("S3-FIFO 0.9×") })
        #expect(report.lines.contains { $0.hasPrefix("  LRU, exact") && $0.contains("50 %") })
    }

    @Test func pictureOfEvictionIsWellFormed() throws {
        let svg = EvictionChart(results().eviction).svg
        try #require(wellFormed(svg) == nil)
        #expect(svg.contains("&lt;trace&gt; &amp; &quot;more&quot;"))
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        try #require(wellFormed(EvictionChart(EvictionResults()).svg) == nil)
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
