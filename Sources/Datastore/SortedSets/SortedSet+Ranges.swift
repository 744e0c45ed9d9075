// Ranges of a sorted set in terms of scores or of members, resolved to ranges of ranks.

import CEncodings
package import Memory

/// Scores from `min` to `max`, either end included or not. NaN-free.
package struct ScoreRange: BitwiseCopyable, Sendable {
    package var min: Double
    package var max: Double
    package var excludesMin: Bool
    package var excludesMax: Bool

    package init(min: Double, excludesMin: Bool = false, max: Double, excludesMax: Bool = false) {
        self.min = min
        self.max = max
        self.excludesMin = excludesMin
        self.excludesMax = excludesMax
    }

    /// Whether the score lies within the range.
    package func contains(_ score: Double) -> Bool {
        (excludesMin ? score > min : score >= min) && (excludesMax ? score < max : score <= max)
    }
}

/// One end of a range of members: "-", "+", "[member" or "(member".
package struct LexBound: ~Escapable, BitwiseCopyable {
    package enum Kind: UInt8, BitwiseCopyable, Sendable {
        case lowest
        case highest
        case including
        case excluding
    }

    package let kind: Kind
    /// Of the last two kinds; empty otherwise.
    package let member: ByteView

    /// A bound at a member.
    @_lifetime(copy member)
    package init(_ kind: Kind, _ member: ByteView) {
        self.kind = kind
        self.member = member
    }

    @_lifetime(immortal)
    private init(unbounded kind: Kind) {
        self.kind = kind
        member = ByteView("")
    }

    package static var lowest: LexBound {
        @_lifetime(immortal) get { LexBound(unbounded: .lowest) }
    }

    package static var highest: LexBound {
        @_lifetime(immortal) get { LexBound(unbounded: .highest) }
    }
}

extension SortedSet {
    /// The ranks of the members whose score is in the range. O(log n), O(n) in a listpack.
    package func ranks(of range: ScoreRange) -> Range<Int> {
        let lower = range.min == -.infinity && !range.excludesMin
            ? nil : unsafe bound(range.min, isAfterEqual: range.excludesMin)
        let upper = range.max == .infinity && !range.excludesMax
            ? nil : unsafe bound(range.max, isAfterEqual: !range.excludesMax)
        return unsafe ranks(from: lower, to: upper)
    }

    /// The ranks of the members between two bounds. Meaningful when all scores are equal, as Redis has it. O(log n),
    /// O(n) in a listpack.
    package func ranks(from min: LexBound, to max: LexBound) -> Range<Int> {
        if min.kind == .highest || max.kind == .lowest { return 0..<0 }
        // With one score the list's own order applies, and separators spare the descent most of the records.
        let score = encoding == .skiplist ? commonScore : nil
        let lower = min.kind == .lowest
            ? nil : unsafe bound(min.member, score, isAfterEqual: min.kind == .excluding)
        let upper = max.kind == .highest
            ? nil : unsafe bound(max.member, score, isAfterEqual: max.kind == .including)
        return unsafe ranks(from: lower, to: upper)
    }

    /// The ranks between two bounds; without a bound, up to that end of the set.
    private func ranks(from lower: apus_skiplist_bound?, to upper: apus_skiplist_bound?) -> Range<Int> {
        switch encoding {
        case .listpack:
            var begin = unsafe apus_zpack_begin(listpack)
            if var lower = unsafe lower { begin = unsafe apus_zpack_find(listpack, begin, &lower) }
            guard var upper = unsafe upper else { return Int(begin.rank)..<count }
            let end = unsafe apus_zpack_find(listpack, begin, &upper)
            return Int(begin.rank)..<Int(end.rank)
        case .skiplist:
            var begin = 0
            if var lower = unsafe lower { begin = unsafe Int(apus_skiplist_find(&set.pointee.list, &lower).rank) }
            guard var upper = unsafe upper else { return begin..<count }
            let end = unsafe Int(apus_skiplist_find(&set.pointee.list, &upper).rank)
            return begin..<Swift.max(begin, end)
        }
    }

    /// The score of the members of a skiplist, if they all have one.
    private var commonScore: Double? {
        let list = unsafe set.pointee.list
        guard unsafe list.count > 0 else { return nil }
        let first = unsafe apus_skiplist_record(list.head, 0)
        let last = unsafe apus_skiplist_record(list.tail, UInt32(list.tail.pointee.count) - 1)
        return unsafe first.pointee.score == last.pointee.score ? first.pointee.score : nil
    }

    private func bound(_ score: Double, isAfterEqual: Bool) -> apus_skiplist_bound {
        unsafe apus_skiplist_bound(
            score: score, member: nil, member_count: 0, order: UInt8(APUS_BOUND_SCORE), after_equal: isAfterEqual)
    }

    private func bound(_ member: ByteView, _ score: Double?, isAfterEqual: Bool) -> apus_skiplist_bound {
        unsafe apus_skiplist_bound(
            score: score ?? 0, member: member.octets, member_count: UInt32(member.count),
            order: UInt8(score == nil ? APUS_BOUND_MEMBER : APUS_BOUND_SCORE_MEMBER), after_equal: isAfterEqual)
    }
}

extension Range<Int> {
    /// LIMIT: skips `offset` ranks at the end where reading begins and keeps up to `limit` (all if it is negative). A
    /// negative offset selects nothing.
    package func limited(offset: Int, limit: Int, isReversed: Bool) -> Range<Int> {
        guard offset >= 0, offset < count else { return lowerBound..<lowerBound }
        let kept = limit < 0 ? count - offset : Swift.min(limit, count - offset)
        return isReversed
            ? upperBound - offset - kept..<upperBound - offset : lowerBound + offset..<lowerBound + offset + kept
    }
}
