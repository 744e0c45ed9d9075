// DEL and UNLINK: remove keys.

package import Datastore
package import RESP

package enum DEL: DataCommand {
    package static let spec = CommandSpec(
        "del", summary: "Deletes one or more keys.", since: "1.0.0", group: .generic,
        complexity: "O(N) where N is the number of keys that will be removed. When a key to remove holds a value "
            + "other than a string, the individual complexity for this key is O(M) where M is the number of elements "
            + "in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
        arity: -2, flags: [.write], categories: [.keyspace], keys: [.many("RM", "delete")],
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
        arguments: [ArgumentSpec("key", .key, key: 0, multiple: true)])

    /// Large values are freed in the background by both commands, so they do the same.
    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        var removed = 0
        var keys = KeyRun(from: 1)
        while keys.next(request, &database, end: request.count) {
            if database.delete(request.key(of: keys)) { removed += 1 }
        }
        reply.integer(removed)
    }
}

package enum UNLINK: DataCommand {
    package static let spec = CommandSpec(
        "unlink", summary: "Asynchronously deletes one or more keys.", since: "4.0.0", group: .generic,
        complexity: "O(1) for each key removed regardless of its size. Then the command does O(N) work in a "
            + "different thread in order to reclaim memory, where N is the number of allocations the deleted objects "
            + "where composed of.",
        arity: -2, flags: [.write, .fast], categories: [.keyspace], keys: [.many("RM", "delete")],
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
        arguments: [ArgumentSpec("key", .key, key: 0, multiple: true)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try DEL.run(request, &database, &reply)
    }
}
