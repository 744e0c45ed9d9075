// Arguments: one request's words, as views into the bytes where they arrived.
//
// It is two machine words (where the slices are, how many), so it travels in registers. It is not an owner: the slices
// belong to a RequestBatch, the bytes to the receive buffer or to the batch.
// Invariant: every slice is readable until the batch is cleared.

package import Memory

/// Where one argument's bytes are. The sign bit of the count marks bytes that lie in a block of their own, which a
/// command may take.
@safe
@usableFromInline
package struct Slice: BitwiseCopyable {
    @usableFromInline var base: UnsafeRawPointer
    @usableFromInline var taggedCount: Int

    @inlinable
    init(base: UnsafeRawPointer, count: Int) {
        unsafe self.base = base
        self.taggedCount = count
    }

    @inlinable var count: Int { taggedCount & Int.max }
    @inlinable var isInBlock: Bool { taggedCount < 0 }
}

@safe
package struct Arguments: ~Escapable, BitwiseCopyable {
    @usableFromInline let slices: UnsafeMutablePointer<Slice>
    /// The number of arguments, the command's name included; at least 1.
    package let count: Int

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

    /// The bytes of all arguments together. O(count).
    @inlinable
    package var byteCount: Int {
        var sum = 0
        for index in 0..<count { unsafe sum &+= slices[index].count }
        return sum
    }
}
