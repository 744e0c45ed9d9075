// SortedSet: members with scores, ordered by score and then by the members' bytes, in one of two encodings.
//
// It is a handle on a key's value, not its owner: the key's entry keeps the storage word and the encoding, makes a
// handle from them, and stores both back after a change, since a change may move the listpack or convert it. Algorithms
// only: nothing here writes a reply, parses an option, or deletes a key whose set has become empty.
//
//     listpack   word -> member, score, member, score, …    at most `limits` members, found by walking
//     skiplist   word -> skip list of blocks + member table
//
// Every range, whatever its terms, becomes a range of ranks (`ranks(of:)`): its length is the reply's, a slice of it is
// LIMIT, a cursor reads it in both directions, and `remove(ranks:)` deletes it.
// Invariant: a set that was never beyond its limits is a listpack; a stored skiplist never becomes a listpack again.

import CEncodings
package import Memory

/// When a listpack is converted: `zset-max-listpack-entries` and `zset-max-listpack-value`.
package struct SortedSetLimits: BitwiseCopyable, Sendable {
    /// Members a listpack may have.
    package var listpackEntriesMax: Int
    /// Bytes a member in a listpack may have.
    package var listpackValueMax: Int

    package init(listpackEntriesMax: Int = 128, listpackValueMax: Int = 64) {
        self.listpackEntriesMax = listpackEntriesMax
        self.listpackValueMax = listpackValueMax
    }
}

@safe
@usableFromInline
package struct SortedSet: ~Copyable {
    /// How the members are held.
    @usableFromInline
    package enum Encoding: UInt8, BitwiseCopyable, Sendable {
        case listpack
        case skiplist
    }

    /// What the key's entry keeps, together with the encoding.
    package internal(set) var word: UnsafeMutableRawPointer
    package internal(set) var encoding: Encoding

    /// A new, empty set.
    package init() {
        unsafe word = UnsafeMutableRawPointer(apus_listpack_new())
        encoding = .listpack
    }

    /// The set that an entry keeps.
    @unsafe
    package init(_unchecked word: UnsafeMutableRawPointer, encoding: Encoding) {
        unsafe self.word = word
        self.encoding = encoding
    }

    var listpack: UnsafeMutablePointer<UInt8> {
        unsafe word.assumingMemoryBound(to: UInt8.self)
    }

    var set: UnsafeMutablePointer<apus_zset> {
        unsafe word.assumingMemoryBound(to: apus_zset.self)
    }

    /// Lets a C function that may move the listpack change it.
    mutating func withListpack<R>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>) -> R) -> R {
        var moved = unsafe listpack
        let result = unsafe body(&moved)
        unsafe word = UnsafeMutableRawPointer(moved)
        return result
    }

    /// Whether the members stand in a listpack.
    package var isListpack: Bool {
        if case .listpack = encoding { true } else { false }
    }

    // MARK: Size

    /// Members. O(1).
    package var count: Int {
        switch encoding {
        case .listpack: unsafe Int(apus_zpack_count(listpack))
        case .skiplist: unsafe Int(apus_zset_count(set))
        }
    }

    package var isEmpty: Bool { count == 0 }

    /// Bytes of the allocator that the value holds. O(1).
    package var byteCount: Int {
        switch encoding {
        case .listpack: unsafe apus_zpack_bytes(listpack)
        case .skiplist: unsafe apus_zset_bytes(set)
        }
    }

    /// How many allocations freeing the set takes, about: what lazy freeing decides by.
    package var freeEffort: Int {
        encoding == .listpack ? 1 : count
    }

    /// Frees the value at once.
    package consuming func free() {
        switch encoding {
        case .listpack: unsafe apus_listpack_free(listpack)
        case .skiplist: unsafe apus_zset_free(set)
        }
    }

    // MARK: Look-up

    /// The score of a member. O(1), O(n) in a listpack.
    package func score(of member: ByteView) -> Double? {
        let bytes = unsafe member.octets
        switch encoding {
        case .listpack:
            let place = unsafe apus_zpack_find_member(listpack, bytes, member.count)
            return place.position == 0 ? nil : unsafe apus_zpack_score(listpack, place.position)
        case .skiplist:
            let hash = unsafe apus_hash(bytes, member.count)
            let record = unsafe apus_zset_find(set, hash, bytes, UInt32(member.count))
            return unsafe record?.pointee.score
        }
    }

    /// The number of members before this one (behind it, if `isReversed`) and its score. O(log n).
    package func rank(of member: ByteView, isReversed: Bool = false) -> (rank: Int, score: Double)? {
        let bytes = unsafe member.octets
        let rank: Int
        let score: Double
        switch encoding {
        case .listpack:
            let place = unsafe apus_zpack_find_member(listpack, bytes, member.count)
            guard place.position != 0 else { return nil }
            rank = Int(place.rank)
            score = unsafe apus_zpack_score(listpack, place.position)
        case .skiplist:
            let hash = unsafe apus_hash(bytes, member.count)
            guard let record = unsafe apus_zset_find(set, hash, bytes, UInt32(member.count)) else { return nil }
            rank = unsafe Int(apus_skiplist_rank(&set.pointee.list, record))
            score = unsafe record.pointee.score
        }
        return (isReversed ? count - 1 - rank : rank, score)
    }

    // MARK: Conversion

    /// Turns a listpack into a skiplist. O(n).
    package mutating func convertToSkiplist() {
        guard encoding == .listpack else { return }
        let source = unsafe listpack
        // The list's shape must not be a client's choice: its seed is a keyed hash.
        let seed = unsafe apus_hash(source, apus_listpack_bytes(source))
        let target = unsafe apus_zset_create(seed)
        unsafe apus_table_reserve(&target.pointee.table, UInt64(apus_zpack_count(source)))
        var cursor = unsafe SortedSetCursor(listpack: source, ranks: 0..<count, isReversed: false)
        while let pair = cursor.next() {
            unsafe pair.withOctets { bytes, byteCount in
                let hash = unsafe apus_hash(bytes, byteCount)
                unsafe apus_zset_insert(target, hash, pair.score, bytes, UInt32(byteCount))
            }
        }
        unsafe apus_listpack_free(source)
        unsafe word = UnsafeMutableRawPointer(target)
        encoding = .skiplist
    }

    /// The same members in a listpack if that is within the limits: a result that was larger while it was made. O(n).
    package consuming func packed(_ limits: SortedSetLimits) -> SortedSet {
        guard encoding == .skiplist && count <= limits.listpackEntriesMax else { return self }
        var result = SortedSet()
        do {
            var cursor = cursor(ranks: 0..<count)
            while result.isListpack, let next = cursor.next() {
                next.withBytes { member in result.insert(member, score: next.score, limits: limits) }
            }
        }
        guard result.isListpack else {
            result.free()
            return self
        }
        free()
        return result
    }

    /// What is broken, or nil. O(n log n).
    package func invariants() -> String? {
        switch encoding {
        case .listpack: unsafe apus_zpack_invariants(listpack).map { unsafe String(cString: $0) }
        case .skiplist: unsafe apus_zset_invariants(set).map { unsafe String(cString: $0) }
        }
    }
}

extension ByteView {
    /// The address of the bytes as C wants it.
    var octets: UnsafePointer<UInt8> {
        unsafe base.assumingMemoryBound(to: UInt8.self)
    }
}
