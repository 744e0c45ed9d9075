// ZRANDMEMBER: members by chance, once each or with repetitions.

package import Datastore
internal import Memory
internal import Platform
package import RESP

package enum ZRANDMEMBER: DataCommand {
    package static let spec = CommandSpec(
        "zrandmember", summary: "Returns one or more random members from a sorted set.", since: "6.2.0",
        group: .sortedSet, complexity: "O(N) where N is the number of members returned", arity: -2, flags: [.readonly],
        categories: [.sortedSet], keys: [.one("RO", "access")], tips: ["nondeterministic_output"],
        arguments: [
            ArgumentSpec("key", .key, key: 0),
            ArgumentSpec(
                "options", .block, optional: true,
                [ArgumentSpec("count", .integer), .word("withscores", "WITHSCORES", optional: true)]),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard request.count > 2 else { return try one(request, &database, &reply) }
        let wanted = try request.integer(at: 2)
        guard wanted != .min else {
            throw .reply(
                "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
        }
        let withScores = request.count > 3
        if withScores {
            guard request.count == 4, request[3].isWord("WITHSCORES") else { throw .syntax }
            // Twice as many values must be countable, too.
            guard abs(wanted) <= Int.max / 2 else { throw .outOfRange }
        }
        var random = database.randomness.split()
        guard let entry = database.lookupForRead(request.key) else { return reply.emptyArray() }
        guard case .sortedSet = entry.type else { throw .wrongType }
        entry.withSortedSet { set in
            if wanted < 0 {
                reply.repeatedMembers(of: set, -wanted, withScores: withScores, &random)
            } else {
                reply.distinctMembers(of: set, wanted, withScores: withScores, &random)
            }
        }
    }

    private static func one(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        var random = database.randomness.split()
        guard let entry = database.lookupForRead(request.key) else { return reply.null() }
        guard case .sortedSet = entry.type else { throw .wrongType }
        entry.withSortedSet { set in reply.member(set.member(atRank: random.index(set.count))) }
    }
}

extension Reply {
    /// An array header for members with or without scores.
    private mutating func membersHeader(_ count: Int, withScores: Bool) {
        array(withScores && !hasPairs ? 2 * count : count)
    }

    private mutating func randomMember(_ member: borrowing ScoredMember, withScores: Bool) {
        if withScores, hasPairs { array(2) }
        self.member(member)
        if withScores { double(member.score) }
    }

    fileprivate mutating func repeatedMembers(
        of set: borrowing SortedSet, _ wanted: Int, withScores: Bool, _ random: inout Randomness
    ) {
        membersHeader(wanted, withScores: withScores)
        for _ in 0..<wanted {
            // The same members make as much as is asked for: more than a client's limit allows is not even drawn.
            if output.hasOverflowed { return }
            randomMember(set.member(atRank: random.index(set.count)), withScores: withScores)
        }
    }

    fileprivate mutating func distinctMembers(
        of set: borrowing SortedSet, _ wanted: Int, withScores: Bool, _ random: inout Randomness
    ) {
        if wanted >= set.count {  // all, as Redis has them: from the last one on
            let scores = withScores ? ScoreLayout.byProtocol : .none
            return members(of: set, ranks: 0..<set.count, isReversed: true, scores: scores)
        }
        membersHeader(wanted, withScores: withScores)
        // Few of many are drawn until they differ. From a third of them on, too many draws would be in vain: then they
        // are found on one walk, each with the chance that leaves every selection equally likely.
        if wanted < set.count / 3 {
            var drawn: Set<Int> = []
            while drawn.count < wanted {
                let rank = random.index(set.count)
                guard drawn.insert(rank).inserted else { continue }
                randomMember(set.member(atRank: rank), withScores: withScores)
            }
            return
        }
        var missing = wanted
        var cursor = set.cursor(ranks: 0..<set.count)
        while missing > 0 {
            let left = UInt64(cursor.remaining)
            guard let next = cursor.next() else { return }
            if random.below(left) < UInt64(missing) {
                randomMember(next, withScores: withScores)
                missing -= 1
            }
        }
    }
}
