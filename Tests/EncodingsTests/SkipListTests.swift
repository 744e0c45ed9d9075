// The skip list against a sorted array, invariants after every step.

import CEncodings
import TestSupport
import Testing

private typealias Record = UnsafeMutablePointer<apus_member>

private func bytes(_ record: Record) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: apus_member_bytes(record), count: Int(apus_member_count(record))))
}

private func isBefore(_ a: Record, _ b: Record) -> Bool {
    if a.pointee.score != b.pointee.score { return a.pointee.score < b.pointee.score }
    return bytes(a).lexicographicallyPrecedes(bytes(b))
}

private func create(_ score: Double, _ text: String) -> Record {
    let bytes = Array(text.utf8)
    return apus_member_create(score, bytes, UInt32(bytes.count))
}

/// A list and what it should be: its records in order.
private struct Pair: ~Copyable {
    let list = UnsafeMutablePointer<apus_skiplist>.allocate(capacity: 1)
    var model: [Record] = []
    let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        apus_skiplist_init(list, seed)
    }

    deinit {
        for record in model { apus_member_free(record) }
        apus_skiplist_deinit(list)
        list.deallocate()
    }

    mutating func insert(_ record: Record) {
        let index = model.firstIndex { isBefore(record, $0) } ?? model.count
        model.insert(record, at: index)
        apus_skiplist_insert(list, record)
    }

    mutating func remove(at index: Int) {
        let record = model.remove(at: index)
        apus_skiplist_remove(list, record)
        apus_member_free(record)
    }

    mutating func update(at index: Int, _ score: Double) {
        let record = model.remove(at: index)
        apus_skiplist_update(list, record, score)
        let index = model.firstIndex { isBefore(record, $0) } ?? model.count
        model.insert(record, at: index)
    }

    mutating func take(at rank: Int, _ count: Int) {
        let taken = withUnsafeTemporaryAllocation(of: Record.self, capacity: Int(APUS_SKIPLIST_SLOTS_MAX)) { out in
            let n = apus_skiplist_take(list, UInt64(rank), UInt64(count), out.baseAddress!)
            return Array(out.prefix(Int(n)))
        }
        #expect(!taken.isEmpty && taken == Array(model[rank..<rank + taken.count]), "seed \(seed)")
        model.removeSubrange(rank..<rank + taken.count)
        for record in taken { apus_member_free(record) }
    }

    mutating func checkShape() {
        let broken = apus_skiplist_invariants(list).map { String(cString: $0) }
        #expect(broken == nil && list.pointee.count == UInt64(model.count), "seed \(seed)")
    }

    mutating func checkAll() {
        var place = apus_skiplist_at(list, 0)
        apus_skiplist_prefetch(&place)
        for (rank, record) in model.enumerated() {
            #expect(place.rank == UInt64(rank) && apus_skiplist_next(&place) == record, "seed \(seed)")
            #expect(apus_skiplist_rank(list, record) == UInt64(rank), "seed \(seed)")
        }
        #expect(apus_skiplist_next(&place) == nil && place.rank == list.pointee.count, "seed \(seed)")
        guard !model.isEmpty else { return }
        place = apus_skiplist_at(list, list.pointee.count - 1)
        apus_skiplist_prefetch_back(&place)
        for record in model.reversed() { #expect(apus_skiplist_previous(&place) == record, "seed \(seed)") }
        #expect(apus_skiplist_previous(&place) == nil, "seed \(seed)")
    }

    mutating func checkBound(score: Double, member: String?, afterEqual: Bool) {
        let text = Array((member ?? "").utf8)
        text.withUnsafeBufferPointer { text in
            var bound = apus_skiplist_bound(
                score: score, member: text.baseAddress, member_count: UInt32(text.count),
                order: UInt8(member == nil ? APUS_BOUND_SCORE : APUS_BOUND_SCORE_MEMBER), after_equal: afterEqual)
            let expected = model.count { record in
                if record.pointee.score != score { return record.pointee.score < score }
                guard member != nil else { return afterEqual }
                return bytes(record).lexicographicallyPrecedes(text) || bytes(record) == Array(text) && afterEqual
            }
            let place = apus_skiplist_find(list, &bound)
            #expect(place.rank == UInt64(expected), "seed \(seed)")
            if expected < model.count {
                #expect(apus_skiplist_record(place.block!, place.index) == model[expected], "seed \(seed)")
            } else {
                #expect(place.block == nil, "seed \(seed)")
            }
        }
    }
}

@Suite struct SkipListTests {
    /// Growing and shrinking phases over few scores (many ties) and many.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func againstSortedArray(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pair = Pair(seed: seed)
        let scores = [1, 3, 50, 100_000][random.below(4)]
        for step in 0..<6000 {
            let grows = step / 1500 % 2 == 0
            let dice = random.below(100)
            if pair.model.isEmpty || dice < (grows ? 75 : 15) {
                pair.insert(create(Double(random.below(scores)), "\(random.below(1000)):\(step)"))
            } else if dice < 85 {
                pair.remove(at: random.below(pair.model.count))
            } else if dice < 99 {
                let index = random.below(pair.model.count)
                let near = pair.model[index].pointee.score + Double(random.below(5) - 2)
                pair.update(at: index, random.below(2) == 0 ? near : Double(random.below(scores)))
            } else {
                pair.take(at: random.below(pair.model.count), 1 + random.below(grows ? 4 : 100))
            }
            pair.checkShape()
            if step % 100 == 0 {
                pair.checkAll()
                for _ in 0..<20 {
                    let member = random.below(2) == 0 ? nil : "\(random.below(1000))"
                    pair.checkBound(
                        score: Double(random.below(scores + 2) - 1), member: member, afterEqual: random.below(2) == 0)
                }
            }
        }
    }

    @Test func emptiesFromEitherEnd() {
        for fromFront in [true, false] {
            for step in [1, 7, 1000] {
                var pair = Pair(seed: 7)
                for i in 0..<1500 { pair.insert(create(Double(i * 7919 % 1500), "m\(i)")) }
                while !pair.model.isEmpty {
                    pair.take(at: fromFront ? 0 : max(0, pair.model.count - step), step)
                    pair.checkShape()
                }
                #expect(pair.list.pointee.blocks == 1 && pair.list.pointee.height == 1)
            }
        }
    }

    @Test func appendingLeavesFullBlocks() {
        var pair = Pair(seed: 3)
        for i in 0..<4000 {
            let record = create(Double(i), "m\(i)")
            pair.model.append(record)
            apus_skiplist_insert(pair.list, record)
        }
        pair.checkShape()
        pair.checkAll()
        // 80 slots in a block of height 1, 4 fewer for each further level.
        #expect(pair.list.pointee.blocks <= 4000 / 76 + 2)
    }

    /// A block that lost its first record keeps its separator, which a score on its left must not pass without moving.
    @Test func staleSeparatorsBoundUpdates() {
        for offset in [-5.0, 0, 5, 10] {
            var pair = Pair(seed: 5)
            for i in 0..<400 { pair.insert(create(Double(i * 10), "m\(i)")) }
            let border = Int(pair.list.pointee.head.pointee.count)
            let separator = pair.model[border].pointee.score
            pair.remove(at: border)
            pair.checkShape()
            pair.update(at: border - 1, separator + offset)
            pair.checkShape()
            pair.update(at: border, separator - offset)
            pair.checkShape()
            pair.insert(create(separator, "z"))
            pair.insert(create(separator, ""))
            pair.checkShape()
            pair.checkAll()
        }
    }

    @Test func extremeScoresAndEqualZeros() {
        var pair = Pair(seed: 1)
        let scores: [Double] = [.infinity, -Double.infinity, 0, -0.0, 1e308, -1e308, Double.leastNonzeroMagnitude]
        for (i, score) in scores.enumerated() { pair.insert(create(score, "m\(i)")) }
        pair.checkShape()
        pair.checkAll()
        // 0 (m2) and -0.0 (m3) are equal: the members decide.
        #expect(pair.model.map { bytes($0) } == ["m1", "m5", "m2", "m3", "m6", "m4", "m0"].map { Array($0.utf8) })
        for score in scores {
            pair.checkBound(score: score, member: nil, afterEqual: true)
            pair.checkBound(score: score, member: nil, afterEqual: false)
        }
    }

    @Test func membersOfEveryLengthClass() {
        for count in [0, 1, 254, 255, 256, 70_000] {
            let bytes = [UInt8](repeating: 0x61, count: count)
            let record = apus_member_create(1.5, bytes, UInt32(count))
            #expect(apus_member_count(record) == UInt32(count))
            #expect(Array(UnsafeBufferPointer(start: apus_member_bytes(record), count: count)) == bytes)
            apus_member_free(record)
        }
        #expect(apus_member_compare_bytes([1, 2], 2, [1, 2, 0], 3) < 0)
        #expect(apus_member_compare_bytes([0x80], 1, [0x7F], 1) > 0)
    }
}
