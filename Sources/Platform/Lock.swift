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

    /// Waits until nobody holds the lock, spinning first and sleeping then, and holds it.
    @inlinable package func acquire() { unsafe apus_lock_acquire(word) }
    /// Lets it go; only by who holds it.
    @inlinable package func release() { unsafe apus_lock_release(word) }

    /// Runs `body` with the lock held.
    @inlinable
    package func withLock<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        acquire()
        defer { release() }
        return try body()
    }
}

/// A value that is reached only with its lock held. Beside the standard library's Mutex it costs an allocation, and its
/// lock is compiled with us, so that the thread sanitizer sees what it orders.
@safe
package struct Guarded<Value>: ~Copyable, @unchecked Sendable {
    private let lock = Lock()
    private let value: UnsafeMutablePointer<Value>

    package init(_ value: sending Value) {
        unsafe self.value = .allocate(capacity: 1)
        unsafe self.value.initialize(to: value)
    }

    deinit {
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
    }

    /// Lends the value to `body`, which should be short.
    package func withLock<R>(_ body: (inout Value) -> R) -> R {
        lock.acquire()
        defer { lock.release() }
        return unsafe body(&value.pointee)
    }
}
