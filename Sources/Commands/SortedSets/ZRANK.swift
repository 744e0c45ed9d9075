// ZRANK and ZREVRANK: a member's place.

package import Datastore
internal import Memory
package import RESP

package enum ZRANK: DataCommand {
    package static let spec = CommandSpec(
        "zrank", summary: "Returns the index of a member in a sorted set ordered by ascending scores.", since: "2.0.0",
        group: .sortedSet, complexity: "O(log(N))", arity: -3, flags: [.readonly, .fast], categories: [.sortedSet],
        keys: [.one("RO", "access")], history: [("7.2.0", "Added the optional `WITHSCORE` argument.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("member", .string),
            .word("withscore", "WITHSCORE", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.rank(isReversed: false, &database, &reply)
    }
}

package enum ZREVRANK: DataCommand {
    package static let spec = CommandSpec(
        "zrevrank", summary: "Returns the index of a member in a sorted set ordered by descending scores.",
        since: "2.0.0", group: .sortedSet, complexity: "O(log(N))", arity: -3, flags: [.readonly, .fast],
        categories: [.sortedSet], keys: [.one("RO", "access")],
        history: [("7.2.0", "Added the optional `WITHSCORE` argument.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("member", .string),
            .word("withscore", "WITHSCORE", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.rank(isReversed: true, &database, &reply)
    }
}

extension Request {
    fileprivate func rank(
        isReversed: Bool, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard count <= 4 else { throw .wrongArity }
        let withScore = count == 4
        if withScore, !self[3].isWord("WITHSCORE") { throw .syntax }
        guard let entry = database.lookupForRead(key) else {
            return withScore ? reply.nullArray() : reply.null()
        }
        guard case .sortedSet = entry.type else { throw .wrongType }
        guard let found = entry.withSortedSet({ set in set.rank(of: self[2], isReversed: isReversed) }) else {
            return withScore ? reply.nullArray() : reply.null()
        }
        guard withScore else { return reply.integer(found.rank) }
        reply.array(2)
        reply.integer(found.rank)
        reply.double(found.score)
    }
}
