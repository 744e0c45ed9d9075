// ZCOUNT and ZLEXCOUNT: how many members a range has.

package import Datastore
package import RESP

package enum ZCOUNT: DataCommand {
    package static let spec = CommandSpec(
        "zcount", summary: "Returns the count of members in a sorted set that have scores within a range.",
        since: "2.0.0", group: .sortedSet,
        complexity: "O(log(N)) with N being the number of elements in the sorted set.", arity: 4,
        flags: [.readonly, .fast], categories: [.sortedSet], keys: [.one("RO", "access")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("min", .double), ArgumentSpec("max", .double)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.count(.score, &database, &reply)
    }
}

package enum ZLEXCOUNT: DataCommand {
    package static let spec = CommandSpec(
        "zlexcount", summary: "Returns the number of members in a sorted set within a lexicographical range.",
        since: "2.8.9", group: .sortedSet,
        complexity: "O(log(N)) with N being the number of elements in the sorted set.", arity: 4,
        flags: [.readonly, .fast], categories: [.sortedSet], keys: [.one("RO", "access")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("min", .string), ArgumentSpec("max", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.count(.lex, &database, &reply)
    }
}

extension Request {
    fileprivate func count(
        _ terms: RangeTerms, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let range = try RangeArguments(terms, self, boundsAt: 2)
        guard let entry = database.lookupForRead(key) else { return reply.integer(0) }
        guard case .sortedSet = entry.type else { throw .wrongType }
        reply.integer(entry.withSortedSet { set in range.ranks(in: set).count })
    }
}
