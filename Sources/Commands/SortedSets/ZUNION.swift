// ZUNION and ZUNIONSTORE: the members of any of several sets.

package import Datastore
package import RESP

package enum ZUNION: DataCommand {
    package static let spec = CommandSpec(
        "zunion", summary: "Returns the union of multiple sorted sets.", since: "6.2.0", group: .sortedSet,
        complexity:
            "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of "
            + "elements in the resulting sorted set.",
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
        try request.combine(.union, &database, &reply)
    }
}

package enum ZUNIONSTORE: DataCommand {
    package static let spec = CommandSpec(
        "zunionstore", summary: "Stores the union of multiple sorted sets in a key.", since: "2.0.0", group: .sortedSet,
        complexity:
            "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of "
            + "elements in the resulting sorted set.",
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
        try request.combineAndStore(.union, .zunionstore, &database, &reply)
    }
}
