// Members with their scores as replies. RESP2 has them flat, the score as text; RESP3 has pairs with doubles.

internal import Datastore
internal import RESP

/// How pairs of member and score stand in a reply.
enum ScoreLayout {
    /// No scores.
    case none
    /// Flat in RESP2, arrays of two in RESP3.
    case byProtocol
    /// Arrays of two in both.
    case pairs
}

extension Reply {
    /// Whether a member and its score are an array of their own. (A pattern, since `==` of another module's enumeration
    /// is a call of unspecialised code.)
    var hasPairs: Bool { if case .resp3 = version { true } else { false } }

    /// A member.
    @inline(__always)
    mutating func member(_ member: borrowing ScoredMember) {
        if let bytes = member.bytes { bulk(bytes) } else if let integer = member.integer { bulk(integer) }
    }

    /// An array of the members of these ranks, which the set has.
    mutating func members(
        of set: borrowing SortedSet, ranks: Range<Int>, isReversed: Bool = false, scores: ScoreLayout = .none
    ) {
        var cursor = set.cursor(ranks: ranks, isReversed: isReversed)
        if scores == .none {
            array(ranks.count)
            while let next = cursor.next() { member(next) }
            return
        }
        let isNested = scores == .pairs || hasPairs
        array(isNested ? ranks.count : 2 * ranks.count)
        while let next = cursor.next() {
            if isNested { array(2) }
            member(next)
            double(next.score)
        }
    }
}
