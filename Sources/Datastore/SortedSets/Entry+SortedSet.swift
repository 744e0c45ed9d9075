// The sorted set inside an entry, and the doors that store a new one.

internal import CDatastore
internal import Memory

extension Entry {
    /// Reads the sorted set. Precondition: the type is `.sortedSet`.
    @inlinable @inline(__always)
    package borrowing func withSortedSet<R, E: Error>(
        _ body: (borrowing SortedSet) throws(E) -> R
    ) throws(E) -> R {
        try body(storedSortedSet())
    }

    /// Changes the sorted set. Precondition: the type is `.sortedSet`. An emptied set must be deleted by the caller.
    @inlinable @inline(__always)
    package mutating func changeSortedSet<R, E: Error>(
        _ body: (inout SortedSet) throws(E) -> R
    ) throws(E) -> R {
        var set = storedSortedSet()
        defer { keepSortedSet(set) }
        return try body(&set)
    }

    // What the two above, which are specialised where they are called, need from here.

    @usableFromInline
    borrowing func storedSortedSet() -> SortedSet { unsafe SortedSet.stored(in: raw) }

    @usableFromInline
    borrowing func keepSortedSet(_ set: borrowing SortedSet) {
        unsafe apus_entry_set_payload(raw, set.word)
        unsafe apus_entry_set_encoding(raw, set.entryEncoding)
    }
}

extension SortedSet {
    /// The handle of the value that an entry keeps.
    static func stored(in raw: UnsafeMutablePointer<apus_entry>) -> SortedSet {
        precondition(unsafe apus_entry_type(raw) == UInt32(APUS_TYPE_SORTED_SET))
        let isListpack = unsafe apus_entry_encoding(raw) == UInt32(APUS_ENCODING_LISTPACK)
        return unsafe SortedSet(_unchecked: apus_entry_payload(raw)!, encoding: isListpack ? .listpack : .skiplist)
    }

    var entryEncoding: UInt32 {
        UInt32(encoding == .listpack ? APUS_ENCODING_LISTPACK : APUS_ENCODING_SKIPLIST)
    }
}

extension Keyspace {
    /// When sorted sets change from listpack to skip list.
    package var sortedSetLimits: SortedSetLimits { settings.sortedSets }
}

extension Database {
    /// Stores a set, which is not empty, under a key that is not there. The caller announces it.
    package mutating func insert(_ key: Key, _ set: consuming SortedSet) {
        let raw = unsafe apus_entry_create(
            key.bytes.base, key.bytes.count, UInt32(APUS_TYPE_SORTED_SET), set.entryEncoding, 0, APUS_NO_EXPIRY,
            accessClock.word)
        unsafe apus_entry_set_payload(raw, set.word)
        unsafe attach(raw, key)
    }

    /// Stores a set, which is not empty, in place of whatever is there; the expiry goes. The caller announces it.
    package mutating func replace(_ key: Key, with set: consuming SortedSet) {
        if let (raw, keys) = unsafe find(key) {
            willChange(key)
            unsafe keys.pointee.remove(raw, hash: key.hash)
            unsafe keyspace.reclaimer.free(raw)
        }
        insert(key, set)
    }
}
