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
    /// The ranks of the members whose score is in the range. O(log n).
    package func ranks(of range: ScoreRange) -> Range<Int> {
        let all = count
        let lower = range.min == -.infinity && !range.excludesMin
            ? 0 : unsafe membersBefore(scoreBound(range.min, isAfterEqual: range.excludesMin))
        guard lower < all else { return all..<all }
        let upper = range.max == .infinity && !range.excludesMax
            ? all : unsafe membersBefore(scoreBound(range.max, isAfterEqual: !range.excludesMax))
        return lower..<Swift.max(lower, upper)
    }

    /// The ranks of the members between two bounds. Meaningful when all scores are equal, as Redis has it. O(log n).
    package func ranks(from min: LexBound, to max: LexBound) -> Range<Int> {
        let lower = membersBefore(min, isUpper: false)
        return lower..<Swift.max(lower, membersBefore(max, isUpper: true))
    }

    private func membersBefore(_ end: LexBound, isUpper: Bool) -> Int {
        let isAfterEqual: Bool
        switch end.kind {
        case .lowest: return 0
        case .highest: return count
        case .including: isAfterEqual = isUpper
        case .excluding: isAfterEqual = !isUpper
        }
        var bound = unsafe apus_skiplist_bound(
            score: 0, member: end.member.octets, member_count: UInt32(end.member.count),
            order: UInt8(APUS_BOUND_MEMBER), after_equal: isAfterEqual)
        if encoding == .skiplist, let score = commonScore {
            // With one score the list's own order applies, and separators spare the descent most of the records.
            unsafe bound.order = UInt8(APUS_BOUND_SCORE_MEMBER)
            unsafe bound.score = score
        }
        return unsafe membersBefore(bound)
    }

    /// The score of the members of a skiplist, if they all have one.
    private var commonScore: Double? {
        let list = unsafe set.pointee.list
        guard unsafe list.count > 0 else { return nil }
        let first = unsafe apus_skiplist_record(list.head, 0)
        let last = unsafe apus_skiplist_record(list.tail, UInt32(list.tail.pointee.count) - 1)
        return unsafe first.pointee.score == last.pointee.score ? first.pointee.score : nil
    }

    private func scoreBound(_ score: Double, isAfterEqual: Bool) -> apus_skiplist_bound {
        unsafe apus_skiplist_bound(
            score: score, member: nil, member_count: 0, order: UInt8(APUS_BOUND_SCORE), after_equal: isAfterEqual)
    }

    private func membersBefore(_ bound: apus_skiplist_bound) -> Int {
        var bound = unsafe bound
        return switch encoding {
        case .listpack: unsafe Int(apus_zpack_find(listpack, &bound).rank)
        case .skiplist: unsafe Int(apus_skiplist_find(&set.pointee.list, &bound).rank)
        }
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
