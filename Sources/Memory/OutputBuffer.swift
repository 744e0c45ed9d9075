// OutputBuffer: a reply being written: a chain of chunks (chunk.h) with a cursor into the last one.
//
// One per thread serves all connections in turn: commands append, the network takes the chain. An append that fits is
// one compare and a copy. It is not a queue: nothing is ever removed from the front here.
// Invariant: start <= cursor <= limit; start ..< cursor are the bytes written to the tail chunk, whose own `count` is
// brought up to date when the tail is sealed; `sealed` is the sum of the other chunks' counts; all three pointers are
// equal when there is no tail to write to (none at all, or one that references pinned bytes, which `sealed` includes);
// `owned` is the part of `sealed` that lies in chunks of its own.
//
//   head ─► chunk ─► chunk ─► tail: | written | room |
//                                   start     cursor limit
//
// Beyond `ownedBytesMax` it overflows: what is written goes over and over into one last chunk, so that a reply takes no
// more memory than its client is granted. What it holds then is of no use but up to a mark from before.

public import CAllocator

@safe
@usableFromInline
package struct OutputBuffer: ~Copyable {
    @usableFromInline var cursor: UnsafeMutableRawPointer
    @usableFromInline var limit: UnsafeMutableRawPointer
    @usableFromInline var start: UnsafeMutableRawPointer
    @usableFromInline var head: UnsafeMutablePointer<apus_chunk>?
    @usableFromInline var tail: UnsafeMutablePointer<apus_chunk>?
    @usableFromInline var sealed: Int
    @usableFromInline var owned = 0
    /// Bytes that it may hold, besides those that it references, when it begins another chunk.
    package var ownedBytesMax = Int.max
    /// How many bytes had been written when it overflowed; `.max` if it has not.
    @usableFromInline var overflowPosition = Int.max

    /// Bytes of a block from which on it is referenced rather than copied: below it, the pin, the extra segment and
    /// the atomic count cost more than the copy.
    package static var referencedBytesMin: Int { Int(APUS_BLOCK_FRAMED_MIN) }
    /// Bytes of a block that go out with their frame as one chunk.
    package static var framedBytesMax: Int { chunkBytesMax - Int(APUS_BLOCK_HEAD_BYTES + APUS_BLOCK_TAIL_BYTES) }
    /// What a small chunk has room for.
    static var smallRoomMax: Int { unsafe Int(APUS_SMALL_CHUNK_BYTES) - MemoryLayout<apus_chunk>.size }
    /// A chunk counts in 32 bits; larger appends are cut.
    static var chunkBytesMax: Int { 1 << 30 }

    /// An empty buffer. Allocates nothing.
    @inlinable
    package init() {
        let nowhere = unsafe UnsafeMutableRawPointer(bitPattern: 1)!
        unsafe cursor = nowhere
        unsafe limit = nowhere
        unsafe start = nowhere
        unsafe head = nil
        unsafe tail = nil
        sealed = 0
    }

    deinit { unsafe apus_chunk_release_all(head) }

    /// Bytes written since the chain was last taken.
    @inlinable package var count: Int { unsafe sealed + (cursor - start) }
    @inlinable package var isEmpty: Bool { count == 0 }
    /// Bytes written, and the room behind them that is there already.
    package var footprint: Int { unsafe count + (limit - cursor) }
    /// Whether bytes have been lost since the chain was last taken.
    @inlinable package var hasOverflowed: Bool { overflowPosition != .max }
    /// Whether bytes are being lost: once `ownedBytesMax` is lifted, what follows is kept.
    private var isDiscarding: Bool { hasOverflowed && ownedBytesMax != .max }

    // MARK: Appending

    /// Appends a copy of bytes. O(bytes).
    @inlinable
    package mutating func append(_ bytes: ByteView) { unsafe append(bytes.base, bytes.count) }

    /// Appends the bytes of a literal.
    @inlinable @inline(__always)
    package mutating func append(_ literal: StaticString) {
        unsafe append(UnsafeRawPointer(literal.utf8Start), literal.utf8CodeUnitCount)
    }

    /// Appends one byte.
    @inlinable
    package mutating func append(_ byte: UInt8) {
        if unsafe cursor == limit { addChunk(1) }
        unsafe cursor.storeBytes(of: byte, as: UInt8.self)
        unsafe cursor += 1
    }

    @inlinable @inline(__always)
    mutating func append(_ bytes: UnsafeRawPointer, _ count: Int) {
        if unsafe count <= limit - cursor {
            unsafe apus_copy(cursor, bytes, count)
            unsafe cursor += count
        } else {
            unsafe appendSlow(bytes, count)
        }
    }

    /// Fills the tail, and goes on in a new chunk.
    @usableFromInline @inline(never)
    mutating func appendSlow(_ bytes: UnsafeRawPointer, _ count: Int) {
        var bytes = unsafe bytes
        var left = count
        while left > 0 && !isDiscarding {
            if unsafe cursor == limit { addChunk(min(left, Self.chunkBytesMax)) }
            let part = unsafe min(left, limit - cursor)
            unsafe cursor.copyMemory(from: bytes, byteCount: part)
            unsafe cursor += part
            unsafe bytes += part
            left -= part
        }
    }

    /// Appends bytes `range` of a block: by reference when they are many, as a copy otherwise. The block is frozen
    /// until they are sent.
    package mutating func append(referencing block: borrowing Block, range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= block.count)
        guard range.count >= Self.referencedBytesMin else { return append(block.view[range]) }
        var position = range.lowerBound
        while position < range.upperBound {
            let part = min(range.upperBound - position, Self.chunkBytesMax)
            link(block, from: position, count: part)
            position += part
        }
    }

    /// Appends a block's bytes with their frame, in one piece. Precondition: it has one, and at most `framedBytesMax`.
    package mutating func append(framed block: borrowing Block) {
        let head = unsafe Int(apus_block_framed(block.pointer))
        precondition(head > 0 && block.count <= Self.framedBytesMax)
        link(block, from: -head, count: head + block.count + Int(APUS_BLOCK_TAIL_BYTES))
    }

    private mutating func link(_ block: borrowing Block, from position: Int, count: Int) {
        if isDiscarding { return }
        unsafe apus_block_retain(block.pointer)
        let first = unsafe apus_block_bytes(block.pointer) + position
        unsafe link(apus_chunk_reference(first, UInt32(count), block.pointer, apus_block_unpin))
        sealed += count
    }

    /// Room for at least `count` contiguous bytes at the cursor. `advance` then says how many were written.
    @inlinable @unsafe
    package mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        if unsafe limit - cursor < count { addChunk(count) }
        return unsafe cursor
    }

    /// States that the first `count` bytes of what `reserve` returned have been written.
    @inlinable @unsafe
    package mutating func advance(_ count: Int) {
        precondition(unsafe count >= 0 && count <= limit - cursor)
        unsafe cursor += count
    }

    // MARK: Chunks

    /// Seals the tail and starts a chunk with room for `room` contiguous bytes.
    @usableFromInline @inline(never)
    mutating func addChunk(_ room: Int) {
        precondition(room >= 0 && room <= Self.chunkBytesMax)
        if unsafe owned + (cursor - start) > ownedBytesMax { return discard(room) }
        // Behind a referenced value there mostly comes a line end and the header of the next, which needs no page.
        let isBetweenValues = unsafe tail?.pointee.unpin != nil && room <= Self.smallRoomMax
        let chunk = unsafe isBetweenValues ? apus_chunk_create_small() : apus_chunk_create(room)
        unsafe link(chunk)
        unsafe open(chunk)
    }

    /// The same once there is too much: writes go to one chunk, again and again.
    private mutating func discard(_ room: Int) {
        let isFirst = !hasOverflowed
        if isFirst { overflowPosition = count }
        if unsafe isFirst || Int(limit - start) < room {
            let chunk = unsafe apus_chunk_create(room)
            unsafe link(chunk)
            unsafe open(chunk)
        } else {
            unsafe cursor = start
        }
    }

    /// Makes `chunk` the tail, with nothing to write to yet.
    private mutating func link(_ chunk: UnsafeMutablePointer<apus_chunk>) {
        seal()
        if let tail = unsafe tail { unsafe tail.pointee.next = chunk } else { unsafe head = chunk }
        unsafe tail = chunk
    }

    /// Writes the tail's count and moves it to `sealed`.
    private mutating func seal() {
        let written = unsafe cursor - start
        if let tail = unsafe tail, unsafe limit != start { unsafe tail.pointee.count = UInt32(written) }
        sealed += written
        owned += written
        unsafe start = cursor
        unsafe limit = cursor
    }

    /// Lets the cursor write into the tail `chunk`, behind what it holds; its bytes leave `sealed`'s care.
    private mutating func open(_ chunk: UnsafeMutablePointer<apus_chunk>) {
        unsafe start = UnsafeMutableRawPointer(chunk.pointee.bytes)
        unsafe cursor = start + Int(chunk.pointee.count)
        unsafe limit = start + Int(chunk.pointee.capacity)
    }

    // MARK: Going back

    /// A position in what has been written.
    @usableFromInline
    package struct Mark {
        let position: Int
        /// Among what is lost, where there is nothing to come back to.
        static var lost: Mark { Mark(position: .max) }
        var isLost: Bool { position == .max }
    }

    /// Where the next byte will go. Valid until the chain is taken or a rollback goes before it.
    package var mark: Mark { isDiscarding ? .lost : Mark(position: count) }

    /// Undoes everything written after `mark`. O(chunks).
    package mutating func rollback(to mark: Mark) {
        if mark.isLost { return }
        precondition(mark.position <= count)
        guard mark.position < count else { return }
        if mark.position < overflowPosition { overflowPosition = .max }
        // Mostly the mark lies in the tail.
        if unsafe mark.position >= sealed && limit != start {
            unsafe cursor = start + (mark.position - sealed)
            return
        }
        seal()
        var before = 0
        owned = 0
        var chunk = unsafe head
        var previous: UnsafeMutablePointer<apus_chunk>? = nil
        while let current = unsafe chunk, unsafe before + Int(current.pointee.count) <= mark.position {
            before += unsafe Int(current.pointee.count)
            if unsafe current.pointee.unpin == nil { owned += unsafe Int(current.pointee.count) }
            unsafe previous = current
            unsafe chunk = current.pointee.next
        }
        let inside = mark.position - before
        if inside > 0, let current = unsafe chunk {
            // A mark never points into a referenced chunk: those are appended whole.
            precondition(unsafe current.pointee.unpin == nil)
            unsafe current.pointee.count = UInt32(inside)
            owned += inside
            unsafe previous = current
            unsafe chunk = current.pointee.next
        }
        unsafe apus_chunk_release_all(chunk)
        unsafe previous?.pointee.next = nil
        unsafe tail = previous
        if unsafe previous == nil { unsafe head = nil }
        sealed = mark.position
        reopenTail()
    }

    /// Inserts a few bytes at `mark`, for a length that was not known when its elements were written. Moves at most
    /// one chunk's bytes. Marks behind it move with their bytes no longer fit.
    package mutating func insert(_ bytes: ByteView, at mark: Mark) {
        if mark.isLost { return }
        precondition(mark.position <= count)
        guard mark.position < count else { return append(bytes) }
        seal()
        var before = 0
        var chunk = unsafe head!
        while unsafe before + Int(chunk.pointee.count) < mark.position {
            before += unsafe Int(chunk.pointee.count)
            unsafe chunk = chunk.pointee.next!
        }
        let offset = mark.position - before
        let behind = unsafe Int(chunk.pointee.count) - offset
        if unsafe chunk.pointee.unpin == nil && Int(chunk.pointee.capacity - chunk.pointee.count) >= bytes.count {
            let hole = unsafe UnsafeMutableRawPointer(chunk.pointee.bytes + offset)
            unsafe (hole + bytes.count).copyMemory(from: hole, byteCount: behind)
            unsafe apus_copy(hole, bytes.base, bytes.count)
            unsafe chunk.pointee.count += UInt32(bytes.count)
        } else {
            unsafe split(chunk, at: offset, inserting: bytes)
        }
        sealed += bytes.count
        owned += bytes.count
        reopenTail()
    }

    /// Cuts `chunk` at `offset` and puts a chunk with `bytes` and what it held behind them after it.
    private mutating func split(_ chunk: UnsafeMutablePointer<apus_chunk>, at offset: Int, inserting bytes: ByteView) {
        let behind = unsafe Int(chunk.pointee.count) - offset
        // At offset 0 of a referenced first chunk there is nothing to cut: the new chunk goes in front.
        let isInFront = unsafe offset == 0 && chunk.pointee.unpin != nil
        precondition(unsafe isInFront || behind == 0 || chunk.pointee.unpin == nil)
        let fresh = unsafe apus_chunk_create(bytes.count + (isInFront ? 0 : behind))
        unsafe apus_copy(fresh.pointee.bytes, bytes.base, bytes.count)
        unsafe fresh.pointee.count = UInt32(bytes.count)
        if isInFront {
            unsafe fresh.pointee.next = chunk
            precondition(unsafe head == chunk)
            unsafe head = fresh
            return
        }
        unsafe apus_copy(fresh.pointee.bytes + bytes.count, chunk.pointee.bytes + offset, behind)
        unsafe fresh.pointee.count += UInt32(behind)
        unsafe chunk.pointee.count = UInt32(offset)
        unsafe fresh.pointee.next = chunk.pointee.next
        unsafe chunk.pointee.next = fresh
        if unsafe tail == chunk { unsafe tail = fresh }
    }

    /// After surgery on a sealed chain: lets the cursor write into the tail again if that has storage of its own.
    private mutating func reopenTail() {
        guard let tail = unsafe tail, unsafe tail.pointee.unpin == nil else { return }
        unsafe open(tail)
        sealed -= unsafe Int(tail.pointee.count)
        owned -= unsafe Int(tail.pointee.count)
    }

    // MARK: Handing over

    /// Takes the chain for the network and leaves the buffer empty.
    package mutating func takeChain() -> ChunkChain {
        seal()
        let chain = unsafe ChunkChain(adopting: head, tail, count: sealed)
        unsafe head = nil
        unsafe tail = nil
        sealed = 0
        owned = 0
        overflowPosition = .max
        return chain
    }

    /// The chain, ending the buffer.
    package consuming func release() -> ChunkChain { takeChain() }

    /// Takes back what was written after `mark`, as bytes of its own: a reply that has to go another way. Nothing of it
    /// may have been lost.
    package mutating func takeBytes(from mark: Mark) -> [UInt8] {
        precondition(!mark.isLost)
        let taken = Array(copiedBytes()[mark.position...])
        rollback(to: mark)
        return taken
    }

    /// All bytes written: for tests, and for what is rare.
    package mutating func copiedBytes() -> [UInt8] {
        seal()
        reopenTail()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var chunk = unsafe head
        while let current = unsafe chunk {
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(
                start: current.pointee.bytes, count: Int(current.pointee.count)))
            unsafe chunk = current.pointee.next
        }
        return bytes
    }

    /// Checks the invariant. O(chunks).
    package func invariants() {
        precondition(unsafe start <= cursor && cursor <= limit)
        precondition(unsafe (head == nil) == (tail == nil))
        var sum = 0, ownSum = 0
        var chunk = unsafe head
        while let current = unsafe chunk {
            let isOpenTail = unsafe current == tail && limit != start
            if !isOpenTail { sum += unsafe Int(current.pointee.count) }
            if unsafe !isOpenTail && current.pointee.unpin == nil { ownSum += unsafe Int(current.pointee.count) }
            precondition(unsafe current.pointee.next != nil || current == tail)
            precondition(unsafe !isOpenTail || start == UnsafeMutableRawPointer(current.pointee.bytes))
            precondition(unsafe !isOpenTail || limit - start == Int(current.pointee.capacity))
            unsafe chunk = current.pointee.next
        }
        precondition(sum == sealed && ownSum == owned)
        precondition(!hasOverflowed || overflowPosition <= count)
    }
}
