// ChunkChain: the owner of a finished chain of chunks on its way from an OutputBuffer to the network.
// Invariant: count is the sum of the chunks' counts; tail is the last chunk; both ends are nil exactly together.

public import CAllocator

@safe
@usableFromInline
package struct ChunkChain: ~Copyable {
    @usableFromInline var head: UnsafeMutablePointer<apus_chunk>?
    @usableFromInline var tail: UnsafeMutablePointer<apus_chunk>?
    /// Bytes in all chunks.
    package private(set) var count: Int

    /// A chain of no chunks.
    package init() {
        unsafe head = nil
        unsafe tail = nil
        count = 0
    }

    /// Takes over the chunks from `head` to `tail`, which hold `count` bytes.
    @unsafe
    package init(
        adopting head: UnsafeMutablePointer<apus_chunk>?, _ tail: UnsafeMutablePointer<apus_chunk>?, count: Int
    ) {
        unsafe self.head = head
        unsafe self.tail = tail
        self.count = count
    }

    deinit { unsafe apus_chunk_release_all(head) }

    package var isEmpty: Bool { count == 0 }

    /// Moves `other`'s chunks behind these. O(1).
    package mutating func append(_ other: consuming ChunkChain) {
        count += other.count
        let (first, last) = unsafe other.release()
        guard let first = unsafe first else { return }
        if let tail = unsafe tail { unsafe tail.pointee.next = first } else { unsafe head = first }
        unsafe tail = last
    }

    /// Gives the chunks to the caller, who owes their release: the first and the last one.
    @unsafe
    package consuming func release() -> (
        head: UnsafeMutablePointer<apus_chunk>?, tail: UnsafeMutablePointer<apus_chunk>?
    ) {
        let ends = unsafe (head: head, tail: tail)
        discard self
        return unsafe ends
    }
}
