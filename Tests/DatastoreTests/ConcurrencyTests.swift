// One keyspace, four workers at once, each through its own database: what locks, the gate, watches and waiters promise.
//
// Sums that interleaving would break are checked all along; the thread sanitizer finds what the sums do not.

import Datastore
import Memory
import Synchronization
import TestSupport
import Testing

private let workers = 4

/// One worker's way to the keys, as the server's dispatcher goes it.
private struct Hand: ~Copyable {
    let worker: Int
    let keyspace: Keyspace
    var database: Database
    var locks = LockSet()
    var random: SeededGenerator

    init(_ keyspace: Keyspace, worker: Int, seed: UInt64) {
        self.worker = worker
        self.keyspace = keyspace
        database = Database(keyspace, worker: worker, nowMs: 1_700_000_000_000)
        random = SeededGenerator(seed: seed << 8 + UInt64(worker))
        keyspace.enter(worker: worker)
    }

    deinit { keyspace.leave(worker: worker) }

    /// Runs `body` under the locks of these accounts, complete before the first is taken.
    mutating func locked<R>(_ names: [[UInt8]], _ body: (inout Hand) -> R) -> R {
        keyspace.yield(worker: worker)
        for name in names { locks.insert(Key(ByteView(name.span.bytes)), of: keyspace) }
        locks.acquire(keyspace, worker: worker)
        defer { locks.release(keyspace) }
        return body(&self)
    }

    mutating func exclusively<R>(_ body: (inout Hand) -> R) -> R {
        database.beginExclusive()
        defer { database.endExclusive() }
        return body(&self)
    }

    mutating func value(_ name: [UInt8]) -> Int {
        guard let entry = database.lookupForRead(Key(ByteView(name.span.bytes))) else { return 0 }
        return Int(String(decoding: entry.string.copied(), as: UTF8.self)) ?? -1 << 40
    }

    mutating func set(_ name: [UInt8], _ value: Int) {
        database.setInteger(Key(ByteView(name.span.bytes)), value)
        database.didChange(Key(ByteView(name.span.bytes)), .set)
    }
}

private func name(_ number: Int) -> [UInt8] { Array("account:\(number)".utf8) }

@Suite struct ConcurrencyTests {
    /// Counters under one lock, transfers under several, and sums that only an exclusive section may take.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func transfersKeepTheSum(seed: UInt64) throws {
        let keyspace = Keyspace(databases: 2, workers: workers)
        let accounts = 24, start = 1000
        do {
            var hand = Hand(keyspace, worker: 0, seed: seed)
            for number in 0..<accounts { hand.locked([name(number)]) { $0.set(name(number), start) } }
        }
        let violations = Violations()
        try concurrently(workers) { worker in
            var hand = Hand(keyspace, worker: worker, seed: seed)
            for _ in 0..<3_000 {
                let source = hand.random.below(accounts), target = hand.random.below(accounts)
                switch hand.random.below(16) {
                case 0:
                    let sum = hand.exclusively { hand in (0..<accounts).reduce(0) { $0 + hand.value(name($1)) } }
                    violations.check(sum == accounts * start)
                case 1:
                    let all = (0..<accounts).map(name)
                    let sum = hand.locked(all) { hand in all.reduce(0) { $0 + hand.value($1) } }
                    violations.check(sum == accounts * start)
                case 2, 3, 4:
                    let counter = Array("counter:\(source % 3)".utf8)
                    hand.locked([counter]) { $0.set(counter, $0.value(counter) + 1) }
                default:
                    let amount = hand.random.below(50)
                    if source == target { continue }
                    hand.locked([name(source), name(target)]) { hand in
                        hand.set(name(source), hand.value(name(source)) - amount)
                        hand.set(name(target), hand.value(name(target)) + amount)
                    }
                }
            }
        }
        #expect(violations.isEmpty, "seed \(seed)")
        #expect(keyspace.invariants() == nil, "seed \(seed)")
    }

    /// Read, and write only if nobody has written in between: no write is lost, as with WATCH and EXEC.
    @Test(arguments: [1, 2] as [UInt64])
    func watchesSeeEveryWrite(seed: UInt64) throws {
        let keyspace = Keyspace(databases: 1, workers: workers)
        let wins = PlainWords(workers)
        try concurrently(workers) { worker in
            var hand = Hand(keyspace, worker: worker, seed: seed)
            for _ in 0..<2_000 {
                let watched = name(hand.random.below(2)), token = WatchToken()
                let seen = hand.locked([watched]) { hand in
                    hand.database.watch(Key(ByteView(watched.span.bytes)), token)
                    return hand.value(watched)
                }
                hand.keyspace.yield(worker: worker)
                hand.locked([watched]) { hand in
                    hand.database.unwatch(OwnedKey(database: 0, bytes: watched), token)
                    if token.isChanged { return }
                    hand.set(watched, seen + 1)
                    wins[worker] += 1
                }
            }
        }
        var hand = Hand(keyspace, worker: 0, seed: seed)
        let total = hand.exclusively { $0.value(name(0)) + $0.value(name(1)) }
        #expect(total == (0..<workers).reduce(0) { $0 + wins[$1] } && total > 0, "seed \(seed)")
    }

    /// Waiters stand in two lines at once; producers serve, others give up. Each wait ends once, each item goes to one
    /// waiter, and nobody is left behind while an item lies there.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func waitsEndOnce(seed: UInt64) throws {
        let keyspace = Keyspace(databases: 1, workers: workers)
        let served = PlainWords(workers), made = PlainWords(workers), violations = Violations()
        try concurrently(workers) { worker in
            var hand = Hand(keyspace, worker: worker, seed: seed)
            for _ in 0..<1_500 {
                let first = name(hand.random.below(3)), second = name(3 + hand.random.below(3))
                if worker % 2 == 0 {
                    // A producer adds an item and serves the line while it holds the lock.
                    let key = hand.random.below(2) == 0 ? first : second
                    hand.locked([key]) { hand in
                        hand.set(key, hand.value(key) + 1)
                        made[worker] += 1
                        hand.serveReadyKeys(violations)
                    }
                } else {
                    let waiter = CountingWaiter([first, second])
                    let isBlocked = hand.locked([first, second]) { hand in
                        for key in [first, second] where hand.value(key) > 0 {
                            hand.set(key, hand.value(key) - 1)
                            served[worker] += 1
                            return false
                        }
                        for key in [first, second] { hand.database.wait(waiter, for: Key(ByteView(key.span.bytes))) }
                        return true
                    }
                    if !isBlocked { continue }
                    // Stay in line for a while, as others come and go, then give up.
                    for _ in 0..<hand.random.below(200) where !waiter.isClaimed { hand.keyspace.yield(worker: worker) }
                    let gaveUp = waiter.claim()
                    violations.check(!waiter.claim())
                    hand.locked([first, second]) { hand in
                        for key in waiter.keys { hand.database.endWait(waiter, for: key) }
                    }
                    violations.check(waiter.servedCount == (gaveUp ? 0 : 1))
                    if !gaveUp { served[worker] += 1 }
                }
            }
        }
        var hand = Hand(keyspace, worker: 0, seed: seed)
        let left = hand.exclusively { hand in (0..<6).reduce(0) { $0 + hand.value(name($1)) } }
        let all = 0..<workers
        #expect(violations.isEmpty, "seed \(seed)")
        #expect(all.reduce(0) { $0 + made[$1] } == left + all.reduce(0) { $0 + served[$1] }, "seed \(seed)")
    }
}

private final class CountingWaiter: Waiter, @unchecked Sendable {
    private let count = Atomic<Int>(0)
    var servedCount: Int { count.load(ordering: .relaxed) }

    init(_ names: [[UInt8]]) { super.init(keys: names.map { OwnedKey(database: 0, bytes: $0) }) }

    func receive() { count.add(1, ordering: .relaxed) }
}

extension Hand {
    /// Serves the waiters of changed keys, oldest first; the keys' locks are held.
    fileprivate mutating func serveReadyKeys(_ violations: Violations) {
        for key in database.takeReadyKeys() {
            while let waiter = database.firstWaiter(for: key) {
                let outcome = waiter.serve {
                    let items = value(key.bytes)
                    if items == 0 { return false }
                    set(key.bytes, items - 1)
                    (waiter as! CountingWaiter).receive()
                    return true
                }
                if outcome == .nothing { break }
            }
            // Whoever still stands in this line has found it empty.
            let isSomeoneLeft = database.firstWaiter(for: key) != nil
            violations.check(!isSomeoneLeft || value(key.bytes) == 0)
        }
        _ = database.takeReadyKeys()
    }
}
