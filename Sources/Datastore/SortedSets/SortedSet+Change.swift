// Changes of a sorted set: ZADD's decision and its execution, accumulation for unions, removal.

import CEncodings
package import Memory

/// ZADD's flags. NX excludes XX, GT and LT; GT excludes LT; the caller has checked that.
@usableFromInline
package struct SortedSetAddOptions: OptionSet, BitwiseCopyable, Sendable {
    @usableFromInline package let rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Only add new members.
    @inlinable package static var nx: SortedSetAddOptions { SortedSetAddOptions(rawValue: 1) }
    /// Only update members that exist.
    @inlinable package static var xx: SortedSetAddOptions { SortedSetAddOptions(rawValue: 2) }
    /// Only update to a greater score; members may be added.
    @inlinable package static var gt: SortedSetAddOptions { SortedSetAddOptions(rawValue: 4) }
    /// Only update to a smaller score; members may be added.
    @inlinable package static var lt: SortedSetAddOptions { SortedSetAddOptions(rawValue: 8) }
    /// The score is added to the current one.
    @inlinable package static var incr: SortedSetAddOptions { SortedSetAddOptions(rawValue: 16) }
}

/// What became of one member, and the score it has now (its old one when nothing was changed).
@usableFromInline
package struct SortedSetAddResult: BitwiseCopyable, Sendable, Equatable {
    /// What became of the member.
    @usableFromInline
    package enum Outcome: UInt8, BitwiseCopyable, Sendable {
        case added
        case updated
        /// The member has this score already.
        case unchanged
        /// An option forbade it.
        case skipped
        /// The score, or its sum with the current one, is not a number; nothing changed.
        case notANumber
    }

    package var outcome: Outcome
    /// The member's score now, when `outcome` is the first, second or third.
    package var score: Double

    package init(outcome: Outcome, score: Double) {
        self.outcome = outcome
        self.score = score
    }
}

/// How ZUNIONSTORE and ZINTERSTORE combine two scores.
@usableFromInline
package enum SortedSetAggregate: UInt8, BitwiseCopyable, Sendable {
    case sum
    case min
    case max

    /// Infinities of both signs sum to 0, as no score is NaN. Of two zeros, the left one is both least and greatest.
    package func callAsFunction(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .sum:
            let sum = left + right
            return sum.isNaN ? 0 : sum
        case .min: return right < left ? right : left
        case .max: return right > left ? right : left
        }
    }
}

extension SortedSet {
    /// Adds a member or changes its score, as the options allow. O(log n).
    package mutating func add(
        _ member: ByteView, score: Double, options: SortedSetAddOptions = [], limits: SortedSetLimits
    ) -> SortedSetAddResult {
        apply(member, limits) { current in Self.decide(current: current, score: score, options: options) }
    }

    /// Adds a member that is not in the set. O(log n). `score` is not NaN.
    package mutating func insert(_ member: ByteView, score: Double, limits: SortedSetLimits) {
        let bytes = unsafe member.octets
        if case .listpack = encoding {
            let fits = count < limits.listpackEntriesMax && member.count <= limits.listpackValueMax
            if unsafe fits && withListpack({ unsafe apus_zpack_insert($0, score, bytes, member.count) }) { return }
            convertToSkiplist()
        }
        unsafe apus_zset_insert(set, apus_hash(bytes, member.count), score, bytes, UInt32(member.count))
    }

    /// Adds a member, or combines its score with the new one. O(log n). `score` is not NaN.
    package mutating func accumulate(
        _ member: ByteView, score: Double, by aggregate: SortedSetAggregate, limits: SortedSetLimits
    ) {
        _ = apply(member, limits) { current in
            guard let current else { return SortedSetAddResult(outcome: .added, score: score) }
            let combined = aggregate(current, score)
            // By the bits, as a zero may change its sign.
            let isSame = combined.bitPattern == current.bitPattern
            return SortedSetAddResult(outcome: isSame ? .unchanged : .updated, score: combined)
        }
    }

    /// Chooses the encoding for a call that names so many members, the longest of `longest` bytes: as the reference
    /// does, before it is known which of them will be added.
    package mutating func prepare(forMembers count: Int, longest: Int, _ limits: SortedSetLimits) {
        guard encoding == .listpack else { return }
        if count > limits.listpackEntriesMax || longest > limits.listpackValueMax { convertToSkiplist() }
    }

    private static func decide(current: Double?, score: Double, options: SortedSetAddOptions) -> SortedSetAddResult {
        guard !score.isNaN else { return SortedSetAddResult(outcome: .notANumber, score: score) }
        guard let current else {
            return SortedSetAddResult(outcome: options.contains(.xx) ? .skipped : .added, score: score)
        }
        if options.contains(.nx) { return SortedSetAddResult(outcome: .skipped, score: current) }
        let new = options.contains(.incr) ? current + score : score
        if new.isNaN { return SortedSetAddResult(outcome: .notANumber, score: current) }
        if options.contains(.gt) && new <= current || options.contains(.lt) && new >= current {
            return SortedSetAddResult(outcome: .skipped, score: current)
        }
        return SortedSetAddResult(outcome: new == current ? .unchanged : .updated, score: new)
    }

    /// One look-up, the decision made from what it found, and its execution there.
    @inline(__always)
    private mutating func apply(
        _ member: ByteView, _ limits: SortedSetLimits, _ decide: (_ current: Double?) -> SortedSetAddResult
    ) -> SortedSetAddResult {
        switch encoding {
        case .listpack: applyToListpack(member, limits, decide)
        case .skiplist: applyToSkiplist(member, decide)
        }
    }

    private mutating func applyToSkiplist(
        _ member: ByteView, _ decide: (Double?) -> SortedSetAddResult
    ) -> SortedSetAddResult {
        let bytes = unsafe member.octets
        let byteCount = UInt32(member.count)
        let hash = unsafe apus_hash(bytes, member.count)
        let record = unsafe apus_zset_find(set, hash, bytes, byteCount)
        let result = unsafe decide(record?.pointee.score)
        switch result.outcome {
        case .added: unsafe apus_zset_insert(set, hash, result.score, bytes, byteCount)
        case .updated: unsafe apus_zset_update(set, record!, result.score)
        case .unchanged, .skipped, .notANumber: break
        }
        return result
    }

    private mutating func applyToListpack(
        _ member: ByteView, _ limits: SortedSetLimits, _ decide: (Double?) -> SortedSetAddResult
    ) -> SortedSetAddResult {
        let bytes = unsafe member.octets
        let place = unsafe apus_zpack_find_member(listpack, bytes, member.count)
        let current = place.position == 0 ? nil : unsafe apus_zpack_score(listpack, place.position)
        let result = decide(current)
        let isDone: Bool
        switch result.outcome {
        case .added:
            let fits = count < limits.listpackEntriesMax && member.count <= limits.listpackValueMax
            isDone = unsafe fits && withListpack { unsafe apus_zpack_insert($0, result.score, bytes, member.count) }
        case .updated:
            isDone = unsafe withListpack {
                unsafe apus_zpack_update($0, place.position, result.score, bytes, member.count)
            }
        case .unchanged, .skipped, .notANumber:
            isDone = true
        }
        guard !isDone else { return result }
        convertToSkiplist()
        return applyToSkiplist(member) { _ in result }
    }

    /// Removes a member; its score, or nil if it was not there. O(log n).
    package mutating func remove(_ member: ByteView) -> Double? {
        let bytes = unsafe member.octets
        switch encoding {
        case .listpack:
            let place = unsafe apus_zpack_find_member(listpack, bytes, member.count)
            guard place.position != 0 else { return nil }
            let score = unsafe apus_zpack_score(listpack, place.position)
            unsafe withListpack { unsafe apus_zpack_remove($0, place.position, 1) }
            return score
        case .skiplist:
            let hash = unsafe apus_hash(bytes, member.count)
            guard let record = unsafe apus_zset_find(set, hash, bytes, UInt32(member.count)) else { return nil }
            let score = unsafe record.pointee.score
            unsafe apus_zset_remove(set, hash, record)
            return score
        }
    }

    /// Removes the members of these ranks, as far as they exist; returns how many. O(log n + removed). Pops are a
    /// cursor over the ranks at an end, and then this.
    @discardableResult
    package mutating func remove(ranks: Range<Int>) -> Int {
        let ranks = ranks.clamped(to: 0..<count)
        guard !ranks.isEmpty else { return 0 }
        switch encoding {
        case .listpack:
            let place = unsafe apus_zpack_at(listpack, UInt32(ranks.lowerBound))
            unsafe withListpack { unsafe apus_zpack_remove($0, place.position, UInt32(ranks.count)) }
            return ranks.count
        case .skiplist:
            return unsafe Int(apus_zset_remove_ranks(set, UInt64(ranks.lowerBound), UInt64(ranks.count)))
        }
    }
}
