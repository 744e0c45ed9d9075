// The database's doors against a dictionary, at a simulated time, invariants after every step.

import Glibc
import Memory
import TestSupport
import Testing

@testable import Datastore

private typealias Bytes = [UInt8]

private struct Value: Equatable {
    var bytes: Bytes
    var expiryMs: Int64?
}

/// A database, and what it should be.
private struct Twin: ~Copyable {
    static let birthMs: Int64 = 1_700_000_000_000

    let seed: UInt64
    let keyspace: Keyspace
    var database: Database
    var model: [[Bytes: Value]]
    var random: SeededGenerator
    var nowMs = birthMs
    /// Keys are drawn from so many names.
    let names: Int
    /// Those that a batch's prefetch has been told, in order.
    var ahead: [Bytes] = []

    init(workers: Int, names: Int, seed: UInt64) {
        self.seed = seed
        self.names = names
        keyspace = Keyspace(databases: 3, workers: workers, nowMs: Self.birthMs)
        database = Database(keyspace, worker: 0, nowMs: Self.birthMs)
        model = Array(repeating: [:], count: 3)
        random = SeededGenerator(seed: seed)
    }

    /// A name; half of them are some that the prefetch knows, at their place.
    mutating func name() -> Bytes {
        guard !ahead.isEmpty && random.below(2) == 0 else { return newName() }
        database.place = random.below(ahead.count)
        return ahead[database.place]
    }

    /// Some are too long for the short form of an entry's key.
    private mutating func newName() -> Bytes {
        let number = random.below(names)
        let text = Array("key:\(number)".utf8)
        return number % 17 == 0 ? text + Bytes(repeating: 0x2E, count: 300) : text
    }

    /// A value around one of the borders of representations.
    mutating func value() -> Bytes {
        switch random.below(6) {
        case 0: Array("\(Int64(bitPattern: random.next()) >> Int64(random.below(64)))".utf8)
        case 1: Bytes(repeating: 7, count: 250 + random.below(12))
        case 2: Bytes(repeating: 8, count: 300 + random.below(5000))
        default: Bytes(repeating: 9, count: random.below(40))
        }
    }

    /// A moment of the next few milliseconds to come, but never the one in which a tick of the expiry index begins.
    mutating func moment(within ms: Int) -> Int64 {
        let moment = nowMs + 1 + Int64(random.below(ms))
        return (moment - Self.birthMs) % ExpiryIndex.tickMs == 0 ? moment + 1 : moment
    }

    mutating func expiry(_ current: Int64?) -> (ExpiryChange, Int64?) {
        switch random.below(4) {
        case 0: return (.keep, current)
        case 1:
            let ms = moment(within: 5000)
            return (.at(ms), ms)
        default: return (.remove, nil)
        }
    }

    /// What the model has under a key that has not expired.
    func live(_ name: Bytes) -> Value? {
        guard let value = model[database.index][name], value.expiryMs ?? .max > nowMs else { return nil }
        return value
    }

    mutating func read(_ name: Bytes) -> Value? {
        guard let entry = database.peek(Key(ByteView(name.span.bytes))) else { return nil }
        let expiryMs = entry.expiryMs
        return Value(bytes: Self.copy(entry), expiryMs: expiryMs)
    }

    static func copy(_ entry: borrowing Entry) -> Bytes { entry.string.copied() }

    mutating func check(_ name: Bytes, _ operation: String) {
        let found = read(name)
        #expect(found == live(name), "\(operation), seed \(seed)")
    }

    // MARK: Steps

    mutating func step() {
        let name = self.name()
        let operation = random.below(100)
        switch operation {
        case 0..<30: set(name)
        case 30..<40: append(name)
        case 40..<50: increment(name)
        case 50..<56: overwrite(name)
        case 56..<70: changeExpiry(name)
        case 70..<80: delete(name)
        case 80..<86: rename(name)
        case 86..<94: advance()
        case 94: if random.below(8) == 0 { flush() }
        case 95: database.index = random.below(3)
        case 97: prefetch()
        case 98: move(name)
        case 99: if random.below(4) == 0 { exchange() }
        // A pause hides what is due from those who read; those who write put nothing beside it.
        case 96: keyspace.expiryPausedUntilMs = random.below(2) == 0 ? 0 : nowMs + Int64(random.below(2000))
        default: break
        }
        check(name, "operation \(operation)")
    }

    mutating func set(_ name: Bytes) {
        let bytes = value()
        let (change, expiryMs) = expiry(live(name)?.expiryMs)
        if bytes.count > 255 && random.below(2) == 0 {
            database.setString(
                Key(ByteView(name.span.bytes)), adopting: Block(copying: ByteView(bytes.span.bytes)), expiry: change)
        } else {
            database.setString(Key(ByteView(name.span.bytes)), ByteView(bytes.span.bytes), expiry: change)
        }
        model[database.index][name] = Value(bytes: bytes, expiryMs: expiryMs)
    }

    mutating func append(_ name: Bytes) {
        let suffix = value()
        guard let old = live(name) else { return }
        // Sometimes a reply still holds the block.
        var held = Block?.none
        if random.below(3) == 0, let entry = database.peek(Key(ByteView(name.span.bytes))) {
            held = entry.referencedString
        }
        if var entry = database.lookupForWrite(Key(ByteView(name.span.bytes))) {
            let count = entry.append(ByteView(suffix.span.bytes))
            #expect(count == old.bytes.count + suffix.count, "seed \(seed)")
        }
        model[database.index][name]!.bytes += suffix
        if let held {
            let bytes = held.view.copied()
            #expect(bytes == old.bytes, "seed \(seed)")
        }
    }

    mutating func increment(_ name: Bytes) {
        let amount = Int(Int64(bitPattern: random.next()) >> Int64(random.below(64)))
        guard let old = live(name) else {
            database.setInteger(Key(ByteView(name.span.bytes)), amount)
            model[database.index][name] = Value(bytes: Array("\(amount)".utf8), expiryMs: nil)
            return
        }
        var result = IncrementResult.notAString
        if var entry = database.lookupForWrite(Key(ByteView(name.span.bytes))) { result = entry.increment(by: amount) }
        let text = String(decoding: old.bytes, as: UTF8.self)
        guard let number = Int(text), "\(number)" == text else {
            #expect(result == .notAnInteger, "seed \(seed)")
            return
        }
        let (sum, overflows) = number.addingReportingOverflow(amount)
        #expect(result == (overflows ? .overflow : .sum(sum)), "seed \(seed)")
        if !overflows { model[database.index][name]!.bytes = Array("\(sum)".utf8) }
    }

    mutating func overwrite(_ name: Bytes) {
        let bytes = value(), offset = random.below(600)
        let total = database.overwriteString(
            Key(ByteView(name.span.bytes)), at: offset, with: ByteView(bytes.span.bytes))
        var expected = live(name) ?? Value(bytes: [], expiryMs: nil)
        let missing = offset + bytes.count - expected.bytes.count
        if missing > 0 { expected.bytes += Bytes(repeating: 0, count: missing) }
        expected.bytes.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        #expect(total == expected.bytes.count, "seed \(seed)")
        model[database.index][name] = expected
    }

    mutating func changeExpiry(_ name: Bytes) {
        guard live(name) != nil else {
            let persisted = database.persist(Key(ByteView(name.span.bytes)))
            #expect(!persisted, "seed \(seed)")
            return
        }
        if random.below(3) == 0 {
            let persisted = database.persist(Key(ByteView(name.span.bytes)))
            #expect(persisted == (model[database.index][name]!.expiryMs != nil), "seed \(seed)")
            model[database.index][name]!.expiryMs = nil
        } else {
            let ms = moment(within: 10_000)
            database.setExpiry(Key(ByteView(name.span.bytes)), atMs: ms)
            model[database.index][name]!.expiryMs = ms
        }
    }

    mutating func delete(_ name: Bytes) {
        let removed = database.delete(Key(ByteView(name.span.bytes)))
        #expect(removed == (live(name) != nil), "seed \(seed)")
        model[database.index][name] = nil
    }

    mutating func rename(_ name: Bytes) {
        let other = self.name()
        guard other != name, let value = live(name) else { return }
        database.rename(Key(ByteView(name.span.bytes)), to: Key(ByteView(other.span.bytes)))
        model[database.index][name] = nil
        model[database.index][other] = value
        check(other, "rename")
    }

    /// As before a batch of commands; what is found stays good, or is forgotten, whatever comes then.
    mutating func prefetch() {
        ahead = (0..<random.below(65)).map { _ in newName() }
        let hashes = ahead.map { Key.hash(of: ByteView($0.span.bytes)) }
        database.prefetchBuckets(hashes.span)
        database.prefetchEntries(hashes.span)
        database.prefetchLongStrings(hashes.span)
    }

    mutating func move(_ name: Bytes) {
        let target = (database.index + 1) % 3
        let there = model[target][name].map { $0.expiryMs ?? .max > nowMs } ?? false
        // What is due but hidden by a pause is in the way of nobody.
        let moved = database.move(Key(ByteView(name.span.bytes)), toDatabase: target)
        #expect(moved == (!there && live(name) != nil), "seed \(seed)")
        guard moved else { return }
        model[target][name] = model[database.index].removeValue(forKey: name)
    }

    mutating func exchange() {
        let other = (database.index + 1) % 3
        database.swapDatabases(database.index, other)
        model.swapAt(database.index, other)
    }

    mutating func flush() {
        database.flush(database: database.index)
        model[database.index] = [:]
        #expect(keyspace.count(inDatabase: database.index) == 0, "seed \(seed)")
    }

    /// Time passes, and what is due as a tick begins goes: exactly that.
    mutating func advance() {
        nowMs += Int64(random.below(400))
        let endsTick = random.below(2) == 0
        if endsTick { nowMs += ExpiryIndex.tickMs - (nowMs - Self.birthMs) % ExpiryIndex.tickMs }
        database.setTime(nowMs)
        guard endsTick else { return }
        expireDue()
        for index in model.indices {
            model[index] = model[index].filter { $0.value.expiryMs ?? .max > nowMs }
            #expect(keyspace.count(inDatabase: index) == model[index].count, "seed \(seed)")
            let expiring = model[index].values.count { $0.expiryMs != nil }
            #expect(keyspace.expiringCount(inDatabase: index) == expiring, "seed \(seed)")
        }
    }

    mutating func expireDue() {
        var batch = ScanBatch()
        for shard in 0..<keyspace.shardCount {
            while database.expireDue(shard: shard, batch: &batch) {}
            if let next = database.nextExpiryMs(shard: shard) {
                #expect(next > nowMs, "what is due has been taken, seed \(seed)")
            }
        }
    }

    /// All keys by a scan of steps of `wanted`.
    mutating func scanned(wanted: Int, between: (inout Twin) -> Void = { _ in }) -> Set<Bytes> {
        var found: Set<Bytes> = []
        var batch = ScanBatch()
        var cursor: UInt64 = 0
        repeat {
            cursor = database.scan(from: .init(cursor), wanted: wanted, batch: &batch) { key, type in
                found.insert(key.copied())
                #expect(type == .string)
            }
            between(&self)
        } while cursor != 0
        return found
    }
}

@Suite struct DatabaseTests {
    @Test(arguments: [1, 2], [UInt64(1), 2, 3])
    func doorsAgreeWithADictionary(workers: Int, seed: UInt64) {
        var twin = Twin(workers: workers, names: seed == 3 ? 2000 : 60, seed: seed)
        for step in 0..<6000 {
            twin.step()
            if step % 16 == 0 { #expect(twin.keyspace.invariants(), "step \(step), seed \(seed)") }
            if step % 500 == 0 {
                let nowMs = twin.nowMs
                let expected = Set(twin.model[twin.database.index].filter { $0.value.expiryMs ?? .max > nowMs }.keys)
                let found = twin.scanned(wanted: 10)
                #expect(found == expected, "step \(step), seed \(seed)")
            }
        }
        #expect(twin.keyspace.invariants())
        twin.nowMs += 20_000
        twin.database.setTime(twin.nowMs)
        twin.expireDue()
        for index in 0..<3 { #expect(twin.keyspace.expiringCount(inDatabase: index) == 0, "seed \(seed)") }
    }

    @Test(arguments: [1, 2]) func scanFindsWhatStaysWhileTheTableGrowsAndShrinks(workers: Int) {
        for seed in UInt64(1)...4 {
            var twin = Twin(workers: workers, names: 1, seed: seed)
            func add(_ name: Bytes, to twin: inout Twin) {
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
            #expect(twin.keyspace.invariants(), "seed \(seed)")
        }
    }

    @Test(arguments: ["delete", "overwrite", "persist", "append", "flush", "swap", "select", "nothing"])
    func whatWasFoundAheadIsUsedOnlyWhileItIsThere(change: String) {
        var twin = Twin(workers: 1, names: 1, seed: 1)
        func set(_ text: String, inDatabase index: Int, of twin: inout Twin) {
            twin.database.index = index
            let value = Array(text.utf8)
            twin.database.setString(Key(ByteView("k")), ByteView(value.span.bytes), expiry: .at(Twin.birthMs + 1000))
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
        var twin = Twin(workers: 1, names: 1, seed: 1)
        for startMs in stride(from: Twin.birthMs, to: Twin.birthMs + 1000, by: 37) {
            twin.database.setTime(startMs)
            _ = twin.database.delete(Key(ByteView("k")))
            twin.database.setString(Key(ByteView("k")), ByteView("v"), expiry: .remove)
            let accessMs = twin.database.lastAccessMs(Key(ByteView("k")))
            #expect(accessMs.map { startMs - $0 < 64 && $0 <= startMs } == true)
            for ageMs in stride(from: Int64(0), to: 3000, by: 13) {
                twin.database.setTime(startMs + ageMs)
                #expect(twin.database.lastAccessMs(Key(ByteView("k"))) == accessMs, "after \(ageMs) ms")
            }
        }
    }

    @Test func pauseHidesWhatIsDue() {
        var twin = Twin(workers: 1, names: 1, seed: 1)
        twin.database.setString(Key(ByteView("k")), ByteView("v"), expiry: .at(Twin.birthMs + 10))
        twin.keyspace.expiryPausedUntilMs = Twin.birthMs + 20
        twin.database.setTime(Twin.birthMs + 10)
        var found: [String] = []
        if twin.database.contains(Key(ByteView("k"))) { found.append("contains") }
        if twin.database.lookupForRead(Key(ByteView("k"))) != nil { found.append("lookupForRead") }
        if twin.database.inspect(Key(ByteView("k"))) != nil { found.append("inspect") }
        if twin.database.peek(Key(ByteView("k"))) != nil { found.append("peek") }
        if twin.database.idleSeconds(Key(ByteView("k"))) != nil { found.append("idleSeconds") }
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
        #expect(twin.keyspace.invariants())
        twin.database.setString(Key(ByteView("k")), ByteView("v"), expiry: .at(Twin.birthMs + 15))
        for (ms, left) in [(Int64(19), 1), (20, 0)] {
            twin.database.setTime(Twin.birthMs + ms)
            let isThere = twin.database.contains(Key(ByteView("k")))
            #expect(!isThere && twin.keyspace.count(inDatabase: 0) == left)
        }
    }

    @Test func randomKeysAreAllOfThem() {
        var twin = Twin(workers: 2, names: 1, seed: 1)
        for number in 0..<20 {
            let name = Array("key:\(number)".utf8)
            twin.database.setString(
                Key(ByteView(name.span.bytes)), ByteView("v"),
                expiry: number % 2 == 0 ? .remove : .at(Twin.birthMs + 10))
        }
        twin.database.setTime(Twin.birthMs + 10)
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
        var twin = Twin(workers: workers, names: 1, seed: 1)
        for number in 0..<1000 {
            let name = Array("key:\(number)".utf8)
            twin.database.setString(Key(ByteView(name.span.bytes)), ByteView("v"), expiry: .remove)
        }
        twin.database.flush(database: nil)
        while twin.keyspace.reclaimer.pendingCount > 0 { usleep(50) }
        #expect(twin.keyspace.reclaimer.freedCount == 1000)
        #expect(twin.keyspace.invariants())
    }
}
