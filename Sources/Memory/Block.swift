// Block: the safe owner of one reference to a large value's bytes (the C side, with its drawing, is block.h).
//
// A block is shared between the entry that stores it and the replies that are sending it; only its sole holder may
// change it, and nobody once its pages have been lent to the kernel. An entry keeps the reference as a raw pointer:
// `release()` hands it over, `adopting` takes it back.
// Invariant: this value holds exactly one reference.

public import CAllocator

@safe
@frozen @usableFromInline
package struct Block: ~Copyable {
    @usableFromInline var pointer: UnsafeMutablePointer<apus_block>

    /// An empty block with room for at least `capacity` bytes.
    package init(capacity: Int) {
        precondition(capacity >= 0)
        unsafe pointer = apus_block_create(UInt64(capacity))
    }

    /// A block that holds a copy of `bytes`. O(count).
    package init(copying bytes: ByteView) {
        self.init(capacity: bytes.count)
        unsafe apus_copy(apus_block_bytes(pointer), bytes.base, bytes.count)
        unsafe apus_block_set_count(pointer, UInt64(bytes.count))
    }

    /// Takes over one reference that somebody else held.
    @inlinable @unsafe
    package init(adopting pointer: UnsafeMutablePointer<apus_block>) {
        unsafe self.pointer = pointer
    }

    deinit { unsafe apus_block_release(pointer) }

    /// Gives this value's reference to the caller, who owes one `Block(adopting:)`.
    @inlinable @unsafe
    package consuming func release() -> UnsafeMutablePointer<apus_block> {
        let pointer = unsafe self.pointer
        discard self
        return unsafe pointer
    }

    /// A second reference to the same bytes. While it lives, the block is frozen.
    package borrowing func shared() -> Block {
        unsafe apus_block_retain(pointer)
        return unsafe Block(adopting: pointer)
    }

    /// Bytes in use.
    @inlinable package var count: Int { Int(truncatingIfNeeded: unsafe apus_block_count(pointer)) }

    /// Bytes that fit without a move.
    @inlinable package var capacity: Int { Int(truncatingIfNeeded: unsafe apus_block_capacity(pointer)) }

    /// Bytes of memory that the block occupies, its header included.
    package var footprint: Int { Int(unsafe apus_block_footprint(pointer)) }

    /// Whether nobody else holds the block, so that it may be changed.
    package var isUnique: Bool { unsafe apus_block_is_unique(pointer) }

    /// The bytes in use.
    @inlinable
    package var view: ByteView {
        @_lifetime(borrow self)
        get {
            unsafe _overrideLifetime(
                ByteView(_unchecked: apus_block_bytes(pointer), count: count), borrowing: self)
        }
    }

    /// The bytes in use, to be changed in place. The block must be unique: a reply may be sending a shared one.
    package var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            precondition(isUnique, "a shared block is frozen")
            let count = self.count
            return unsafe _overrideLifetime(
                MutableRawSpan(_unsafeStart: UnsafeMutableRawPointer(apus_block_bytes(pointer)), byteCount: count),
                mutating: &self)
        }
    }

    /// Asked by who is about to send the block: whether its pages may be lent to the kernel instead of copied. The
    /// answer is no for the first few times; once it was yes, the block is frozen for good.
    package borrowing func lend() -> Bool { unsafe apus_block_lend(pointer) }

    /// Makes `head` and a line end stand right before and behind the bytes, until they change, so that all of it can
    /// be sent in one piece: `OutputBuffer.append(framed:)`. False if they do not: the block is small, or another
    /// thread is at it. The same bytes always have the same head.
    package borrowing func frame(head: ByteView) -> Bool {
        unsafe apus_block_frame(pointer, head.base.assumingMemoryBound(to: UInt8.self), UInt32(head.count))
    }

    /// Whether the bytes have their frame.
    package var isFramed: Bool { unsafe apus_block_framed(pointer) > 0 }

    /// Forgets what lending has been worth so far. For tests.
    package static func forgetLendingExperience() { apus_block_forget_experience() }

    /// Makes room for `capacity` bytes in all; the block must be unique. O(count) when it moves.
    package mutating func reserve(_ capacity: Int) {
        precondition(isUnique, "a shared block is frozen")
        unsafe pointer = apus_block_reserve(pointer, UInt64(capacity))
    }

    /// Appends `bytes` to a unique block, growing it as needed. Amortised O(count).
    package mutating func append(_ bytes: ByteView) {
        precondition(isUnique, "a shared block is frozen")
        let old = count
        if old + bytes.count > capacity { reserve(max(old + bytes.count, old + old / 2)) }
        unsafe apus_copy(apus_block_bytes(pointer) + old, bytes.base, bytes.count)
        unsafe apus_block_set_count(pointer, UInt64(old + bytes.count))
    }
}
