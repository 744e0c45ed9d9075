// Owning and changing a listpack. What reading needs is in ListpackView.
public import CEncodings

/// Owns a listpack's block and frees it. Every change is O(bytes behind it).
@safe @frozen @usableFromInline package struct Listpack: ~Copyable {
    @usableFromInline var pointer: UnsafeMutablePointer<UInt8>

    /// An empty listpack.
    @inlinable package init() { unsafe pointer = apus_listpack_new() }

    /// Takes over a block, for example one that `release()` gave away.
    @inlinable package init(adopting pointer: UnsafeMutablePointer<UInt8>) { unsafe self.pointer = pointer }

    /// A listpack with a copy of these bytes from outside; nil if they are not a valid listpack.
    /// - Parameter deep: false only for bytes whose source is trusted: then just header and terminator are checked.
    package init?(validating bytes: RawSpan, deep: Bool = true) {
        let copy: UnsafeMutablePointer<UInt8>? = unsafe bytes.withUnsafeBytes { block in
            let start = unsafe block.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard let start = unsafe start,
                unsafe apus_listpack_validate(start, block.count, deep, nil) == APUS_LISTPACK_VALID
            else { return nil }
            return unsafe apus_listpack_copy(start, block.count)
        }
        guard let copy = unsafe copy else { return nil }
        unsafe pointer = copy
    }

    /// A copy of another listpack.
    @inlinable package init(copying other: ListpackView) {
        unsafe pointer = apus_listpack_duplicate(other.pointer)
    }

    deinit { unsafe apus_listpack_free(pointer) }

    /// Gives the block away without freeing it.
    @inlinable package consuming func release() -> UnsafeMutablePointer<UInt8> {
        let pointer = unsafe self.pointer
        discard self
        return unsafe pointer
    }

    /// Runs `body` on the listpack whose pointer is stored in `slot`, and stores the pointer it has afterwards.
    @inlinable @inline(__always)
    package static func withStored<Result: ~Copyable, Failure: Error>(
        _ slot: inout UnsafeMutablePointer<UInt8>, _ body: (inout Listpack) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var listpack = unsafe Listpack(adopting: slot)
        do throws(Failure) {
            let result = try body(&listpack)
            unsafe slot = listpack.release()
            return result
        } catch {
            unsafe slot = listpack.release()
            throw error
        }
    }

    /// Reading.
    @inlinable package var view: ListpackView {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(ListpackView(stored: pointer), borrowing: self) }
    }

    // MARK: Changing

    /// Where an element goes, or went.
    @usableFromInline package typealias Position = ListpackPosition

    /// Adds an element at the end; its position, nil (and no change) if the listpack would exceed its limit. O(bytes
    /// to be moved); so are all changes below.
    @inlinable @discardableResult
    package mutating func append(_ bytes: RawSpan) -> Position? {
        insert(bytes, at: end)
    }

    @inlinable @discardableResult
    package mutating func append(_ integer: Int64) -> Position? {
        insert(integer, at: end)
    }

    /// Adds an element in front of all others.
    @inlinable @discardableResult
    package mutating func prepend(_ bytes: RawSpan) -> Position? {
        insert(bytes, at: start)
    }

    @inlinable @discardableResult
    package mutating func prepend(_ integer: Int64) -> Position? {
        insert(integer, at: start)
    }

    /// Inserts before the element at a position (or at `end`); the new element's position, nil beyond the limit.
    @inlinable @discardableResult
    package mutating func insert(_ bytes: RawSpan, at position: Position) -> Position? {
        unsafe bytes.withUnsafeBytes { text in
            unsafe Position(apus_listpack_insert(&pointer, position.offset, Self.value(text)))
        }
    }

    @inlinable @discardableResult
    package mutating func insert(_ integer: Int64, at position: Position) -> Position? {
        unsafe Position(apus_listpack_insert(&pointer, position.offset, apus_listpack_integer(integer)))
    }

    /// Inserts behind the element at a position.
    @inlinable @discardableResult
    package mutating func insert(_ bytes: RawSpan, after position: Position) -> Position? {
        unsafe bytes.withUnsafeBytes { text in
            unsafe Position(apus_listpack_insert_after(&pointer, position.offset, Self.value(text)))
        }
    }

    /// Appends two elements (a field and its value, a member and its score) with one move and at most one
    /// reallocation; the first one's position.
    @inlinable @discardableResult
    package mutating func append(_ first: RawSpan, _ second: RawSpan) -> Position? {
        insert(first, second, at: end)
    }

    @inlinable @discardableResult
    package mutating func insert(_ first: RawSpan, _ second: RawSpan, at position: Position) -> Position? {
        unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                let values = unsafe (Self.value(first), Self.value(second))
                return unsafe withUnsafePointer(to: values) { pair in
                    let start = unsafe UnsafeRawPointer(pair).assumingMemoryBound(to: apus_listpack_value.self)
                    return unsafe Position(apus_listpack_insert_many(&pointer, position.offset, start, 2))
                }
            }
        }
    }

    /// Replaces the element at a position, which stays valid. False beyond the limit.
    @inlinable @discardableResult
    package mutating func replace(at position: Position, with bytes: RawSpan) -> Bool {
        unsafe bytes.withUnsafeBytes { text in
            unsafe apus_listpack_replace(&pointer, position.offset, Self.value(text))
        }
    }

    @inlinable @discardableResult
    package mutating func replace(at position: Position, with integer: Int64) -> Bool {
        unsafe apus_listpack_replace(&pointer, position.offset, apus_listpack_integer(integer))
    }

    /// Deletes up to `count` elements from a position on; the position of what follows, nil at the end.
    @inlinable @discardableResult
    package mutating func delete(at position: Position, count: Int = 1) -> Position? {
        unsafe Position(apus_listpack_delete(&pointer, position.offset, count))
    }

    /// Deletes up to `count` elements from an index (-1 is the last) on; returns how many.
    @inlinable @discardableResult
    package mutating func delete(fromIndex index: Int, count: Int) -> Int {
        unsafe apus_listpack_delete_range(&pointer, Int64(index), count)
    }

    /// Deletes `stride` elements at each of these strictly ascending positions, in one pass.
    @inlinable
    package mutating func delete(at positions: Span<Position>, stride: Int = 1) {
        unsafe positions.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe apus_listpack_delete_many(
                &pointer, start.assumingMemoryBound(to: apus_listpack_position.self), positions.count,
                UInt32(truncatingIfNeeded: stride))
        }
    }

    /// Appends all elements of another listpack. False beyond the limit, with `other` consumed all the same.
    @discardableResult
    package mutating func merge(_ other: consuming Listpack) -> Bool {
        let second = unsafe other.release()
        if unsafe apus_listpack_merge(&pointer, second) { return true }
        unsafe apus_listpack_free(second)
        return false
    }

    /// Where the first element is, or would be.
    @inlinable package var start: Position { Position(offset: UInt32(APUS_LISTPACK_HEADER_BYTES)) }

    /// Behind the last element.
    @inlinable package var end: Position { unsafe Position(offset: apus_listpack_end(pointer)) }

    @inlinable static func value(_ bytes: UnsafeRawBufferPointer) -> apus_listpack_value {
        unsafe apus_listpack_string(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// Checks the invariant, entry by entry. O(n).
    package func invariants() {
        let fault = unsafe apus_listpack_validate(pointer, view.byteCount, true, nil)
        precondition(fault == APUS_LISTPACK_VALID, "a listpack is damaged")
    }
}
