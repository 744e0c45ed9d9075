// EXISTS, TOUCH and TYPE: what is there.

package import Datastore
package import RESP

package enum EXISTS: DataCommand {
    package static let spec = CommandSpec(
        "exists", summary: "Determines whether one or more keys exist.", since: "1.0.0", group: .generic,
        complexity: "O(N) where N is the number of keys to check.", arity: -2, flags: [.readonly, .fast],
        categories: [.keyspace], keys: [.many("RO")], tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
        history: [("3.0.3", "Accepts multiple `key` arguments.")],
        arguments: [ArgumentSpec("key", .key, key: 0, multiple: true)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        reply.integer(database.countExisting(request, touching: false))
    }
}

package enum TOUCH: DataCommand {
    package static let spec = CommandSpec(
        "touch",
        summary: "Returns the number of existing keys out of those specified after updating the time they were last "
            + "accessed.",
        since: "3.2.1", group: .generic, complexity: "O(N) where N is the number of keys that will be touched.",
        arity: -2, flags: [.readonly, .fast], categories: [.keyspace], keys: [.many("RO")],
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
        arguments: [ArgumentSpec("key", .key, key: 0, multiple: true)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        // It says what it does: also for a client that has asked with CLIENT NO-TOUCH to leave no trace.
        let isSuppressed = database.isTouchSuppressed
        database.isTouchSuppressed = false
        defer { database.isTouchSuppressed = isSuppressed }
        reply.integer(database.countExisting(request, touching: true))
    }
}

package enum TYPE: DataCommand {
    package static let spec = CommandSpec(
        "type", summary: "Determines the type of value stored at a key.", since: "1.0.0", group: .generic,
        complexity: "O(1)", arity: 2, flags: [.readonly, .fast], categories: [.keyspace], keys: [.one("RO")],
        arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.inspect(request.key) else { return reply.simpleString("none") }
        reply.simpleString(entry.type.name)
    }
}

extension Database {
    /// How many of the request's keys exist; one that is named twice counts twice.
    fileprivate mutating func countExisting(_ request: Request, touching: Bool) -> Int {
        var count = 0
        var keys = KeyRun(from: 1)
        while keys.next(request, &self, end: request.count) {
            let key = request.key(of: keys)
            let exists = touching ? lookupForRead(key) != nil : inspect(key) != nil
            if exists { count += 1 }
        }
        return count
    }
}
