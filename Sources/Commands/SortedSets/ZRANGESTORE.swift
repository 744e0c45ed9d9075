// ZRANGESTORE: a range of one set becomes another one.

package import Datastore
package import RESP

package enum ZRANGESTORE: DataCommand {
    package static let spec = CommandSpec(
        "zrangestore", summary: "Stores a range of members from sorted set in a key.", since: "6.2.0",
        group: .sortedSet,
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored "
            + "into the destination key.",
        arity: -5, flags: [.write, .denyOOM], categories: [.sortedSet],
        keys: [.one("OW", "update"), .one("RO", "access", at: 2)],
        arguments: [
            ArgumentSpec("dst", .key, key: 0), ArgumentSpec("src", .key, key: 1), ArgumentSpec("min", .string),
            ArgumentSpec("max", .string),
            ArgumentSpec("sortby", .oneOf, optional: true, [.word("byscore", "BYSCORE"), .word("bylex", "BYLEX")]),
            .word("rev", "REV", optional: true),
            .limit(),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let options = try RangeOptions(nil, isReversed: nil, request.options(from: 5), isStoring: true)
        let range = try options.range(request, boundsAt: 3)
        let limits = database.keyspace.sortedSetLimits
        var result = SortedSet()
        if let entry = database.lookupForRead(request.key(at: 2)) {
            guard case .sortedSet = entry.type else {
                result.free()
                throw .wrongType
            }
            entry.withSortedSet { set in
                let ranks = range.ranks(in: set)
                // As the reference: a listpack, also one on the way to a skip list, takes the sign from -0, and only a
                // range of ranks says beforehand that it is too long for one.
                if case .rank = options.terms ?? .rank { result.prepare(forMembers: ranks.count, longest: 0, limits) }
                var cursor = set.cursor(ranks: ranks, isReversed: range.isReversed)
                while let next = cursor.next() {
                    next.withBytes { member in result.insert(member, score: next.score, limits: limits) }
                }
            }
        }
        database.store(result, under: request.key, .zrangestore, &reply)
    }
}
