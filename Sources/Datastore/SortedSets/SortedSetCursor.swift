// SortedSetCursor: reads the members of a range of ranks, in either direction, for the code that writes replies.

internal import CEncodings
internal import CText
package import Memory

/// A member and its score, lent by the set: valid until the set changes.
///
/// A listpack keeps a member that reads as an integer as one, so a member is either bytes or the number whose decimal
/// text it is; both can be replied without a copy.
@safe
package struct ScoredMember: ~Escapable, BitwiseCopyable {
    package let score: Double
    private let base: UnsafePointer<UInt8>?
    private let number: Int

    @_lifetime(immortal)
    init(score: Double, base: UnsafePointer<UInt8>?, number: Int) {
        self.score = score
        unsafe self.base = base
        self.number = number
    }

    /// The number that the member is the text of, if it is kept as one.
    package var integer: Int? { unsafe base == nil ? number : nil }

    /// The member's bytes, unless it is kept as a number.
    package var bytes: ByteView? {
        @_lifetime(copy self)
        get {
            guard let base = unsafe base else { return nil }
            return unsafe _overrideLifetime(
                ByteView(_unchecked: UnsafeRawPointer(base), count: number), copying: self)
        }
    }

    /// The member's bytes, written out if it is kept as a number, for as long as `body` runs.
    @unsafe
    func withOctets<R>(_ body: (UnsafePointer<UInt8>, Int) -> R) -> R {
        if let base = unsafe base { return unsafe body(base, number) }
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(APUS_INT64_TEXT_MAX)) { text in
            let start = text.baseAddress!
            return unsafe body(start, apus_format_int64(Int64(number), start))
        }
    }

    /// The member as a view, written out if it is kept as a number, for as long as `body` runs: for what looks it up
    /// elsewhere or copies it. (Not generic: another module would run it unspecialised.)
    package func withBytes(_ body: (ByteView) -> Void) {
        unsafe withOctets { bytes, count in
            unsafe body(ByteView(_unchecked: UnsafeRawPointer(bytes), count: count))
        }
    }
}

@safe
package struct SortedSetCursor: ~Copyable, ~Escapable {
    /// Nil: the set is a skiplist.
    private let listpack: UnsafeMutablePointer<UInt8>?
    private var position: apus_listpack_position
    private var place: apus_skiplist_place
    private let isReversed: Bool
    /// Members yet to be read.
    package private(set) var remaining: Int

    /// The listpack must live and not change for as long as the cursor.
    @unsafe
    @_lifetime(immortal)
    init(listpack: UnsafeMutablePointer<UInt8>, ranks: Range<Int>, isReversed: Bool) {
        unsafe self.listpack = listpack
        unsafe place = apus_skiplist_place()
        self.isReversed = isReversed
        remaining = ranks.count
        let begin = isReversed ? ranks.upperBound - 1 : ranks.lowerBound
        position = ranks.isEmpty ? 0 : unsafe apus_zpack_at(listpack, UInt32(begin)).position
    }

    /// The list must live and not change for as long as the cursor.
    @unsafe
    @_lifetime(immortal)
    init(list: UnsafePointer<apus_skiplist>, ranks: Range<Int>, isReversed: Bool) {
        unsafe listpack = nil
        position = 0
        self.isReversed = isReversed
        remaining = ranks.count
        guard !ranks.isEmpty else {
            unsafe place = apus_skiplist_place()
            return
        }
        var begin = unsafe apus_skiplist_at(list, UInt64(isReversed ? ranks.upperBound - 1 : ranks.lowerBound))
        unsafe isReversed ? apus_skiplist_prefetch_back(&begin) : apus_skiplist_prefetch(&begin)
        unsafe place = begin
    }

    /// The next member, or nil when all of the range have been read. O(1).
    @_lifetime(copy self)
    package mutating func next() -> ScoredMember? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        return unsafe listpack == nil ? nextOfList() : nextOfListpack()
    }

    @_lifetime(copy self)
    private mutating func nextOfList() -> ScoredMember {
        var moved = unsafe place
        let record = unsafe (isReversed ? apus_skiplist_previous(&moved) : apus_skiplist_next(&moved))!
        unsafe place = moved
        let member = unsafe ScoredMember(
            score: record.pointee.score, base: apus_member_bytes(record), number: Int(apus_member_count(record)))
        return unsafe _overrideLifetime(member, copying: self)
    }

    @_lifetime(copy self)
    private mutating func nextOfListpack() -> ScoredMember {
        let listpack = unsafe listpack!
        let value = unsafe apus_listpack_get(listpack, position)
        let member = unsafe ScoredMember(
            score: apus_zpack_score(listpack, position), base: value.bytes, number: Int(value.number))
        if remaining > 0 { position = unsafe apus_zpack_step(listpack, position, isReversed) }
        return unsafe _overrideLifetime(member, copying: self)
    }
}

extension SortedSet {
    /// A cursor over the members of these ranks, as far as they exist; from the last to the first if `isReversed`.
    /// What it lends ends with its scope: a pop reads in a `do` block and removes the ranks behind it.
    /// O(log n), O(n) in a listpack.
    @_lifetime(borrow self)
    package borrowing func cursor(ranks: Range<Int>, isReversed: Bool = false) -> SortedSetCursor {
        let ranks = ranks.clamped(to: 0..<count)
        switch encoding {
        case .listpack:
            let cursor = unsafe SortedSetCursor(listpack: listpack, ranks: ranks, isReversed: isReversed)
            return unsafe _overrideLifetime(cursor, borrowing: self)
        case .skiplist:
            let cursor = unsafe SortedSetCursor(list: &set.pointee.list, ranks: ranks, isReversed: isReversed)
            return unsafe _overrideLifetime(cursor, borrowing: self)
        }
    }

    /// The member of a rank below `count`; a random rank makes a random member. O(log n), O(n) in a listpack.
    @_lifetime(borrow self)
    package borrowing func member(atRank rank: Int) -> ScoredMember {
        precondition(rank >= 0 && rank < count)
        var cursor = cursor(ranks: rank..<rank + 1)
        return unsafe _overrideLifetime(cursor.next()!, borrowing: self)
    }

    /// Visits about `wanted` members from a scan's cursor on and returns the cursor to go on with; a scan begins and is
    /// over at 0. A member present during a whole scan is visited at least once. A listpack is visited whole.
    package func scan(from position: UInt64, wanted: Int, _ body: (borrowing ScoredMember) -> Void) -> UInt64 {
        guard encoding == .skiplist else {
            var cursor = cursor(ranks: 0..<count)
            while let member = cursor.next() { body(member) }
            return 0
        }
        var items = unsafe apus_items()
        let next = unsafe apus_table_scan(
            &set.pointee.table, position, Limits.scanBucketsMax(wanted: wanted), wanted, &items)
        for index in unsafe 0..<items.count {
            let record = unsafe items.items![index].assumingMemoryBound(to: apus_member.self)
            body(
                unsafe ScoredMember(
                    score: record.pointee.score, base: apus_member_bytes(record),
                    number: Int(apus_member_count(record))))
        }
        unsafe apus_items_release(&items)
        return next >= APUS_TABLE_END ? 0 : next
    }
}
