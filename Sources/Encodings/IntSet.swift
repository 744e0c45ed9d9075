// The Swift face of the intset (CEncodings/intset.h has its layout): a set of integers as a sorted array in one block.
//
// It is there for sets, which are not stored yet.
//
// Contract: as with the listpack, Datastore keeps the bare pointer; it reads by `IntSetView`, and changes the set by
// `IntSet.withStored`, which puts back the pointer of a block that has moved.
// Invariant: an `IntSet`'s block is valid (`invariants()`), and nobody else frees it.
public import CEncodings

/// Reads an intset that lives at least as long as the view.
@safe @frozen @usableFromInline package struct IntSetView: ~Escapable, BitwiseCopyable {
    @usableFromInline let pointer: UnsafePointer<UInt8>

    /// - Parameter pointer: a valid intset that outlives the scope of this variable and does not change in it.
    @inlinable @_lifetime(borrow pointer)
    package init(stored pointer: UnsafeMutablePointer<UInt8>) {
        unsafe self.pointer = UnsafePointer(pointer)
    }

    @inlinable package var count: Int { unsafe Int(apus_intset_count(pointer)) }

    @inlinable package var isEmpty: Bool { count == 0 }

    @inlinable package var byteCount: Int { unsafe apus_intset_bytes(pointer) }

    /// The size asked of the allocator.
    @inlinable package var allocatedByteCount: Int { unsafe apus_intset_allocated(pointer) }

    /// The whole block, as RDB and DUMP store it.
    @inlinable package var bytes: RawSpan {
        @_lifetime(copy self) get {
            let span = unsafe RawSpan(_unsafeStart: pointer, byteCount: byteCount)
            return unsafe _overrideLifetime(span, copying: self)
        }
    }

    /// The value at an index in ascending order. O(1).
    @inlinable package subscript(index: Int) -> Int64 {
        precondition(index >= 0 && index < count, "intset index out of range")
        return unsafe apus_intset_get(pointer, UInt32(truncatingIfNeeded: index))
    }

    @inlinable package var min: Int64? { isEmpty ? nil : self[0] }

    @inlinable package var max: Int64? { isEmpty ? nil : self[count - 1] }

    /// O(log n).
    @inlinable package func contains(_ value: Int64) -> Bool { unsafe apus_intset_contains(pointer, value) }

    /// The index of the first value that is not below this one; `count` if there is none. O(log n).
    @inlinable package func lowerBound(_ value: Int64) -> Int {
        unsafe Int(apus_intset_lower_bound(pointer, value))
    }

    /// The value that a uniformly random number chooses; nil if there is none.
    @inlinable package func randomElement(random: UInt64) -> Int64? {
        isEmpty ? nil : unsafe apus_intset_get(pointer, apus_intset_random_index(pointer, random))
    }
}

/// Owns an intset's block and frees it.
@safe @frozen @usableFromInline package struct IntSet: ~Copyable {
    @usableFromInline var pointer: UnsafeMutablePointer<UInt8>

    /// An empty set.
    @inlinable package init() { unsafe pointer = apus_intset_new() }

    /// Takes over a block, for example one that `release()` gave away.
    @inlinable package init(adopting pointer: UnsafeMutablePointer<UInt8>) { unsafe self.pointer = pointer }

    /// A set with a copy of these bytes from outside; nil if they are not a valid intset.
    package init?(validating bytes: RawSpan, deep: Bool = true) {
        let copy: UnsafeMutablePointer<UInt8>? = unsafe bytes.withUnsafeBytes { block in
            let start = unsafe block.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard let start = unsafe start,
                unsafe apus_intset_validate(start, block.count, deep) == APUS_INTSET_VALID
            else { return nil }
            return unsafe apus_intset_copy(start, block.count)
        }
        guard let copy = unsafe copy else { return nil }
        unsafe pointer = copy
    }

    /// A copy of another set.
    @inlinable package init(copying other: IntSetView) {
        unsafe pointer = apus_intset_duplicate(other.pointer)
    }

    deinit { unsafe apus_intset_free(pointer) }

    /// Gives the block away without freeing it.
    @inlinable package consuming func release() -> UnsafeMutablePointer<UInt8> {
        let pointer = unsafe self.pointer
        discard self
        return unsafe pointer
    }

    /// Runs `body` on the set whose pointer is stored in `slot`, and stores the pointer it has afterwards.
    @inlinable @inline(__always)
    package static func withStored<Result: ~Copyable, Failure: Error>(
        _ slot: inout UnsafeMutablePointer<UInt8>, _ body: (inout IntSet) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var set = unsafe IntSet(adopting: slot)
        do throws(Failure) {
            let result = try body(&set)
            unsafe slot = set.release()
            return result
        } catch {
            unsafe slot = set.release()
            throw error
        }
    }

    /// Reading.
    @inlinable package var view: IntSetView {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(IntSetView(stored: pointer), borrowing: self) }
    }

    /// What came of adding a value.
    @frozen @usableFromInline package enum Addition: Equatable, Sendable { case added, exists, full }

    /// Adds a value. O(n), O(1) amortised at the end. `full` beyond 1 GiB, far above any sensible configuration.
    @inlinable @discardableResult
    package mutating func add(_ value: Int64) -> Addition {
        switch unsafe apus_intset_add(&pointer, value) {
        case APUS_INTSET_EXISTS: .exists
        case APUS_INTSET_ADDED: .added
        case APUS_INTSET_FULL: .full
        default: preconditionFailure("an addition to an intset ended in an unknown way")
        }
    }

    /// Removes a value; false if it was not there. O(n).
    @inlinable @discardableResult
    package mutating func remove(_ value: Int64) -> Bool { unsafe apus_intset_remove(&pointer, value) }

    /// Removes the value at an index. O(n).
    @inlinable package mutating func remove(atIndex index: Int) {
        precondition(index >= 0 && index < view.count, "intset index out of range")
        unsafe apus_intset_remove_at(&pointer, UInt32(truncatingIfNeeded: index))
    }

    /// Checks the invariant. O(n).
    package func invariants() {
        let fault = unsafe apus_intset_validate(pointer, view.byteCount, true)
        precondition(fault == APUS_INTSET_VALID, "an intset is damaged")
    }
}
