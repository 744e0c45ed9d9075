// The promise of the expiry index: a key that is due goes at its time, whatever happened to it before.

import Memory
import Testing

@testable import Datastore

@Suite struct ExpiryIndexTests {
    @Test func boundsAndSummaries() {
        var index = ExpiryIndex()
        #expect(index.dueGroup(from: 0, by: .max - 1) == nil)
        index.grow(toKeys: 100_000)
        #expect(index.groupCount > 64 && index.invariants())
        let groups = index.groupCount
        index.lower(group: 3, to: 50)
        index.lower(group: groups - 1, to: 20)
        index.lower(group: 3, to: 70)
        #expect(index.invariants() && index.earliest == 20)
        #expect(index.dueGroup(from: 0, by: 19) == nil)
        #expect(index.dueGroup(from: 0, by: 20) == groups - 1)
        #expect(index.dueGroup(from: 0, by: 50) == 3)
        #expect(index.dueGroup(from: 4, by: 50) == groups - 1)
        index.settle(group: groups - 1, at: ExpiryIndex.never)
        index.summarise()
        #expect(index.invariants() && index.earliest == 50)
        // Halves inherit the bound.
        index.grow(toKeys: 10 * 100_000)
        #expect(index.invariants() && index.earliest == 50)
        let split = index.groupCount / groups
        #expect(index.dueGroup(from: 0, by: 50) == 3 * split)
        #expect(index.dueGroup(from: 4 * split, by: 50) == nil)
    }

    @Test func ticks() {
        #expect(ExpiryIndex.tick(ofMs: 5, originMs: 100) == 0)
        #expect(ExpiryIndex.tick(ofMs: 163, originMs: 100) == 0)
        #expect(ExpiryIndex.tick(ofMs: 164, originMs: 100) == 1)
        #expect(ExpiryIndex.tick(ofMs: .max - 1, originMs: 100) == ExpiryIndex.never - 1)
        #expect(ExpiryIndex.tick(ofMs: .min, originMs: 100) == 0)
    }

    /// Many keys whose expiry is set, moved, dropped and set again; at each moment exactly the due ones are gone.
    @Test(arguments: [1, 2]) func dueKeysGoAtTheirTime(workers: Int) {
        let birth: Int64 = 1_700_000_000_000
        let keyspace = Keyspace(databases: 1, workers: workers, nowMs: birth)
        var database = Database(keyspace, worker: 0, nowMs: birth)
        var state: UInt64 = 7
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var expiries: [Int: Int64] = [:]
        func name(_ number: Int) -> [UInt8] { Array("k\(number)".utf8) }
        for number in 0..<20_000 {
            let ms = birth + 1 + Int64(below(100_000))
            let bytes = name(number)
            database.setString(Key(ByteView(bytes.span.bytes)), ByteView("v"), expiry: .at(ms))
            expiries[number] = ms
        }
        var batch = ScanBatch()
        var nowMs = birth
        while !expiries.isEmpty {
            for _ in 0..<50 {
                let number = below(20_000)
                guard expiries[number] != nil else { continue }
                let bytes = name(number)
                if below(2) == 0 { _ = database.persist(Key(ByteView(bytes.span.bytes))) }
                let ms = nowMs + 1 + Int64(below(20_000))
                database.setExpiry(Key(ByteView(bytes.span.bytes)), atMs: ms)
                expiries[number] = ms
            }
            nowMs += Int64(below(3000))
            database.setTime(nowMs)
            for shard in 0..<keyspace.shardCount {
                while database.expireDue(shard: shard, batch: &batch) {}
            }
            expiries = expiries.filter { $0.value > nowMs }
            #expect(keyspace.count(inDatabase: 0) == expiries.count)
        }
        #expect(keyspace.invariants())
    }
}
