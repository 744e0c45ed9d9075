// RequestBatch: up to 64 parsed requests that wait to be executed together.
//
// One per thread, reused: the slices of all requests lie in one growing array, so that parsing allocates nothing once
// the array has its size. It owns what keeps the slices alive beyond the receive buffer: the private buffers of
// requests that arrived in pieces, and blocks of large arguments that no command took.
// Invariant: slices of committed requests lie before `sliceCount`; `clear()` leaves nothing owned.

internal import Memory

@safe
package struct RequestBatch: ~Copyable {
    /// The most requests of a batch. Enough to hide memory latency behind each other's work, few enough that one deep
    /// pipeline does not set the others' latency.
    @inlinable package static var requestsMax: Int { 64 }

    /// One request: its arguments' place in the slices.
    @usableFromInline
    struct Record: BitwiseCopyable {
        @usableFromInline var firstSlice: Int
        @usableFromInline var argumentCount: Int
    }

    @usableFromInline var slices: UnsafeMutablePointer<Slice>
    @usableFromInline var records: UnsafeMutablePointer<Record>
    /// The number of requests.
    package internal(set) var count = 0
    var sliceCount = 0
    var sliceCapacity: Int

    package init() {
        sliceCapacity = 256
        unsafe slices = .allocate(capacity: 256)
        unsafe records = .allocate(capacity: Self.requestsMax)
    }

    deinit {
        unsafe slices.deallocate()
        unsafe records.deallocate()
    }

    package var isEmpty: Bool { count == 0 }
    package var isFull: Bool { count == Self.requestsMax }

    /// The arguments of request `index`; valid until the batch is cleared.
    @inlinable
    @_lifetime(borrow self)
    package func arguments(of index: Int) -> Arguments {
        precondition(index >= 0 && index < count)
        let record = unsafe records[index]
        return unsafe _overrideLifetime(
            Arguments(_unchecked: slices + record.firstSlice, count: record.argumentCount), borrowing: self)
    }

    /// Forgets all requests and releases what they held.
    package mutating func clear() {
        count = 0
        sliceCount = 0
    }
}
