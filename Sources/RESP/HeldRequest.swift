// HeldRequest: a request of which only a part has arrived, and how far it is understood.
//
// It is allocated when a connection's input ends within a request and handed to the batch when the rest is there, so an
// idle connection owns none. Every byte is appended once and looked at once, in however many pieces a request comes:
// complete arguments are remembered as offsets (the buffer moves as it grows), the line being read by how far it was
// searched. A large argument lies in a block instead of the buffer.
// Invariant: arguments understood + argumentsLeft = the request's count; `element` <= bytes.count; a block is there
// only while its argument is incomplete.
//
//   bytes ─► *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nab
//                       └ slice    └ slice   element (bulkCount 5)

internal import CAllocator
internal import Memory

/// Where a request stands between two of its bytes.
struct RequestProgress: BitwiseCopyable {
    /// Arguments not yet complete; -1 while the first line is not.
    var argumentsLeft = -1
    /// Bytes of the argument being received; -1 while its line is not complete.
    var bulkCount = -1
}

@safe
struct HeldRequest: ~Copyable {
    @unsafe typealias Pointer = UnsafeMutablePointer<HeldRequest>

    /// An argument at an offset of `bytes`, or, if its count is tagged, in the block whose bytes are at that address.
    private struct HeldSlice: BitwiseCopyable {
        var place: Int
        var taggedCount: Int
    }

    /// Storage that a batch keeps for the next such request, at most.
    static var keptBytesMax: Int { 64 << 10 }
    /// Half of what a ByteBuffer's 32-bit positions reach, so that growing never meets their end.
    static var bufferBytesMax: Int { 2 << 30 }

    var bytes = ByteBuffer()
    private var slices = ByteBuffer()
    var progress = RequestProgress()
    /// The offset of the line or the argument being received.
    var element = 0
    /// The large argument being received: its count is the number of bytes that came. This is one reference.
    private var block: UnsafeMutablePointer<apus_block>?
    /// Bytes of the large arguments that are complete.
    private var blockBytes = 0
    /// Set by an argument that was refused for its size.
    private var isOverLimit = false
    /// The next request in a batch's chain.
    var next: Pointer?

    // MARK: Life

    static func create() -> Pointer {
        let place = unsafe apus_allocate(MemoryLayout<HeldRequest>.stride)
            .bindMemory(to: HeldRequest.self, capacity: 1)
        unsafe place.initialize(to: HeldRequest())
        return unsafe place
    }

    static func destroyAll(_ first: Pointer?) {
        var current = unsafe first
        while let request = unsafe current {
            unsafe current = request.pointee.next
            unsafe request.deinitialize(count: 1)
            unsafe apus_free(request, MemoryLayout<HeldRequest>.stride)
        }
    }

    deinit {
        if let block = unsafe block { unsafe apus_block_release(block) }
        for index in 0..<sliceCount { unsafe slice(index, UnsafeRawPointer(bitPattern: 1)!).releaseBlock() }
    }

    var isWorthKeeping: Bool { bytes.capacity + slices.capacity <= Self.keptBytesMax }

    mutating func reset() {
        precondition(unsafe block == nil)
        bytes.removeAll()
        slices.removeAll()
        progress = RequestProgress()
        element = 0
        blockBytes = 0
    }

    /// Bytes of memory that the request occupies.
    var footprint: Int {
        MemoryLayout<HeldRequest>.stride + bytes.capacity + slices.capacity + blockBytes
            + (unsafe block.map { Int(unsafe apus_block_footprint($0)) } ?? 0)
    }

    /// Bytes that came.
    var receivedCount: Int { bytes.count + blockBytes + blockFilled }

    /// Bytes that the request makes the server hold.
    var byteCount: Int { receivedCount + slices.count }

    /// Bytes of the block that came.
    private var blockFilled: Int { unsafe block.map { Int(unsafe apus_block_count_meanwhile($0)) } ?? 0 }

    // MARK: Slices

    var sliceCount: Int { slices.count / MemoryLayout<HeldSlice>.stride }

    /// Remembers an argument by its offset.
    mutating func appendSlice(offset: Int, count: Int) { append(HeldSlice(place: offset, taggedCount: count)) }

    /// Remembers the large argument that is now complete.
    private mutating func appendBlock(_ block: UnsafeMutablePointer<apus_block>) {
        let slice = unsafe Slice(Block(adopting: block))
        blockBytes += slice.count
        unsafe append(HeldSlice(place: Int(bitPattern: slice.base), taggedCount: slice.taggedCount))
    }

    private mutating func append(_ slice: HeldSlice) {
        let size = MemoryLayout<HeldSlice>.stride
        unsafe slices.room(size).storeBytes(of: slice, as: HeldSlice.self)
        unsafe slices.didAppend(size)
    }

    private func slice(_ index: Int, _ base: UnsafeRawPointer) -> Slice {
        let held = unsafe slices.view.base.load(
            fromByteOffset: index * MemoryLayout<HeldSlice>.stride, as: HeldSlice.self)
        if held.taggedCount >= 0 { return unsafe Slice(base: base + held.place, count: held.taggedCount) }
        return unsafe Slice(base: UnsafeRawPointer(bitPattern: held.place)!, taggedCount: held.taggedCount)
    }

    /// Writes the slices of a complete request, absolute now, and gives its blocks to them. Returns how many blocks.
    mutating func moveSlices(to place: UnsafeMutablePointer<Slice>) -> Int {
        let base = unsafe bytes.view.base
        var blocks = 0
        for index in 0..<sliceCount {
            let slice = unsafe slice(index, base)
            unsafe place[index] = slice
            if slice.isInBlock { blocks += 1 }
        }
        slices.removeAll()
        return blocks
    }

    // MARK: Receiving

    /// Expects an argument, whose line has just been read: a large one in a block. False if it is more than a client
    /// may make the server hold.
    mutating func beginBulk(_ count: Int, _ limits: ParserLimits) -> Bool {
        progress.bulkCount = count
        element = bytes.count
        guard count >= ParserLimits.blockBytesMin else { return true }
        // With its line end it stands in a query buffer alone: what came before it has left that.
        guard count <= limits.queryBufferBytesMax - 2, count <= ParserLimits.requestBytesLimit - byteCount else {
            isOverLimit = true
            return false
        }
        unsafe block = apus_block_create(UInt64(count))
        return true
    }

    /// Whether the request holds more than a client may make the server hold.
    var exceeds: Bool {
        isOverLimit || byteCount > ParserLimits.requestBytesLimit || bytes.count + slices.count > Self.bufferBytesMax
    }

    /// Bytes that the kernel should write straight into the block.
    var directMissing: Int { progress.bulkCount >= ParserLimits.directBytesMin ? blockMissing : 0 }

    /// Bytes of the block that are still missing.
    private var blockMissing: Int { unsafe block == nil ? 0 : progress.bulkCount - blockFilled }

    /// A second reference to the block that is being filled.
    var sharedBlock: Block? {
        guard let block = unsafe block else { return nil }
        unsafe apus_block_retain(block)
        return unsafe Block(adopting: block)
    }

    /// Takes what `input` has of the argument and of the line end behind it. True once both are complete.
    mutating func receiveBulk(_ input: inout UnsafeRawPointer, _ end: UnsafeRawPointer) -> Bool {
        let missing = blockMissing
        if missing > 0 {
            let part = unsafe min(missing, end - input)
            unsafe apus_copy(apus_block_bytes(block!) + blockFilled, input, part)
            unsafe apus_block_set_count(block!, UInt64(blockFilled + part))
            unsafe input += part
            if part < missing { return false }
        }
        let payload = unsafe block == nil ? progress.bulkCount : 0
        let wanted = element + payload + 2 - bytes.count
        let part = unsafe min(wanted, end - input)
        // Room for the whole argument at once, within what a small argument may take.
        bytes.reserve(wanted)
        unsafe bytes.append(ByteView(_unchecked: input, count: part))
        unsafe input += part
        return part == wanted
    }

    /// Closes the complete argument; false if no line end stands behind it.
    mutating func endBulk() -> Bool {
        let end = bytes.count
        guard bytes[end - 2] == HeaderLine.carriageReturn, bytes[end - 1] == HeaderLine.lineFeed else { return false }
        if let complete = unsafe block {
            unsafe block = nil
            unsafe appendBlock(complete)
        } else {
            appendSlice(offset: element, count: progress.bulkCount)
        }
        progress.argumentsLeft -= 1
        progress.bulkCount = -1
        element = end
        return true
    }

    /// Takes what `input` has of the line being received. True once its end is there, or it is longer than a line may
    /// be.
    mutating func receiveLine(_ input: inout UnsafeRawPointer, _ end: UnsafeRawPointer) -> Bool {
        if unsafe input == end { return false }
        let isInline = progress.argumentsLeft < 0 && bytes.count > 0 && bytes[0] != UInt8(ascii: "*")
        // One byte more than a line may have proves it too long.
        let room = ParserLimits.lineBytesMax + 1 - (bytes.count - element)
        let endsInReturn = bytes.count > element && bytes[bytes.count - 1] == HeaderLine.carriageReturn
        var part = unsafe min(end - input, max(room, 1))
        var isComplete = false
        if !isInline && endsInReturn {
            part = 1
            isComplete = true
        } else if let found = unsafe find(isInline ? HeaderLine.lineFeed : HeaderLine.carriageReturn, input, part) {
            isComplete = unsafe isInline || input + found + 1 < end
            part = isComplete && !isInline ? found + 2 : found + 1
        }
        unsafe bytes.append(ByteView(_unchecked: input, count: part))
        unsafe input += part
        return isComplete || bytes.count - element > ParserLimits.lineBytesMax
    }
}
