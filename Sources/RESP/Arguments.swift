// Arguments: one request's words, as views into the bytes where they arrived.
//
// It is two machine words (where the slices are, how many), so it travels in registers. It is not an owner: the slices
// belong to a RequestBatch, the bytes to the receive buffer or to the batch.
// Invariant: every slice is readable until the batch is cleared.

internal import CAllocator
public import Memory

/// Where one argument's bytes are. The sign bit of the count marks bytes that lie in a block of their own, which a
/// command may take; the bit below it, a block with room for a frame.
@safe @frozen
@usableFromInline
package struct Slice: BitwiseCopyable {
    @usableFromInline var base: UnsafeRawPointer
    @usableFromInline var taggedCount: Int

    @inlinable
    init(base: UnsafeRawPointer, count: Int) {
        unsafe self.base = base
        self.taggedCount = count
    }

    init(base: UnsafeRawPointer, taggedCount: Int) {
        unsafe self.base = base
        self.taggedCount = taggedCount
    }

    /// A slice over all bytes of a block, whose reference it takes over.
    init(_ block: consuming Block) {
        let count = block.count
        let pointer = unsafe block.release()
        unsafe self.base = UnsafeRawPointer(apus_block_bytes(pointer))
        self.taggedCount = unsafe count | Int.min | (apus_block_has_frame_room(pointer) ? Self.framedBit : 0)
    }

    @inlinable static var framedBit: Int { 1 << (Int.bitWidth - 2) }

    @inlinable var count: Int { taggedCount & (Self.framedBit - 1) }
    @inlinable var isInBlock: Bool { taggedCount < 0 }

    /// The block that the bytes lie in, found from where its bytes begin.
    private var block: UnsafeMutablePointer<apus_block> {
        unsafe apus_block_of(base.assumingMemoryBound(to: UInt8.self), taggedCount & Self.framedBit != 0)
    }

    /// One more reference to the block, if the bytes lie in one.
    func sharedBlock() -> Block? {
        guard isInBlock else { return nil }
        unsafe apus_block_retain(block)
        return unsafe Block(adopting: block)
    }

    /// Gives back the slice's reference to its block, if it has one.
    func releaseBlock() {
        if isInBlock { unsafe apus_block_release(block) }
    }
}

@safe @frozen
@usableFromInline
package struct Arguments: ~Escapable, BitwiseCopyable {
    @usableFromInline let slices: UnsafeMutablePointer<Slice>
    /// The number of arguments, the command's name included; at least 1.
    @usableFromInline package let count: Int

    @inlinable @unsafe
    @_lifetime(immortal)
    init(_unchecked slices: UnsafeMutablePointer<Slice>, count: Int) {
        unsafe self.slices = slices
        self.count = count
    }

    /// Argument `index`; 0 is the command's name.
    @inlinable
    package subscript(index: Int) -> ByteView {
        @_lifetime(copy self)
        get {
            precondition(index >= 0 && index < count)
            let slice = unsafe slices[index]
            return unsafe _overrideLifetime(
                ByteView(_unchecked: slice.base, count: slice.count), copying: self)
        }
    }

    /// The arguments from `index` on, as a request of its own: the call that COMMAND GETKEYS is asked about.
    @_lifetime(copy self)
    package func suffix(from index: Int) -> Arguments {
        precondition(index >= 0 && index < count)
        return unsafe _overrideLifetime(
            Arguments(_unchecked: slices + index, count: count - index), copying: self)
    }

    /// The block that argument `index` was received into, if it was large and arrived in pieces: to be stored without a
    /// copy. The batch keeps a reference of its own until it is cleared, so the argument stays readable and the block
    /// frozen for so long.
    package func takeBlock(_ index: Int) -> Block? {
        precondition(index >= 0 && index < count)
        return unsafe slices[index].sharedBlock()
    }

    /// The bytes of all arguments together. O(count).
    @inlinable
    package var byteCount: Int {
        var sum = 0
        for index in 0..<count { unsafe sum &+= slices[index].count }
        return sum
    }

    /// The bytes of the request in the protocol: a line before all arguments, and one before and behind each. O(count).
    package var wireByteCount: Int {
        var sum = Self.lineByteCount(count)
        for index in 0..<count { unsafe sum += Self.lineByteCount(slices[index].count) + slices[index].count + 2 }
        return sum
    }

    /// A type byte, a number's digits, a line end.
    private static func lineByteCount(_ number: Int) -> Int {
        var digits = 1, rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        return 1 + digits + 2
    }
}
