// ByteBuffer: growable contiguous bytes with one owner: the unfinished tail of a request, a queued argument, a name.
//
// It is not for replies (OutputBuffer) nor for stored values (Block). An empty one owns no memory, so a connection may
// keep it for life; it is emptied from the front as requests complete, and the hole is closed only when the room is
// needed, which makes removal amortised O(1) per byte.
// Invariant: start + count <= capacity; capacity == 0 exactly when nothing is allocated; count == 0 implies start == 0.
//
//   storage ─► | removed (start) | in use (count) | room |   capacity in all

public import CAllocator

@safe
@usableFromInline
package struct ByteBuffer: ~Copyable {
    /// 32-bit positions keep an empty buffer at 20 bytes; no request may grow past this (Redis refuses them at 1 GiB).
    package static var bytesMax: Int { Int(UInt32.max) }
    /// The smallest storage: an allocator class that holds most short tails and names.
    @usableFromInline static var capacityMin: Int { 64 }

    @usableFromInline var storage: UnsafeMutableRawPointer
    @usableFromInline var _start: UInt32
    @usableFromInline var _count: UInt32
    @usableFromInline var _capacity: UInt32

    /// An empty buffer. Allocates nothing.
    @inlinable
    package init() {
        unsafe storage = UnsafeMutableRawPointer(bitPattern: 1)!
        _start = 0
        _count = 0
        _capacity = 0
    }

    /// A buffer with a copy of `bytes`, allocated to fit.
    package init(copying bytes: ByteView) {
        self.init()
        append(bytes)
    }

    @inlinable
    deinit { if _capacity != 0 { unsafe apus_free(storage, Int(_capacity)) } }

    @inlinable package var count: Int { Int(_count) }
    @inlinable package var isEmpty: Bool { _count == 0 }
    /// Bytes of memory held: 0 or the allocator's size class.
    @inlinable package var capacity: Int { Int(_capacity) }

    @inlinable
    package var view: ByteView {
        @_lifetime(borrow self)
        get {
            unsafe _overrideLifetime(ByteView(_unchecked: storage + Int(_start), count: Int(_count)), borrowing: self)
        }
    }

    /// The bytes, to be changed in place.
    @inlinable
    package var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            let first = unsafe storage + Int(_start)
            let count = Int(_count)
            return unsafe _overrideLifetime(MutableRawSpan(_unsafeStart: first, byteCount: count), mutating: &self)
        }
    }

    @inlinable
    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < Int(_count))
        return unsafe storage.load(fromByteOffset: Int(_start) + index, as: UInt8.self)
    }

    /// Appends a copy of `bytes`. Amortised O(bytes.count).
    @inlinable
    package mutating func append(_ bytes: ByteView) {
        reserve(bytes.count)
        unsafe apus_copy(storage + Int(_start) + Int(_count), bytes.base, bytes.count)
        _count &+= UInt32(truncatingIfNeeded: bytes.count)  // reserve has checked the sum
    }

    /// Appends the bytes of a literal.
    package mutating func append(_ literal: StaticString) {
        append(unsafe ByteView(_unchecked: UnsafeRawPointer(literal.utf8Start), count: literal.utf8CodeUnitCount))
    }

    /// Appends one byte. O(1) amortised.
    @inlinable
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe storage.storeBytes(of: byte, toByteOffset: Int(_start) + Int(_count), as: UInt8.self)
        _count &+= 1
    }

    /// Makes room for `more` bytes behind those in use. Amortised O(1) per byte appended.
    @inlinable
    package mutating func reserve(_ more: Int) {
        precondition(more >= 0)
        if Int(_start) + Int(_count) + more > Int(_capacity) { makeRoom(more) }
    }

    @usableFromInline
    mutating func makeRoom(_ more: Int) {
        let needed = Int(_count) + more
        precondition(needed <= Self.bytesMax, "a buffer outgrew its limit")
        // Closing the hole moves count bytes and wins start bytes: removals have paid for it when the hole is larger.
        if needed <= Int(_capacity) && _start >= _count {
            unsafe storage.copyMemory(from: storage + Int(_start), byteCount: Int(_count))
            _start = 0
            return
        }
        let asked = max(needed, Int(_count) + Int(_count) / 2, Self.capacityMin)
        let size = min(Int(apus_usable_size(asked)), Self.bytesMax)
        if _start == 0 && _capacity != 0 {
            unsafe storage = apus_resize(storage, Int(_capacity), size)
        } else {
            let fresh = unsafe apus_allocate(size)
            unsafe fresh.copyMemory(from: storage + Int(_start), byteCount: Int(_count))
            if _capacity != 0 { unsafe apus_free(storage, Int(_capacity)) }
            unsafe storage = fresh
        }
        _start = 0
        _capacity = UInt32(size)
    }

    /// Forgets the first `n` bytes. Amortised O(1); keeps the storage.
    @inlinable
    package mutating func removeFirst(_ n: Int) {
        precondition(n >= 0 && n <= Int(_count))
        _count &-= UInt32(truncatingIfNeeded: n)
        _start = _count == 0 ? 0 : _start &+ UInt32(truncatingIfNeeded: n)
    }

    /// Forgets all bytes; keeps the storage.
    @inlinable
    package mutating func removeAll() {
        _start = 0
        _count = 0
    }

    /// Room for `count` more bytes behind those in use, for a read that fills it; `didAppend` says how many came.
    @unsafe
    package mutating func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        reserve(count)
        let end = Int(_start) + Int(_count)
        return unsafe UnsafeMutableRawBufferPointer(start: storage + end, count: Int(_capacity) - end)
    }

    /// States that the first `count` bytes of `room` have been written.
    @unsafe
    package mutating func didAppend(_ count: Int) {
        precondition(count >= 0 && Int(_start) + Int(_count) + count <= Int(_capacity))
        _count &+= UInt32(truncatingIfNeeded: count)
    }

    /// Checks the invariant. O(1).
    package func invariants() {
        precondition(Int(_start) + Int(_count) <= Int(_capacity))
        precondition(_count != 0 || _start == 0)
        precondition(unsafe (_capacity == 0) == (storage == UnsafeMutableRawPointer(bitPattern: 1)!))
    }
}
