// The gate's promises, with threads that come, go and want to be alone: exclusive means alone, and nobody waits for
// ever.

import Datastore
import Synchronization
import TestSupport
import Testing

@Suite struct GateTests {
    private static let workers = 4

    /// Each worker counts in its own word inside the gate; who is exclusive changes all of them. A gate that lets two
    /// in loses counts, and is a race for the thread sanitizer.
    @Test(arguments: [1, 2] as [UInt64])
    func exclusiveMeansAlone(seed: UInt64) throws {
        let keyspace = Keyspace(databases: 1, workers: Self.workers)
        let words = PlainWords(Self.workers), counts = PlainWords(Self.workers)
        let crowd = Crowd()
        let violations = Violations()
        try concurrently(Self.workers) { worker in
            var random = SeededGenerator(seed: seed << 8 + UInt64(worker))
            keyspace.enter(worker: worker)
            for _ in 0..<10_000 {
                switch random.below(32) {
                case 0:
                    keyspace.beginExclusive(worker: worker)
                    violations.check(crowd.isEmpty)
                    for other in 0..<Self.workers { words[other] += 1 }
                    violations.check(crowd.isEmpty)
                    counts[worker] += Self.workers
                    keyspace.endExclusive(worker: worker)
                case 1:
                    keyspace.leave(worker: worker)
                    keyspace.enter(worker: worker)
                default:
                    keyspace.yield(worker: worker)
                    crowd.enter()
                    words[worker] += 1
                    counts[worker] += 1
                    crowd.leave()
                }
            }
            keyspace.leave(worker: worker)
        }
        #expect(violations.isEmpty, "seed \(seed)")
        let all = 0..<Self.workers
        #expect(all.reduce(0) { $0 + words[$1] } == all.reduce(0) { $0 + counts[$1] }, "seed \(seed)")
    }

    /// All want to be alone all the time: they come one after another, and each comes to its end.
    @Test func exclusivesQueue() throws {
        let keyspace = Keyspace(databases: 1, workers: Self.workers)
        let word = PlainWords(1)
        try concurrently(Self.workers) { worker in
            keyspace.enter(worker: worker)
            for _ in 0..<2_000 {
                keyspace.beginExclusive(worker: worker)
                word[0] += 1
                keyspace.endExclusive(worker: worker)
            }
            keyspace.leave(worker: worker)
        }
        #expect(word[0] == Self.workers * 2_000)
    }

    /// A worker that waits for a lock is outside: an exclusive section need not wait for the lock's holder to wake it.
    @Test func whoWaitsForALockIsOutside() throws {
        let keyspace = Keyspace(databases: 1, workers: 2)
        let isLocked = Flag(), isDone = Flag()
        let violations = Violations()
        try concurrently(2) { worker in
            keyspace.enter(worker: worker)
            if worker == 0 {
                keyspace.lock(shard: 0, worker: 0)
                isLocked.raise()
                // The lock is kept over an exclusive section, as by a worker that still waits for another lock.
                keyspace.beginExclusive(worker: 0)
                violations.check(!isDone.isRaised)
                keyspace.endExclusive(worker: 0)
                keyspace.unlock(shard: 0)
            } else {
                keyspace.leave(worker: 1)
                isLocked.wait()
                keyspace.enter(worker: 1)
                keyspace.lock(shard: 0, worker: 1)
                isDone.raise()
                keyspace.unlock(shard: 0)
            }
            keyspace.leave(worker: worker)
        }
        #expect(violations.isEmpty && isDone.isRaised)
    }
}

/// How many are executing something.
private final class Crowd: Sendable {
    private let count = Atomic<Int>(0)
    func enter() { count.add(1, ordering: .relaxed) }
    func leave() { count.subtract(1, ordering: .relaxed) }
    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }
}

/// Something that has happened.
private final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)
    func raise() { raised.store(true, ordering: .releasing) }
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func wait() { while !isRaised {} }
}
