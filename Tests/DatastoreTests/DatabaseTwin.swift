// A database beside the dictionaries that it should be, at a simulated time. Each step is made in both and compared.

import Glibc
import Memory
import TestSupport
import Testing

@testable import Datastore

typealias Bytes = [UInt8]

struct Value: Equatable {
    var bytes: Bytes
    var expiryMs: Int64?
}

/// A database, and what it should be.
struct DatabaseTwin: ~Copyable {
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
        keyspace = Keyspace(databases: 3, workers: workers)
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
            for index in model.indices {
                let isLeft = keyspace.table(shard, index).pointee.expiries.mayBeDue(atMs: nowMs)
                #expect(!isLeft, "what is due has been taken, seed \(seed)")
            }
        }
    }

    /// All keys by a scan of steps of `wanted`.
    mutating func scanned(wanted: Int, between: (inout DatabaseTwin) -> Void = { _ in }) -> Set<Bytes> {
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
