// ZSCORE, ZMSCORE, ZCARD: what a sorted set says of its members.

package import Datastore
package import RESP

package enum ZSCORE: DataCommand {
    package static let spec = CommandSpec(
        "zscore", summary: "Returns the score of a member in a sorted set.", since: "1.2.0", group: .sortedSet,
        complexity: "O(1)", arity: 3, flags: [.readonly, .fast], categories: [.sortedSet], keys: [.one("RO", "access")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("member", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.lookupForRead(request.key) else { return reply.null() }
        guard case .sortedSet = entry.type else { throw .wrongType }
        guard let score = entry.withSortedSet({ set in set.score(of: request[2]) }) else { return reply.null() }
        reply.double(score)
    }
}

package enum ZMSCORE: DataCommand {
    package static let spec = CommandSpec(
        "zmscore", summary: "Returns the score of one or more members in a sorted set.", since: "6.2.0",
        group: .sortedSet, complexity: "O(N) where N is the number of members being requested.", arity: -3,
        flags: [.readonly, .fast], categories: [.sortedSet], keys: [.one("RO", "access")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("member", .string, multiple: true)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.lookupForRead(request.key) else {
            reply.array(request.count - 2)
            for _ in 2..<request.count { reply.null() }
            return
        }
        guard case .sortedSet = entry.type else { throw .wrongType }
        reply.array(request.count - 2)
        entry.withSortedSet { set in
            for index in 2..<request.count {
                if let score = set.score(of: request[index]) { reply.double(score) } else { reply.null() }
            }
        }
    }
}

package enum ZCARD: DataCommand {
    package static let spec = CommandSpec(
        "zcard", summary: "Returns the number of members in a sorted set.", since: "1.2.0", group: .sortedSet,
        complexity: "O(1)", arity: 2, flags: [.readonly, .fast], categories: [.sortedSet], keys: [.one("RO")],
        arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.lookupForRead(request.key) else { return reply.integer(0) }
        guard case .sortedSet = entry.type else { throw .wrongType }
        reply.integer(entry.withSortedSet { set in set.count })
    }
}
