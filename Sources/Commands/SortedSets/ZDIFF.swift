// ZDIFF and ZDIFFSTORE: the members of the first set that the others do not have.

package import Datastore
package import RESP

package enum ZDIFF: DataCommand {
    package static let spec = CommandSpec(
        "zdiff", summary: "Returns the difference between multiple sorted sets.", since: "6.2.0", group: .sortedSet,
        complexity:
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of "
            + "the first set, and K is the size of the result set.",
        arity: -3, flags: [.readonly, .movableKeys], categories: [.sortedSet],
        keys: [KeySpec(["RO", "access"], begin: .index(1), find: .count(countIndex: 0, first: 1, step: 1))],
        arguments: [
            ArgumentSpec("numkeys", .integer), ArgumentSpec("key", .key, key: 0, multiple: true),
            .word("withscores", "WITHSCORES", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combine(.difference, &database, &reply)
    }
}

package enum ZDIFFSTORE: DataCommand {
    package static let spec = CommandSpec(
        "zdiffstore", summary: "Stores the difference of multiple sorted sets in a key.", since: "6.2.0",
        group: .sortedSet,
        complexity:
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of "
            + "the first set, and K is the size of the result set.",
        arity: -4, flags: [.write, .denyOOM, .movableKeys], categories: [.sortedSet],
        keys: [
            .one("OW", "update"),
            KeySpec(["RO", "access"], begin: .index(2), find: .count(countIndex: 0, first: 1, step: 1)),
        ],
        arguments: [
            ArgumentSpec("destination", .key, key: 0), ArgumentSpec("numkeys", .integer),
            ArgumentSpec("key", .key, key: 1, multiple: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combineAndStore(.difference, .zdiffstore, &database, &reply)
    }
}
