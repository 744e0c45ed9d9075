// The sorted set against a sorted array, in both encodings and across their border, invariants after every step.

import Datastore
import Memory
import TestSupport
import Testing

private struct Element: Equatable {
    var member: [UInt8]
    var score: Double

    static func isBefore(_ a: Element, _ b: Element) -> Bool {
        a.score != b.score ? a.score < b.score : a.member.lexicographicallyPrecedes(b.member)
    }
}

private func text(_ member: borrowing ScoredMember) -> [UInt8] {
    var copy: [UInt8] = []
    member.withBytes { copy = $0.copied() }
    return copy
}

private func members(_ set: borrowing SortedSet) -> [[UInt8]] {
    (0..<set.count).map { text(set.member(atRank: $0)) }
}

private func packedBytes(_ set: borrowing SortedSet) -> [UInt8]? {
    if let packed = set.packed { return packed.copied() }
    return nil
}

/// A set, and what it should be.
private struct Twin: ~Copyable {
    var set = SortedSet()
    var model: [Element] = []
    let limits: SortedSetLimits
    let seed: UInt64

    init(_ limits: SortedSetLimits, seed: UInt64 = 0) {
        self.limits = limits
        self.seed = seed
    }

    consuming func free() { set.free() }

    mutating func add(
        _ member: [UInt8], _ score: Double, _ options: SortedSetAddOptions = []
    ) -> SortedSetAddResult {
        let result = set.add(ByteView(member.span.bytes), score: score, options: options, limits: limits)
        let expected = expectedAdd(member, score, options)
        #expect(result.outcome == expected.outcome, "seed \(seed)")
        if expected.outcome != .skipped && expected.outcome != .notANumber {
            #expect(result.score == expected.score, "seed \(seed)")
        }
        checkShape()
        return result
    }

    private mutating func expectedAdd(
        _ member: [UInt8], _ score: Double, _ options: SortedSetAddOptions
    ) -> SortedSetAddResult {
        var new = score
        var outcome = SortedSetAddResult.Outcome.added
        if let index = model.firstIndex(where: { $0.member == member }) {
            let current = model[index].score
            if options.contains(.nx) { return SortedSetAddResult(outcome: .skipped, score: current) }
            if options.contains(.incr) { new += current }
            if new.isNaN { return SortedSetAddResult(outcome: .notANumber, score: current) }
            if options.contains(.gt) && new <= current || options.contains(.lt) && new >= current {
                return SortedSetAddResult(outcome: .skipped, score: current)
            }
            if new == current { return SortedSetAddResult(outcome: .unchanged, score: new) }
            model.remove(at: index)
            outcome = .updated
        } else if options.contains(.xx) {
            return SortedSetAddResult(outcome: .skipped, score: score)
        }
        let element = Element(member: member, score: new)
        model.insert(element, at: model.firstIndex { Element.isBefore(element, $0) } ?? model.count)
        return SortedSetAddResult(outcome: outcome, score: new)
    }

    mutating func remove(_ member: [UInt8]) {
        let index = model.firstIndex { $0.member == member }
        #expect(set.remove(ByteView(member.span.bytes)) == index.map { model[$0].score }, "seed \(seed)")
        if let index { model.remove(at: index) }
        checkShape()
    }

    mutating func remove(ranks: Range<Int>) {
        let existing = ranks.clamped(to: 0..<model.count)
        #expect(set.remove(ranks: ranks) == existing.count, "seed \(seed)")
        model.removeSubrange(existing)
        checkShape()
    }

    func checkShape() {
        #expect(set.invariants() == nil && set.count == model.count, "seed \(seed)")
    }

    func read(_ ranks: Range<Int>, isReversed: Bool = false) -> [Element] {
        var result: [Element] = []
        var cursor = set.cursor(ranks: ranks, isReversed: isReversed)
        while let member = cursor.next() { result.append(Element(member: text(member), score: member.score)) }
        return result
    }

    func checkAll() {
        #expect(read(0..<model.count) == model, "seed \(seed)")
        #expect(read(0..<model.count, isReversed: true) == model.reversed(), "seed \(seed)")
        for (rank, element) in model.enumerated() {
            let view = ByteView(element.member.span.bytes)
            #expect(set.score(of: view) == element.score, "seed \(seed)")
            let found = set.rank(of: view)
            #expect(found?.rank == rank && found?.score == element.score, "seed \(seed)")
            #expect(set.rank(of: view, isReversed: true)?.rank == model.count - 1 - rank, "seed \(seed)")
            #expect(text(set.member(atRank: rank)) == element.member, "seed \(seed)")
        }
        checkScan(wanted: 10)
    }

    func checkScan(wanted: Int) {
        var seen: Set<[UInt8]> = []
        var position: UInt64 = 0
        repeat {
            position = set.scan(from: position, wanted: wanted) { seen.insert(text($0)) }
        } while position != 0
        #expect(seen == Set(model.map(\.member)), "seed \(seed)")
    }

    func checkScores(_ range: ScoreRange) {
        let ranks = set.ranks(of: range)
        let expected = model.filter { range.contains($0.score) }
        #expect(ranks.count == expected.count, "seed \(seed), \(range)")
        #expect(read(ranks) == expected, "seed \(seed), \(range)")
        let limited = ranks.limited(offset: 1, limit: 3, isReversed: true)
        #expect(read(limited, isReversed: true) == Array(expected.reversed().dropFirst().prefix(3)), "seed \(seed)")
    }
}

private let listpackOnly = SortedSetLimits(listpackEntriesMax: 100_000, listpackValueMax: 1000)
private let skiplistOnly = SortedSetLimits(listpackEntriesMax: 0)
private let crossing = SortedSetLimits(listpackEntriesMax: 128, listpackValueMax: 64)

@Suite struct SortedSetTests {
    @Test(arguments: 1...9 as ClosedRange<UInt64>)
    func againstSortedArray(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var twin = Twin([listpackOnly, skiplistOnly, crossing][Int(seed % 3)], seed: seed)
        let scores = [2, 20, 100_000][random.below(3)]
        let allOptions: [SortedSetAddOptions] = [
            [], [], [], .nx, .xx, .gt, .lt, .incr, [.incr, .gt], [.incr, .nx], [.xx, .lt], [.incr, .xx],
        ]
        for step in 0..<900 {
            // Integers, text, and both signs, so that listpacks hold members and scores of every kind.
            let number = random.below(400)
            let member = Array((number % 2 == 0 ? "\(number - 100)" : "member:\(number)").utf8)
            let score = Double(random.below(scores) - scores / 2) / (random.below(2) == 0 ? 1 : 8)
            switch random.below(100) {
            case 0..<75: _ = twin.add(member, score, allOptions[random.below(allOptions.count)])
            case 75..<97: twin.remove(member)
            default:
                let from = random.below(twin.model.count + 1)
                twin.remove(ranks: from..<from + random.below(8))
            }
            if step % 90 == 0 {
                twin.checkAll()
                let a = Double(random.below(scores) - scores / 2), b = Double(random.below(scores) - scores / 2)
                for flags in 0..<4 {
                    twin.checkScores(
                        ScoreRange(
                            min: min(a, b), excludesMin: flags & 1 != 0, max: max(a, b), excludesMax: flags & 2 != 0))
                }
            }
        }
        twin.free()
    }

    @Test func convertsAtTheLimits() {
        for (count, length, expected) in [
            (128, 64, SortedSet.Encoding.listpack), (129, 64, .skiplist), (127, 65, .skiplist), (1, 65, .skiplist),
        ] {
            var twin = Twin(crossing)
            for i in 0..<count - 1 { _ = twin.add(Array("m\(i)".utf8), Double(i)) }
            #expect(twin.set.encoding == .listpack)
            let last = [UInt8](repeating: 0x7A, count: length)
            _ = twin.add(last, 0.5)
            #expect(twin.set.encoding == expected)
            twin.checkAll()
            // Nothing converts back, and an update never converts.
            twin.remove(last)
            #expect(twin.set.encoding == expected)
            twin.free()
        }
        var twin = Twin(SortedSetLimits(listpackEntriesMax: 0))
        #expect(twin.add([0x61], 1, .xx).outcome == .skipped)
        #expect(twin.set.encoding == .listpack)
        _ = twin.add([0x61], 1)
        #expect(twin.set.encoding == .skiplist)
        twin.free()
    }

    @Test func infinitiesAndZeros() {
        let extremes: [Double] = [.infinity, -Double.infinity, 0, -0.0, 1e300, 0.1, 4503599627370496, -1]
        for limits in [listpackOnly, skiplistOnly] {
            var twin = Twin(limits)
            for (i, score) in extremes.enumerated() {
                #expect(twin.add(Array("m\(i)".utf8), score).outcome == .added)
            }
            #expect(twin.add(Array("m0".utf8), -.infinity, .incr).outcome == .notANumber)
            #expect(twin.set.add(ByteView("m9"), score: .nan, limits: limits).outcome == .notANumber)
            #expect(twin.add(Array("m2".utf8), -0.0).outcome == .unchanged)
            twin.checkAll()
            twin.checkScores(ScoreRange(min: -.infinity, max: .infinity))
            twin.checkScores(ScoreRange(min: -.infinity, excludesMin: true, max: .infinity, excludesMax: true))
            twin.checkScores(ScoreRange(min: -0.0, max: 0))
            twin.checkScores(ScoreRange(min: 0, excludesMin: true, max: -0.0))
            twin.checkScores(ScoreRange(min: .infinity, max: .infinity))
            twin.checkScores(ScoreRange(min: 5, max: 1))
            // As in Valkey, a listpack drops the sign of zero and a skiplist keeps it.
            #expect(twin.set.score(of: ByteView("m3"))?.sign == (twin.set.encoding == .listpack ? .plus : .minus))
            twin.free()
        }
    }

    @Test func lexRanges() {
        let members = ["", "a", "aa", "ab", "b", "ba", "c", "10", "9"]
        for limits in [listpackOnly, skiplistOnly] {
            for padding in [0, 300] {
                var twin = Twin(limits)
                for member in members { _ = twin.add(Array(member.utf8), 7) }
                for i in 0..<padding { _ = twin.add(Array("b\(i + 100)".utf8), 7) }
                let all = twin.model.map(\.member)
                let ends = members + ["0", "b250", "zz"]
                for min in ends {
                    for max in ends {
                        let low = Array(min.utf8), high = Array(max.utf8)
                        for flags in 0..<4 {
                            let ranks = twin.set.ranks(
                                from: LexBound(flags & 1 == 0 ? .including : .excluding, ByteView(low.span.bytes)),
                                to: LexBound(flags & 2 == 0 ? .including : .excluding, ByteView(high.span.bytes)))
                            let expected = all.filter { member in
                                (low.lexicographicallyPrecedes(member) || flags & 1 == 0 && member == low)
                                    && (member.lexicographicallyPrecedes(high) || flags & 2 == 0 && member == high)
                            }
                            #expect(twin.read(ranks).map(\.member) == expected, "\(min) \(max) \(flags)")
                        }
                    }
                }
                #expect(twin.set.ranks(from: .lowest, to: .highest) == 0..<all.count)
                #expect(twin.set.ranks(from: .highest, to: .lowest).isEmpty)
                twin.free()
            }
        }
    }

    /// Different scores: unspecified, but every member is within "-" and "+", and nothing may be read out of bounds.
    @Test func lexRangesOverDifferentScores() {
        for limits in [listpackOnly, skiplistOnly] {
            var twin = Twin(limits)
            for i in 0..<500 { _ = twin.add(Array("m\(i * 7919 % 500)".utf8), Double(i % 11)) }
            #expect(twin.set.ranks(from: .lowest, to: .highest).count == 500)
            let some = twin.set.ranks(
                from: LexBound(.including, ByteView("m2")), to: LexBound(.excluding, ByteView("m4")))
            #expect(some.lowerBound >= 0 && some.upperBound <= 500)
            twin.free()
        }
    }

    @Test func packedBytesRoundTrip() {
        var set = SortedSet()
        for i in 0..<100 {
            let member = Array("\(i * 37 % 100)".utf8)
            _ = set.add(ByteView(member.span.bytes), score: Double(i % 7) / 2, limits: crossing)
        }
        let bytes = packedBytes(set)!
        for (entries, encoding) in [(100, SortedSet.Encoding.listpack), (99, .skiplist)] {
            let limits = SortedSetLimits(listpackEntriesMax: entries)
            guard let copy = SortedSet(validating: ByteView(bytes.span.bytes), limits: limits) else {
                Issue.record("refused")
                continue
            }
            #expect(copy.encoding == encoding && copy.count == 100 && copy.invariants() == nil)
            #expect(packedBytes(copy) == (encoding == .listpack ? bytes : nil))
            #expect(members(copy) == members(set))
            copy.free()
        }
        set.free()
    }

    /// Bytes from outside: cut off, disordered, an odd entry, a score that is none, a member that is there twice.
    @Test func brokenPackedBytesAreRefused() {
        func listpack(_ entries: [[UInt8]]) -> [UInt8] {
            let body = entries.flatMap { [0x80 | UInt8($0.count)] + $0 + [UInt8($0.count + 1)] }
            return [UInt8(body.count + 7), 0, 0, 0, UInt8(entries.count), 0] + body + [0xFF]
        }
        let a = Array("a".utf8), b = Array("b".utf8), half = Array("0.5".utf8), whole = Array("1.5".utf8)
        let good = listpack([a, half, b, whole])
        for (bytes, isValid) in [
            (good, true), (listpack([]), true), (Array(good.dropLast()), false), (listpack([a, half, b]), false),
            (listpack([b, half, a, half]), false), (listpack([a, whole, b, half]), false),
            (listpack([a, b]), false), (listpack([a, half, a, whole]), false), ([], false),
        ] {
            for limits in [crossing, skiplistOnly] {
                let set = SortedSet(validating: ByteView(bytes.span.bytes), limits: limits)
                let isAccepted = set != nil
                #expect(isAccepted == isValid, "\(bytes)")
                if let set { set.free() }
            }
        }
    }

    @Test func accumulation() {
        for limits in [listpackOnly, skiplistOnly] {
            var set = SortedSet()
            set.accumulate(ByteView("a"), score: 3, by: .sum, limits: limits)
            set.accumulate(ByteView("a"), score: 4, by: .sum, limits: limits)
            set.accumulate(ByteView("b"), score: .infinity, by: .sum, limits: limits)
            set.accumulate(ByteView("b"), score: -.infinity, by: .sum, limits: limits)
            set.accumulate(ByteView("c"), score: 3, by: .min, limits: limits)
            set.accumulate(ByteView("c"), score: 1, by: .min, limits: limits)
            set.accumulate(ByteView("d"), score: 3, by: .max, limits: limits)
            set.accumulate(ByteView("d"), score: 9, by: .max, limits: limits)
            #expect(set.score(of: ByteView("a")) == 7 && set.score(of: ByteView("b")) == 0)
            #expect(set.score(of: ByteView("c")) == 1 && set.score(of: ByteView("d")) == 9)
            #expect(set.rank(of: ByteView("d"))?.rank == 3)
            #expect(set.invariants() == nil)
            set.free()
        }
    }

    @Test func limitsOfRanks() {
        let ranks = 10..<20
        #expect(ranks.limited(offset: 0, limit: -1, isReversed: false) == 10..<20)
        #expect(ranks.limited(offset: 2, limit: 3, isReversed: false) == 12..<15)
        #expect(ranks.limited(offset: 2, limit: 3, isReversed: true) == 15..<18)
        #expect(ranks.limited(offset: 2, limit: .max, isReversed: true) == 10..<18)
        #expect(ranks.limited(offset: 10, limit: 3, isReversed: false).isEmpty)
        #expect(ranks.limited(offset: -1, limit: 3, isReversed: false).isEmpty)
        #expect(ranks.limited(offset: 0, limit: 0, isReversed: true).isEmpty)
    }

    @Test func bytesAndEffort() {
        var twin = Twin(crossing)
        #expect(twin.set.isEmpty && twin.set.byteCount > 0 && twin.set.freeEffort == 1)
        for i in 0..<5000 {
            let member = Array("element:\(i)".utf8)
            _ = twin.set.add(ByteView(member.span.bytes), score: Double(i), limits: crossing)
        }
        #expect(twin.set.freeEffort == 5000)
        #expect(twin.set.byteCount > 5000 * 32 && twin.set.byteCount < 5000 * 56)
        twin.free()
    }
}
