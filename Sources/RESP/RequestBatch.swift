// RequestBatch: up to 64 parsed requests that wait to be executed together.
//
// One per thread, reused: the slices of all requests lie in one growing array, so that parsing allocates nothing once
// the array has its size. It owns what keeps the slices alive beyond the receive buffer: the private buffers of
// requests that arrived in pieces, and one reference to each block of a large argument.
// Invariant: records 0..<count describe slices before `sliceCount` <= `sliceCapacity`; once that is beyond `slicesMax`,
// no request follows the first; after `clear()` nothing is held.

public import Memory

@safe
@usableFromInline
package struct RequestBatch: ~Copyable {
    /// The most requests of a batch. Enough to hide memory latency behind each other's work, few enough that one deep
    /// pipeline does not set the others' latency.
    @inlinable package static var requestsMax: Int { 64 }
    /// Slices that the array starts with: four per request.
    static var slicesMin: Int { 256 }
    /// Slices that an idle array keeps; what one huge request needed is given back.
    static var slicesKeptMax: Int { 16384 }
    /// Slices for which the array may have grown when another request is begun: the largest may still come on top of
    /// them, but not several such, which no array would hold.
    package static var slicesMax: Int { 1 << 20 }

    /// One request: its arguments' place in the slices.
    @usableFromInline
    struct Record: BitwiseCopyable {
        @usableFromInline var firstSlice: Int
        @usableFromInline var argumentCount: Int
    }

    @usableFromInline var slices: UnsafeMutablePointer<Slice>
    @usableFromInline var records: UnsafeMutablePointer<Record>
    private var sliceStorage: ByteBuffer
    private var recordStorage: ByteBuffer
    /// The number of requests.
    @usableFromInline package internal(set) var count = 0
    /// The number at which it is full.
    private(set) var countMax = Self.requestsMax
    var sliceCount = 0
    private(set) var sliceCapacity: Int
    /// The most bytes that were parsed at once: no request within them has more.
    var longestInput = 0
    /// Slices that lie in blocks.
    private var blockCount = 0
    /// Requests that arrived in pieces: the chain of those whose bytes this batch's slices point to.
    private var held: HeldRequest.Pointer?
    /// One such request's storage, kept for the next.
    private var spare: HeldRequest.Pointer?

    package init() {
        sliceStorage = ByteBuffer()
        recordStorage = ByteBuffer()
        unsafe slices = sliceStorage.room(Self.slicesMin * MemoryLayout<Slice>.stride)
            .baseAddress!.assumingMemoryBound(to: Slice.self)
        unsafe records = recordStorage.room(Self.requestsMax * MemoryLayout<Record>.stride)
            .baseAddress!.assumingMemoryBound(to: Record.self)
        sliceCapacity = Self.slicesMin
    }

    deinit {
        unsafe Self.releaseBlocks(slices, blockCount == 0 ? 0 : sliceCount)
        unsafe HeldRequest.destroyAll(held)
        unsafe HeldRequest.destroyAll(spare)
    }

    package var isEmpty: Bool { count == 0 }
    package var isFull: Bool { count >= countMax }

    /// Whether a request may have more than `bytes`. O(requests in pieces).
    package func mayExceed(_ bytes: Int) -> Bool {
        if blockCount != 0 || longestInput > bytes { return true }
        var next = unsafe held
        while let request = unsafe next {
            if unsafe request.pointee.footprint > bytes { return true }
            unsafe next = request.pointee.next
        }
        return false
    }

    /// The arguments of request `index`; valid until the batch is cleared.
    @inlinable
    @_lifetime(borrow self)
    package func arguments(of index: Int) -> Arguments {
        precondition(index >= 0 && index < count)
        let record = unsafe records[index]
        return unsafe _overrideLifetime(
            Arguments(_unchecked: slices + record.firstSlice, count: record.argumentCount), borrowing: self)
    }

    /// Forgets all requests and releases what they held. O(1), or O(arguments) if some lay in blocks.
    package mutating func clear() {
        if blockCount != 0 {
            unsafe Self.releaseBlocks(slices, sliceCount)
            blockCount = 0
        }
        if unsafe held != nil { recycleHeld() }
        if sliceCapacity > Self.slicesKeptMax {
            sliceCapacity = Self.slicesMin
            countMax = Self.requestsMax
            sliceStorage = ByteBuffer()
            unsafe slices = sliceStorage.room(Self.slicesMin * MemoryLayout<Slice>.stride)
                .baseAddress!.assumingMemoryBound(to: Slice.self)
        }
        count = 0
        sliceCount = 0
        longestInput = 0
    }

    // MARK: Filling

    /// The place of the next slice, with room for `more`.
    @inline(__always)
    mutating func room(_ more: Int) -> UnsafeMutablePointer<Slice> {
        if sliceCount + more > sliceCapacity { grow(more) }
        return unsafe slices + sliceCount
    }

    /// Makes the `argumentCount` slices at the end a request.
    @inline(__always)
    mutating func commit(_ argumentCount: Int) {
        precondition(count < Self.requestsMax)
        unsafe records[count] = Record(firstSlice: sliceCount, argumentCount: argumentCount)
        count &+= 1
        sliceCount &+= argumentCount
    }

    /// The same for a request that arrived in pieces, whose storage the batch takes over until it is cleared.
    mutating func commit(_ request: HeldRequest.Pointer) {
        let argumentCount = unsafe request.pointee.sliceCount
        let place = unsafe room(argumentCount)
        blockCount += unsafe request.pointee.moveSlices(to: place)
        commit(argumentCount)
        unsafe keep(request)
    }

    /// Takes over storage that slices point to.
    mutating func keep(_ request: HeldRequest.Pointer) {
        unsafe request.pointee.next = held
        unsafe held = request
    }

    private mutating func grow(_ more: Int) {
        let capacity = max(sliceCount + more, 2 * sliceCapacity)
        var fresh = ByteBuffer()
        let place = unsafe fresh.room(capacity * MemoryLayout<Slice>.stride).baseAddress!
        // All of them: behind the committed slices lie those of the request being parsed.
        unsafe place.copyMemory(from: slices, byteCount: sliceCapacity * MemoryLayout<Slice>.stride)
        unsafe slices = place.assumingMemoryBound(to: Slice.self)
        sliceStorage = fresh
        sliceCapacity = capacity
        if capacity > Self.slicesMax { countMax = 1 }
    }

    /// Storage for a request that arrives in pieces: the spare one, or new.
    mutating func takeHeld() -> HeldRequest.Pointer {
        guard let request = unsafe spare else { return unsafe HeldRequest.create() }
        unsafe spare = nil
        return unsafe request
    }

    private mutating func recycleHeld() {
        while let request = unsafe held {
            unsafe held = request.pointee.next
            unsafe request.pointee.next = nil
            if unsafe spare == nil && request.pointee.isWorthKeeping {
                unsafe request.pointee.reset()
                unsafe spare = request
            } else {
                unsafe HeldRequest.destroyAll(request)
            }
        }
    }

    private static func releaseBlocks(_ slices: UnsafeMutablePointer<Slice>, _ count: Int) {
        for index in 0..<count { unsafe slices[index].releaseBlock() }
    }

    /// Checks the invariant. O(arguments).
    package func invariants() {
        precondition(count >= 0 && count <= Self.requestsMax && sliceCount <= sliceCapacity)
        precondition(countMax == (sliceCapacity > Self.slicesMax ? 1 : Self.requestsMax))
        var next = 0
        for index in 0..<count {
            let record = unsafe records[index]
            precondition(record.firstSlice == next && record.argumentCount > 0)
            next += record.argumentCount
        }
        precondition(next == sliceCount)
        var inBlocks = 0
        for index in 0..<sliceCount where unsafe slices[index].isInBlock { inBlocks += 1 }
        precondition(inBlocks == blockCount)
    }
}
