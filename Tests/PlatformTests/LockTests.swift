// The lock under contention: what it guards is plain memory, so a lost update or a missed wake-up shows (and a data
// race under ThreadSanitizer).

import CPlatform
import Platform
import TestSupport
import Testing

/// Plain memory that several threads touch under a lock.
private final class Guarded: @unchecked Sendable {
    let lock = Lock()
    var first = 0
    var second = 0
}

@Suite struct LockTests {
    @Test func tryingHoldsOnce() {
        var lock = apus_lock(state: 0)
        #expect(apus_lock_try(&lock))
        #expect(apus_lock_is_held(&lock))
        #expect(!apus_lock_try(&lock))
        apus_lock_release(&lock)
        #expect(!apus_lock_is_held(&lock))
    }

    @Test(arguments: [2, 4, 8])
    func noUpdateIsLost(threads count: Int) throws {
        let guarded = Guarded()
        let rounds = 50_000
        try concurrently(count) { _ in
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
        try concurrently(4) { _ in
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
