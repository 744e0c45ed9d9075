// KEYS, RANDOMKEY and DBSIZE: all keys of a database.

package import Datastore
internal import Memory
package import RESP

package enum KEYS: DataCommand {
    package static let spec = CommandSpec(
        "keys", summary: "Returns all key names that match a pattern.", since: "1.0.0", group: .generic,
        complexity: "O(N) with N being the number of keys in the database, under the assumption that the key names "
            + "in the database and the given pattern have limited length.",
        arity: 2, flags: [.readonly], categories: [.keyspace, .dangerous],
        tips: ["request_policy:all_shards", "nondeterministic_output_order"],
        arguments: [ArgumentSpec("pattern", .pattern)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let pattern = request[1]
        let matchesAll = pattern == ByteView("*")
        let keys = reply.beginDeferred()
        var count = 0
        var batch = ScanBatch()
        var cursor: UInt64 = 0
        repeat {
            cursor = database.scan(
                from: .init(cursor), wanted: scanStep, batch: &batch
            ) { key, _ in
                guard matchesAll || key.matches(glob: pattern) else { return }
                reply.bulk(key)
                count += 1
            }
        } while cursor != 0
        reply.endArray(keys, count: count)
    }

    /// Keys per step: the list of a step's keys stays in the cache.
    private static var scanStep: Int { 1024 }
}

package enum RANDOMKEY: DataCommand {
    package static let spec = CommandSpec(
        "randomkey", summary: "Returns a random key name from the database.", since: "1.0.0", group: .generic,
        complexity: "O(1)", arity: 1, flags: [.readonly], categories: [.keyspace],
        tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        if !database.withRandomKey({ reply.bulk($0) }) { reply.null() }
    }
}

package enum DBSIZE: DataCommand {
    package static let spec = CommandSpec(
        "dbsize", summary: "Returns the number of keys in the database.", since: "1.0.0", group: .server,
        complexity: "O(1)", arity: 1, flags: [.readonly, .fast], categories: [.keyspace],
        tips: ["request_policy:all_shards", "response_policy:agg_sum"])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        reply.integer(database.keyspace.count(inDatabase: database.index))
    }
}
