// The Swift face of the listpack (CEncodings/listpack.h has its layout): a sequence of byte strings and integers in one
// block. `Listpack` owns a block, `ListpackView` reads one that somebody else owns.
//
// It is there for lists, sets and hashes, which are not stored yet: sorted sets ask the C functions themselves
// (zpack.h).
//
// Contract: Datastore keeps the bare pointer inside a key's entry. It reads through a view, and changes it by
// `Listpack.withStored`, which puts back the pointer of a block that has moved. Bytes passed to a change must not be
// those of the listpack being changed. Operations that grow a listpack beyond 1 GiB change nothing and say so.
// Invariant: a `Listpack`'s block is valid (`invariants()`), and nobody else frees it.
//
// `@frozen @usableFromInline package` types and the public import are what lets other modules inline the one-line
// leaves below: members of a plain `package` type stay calls, `@inlinable` or not (Swift 6.3).
public import CEncodings
public import CText

/// An entry's place: its byte offset from the block's start, so it survives a move of the block. Valid until a change
/// in front of it.
@frozen @usableFromInline package struct ListpackPosition: Equatable, Comparable, BitwiseCopyable, Sendable {
    @usableFromInline package let offset: UInt32

    @inlinable package init(offset: UInt32) { self.offset = offset }

    /// From C, where 0 (inside the header) means none.
    @inlinable package init?(_ position: apus_listpack_position) {
        guard position != 0 else { return nil }
        offset = position
    }

    @inlinable package static func < (a: Self, b: Self) -> Bool { a.offset < b.offset }
}

/// An entry's value: an integer, or bytes inside the listpack.
@frozen @usableFromInline package enum ListpackElement: ~Escapable, BitwiseCopyable {
    case integer(Int64)
    case bytes(RawSpan)
}

/// Reads a listpack that lives at least as long as the view. A pointer: copy it freely.
@safe @frozen @usableFromInline package struct ListpackView: ~Escapable, BitwiseCopyable {
    @usableFromInline let pointer: UnsafePointer<UInt8>

    /// - Parameter pointer: a valid listpack that outlives the scope of this variable and does not change in it.
    @inlinable @_lifetime(borrow pointer)
    package init(stored pointer: UnsafeMutablePointer<UInt8>) {
        unsafe self.pointer = UnsafePointer(pointer)
    }

    /// The number of entries. O(1), O(n) from 65535 entries on.
    @inlinable package var count: Int { unsafe apus_listpack_count(pointer) }

    @inlinable package var isEmpty: Bool { first == nil }

    /// The total bytes: what DUMP writes, and what limits in bytes are compared to.
    @inlinable package var byteCount: Int { unsafe apus_listpack_bytes(pointer) }

    /// The size asked of the allocator.
    @inlinable package var allocatedByteCount: Int { unsafe apus_listpack_allocated(pointer) }

    /// The whole block, as RDB and DUMP store it.
    @inlinable package var bytes: RawSpan {
        @_lifetime(copy self) get {
            let span = unsafe RawSpan(_unsafeStart: pointer, byteCount: byteCount)
            return unsafe _overrideLifetime(span, copying: self)
        }
    }

    // MARK: Walking

    @inlinable package var first: ListpackPosition? { unsafe ListpackPosition(apus_listpack_first(pointer)) }

    @inlinable package var last: ListpackPosition? { unsafe ListpackPosition(apus_listpack_last(pointer)) }

    /// The next entry's position, nil behind the last. O(1).
    @inlinable package func position(after position: ListpackPosition) -> ListpackPosition? {
        unsafe ListpackPosition(apus_listpack_next(pointer, position.offset))
    }

    /// The previous entry's position, nil before the first. O(1).
    @inlinable package func position(before position: ListpackPosition) -> ListpackPosition? {
        unsafe ListpackPosition(apus_listpack_previous(pointer, position.offset))
    }

    /// The entry at this index, -1 being the last; nil beyond the ends. O(n) from the nearer end.
    @inlinable package func position(atIndex index: Int) -> ListpackPosition? {
        unsafe ListpackPosition(apus_listpack_seek(pointer, Int64(index)))
    }

    // MARK: Reading

    /// The entry at a position, which must be one of this listpack's. O(1).
    @inlinable @_lifetime(copy self)
    package func element(at position: ListpackPosition) -> ListpackElement {
        let value = unsafe apus_listpack_get(pointer, position.offset)
        guard let bytes = unsafe value.bytes else { return unsafe .integer(value.number) }
        let span = unsafe RawSpan(_unsafeStart: bytes, byteCount: Int(value.number))
        return .bytes(unsafe _overrideLifetime(span, copying: self))
    }

    /// The integer at a position, nil if bytes are there.
    @inlinable package func integer(at position: ListpackPosition) -> Int64? {
        let value = unsafe apus_listpack_get(pointer, position.offset)
        return unsafe value.bytes == nil ? value.number : nil
    }

    /// The length of the element's text (an integer's in decimal).
    @inlinable package func textByteCount(at position: ListpackPosition) -> Int {
        let value = unsafe apus_listpack_get(pointer, position.offset)
        return unsafe value.bytes == nil ? apus_int64_text_count(value.number) : Int(value.number)
    }

    /// True if the element's text is these bytes.
    @inlinable package func equals(_ bytes: RawSpan, at position: ListpackPosition) -> Bool {
        unsafe bytes.withUnsafeBytes { text in
            unsafe apus_listpack_equals(
                pointer, position.offset, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count)
        }
    }

    /// The first element, from a position on (nil: from the start), whose text is these bytes. `skipping` elements are
    /// passed over after each comparison: 1 looks only at the fields of field-value pairs. O(n).
    @inlinable package func find(
        _ bytes: RawSpan, from start: ListpackPosition? = nil, skipping: Int = 0
    ) -> ListpackPosition? {
        guard let start = start ?? first else { return nil }
        return unsafe bytes.withUnsafeBytes { text in
            unsafe ListpackPosition(
                apus_listpack_find(
                    pointer, start.offset, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count,
                    UInt32(truncatingIfNeeded: skipping)))
        }
    }

    // MARK: Random picks, in units of `stride` elements (2 for field-value pairs)

    /// The start of the unit that a uniformly random number chooses; nil if there is none. O(n).
    @inlinable package func randomPosition(stride: Int = 1, random: UInt64) -> ListpackPosition? {
        unsafe ListpackPosition(apus_listpack_random(pointer, UInt32(truncatingIfNeeded: stride), random))
    }

    /// Appends the starts of different units, chosen uniformly by `seed`, in ascending order until `positions` is full
    /// or all units are in it. O(n), one pass.
    @inlinable package func sample(
        stride: Int = 1, seed: UInt64, into positions: inout OutputSpan<ListpackPosition>
    ) {
        let capacity = positions.freeCapacity
        unsafe positions.withUnsafeMutableBufferPointer { buffer, initialized in
            guard capacity > 0, let base = buffer.baseAddress else { return }
            let free = unsafe UnsafeMutableRawPointer(base + initialized)
                .assumingMemoryBound(to: apus_listpack_position.self)
            initialized += unsafe apus_listpack_sample(
                pointer, UInt32(truncatingIfNeeded: stride), capacity, seed, free)
        }
    }
}
