// ZINTER, ZINTERSTORE and ZINTERCARD: the members of all of several sets.

package import Datastore
package import RESP

package enum ZINTER: DataCommand {
    package static let spec = CommandSpec(
        "zinter", summary: "Returns the intersect of multiple sorted sets.", since: "6.2.0", group: .sortedSet,
        complexity:
            "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input "
            + "sorted sets and M being the number of elements in the resulting sorted set.",
        arity: -3, flags: [.readonly, .movableKeys], categories: [.sortedSet],
        keys: [KeySpec(["RO", "access"], begin: .index(1), find: .count(countIndex: 0, first: 1, step: 1))],
        arguments: [
            ArgumentSpec("numkeys", .integer), ArgumentSpec("key", .key, key: 0, multiple: true),
            ArgumentSpec("weight", .integer, token: "WEIGHTS", optional: true, multiple: true),
            ArgumentSpec(
                "aggregate", .oneOf, token: "AGGREGATE", optional: true,
                [.word("sum", "SUM"), .word("min", "MIN"), .word("max", "MAX")]),
            .word("withscores", "WITHSCORES", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combine(.intersection, &database, &reply)
    }
}

package enum ZINTERSTORE: DataCommand {
    package static let spec = CommandSpec(
        "zinterstore", summary: "Stores the intersect of multiple sorted sets in a key.", since: "2.0.0",
        group: .sortedSet,
        complexity:
            "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input "
            + "sorted sets and M being the number of elements in the resulting sorted set.",
        arity: -4, flags: [.write, .denyOOM, .movableKeys], categories: [.sortedSet],
        keys: [
            .one("OW", "update"),
            KeySpec(["RO", "access"], begin: .index(2), find: .count(countIndex: 0, first: 1, step: 1)),
        ],
        arguments: [
            ArgumentSpec("destination", .key, key: 0), ArgumentSpec("numkeys", .integer),
            ArgumentSpec("key", .key, key: 1, multiple: true),
            ArgumentSpec("weight", .integer, token: "WEIGHTS", optional: true, multiple: true),
            ArgumentSpec(
                "aggregate", .oneOf, token: "AGGREGATE", optional: true,
                [.word("sum", "SUM"), .word("min", "MIN"), .word("max", "MAX")]),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combineAndStore(.intersection, .zinterstore, &database, &reply)
    }
}

package enum ZINTERCARD: DataCommand {
    package static let spec = CommandSpec(
        "zintercard", summary: "Returns the number of members of the intersect of multiple sorted sets.",
        since: "7.0.0", group: .sortedSet,
        complexity:
            "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
        arity: -3, flags: [.readonly, .movableKeys], categories: [.sortedSet],
        keys: [KeySpec(["RO", "access"], begin: .index(1), find: .count(countIndex: 0, first: 1, step: 1))],
        arguments: [
            ArgumentSpec("numkeys", .integer), ArgumentSpec("key", .key, key: 0, multiple: true),
            ArgumentSpec("limit", .integer, token: "LIMIT", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let arguments = try AlgebraArguments(.intersection, .cardinality, request, countAt: 1, &database)
        let result = arguments.result(request, &database)
        let count = result.count
        result.free()
        reply.integer(arguments.limit > 0 ? min(count, arguments.limit) : count)
    }
}
