// RangeArguments: a range of a sorted set as a request gives it: by rank, by score or by member, forwards or backwards,
// with a limit. Whatever its terms, a set turns it into a range of ranks, which is counted, replied, stored or removed.
//
// Invariant: only the bounds of the range's own terms are meaningful.

internal import Datastore
internal import Memory
internal import RESP

/// What the two bounds of a range are.
enum RangeTerms {
    case rank, score, lex
}

@safe
struct RangeArguments: ~Escapable, BitwiseCopyable {
    let terms: RangeTerms
    /// The range is read from its end; its bounds were given with the greater one first, unless they are ranks.
    let isReversed: Bool
    /// Ranks; negative ones count from the end, -1 being the last member.
    private var start = 0
    private var stop = -1
    private var scores = ScoreRange(min: -.infinity, max: .infinity)
    private var lowest: LexBound
    private var highest: LexBound
    private var offset = 0
    /// Members at most; negative for all.
    private var limit = -1

    /// Reads the bounds, arguments `index` and `index + 1`.
    @_lifetime(copy request)
    init(
        _ terms: RangeTerms, _ request: Request, boundsAt index: Int, isReversed: Bool = false, offset: Int = 0,
        limit: Int = -1
    ) throws(CommandError) {
        self.terms = terms
        self.isReversed = isReversed
        self.offset = offset
        self.limit = limit
        lowest = .lowest
        highest = .highest
        switch terms {
        case .rank:
            start = try request.integer(at: index)
            stop = try request.integer(at: index + 1)
        case .score:
            guard let min = ScoreBound(request[isReversed ? index + 1 : index]),
                let max = ScoreBound(request[isReversed ? index : index + 1])
            else { throw .reply("ERR min or max is not a float") }
            scores = ScoreRange(
                min: min.score, excludesMin: min.isExcluded, max: max.score, excludesMax: max.isExcluded)
        case .lex:
            guard let min = LexBound(parsing: request[isReversed ? index + 1 : index]),
                let max = LexBound(parsing: request[isReversed ? index : index + 1])
            else { throw .reply("ERR min or max not valid string range item") }
            lowest = min
            highest = max
        }
    }

    /// The ranks that the range has in this set.
    @inline(__always)
    func ranks(in set: borrowing SortedSet) -> Range<Int> {
        switch terms {
        case .rank: ranks(ofCount: set.count)
        case .score: limited(set.ranks(of: scores), of: set)
        case .lex: limited(set.ranks(from: lowest, to: highest), of: set)
        }
    }

    /// LIMIT. As in Redis, a negative offset counts from the end in a skip list and selects nothing in a listpack.
    private func limited(_ range: Range<Int>, of set: borrowing SortedSet) -> Range<Int> {
        let begin = offset < 0 && !set.isListpack ? offset + range.count : offset
        return range.limited(offset: begin, limit: limit, isReversed: isReversed)
    }

    private func ranks(ofCount count: Int) -> Range<Int> {
        let first = max(start < 0 ? start &+ count : start, 0)
        let last = min(stop < 0 ? stop &+ count : stop, count - 1)
        guard first <= last else { return 0..<0 }
        return isReversed ? count - 1 - last..<count - first : first..<last + 1
    }
}

/// An end of a range of scores: a number, with "(" in front if it does not belong to the range.
private struct ScoreBound {
    let score: Double
    let isExcluded: Bool

    init?(_ text: ByteView) {
        isExcluded = !text.isEmpty && text[0] == UInt8(ascii: "(")
        let number = isExcluded ? text[1..<text.count] : text
        guard let score = number.bound else { return nil }
        self.score = score
    }
}

extension LexBound {
    /// Reads "-", "+", "[member" or "(member".
    @_lifetime(copy text)
    fileprivate init?(parsing text: ByteView) {
        guard !text.isEmpty else { return nil }
        switch text[0] {
        case UInt8(ascii: "-") where text.count == 1: self = .lowest
        case UInt8(ascii: "+") where text.count == 1: self = .highest
        case UInt8(ascii: "["): self.init(.including, text[1..<text.count])
        case UInt8(ascii: "("): self.init(.excluding, text[1..<text.count])
        default: return nil
        }
    }
}
