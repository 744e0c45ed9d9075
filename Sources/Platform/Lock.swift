// Lock: the four-byte lock of lock.h for Swift, at an address of its own that never moves.
//
// C structures embed `apus_lock` itself; this owner is for locks that Swift holds. Acquire and release are inlined: one
// atomic instruction each when nobody else is there.
// Invariant: freed only while nobody holds it.

public import CPlatform

@safe
@usableFromInline
package struct Lock: ~Copyable, @unchecked Sendable {
    @usableFromInline let word: UnsafeMutablePointer<apus_lock>

    package init() {
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: apus_lock(state: 0))
    }

    deinit {
        precondition(unsafe !apus_lock_is_held(word), "a lock went while it was held")
        unsafe word.deallocate()
    }

    @inlinable package func acquire() { unsafe apus_lock_acquire(word) }
    @inlinable package func tryAcquire() -> Bool { unsafe apus_lock_try(word) }
    @inlinable package func release() { unsafe apus_lock_release(word) }
    @inlinable package var isHeld: Bool { unsafe apus_lock_is_held(word) }

    /// Runs `body` with the lock held.
    @inlinable
    package func withLock<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        acquire()
        defer { release() }
        return try body()
    }
}
