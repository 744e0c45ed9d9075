// The database's doors against a dictionary, at a simulated time, invariants after every step.

import Glibc
import Memory
import TestSupport
import Testing

@testable import Datastore

@Suite struct DatabaseTests {
    @Test(arguments: [1, 2], [UInt64(1), 2, 3])
    func doorsAgreeWithADictionary(workers: Int, seed: UInt64) {
        var twin = DatabaseTwin(workers: workers, names: seed == 3 ? 2000 : 60, seed: seed)
        for step in 0..<6000 {
            twin.step()
            if step % 16 == 0 { #expect(twin.keyspace.invariants() == nil, "step \(step), seed \(seed)") }
            if step % 500 == 0 {
                let nowMs = twin.nowMs
                let expected = Set(twin.model[twin.database.index].filter { $0.value.expiryMs ?? .max > nowMs }.keys)
                let found = twin.scanned(wanted: 10)
                #expect(found == expected, "step \(step), seed \(seed)")
            }
        }
        #expect(twin.keyspace.invariants() == nil)
        twin.nowMs += 20_000
        twin.database.setTime(twin.nowMs)
        twin.expireDue()
        for index in 0..<3 { #expect(twin.keyspace.expiringCount(inDatabase: index) == 0, "seed \(seed)") }
    }

    @Test(arguments: [1, 2]) func scanFindsWhatStaysWhileTheTableGrowsAndShrinks(workers: Int) {
        for seed in UInt64(1)...4 {
            var twin = DatabaseTwin(workers: workers, names: 1, seed: seed)
            func add(_ name: Bytes, to twin: inout DatabaseTwin) {
                twin.database.setString(Key(ByteView(name.span.bytes)), ByteView("v"), expiry: .remove)
            }
            let staying = Set((0..<500).map { Array("stay:\($0)".utf8) })
            for name in staying { add(name, to: &twin) }
            if seed % 2 == 0 { for number in 0..<20_000 { add(Array("go:\(number)".utf8), to: &twin) } }
            var number = 0
            let found = twin.scanned(wanted: 10) { twin in
                for _ in 0..<200 where number < 20_000 {
                    let name = Array("go:\(number)".utf8)
                    if seed % 2 == 0 {
                        _ = twin.database.delete(Key(ByteView(name.span.bytes)))
                    } else {
                        add(name, to: &twin)
                    }
                    number += 1
                }
            }
            #expect(found.isSuperset(of: staying), "seed \(seed)")
            #expect(twin.keyspace.invariants() == nil, "seed \(seed)")
        }
    }

    @Test(arguments: ["delete", "overwrite", "persist", "append", "flush", "swap", "select", "nothing"])
    func whatWasFoundAheadIsUsedOnlyWhileItIsThere(change: String) {
        var twin = DatabaseTwin(workers: 1, names: 1, seed: 1)
        func set(_ text: String, inDatabase index: Int, of twin: inout DatabaseTwin) {
            twin.database.index = index
            let value = Array(text.utf8)
            let expiry = ExpiryChange.at(DatabaseTwin.birthMs + 1000)
            twin.database.setString(Key(ByteView("k")), ByteView(value.span.bytes), expiry: expiry)
        }
        set("other", inDatabase: 1, of: &twin)
        set("old", inDatabase: 0, of: &twin)
        let hashes = [Key.hash(of: ByteView("k"))]
        twin.database.prefetchBuckets(hashes.span)
        twin.database.prefetchEntries(hashes.span)
        var expected: String? = "old"
        switch change {
        case "delete":
            _ = twin.database.delete(Key(ByteView("k")))
            expected = nil
        case "overwrite":
            expected = String(repeating: "new", count: 50)
            set(expected!, inDatabase: 0, of: &twin)
        case "persist": _ = twin.database.persist(Key(ByteView("k")))
        case "append":
            expected = "old" + String(repeating: "er", count: 100)
            if var entry = twin.database.lookupForWrite(Key(ByteView("k"))) {
                _ = entry.append(ByteView(Array(expected!.utf8.dropFirst(3)).span.bytes))
            }
        case "flush":
            twin.database.flush(database: 0)
            expected = nil
        case "swap":
            twin.database.swapDatabases(0, 1)
            expected = "other"
        case "select":
            twin.database.index = 1
            expected = "other"
        default: break
        }
        // Something that may lie where the old entry did.
        let selected = twin.database.index
        set("else", inDatabase: 2, of: &twin)
        twin.database.index = selected
        let found = twin.read(Array("k".utf8)).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(found == expected)
    }

    @Test func lastAccessStandsStill() {
        var twin = DatabaseTwin(workers: 1, names: 1, seed: 1)
        for startMs in stride(from: DatabaseTwin.birthMs, to: DatabaseTwin.birthMs + 1000, by: 37) {
            twin.database.setTime(startMs)
            _ = twin.database.delete(Key(ByteView("k")))
            twin.database.setString(Key(ByteView("k")), ByteView("v"), expiry: .remove)
            let accessMs = twin.database.lastAccess(Key(ByteView("k")))?.ms
            #expect(accessMs.map { startMs - $0 < 64 && $0 <= startMs } == true)
            for ageMs in stride(from: Int64(0), to: 3000, by: 13) {
                twin.database.setTime(startMs + ageMs)
                #expect(twin.database.lastAccess(Key(ByteView("k")))?.ms == accessMs, "after \(ageMs) ms")
            }
        }
    }

    @Test func pauseHidesWhatIsDue() {
        var twin = DatabaseTwin(workers: 1, names: 1, seed: 1)
        twin.database.setString(Key(ByteView("k")), ByteView("v"), expiry: .at(DatabaseTwin.birthMs + 10))
        twin.keyspace.expiryPausedUntilMs = DatabaseTwin.birthMs + 20
        twin.database.setTime(DatabaseTwin.birthMs + 10)
        var found: [String] = []
        if twin.database.contains(Key(ByteView("k"))) { found.append("contains") }
        if twin.database.lookupForRead(Key(ByteView("k"))) != nil { found.append("lookupForRead") }
        if twin.database.inspect(Key(ByteView("k"))) != nil { found.append("inspect") }
        if twin.database.peek(Key(ByteView("k"))) != nil { found.append("peek") }
        if twin.database.lastAccess(Key(ByteView("k"))) != nil { found.append("lastAccess") }
        if twin.database.stored(Key(ByteView("k"))) != nil { found.append("stored") }
        if !twin.scanned(wanted: 10).isEmpty { found.append("scan") }
        // With nothing else left, it is one of those that are hidden.
        if twin.database.withRandomKey({ _ in }) { found.append("random") }
        #expect(found == ["stored", "random"])
        #expect(twin.keyspace.count(inDatabase: 0) == 1 && twin.database.figures.expired == 0)
        // A key moved or copied takes the place of one that is hidden.
        twin.database.index = 1
        twin.database.setString(Key(ByteView("k")), ByteView("w"), expiry: .remove)
        let isMoved = twin.database.move(Key(ByteView("k")), toDatabase: 0)
        #expect(isMoved)
        twin.database.index = 0
        #expect(twin.keyspace.count(inDatabase: 0) == 1 && twin.database.figures.expired == 1)
        #expect(twin.keyspace.invariants() == nil)
        twin.database.setString(Key(ByteView("k")), ByteView("v"), expiry: .at(DatabaseTwin.birthMs + 15))
        for (ms, left) in [(Int64(19), 1), (20, 0)] {
            twin.database.setTime(DatabaseTwin.birthMs + ms)
            let isThere = twin.database.contains(Key(ByteView("k")))
            #expect(!isThere && twin.keyspace.count(inDatabase: 0) == left)
        }
    }

    @Test func randomKeysAreAllOfThem() {
        var twin = DatabaseTwin(workers: 2, names: 1, seed: 1)
        for number in 0..<20 {
            let name = Array("key:\(number)".utf8)
            twin.database.setString(
                Key(ByteView(name.span.bytes)), ByteView("v"),
                expiry: number % 2 == 0 ? .remove : .at(DatabaseTwin.birthMs + 10))
        }
        twin.database.setTime(DatabaseTwin.birthMs + 10)
        var found: Set<Bytes> = []
        for _ in 0..<1000 {
            let isThere = twin.database.withRandomKey { key in _ = found.insert(key.copied()) }
            #expect(isThere)
        }
        #expect(found == Set((0..<10).map { Array("key:\($0 * 2)".utf8) }))
        twin.database.flush(database: nil)
        let isThere = twin.database.withRandomKey { _ in }
        #expect(!isThere)
    }

    /// However few of the keys lie in each shard, many together are left to the background, and counted.
    @Test(arguments: [1, 2]) func flushLeavesManyKeysToTheBackground(workers: Int) {
        var twin = DatabaseTwin(workers: workers, names: 1, seed: 1)
        for number in 0..<1000 {
            let name = Array("key:\(number)".utf8)
            twin.database.setString(Key(ByteView(name.span.bytes)), ByteView("v"), expiry: .remove)
        }
        twin.database.flush(database: nil)
        while twin.keyspace.reclaimer.pendingCount > 0 { usleep(50) }
        #expect(twin.keyspace.reclaimer.freedCount == 1000)
        #expect(twin.keyspace.invariants() == nil)
    }

    /// However few keys there are, a large value is left to the background as when its key is deleted.
    @Test(arguments: [1, 2]) func flushLeavesLargeValuesToTheBackground(workers: Int) {
        var twin = DatabaseTwin(workers: workers, names: 1, seed: 1)
        for (name, count) in [("large", 10_000), ("small", 1), ("other large", 10_000)] {
            var set = SortedSet()
            for number in 0..<count {
                let member = Array("member:\(number)".utf8)
                _ = set.add(
                    ByteView(member.span.bytes), score: Double(number), options: [],
                    limits: twin.keyspace.sortedSetLimits)
            }
            let bytes = Array(name.utf8)
            twin.database.insert(Key(ByteView(bytes.span.bytes)), set)
        }
        twin.database.flush(database: nil)
        while twin.keyspace.reclaimer.pendingCount > 0 { usleep(50) }
        #expect(twin.keyspace.reclaimer.freedCount == 2)
        #expect(twin.keyspace.invariants() == nil)
    }

    /// The keyspace's own check finds a key that lies in another shard than its hash says.
    @Test func strayKeysAreFound() {
        var twin = DatabaseTwin(workers: 2, names: 1, seed: 1)
        let name = Array("key".utf8), view = ByteView(name.span.bytes)
        twin.database.setString(Key(view, hash: Key.hash(of: view) ^ 1 << 63), ByteView("v"), expiry: .remove)
        #expect(twin.keyspace.invariants()?.contains("a key of another shard") == true)
    }

    /// And a shard that would not tell its watches of changes, or has none to tell.
    @Test func interestWithoutCauseIsFound() {
        let twin = DatabaseTwin(workers: 2, names: 1, seed: 1)
        for interest in [Interest.watches, .waiters, .observer] {
            twin.keyspace.shards[1].interest = interest
            #expect(twin.keyspace.invariants()?.hasPrefix("shard 1: interest") == true)
        }
        twin.keyspace.shards[1].interest = []
        #expect(twin.keyspace.invariants() == nil)
        let key = OwnedKey(database: 0, bytes: [0])
        twin.keyspace.shards[1].withWatches { $0.insert(key, WatchToken(), wasExpired: false) }
        #expect(twin.keyspace.invariants() == nil)
        twin.keyspace.shards[1].interest = []
        #expect(twin.keyspace.invariants()?.hasPrefix("shard 1: interest") == true)
    }
}
