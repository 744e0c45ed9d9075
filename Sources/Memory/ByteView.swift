// ByteView: some bytes that belong to somebody else, for as long as the compiler can prove that they live.
//
// It is how arguments, keys and values travel: a pointer and a count, no copy, no reference count. It cannot be stored
// (`~Escapable`): its lifetime is that of the buffer or entry it was taken from.
// Invariant: `base ..< base + count` is readable for the view's lifetime.

public import Glibc

@safe
@usableFromInline
package struct ByteView: ~Escapable, BitwiseCopyable {
    @usableFromInline package let base: UnsafeRawPointer
    @usableFromInline package let count: Int

    /// A view of `count` bytes at `base`. The caller states, by the result's lifetime, how long they live.
    @inlinable @unsafe
    @_lifetime(immortal)
    package init(_unchecked base: UnsafeRawPointer, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    @inlinable
    @_lifetime(copy span)
    package init(_ span: RawSpan) {
        let bytes = unsafe span.withUnsafeBytes { unsafe $0 }
        unsafe self.base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
        self.count = span.byteCount
    }

    /// The elements of a span of bytes: of an array's `span`, or a string's `utf8.span`.
    @inlinable
    @_lifetime(copy span)
    package init(_ span: Span<UInt8>) {
        self.init(unsafe span.bytes)
    }

    @inlinable
    @_lifetime(immortal)
    package init(_ literal: StaticString) {
        unsafe self.base = UnsafeRawPointer(literal.utf8Start)
        self.count = literal.utf8CodeUnitCount
    }

    @inlinable package var isEmpty: Bool { count == 0 }

    @inlinable
    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        return unsafe base.load(fromByteOffset: index, as: UInt8.self)
    }

    /// Bytes `range` of this view.
    @inlinable
    package subscript(range: Range<Int>) -> ByteView {
        @_lifetime(copy self)
        get {
            precondition(range.lowerBound >= 0 && range.upperBound <= count)
            return unsafe _overrideLifetime(
                ByteView(_unchecked: base + range.lowerBound, count: range.count), copying: self)
        }
    }

    /// Byte for byte equality. O(count).
    @inlinable
    package static func == (left: ByteView, right: ByteView) -> Bool {
        unsafe left.count == right.count && memcmp(left.base, right.base, left.count) == 0
    }

    /// Equality with an upper-case ASCII word, ignoring the case of this view's letters, as option names are compared:
    /// as far as the first NUL.
    @inlinable
    package func isWord(_ upperCase: StaticString) -> Bool {
        let length = upperCase.utf8CodeUnitCount
        guard count == length || count > length && self[length] == 0 else { return false }
        for index in 0..<length {
            var byte = unsafe base.load(fromByteOffset: index, as: UInt8.self)
            if byte >= 0x61 && byte <= 0x7A { byte -= 0x20 }
            if unsafe byte != upperCase.utf8Start[index] { return false }
        }
        return true
    }

    /// A copy that may be kept. Allocates; not for hot paths.
    package func copied() -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    /// The bytes for a call into C. They must not be used after the closure returns.
    @inlinable @unsafe
    package func withUnsafeBytes<R: ~Copyable, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }
}

/// Gives a value the lifetime of another one: the author's promise that it lives as long as `source` does.
@unsafe
@_unsafeNonescapableResult
@_alwaysEmitIntoClient @_transparent
@_lifetime(copy source)
package func _overrideLifetime<T: ~Copyable & ~Escapable, S: ~Copyable & ~Escapable>(
    _ dependent: consuming T, copying source: borrowing S
) -> T { dependent }

/// Gives a value the lifetime of a borrow of another one.
@unsafe
@_unsafeNonescapableResult
@_alwaysEmitIntoClient @_transparent
@_lifetime(borrow source)
package func _overrideLifetime<T: ~Copyable & ~Escapable, S: ~Copyable & ~Escapable>(
    _ dependent: consuming T, borrowing source: borrowing S
) -> T { dependent }

/// Gives a value the lifetime of an exclusive access to another one.
@unsafe
@_unsafeNonescapableResult
@_alwaysEmitIntoClient @_transparent
@_lifetime(&source)
package func _overrideLifetime<T: ~Copyable & ~Escapable, S: ~Copyable & ~Escapable>(
    _ dependent: consuming T, mutating source: inout S
) -> T { dependent }

extension ByteView {
    /// Up to eight bytes from `offset` as a little-endian word, zeros behind the end, ASCII letters in lower case:
    /// for comparing names by the word.
    @inlinable
    package func foldedWord(at offset: Int) -> UInt64 {
        let left = count - offset
        guard left > 0 else { return 0 }
        let from = unsafe base + offset
        var word: UInt64
        if left >= 8 {
            word = unsafe from.loadUnaligned(as: UInt64.self)
        } else if left >= 4 {
            // Two overlapping halves: no byte outside is read.
            let low = UInt64(unsafe from.loadUnaligned(as: UInt32.self))
            let high = UInt64(unsafe (from + (left - 4)).loadUnaligned(as: UInt32.self))
            word = low | high << UInt64((left - 4) * 8)
        } else {
            word = UInt64(unsafe from.load(as: UInt8.self))
            if left > 1 { word |= UInt64(unsafe from.load(fromByteOffset: 1, as: UInt8.self)) << 8 }
            if left > 2 { word |= UInt64(unsafe from.load(fromByteOffset: 2, as: UInt8.self)) << 16 }
        }
        // Bytes in "A" ... "Z" get bit 5: per byte, bit 7 of (b + 0x3F) says b >= 'A', of (b + 0x25) says b > 'Z'.
        let ascii = ~word & 0x8080_8080_8080_8080
        let low7 = word & 0x7F7F_7F7F_7F7F_7F7F
        let fromA = low7 &+ 0x3F3F_3F3F_3F3F_3F3F
        let beyondZ = low7 &+ 0x2525_2525_2525_2525
        return word | ((fromA & ~beyondZ & ascii) >> 2)
    }
}
