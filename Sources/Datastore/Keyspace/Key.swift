// Key: a key's bytes with their hash, computed once and carried from the dispatcher's prefetch to the table's probe.

internal import CEncodings
public import Memory

@safe @frozen
@usableFromInline
package struct Key: ~Escapable, BitwiseCopyable {
    @usableFromInline package let bytes: ByteView
    /// `hash(of: bytes)`.
    @usableFromInline package let hash: UInt64

    /// A key whose hash has been computed before: `hash` is trusted.
    @inlinable
    @_lifetime(copy bytes)
    package init(_ bytes: ByteView, hash: UInt64) {
        self.bytes = bytes
        self.hash = hash
    }

    /// Computes the hash. O(bytes).
    @_lifetime(copy bytes)
    package init(_ bytes: ByteView) {
        self.bytes = bytes
        self.hash = Key.hash(of: bytes)
    }

    /// The keyed 64-bit hash (XXH3) that places a key. O(bytes).
    package static func hash(of bytes: ByteView) -> UInt64 {
        unsafe apus_hash(bytes.base, bytes.count)
    }
}

/// A key that may be kept: for watches, waiters and other rare lists.
package struct OwnedKey: Hashable, Sendable {
    package let database: Int
    package let bytes: [UInt8]

    package init(database: Int, bytes: [UInt8]) {
        self.database = database
        self.bytes = bytes
    }

    package init(database: Int, _ key: Key) {
        self.init(database: database, bytes: key.bytes.copied())
    }

    /// What its bytes take, with an array's 32 before them.
    var memoryBytes: Int { Allocator.usableSize(32 + bytes.count) }
}
