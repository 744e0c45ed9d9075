// The promise of the expiry index: a key that is due goes at its time, whatever happened to it before.

import Memory
import TestSupport
import Testing

@testable import Datastore

@Suite struct ExpiryIndexTests {
    @Test(arguments: [1, 15, 16, 17, 20_480]) func boundsByLines(count: Int) {
        var bounds = ExpiryBounds(count: count)
        #expect(bounds.groups(ofLine: bounds.lineCount - 1).upperBound == count)
        #expect((0..<bounds.lineCount).allSatisfy { bounds.soonest(inLine: $0) == ExpiryBounds.never })
        bounds[count - 1] = 50
        #expect(bounds.soonest(inLine: bounds.lineCount - 1) == 50)
        bounds[count - 1] = 20
        bounds[0] = min(bounds[0], 70)
        #expect(bounds[count - 1] == 20 && bounds.soonest(inLine: bounds.lineCount - 1) == 20)
        bounds.rebase(by: 30)
        #expect(bounds[count - 1] == 0 && bounds[0] == (count == 1 ? 0 : 40))
        bounds.rebase(by: -Int64(UInt32.max))
        #expect(bounds[count - 1] == 0 && bounds[0] == (count == 1 ? 0 : ExpiryBounds.never - 1))
        #expect(count <= 2 || bounds[1] == ExpiryBounds.never)
    }

    @Test(arguments: [1, 2, 3, 5, 64, 65, 7 << 10]) func groupsCutPositionsAsBucketsDo(count: Int) {
        let bounds = ExpiryBounds(count: count)
        var position: UInt64 = 0
        for group in 0..<count {
            let positions = bounds.positions(ofGroup: group)
            #expect(positions.lowerBound == position && !positions.isEmpty)
            #expect(bounds.group(ofPosition: UInt32(positions.lowerBound)) == group)
            #expect(bounds.group(ofPosition: UInt32(positions.upperBound - 1)) == group)
            position = positions.upperBound
        }
        #expect(position == 1 << 32)
    }

    /// Whatever the table becomes, and whenever, and wherever the clock goes: each key stays covered, and after a pass
    /// nothing due is left.
    @Test func boundsFollowTheTableAndTheClock() {
        var random = SeededGenerator(seed: 11)
        var index = ExpiryIndex()
        var keys: [(position: UInt32, expiryMs: Int64)] = []
        var nowMs: Int64 = 1_700_000_000_000
        for _ in 0..<150 {
            nowMs += ExpiryIndex.tickMs
            switch random.below(20) {
            case 0: nowMs += ExpiryIndex.tickMs << 32
            case 1: nowMs -= Int64(random.below(1 << random.below(24))) * ExpiryIndex.tickMs
            default: break
            }
            let buckets: UInt32 = [0, 1, 2, 3, 5, 7, 160, 224, 320, 5 << 9][random.below(10)]
            if buckets > 0 {
                for _ in 0..<random.below(100) {
                    let lifetimeMs = ExpiryIndex.tickMs << random.below(34) - ExpiryIndex.tickMs
                    keys.append((UInt32(truncatingIfNeeded: random.next()), nowMs + lifetimeMs))
                    index.note(
                        position: keys.last!.position, expiryMs: keys.last!.expiryMs, nowMs: nowMs,
                        bucketCount: buckets)
                }
            } else {
                keys = []
            }
            index.follow(buckets, heirs: random.below(300))
            #expect(index.invariants() == true)
            #expect(keys.allSatisfy { index.covers(position: $0.position, expiryMs: $0.expiryMs) })
            guard random.below(3) == 0 else { continue }
            index.followClock(toMs: nowMs)
            #expect(index.invariants() == true)
            #expect(keys.allSatisfy { index.covers(position: $0.position, expiryMs: $0.expiryMs) })
            while !index.follow(buckets, heirs: 100) {}
            expire(&keys, index: &index, nowMs, effort: random.below(2) == 0 ? 1 : .max)
            #expect(index.invariants() && !index.mayBeDue(atMs: nowMs))
            #expect(keys.allSatisfy { $0.expiryMs >= nowMs })
            #expect(keys.allSatisfy { index.covers(position: $0.position, expiryMs: $0.expiryMs) })
        }
    }

    /// Takes what is due, with so much effort at a time.
    private func expire(
        _ keys: inout [(position: UInt32, expiryMs: Int64)], index: inout ExpiryIndex, _ nowMs: Int64, effort: Int
    ) {
        var slices = 0
        while index.mayBeDue(atMs: nowMs), slices < 100_000 {
            slices += 1
            var left = effort
            while let line = index.takeDue(atMs: nowMs, effort: &left) {
                var found: [(group: Int, tick: UInt32)] = []
                index.forEachDue(inLine: line, atMs: nowMs) { group, positions in
                    keys.removeAll { positions.contains(UInt64($0.position)) && $0.expiryMs < nowMs }
                    let kept = keys.filter { positions.contains(UInt64($0.position)) }
                    found.append((group, kept.map { index.tick(ofMs: $0.expiryMs) }.min() ?? ExpiryIndex.never))
                }
                #expect(!found.isEmpty, "a line is due because a group is")
                for (group, tick) in found { index.set(group: group, to: tick) }
                index.settle(line: line)
            }
        }
        #expect(slices < 100_000, "what is due comes to an end")
    }

    @Test func aTableWithItsIndexIsTwoCacheLines() {
        #expect(MemoryLayout<KeyTable>.stride == 128)
    }

    @Test func ticks() {
        var index = ExpiryIndex()
        let birth: Int64 = 1_700_000_000_000
        index.note(position: 0, expiryMs: birth + 1_000_000, nowMs: birth + 5, bucketCount: 1)
        #expect(index.tick(ofMs: birth - 1) == 0 && index.tick(ofMs: birth - 1000) == 0)
        #expect(index.tick(ofMs: birth + 31) == 1 && index.tick(ofMs: birth + 32) == 2)
        #expect(index.tick(ofMs: .min) == 0 && index.tick(ofMs: .max) == ExpiryIndex.never - 1)
        #expect(!index.mayBeDue(atMs: birth + 999_999) && index.mayBeDue(atMs: birth + 1_000_032))
    }

    /// Expires what is due at each moment, and returns how many keys are left.
    private func left(_ keyspace: Keyspace, _ database: inout Database, atMs nowMs: Int64) -> Int {
        var batch = ScanBatch()
        database.setTime(nowMs)
        while database.expireDue(shard: 0, batch: &batch) {}
        #expect(keyspace.invariants() == nil)
        return keyspace.count(inDatabase: 0)
    }

    /// A server that has run for longer than its ticks last goes on to expire, and nothing too early; nor does a clock
    /// that is set back, forward, or back to before the server's start keep anything.
    @Test(arguments: [Int64(UInt32.max) * 32 + 1, 1 << 45, 10_000_000, 5000, -500, -5000, -1 << 38, -1 << 40])
    func theClockMayGoAnywhere(byMs jumpMs: Int64) {
        let birth: Int64 = 1_700_000_000_000
        let keyspace = Keyspace(databases: 1, workers: 1)
        var database = Database(keyspace, worker: 0, nowMs: birth)
        func set(_ name: String, _ ms: Int64) {
            database.setString(Key(ByteView(name.utf8.span.bytes)), ByteView("v"), expiry: .at(ms))
        }
        set("before", birth + 300)
        set("far", Int64.max / 2)
        #expect(left(keyspace, &database, atMs: birth + 200) == 2)
        #expect(left(keyspace, &database, atMs: birth + 400) == 1)
        let then = birth + jumpMs
        for (name, ms) in [("soon", Int64(100)), ("later", 300), ("latest", 10_000)] { set(name, then + ms) }
        for (ms, count) in [(Int64(99), 4), (1200, 2), (9_900, 2), (11_100, 1)] {
            #expect(left(keyspace, &database, atMs: then + ms) == count)
        }
    }

    /// Many keys whose expiry is set, moved, dropped and set again, in a table that grows and shrinks; as each tick
    /// begins exactly the due ones go.
    @Test(arguments: [1, 2]) func dueKeysGoAtTheirTime(workers: Int) {
        let birth: Int64 = 1_700_000_000_000
        let keyspace = Keyspace(databases: 1, workers: workers)
        var database = Database(keyspace, worker: 0, nowMs: birth)
        var random = SeededGenerator(seed: 7)
        var expiries: [Int: Int64] = [:]
        var nowMs = birth
        /// After now, and not as a tick begins.
        func moment(within ms: Int) -> Int64 {
            let moment = nowMs + 1 + Int64(random.below(ms))
            return (moment - birth) % ExpiryIndex.tickMs == 0 ? moment + 1 : moment
        }
        func set(_ number: Int, within ms: Int, _ change: (inout Database, Key, Int64) -> Void) {
            let name = Array("k\(number)".utf8)
            expiries[number] = moment(within: ms)
            change(&database, Key(ByteView(name.span.bytes)), expiries[number]!)
        }
        var batch = ScanBatch()
        var count = 0
        while nowMs == birth || !expiries.isEmpty {
            let growing = count < 20_000
            for number in count..<(growing ? count + random.below(1500) : count) {
                set(number, within: 100_000) { $0.setString($1, ByteView("v"), expiry: .at($2)) }
                count = number + 1
            }
            for _ in 0..<50 {
                let number = random.below(20_000)
                guard expiries[number] != nil else { continue }
                let isPersisted = random.below(2) == 0
                set(number, within: 20_000) {
                    if isPersisted { _ = $0.persist($1) }
                    $0.setExpiry($1, atMs: $2)
                }
            }
            nowMs += ExpiryIndex.tickMs * Int64(random.below(100))
            database.setTime(nowMs)
            for shard in 0..<keyspace.shardCount {
                while database.expireDue(shard: shard, batch: &batch) {}
            }
            expiries = expiries.filter { $0.value > nowMs }
            #expect(keyspace.count(inDatabase: 0) == expiries.count)
            #expect(keyspace.invariants() == nil)
        }
    }

    /// Once no key has an expiry, however far away it was, nothing is kept for them; the next one is found as ever.
    @Test func anIndexOfNothingIsGivenBack() {
        let birth: Int64 = 1_700_000_000_000
        let keyspace = Keyspace(databases: 1, workers: 1)
        var database = Database(keyspace, worker: 0, nowMs: birth)
        var batch = ScanBatch()
        func forEachName(_ body: (inout Database, Key) -> Void) {
            for number in 0..<1000 {
                let name = Array("k\(number)".utf8)
                body(&database, Key(ByteView(name.span.bytes)))
            }
        }
        func expireDue() {
            while database.expireDue(shard: 0, batch: &batch) {}
        }
        func isIndexEmpty() -> Bool { keyspace.table(0, 0).pointee.expiries.isEmpty }
        forEachName { $0.setString($1, ByteView("v"), expiry: .at(birth + 1_000_000)) }
        database.setTime(birth + 1000)
        expireDue()
        #expect(!isIndexEmpty())
        forEachName { _ = $0.persist($1) }
        expireDue()
        #expect(isIndexEmpty() && keyspace.count(inDatabase: 0) == 1000)
        forEachName { $0.setExpiry($1, atMs: birth + 2000) }
        #expect(keyspace.invariants() == nil)
        database.setTime(birth + 3000)
        expireDue()
        #expect(keyspace.count(inDatabase: 0) == 0 && keyspace.invariants() == nil)
    }

    /// A key that comes and goes with a near expiry costs no index each time: it stays until that time is over.
    @Test func theIndexOfAKeyThatComesAndGoesIsKept() {
        let birth: Int64 = 1_700_000_000_000
        let keyspace = Keyspace(databases: 1, workers: 1)
        var database = Database(keyspace, worker: 0, nowMs: birth)
        var batch = ScanBatch()
        func isIndexEmpty(atMs nowMs: Int64) -> Bool {
            database.setTime(nowMs)
            while database.expireDue(shard: 0, batch: &batch) {}
            return keyspace.table(0, 0).pointee.expiries.isEmpty
        }
        for nowMs in stride(from: birth + 1000, to: birth + 10_000, by: 1000) {
            let name = Array("lock".utf8)
            let lock = Key(ByteView(name.span.bytes))
            database.setString(lock, ByteView("mine"), expiry: .at(nowMs + 30_000))
            _ = database.delete(lock)
            #expect(!isIndexEmpty(atMs: nowMs))
        }
        _ = isIndexEmpty(atMs: birth + 60_000)  // the round in which it is found out
        #expect(isIndexEmpty(atMs: birth + 60_050))
        #expect(keyspace.count(inDatabase: 0) == 0 && keyspace.invariants() == nil)
    }
}
