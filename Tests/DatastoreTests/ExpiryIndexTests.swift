// The promise of the expiry index: a key that is due goes at its time, whatever happened to it before.

import Memory
import TestSupport
import Testing

@testable import Datastore

@Suite struct ExpiryIndexTests {
    @Test func boundsAndSummaries() {
        var bounds = ExpiryBounds(count: 20_480)
        #expect(bounds.invariants() && bounds.earliest() == ExpiryBounds.never)
        #expect(bounds.firstDue(from: 0, by: .max - 1) == nil)
        let lowered = [(3, 50), (20_479, 20), (3, 70)].map { bounds.lower(group: $0.0, to: $0.1) }
        #expect(lowered == [true, true, false])
        #expect(bounds.invariants() && bounds.earliest() == 20 && bounds[3] == 50)
        #expect(bounds.firstDue(from: 0, by: 19) == nil)
        #expect(bounds.firstDue(from: 0, by: 20) == 20_479)
        #expect(bounds.firstDue(from: 0, by: 50) == 3)
        #expect(bounds.firstDue(from: 4, by: 50) == 20_479)
        bounds.set(group: 20_479, to: ExpiryBounds.never)
        #expect(bounds.invariants() && bounds.earliest() == 50)
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

    /// Whatever the table becomes, and whenever: each key stays covered, and after a pass nothing due is left.
    @Test func boundsFollowTheTable() {
        var random = SeededGenerator(seed: 11)
        var index = ExpiryIndex()
        var keys: [(position: UInt32, tick: UInt32)] = []
        for round in 0..<200 {
            let buckets: UInt32 = [0, 1, 2, 3, 5, 7, 160, 224, 320, 5 << 9][random.below(10)]
            if buckets > 0 {
                for _ in 0..<random.below(100) {
                    keys.append((UInt32(truncatingIfNeeded: random.next()), UInt32(round + random.below(100))))
                    index.note(position: keys.last!.position, tick: keys.last!.tick, bucketCount: buckets)
                }
            } else {
                keys = []
            }
            index.follow(buckets, heirs: random.below(300))
            #expect(index.invariants() == true)
            #expect(keys.allSatisfy { index.covers(position: $0.position, tick: $0.tick) })
            guard random.below(3) == 0 else { continue }
            while !index.follow(buckets, heirs: 100) {}
            while let group = index.nextDue(by: UInt32(round)) {
                let positions = index.positions(ofGroup: group)
                keys.removeAll { positions.contains(UInt64($0.position)) && $0.tick <= round }
                let left = keys.filter { positions.contains(UInt64($0.position)) }
                index.settle(group: group, at: left.map(\.tick).min() ?? ExpiryIndex.never)
            }
            index.concludePass()
            #expect(index.invariants() && index.earliest > round)
            #expect(keys.allSatisfy { $0.tick > round })
        }
    }

    @Test func ticks() {
        #expect(ExpiryIndex.tick(ofMs: 5, originMs: 100) == 0)
        #expect(ExpiryIndex.tick(ofMs: 131, originMs: 100) == 0)
        #expect(ExpiryIndex.tick(ofMs: 132, originMs: 100) == 1)
        #expect(ExpiryIndex.tick(ofMs: .max - 1, originMs: 100) == ExpiryIndex.never - 1)
        #expect(ExpiryIndex.tick(ofMs: .min, originMs: 100) == 0)
        #expect(ExpiryIndex.lastOver(atMs: 131, originMs: 100) == nil)
        #expect(ExpiryIndex.lastOver(atMs: 132, originMs: 100) == 0)
    }

    /// A server that has run for longer than its ticks last goes on to expire, and nothing too early.
    @Test func ticksThatRunOutExpireNonetheless() {
        let birth: Int64 = 1_700_000_000_000
        let keyspace = Keyspace(databases: 1, workers: 1, nowMs: birth)
        let late = birth + Int64(UInt32.max) * ExpiryIndex.tickMs + 1
        var database = Database(keyspace, worker: 0, nowMs: late)
        for (name, ms) in [("soon", Int64(100)), ("later", 300)] {
            database.setString(Key(ByteView(name.utf8.span.bytes)), ByteView("v"), expiry: .at(late + ms))
        }
        var batch = ScanBatch()
        for (ms, left) in [(Int64(99), 2), (101, 1), (200, 1), (301, 0)] {
            database.setTime(late + ms)
            #expect(!database.expireDue(shard: 0, batch: &batch))
            #expect(keyspace.count(inDatabase: 0) == left)
        }
    }

    /// Many keys whose expiry is set, moved, dropped and set again, in a table that grows and shrinks; as each tick
    /// begins exactly the due ones go.
    @Test(arguments: [1, 2]) func dueKeysGoAtTheirTime(workers: Int) {
        let birth: Int64 = 1_700_000_000_000
        let keyspace = Keyspace(databases: 1, workers: workers, nowMs: birth)
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
        let keyspace = Keyspace(databases: 1, workers: 1, nowMs: birth)
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
        let keyspace = Keyspace(databases: 1, workers: 1, nowMs: birth)
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
