// The lock under contention: what it guards is plain memory, so a lost update or a missed wake-up shows (and a data
// race under ThreadSanitizer).

import CPlatform
import Platform
import Testing

/// Plain memory that several threads touch under a lock.
private final class Guarded: @unchecked Sendable {
    let lock = Lock()
    var first = 0
    var second = 0
}

@Suite struct LockTests {
    @Test func tryingHoldsOnce() {
        let lock = Lock()
        let first = lock.tryAcquire()
        let second = lock.tryAcquire()
        #expect(first && !second)
        lock.release()
        let held = lock.isHeld
        #expect(!held)
    }

    @Test(arguments: [2, 4, 8])
    func noUpdateIsLost(threads count: Int) throws {
        let guarded = Guarded()
        let rounds = 50_000
        try withThreads(count) { _ in
            for _ in 0..<rounds {
                guarded.lock.acquire()
                // Both halves change together: a second holder would see them differ.
                let first = guarded.first
                if guarded.second != first { fatalError("two holders") }
                guarded.first = first + 1
                guarded.second = first + 1
                guarded.lock.release()
            }
        }
        #expect(guarded.first == count * rounds)
    }

    @Test func sleepersWakeUp() throws {
        // Holders that hold for longer than anybody spins, so that waiters reach the kernel.
        let guarded = Guarded()
        try withThreads(4) { _ in
            for _ in 0..<200 {
                guarded.lock.withLock {
                    let end = Clock.system.monotonicNs + 50_000
                    while Clock.system.monotonicNs < end { apus_spin_pause() }
                    guarded.first += 1
                }
            }
        }
        #expect(guarded.first == 800)
    }

    @Test func futexTimesOutAndWakes() throws {
        let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        defer { word.deallocate() }
        word.initialize(to: 1)
        #expect(!apus_futex_wait(word, 1, 1_000_000))  // nobody wakes: the time is up
        #expect(apus_futex_wait(word, 2, -1))  // the word differs: no sleep at all
        #expect(apus_futex_wake(word, 1) == 0)
    }
}

/// Runs `body` on `count` threads and waits for all of them.
func withThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
    guard count > 0 else { return }
    let thread = try Thread.start(name: "test-\(count)", stackBytes: 512 * 1024) { body(count - 1) }
    try withThreads(count - 1, body)
    thread.join()
}
