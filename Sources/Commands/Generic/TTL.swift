// TTL, PTTL, EXPIRETIME, PEXPIRETIME and PERSIST: how long a key lives.

package import Datastore
package import RESP

package enum TTL: DataCommand {
    package static let spec = CommandSpec(
        "ttl", summary: "Returns the expiration time in seconds of a key.", since: "1.0.0", group: .generic,
        complexity: "O(1)", arity: 2, flags: [.readonly, .fast], categories: [.keyspace], keys: [.one("RO", "access")],
        tips: ["nondeterministic_output"], history: [("2.8.0", "Added the -2 reply.")],
        arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        database.replyExpiry(request, &reply, isRelative: true, inSeconds: true)
    }
}

package enum PTTL: DataCommand {
    package static let spec = CommandSpec(
        "pttl", summary: "Returns the expiration time in milliseconds of a key.", since: "2.6.0", group: .generic,
        complexity: "O(1)", arity: 2, flags: [.readonly, .fast], categories: [.keyspace], keys: [.one("RO", "access")],
        tips: ["nondeterministic_output"], history: [("2.8.0", "Added the -2 reply.")],
        arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        database.replyExpiry(request, &reply, isRelative: true, inSeconds: false)
    }
}

package enum EXPIRETIME: DataCommand {
    package static let spec = CommandSpec(
        "expiretime", summary: "Returns the expiration time of a key as a Unix timestamp.", since: "7.0.0",
        group: .generic, complexity: "O(1)", arity: 2, flags: [.readonly, .fast], categories: [.keyspace],
        keys: [.one("RO", "access")], arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        database.replyExpiry(request, &reply, isRelative: false, inSeconds: true)
    }
}

package enum PEXPIRETIME: DataCommand {
    package static let spec = CommandSpec(
        "pexpiretime", summary: "Returns the expiration time of a key as a Unix milliseconds timestamp.",
        since: "7.0.0", group: .generic, complexity: "O(1)", arity: 2, flags: [.readonly, .fast],
        categories: [.keyspace], keys: [.one("RO", "access")], arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        database.replyExpiry(request, &reply, isRelative: false, inSeconds: false)
    }
}

package enum PERSIST: DataCommand {
    package static let spec = CommandSpec(
        "persist", summary: "Removes the expiration time of a key.", since: "2.2.0", group: .generic,
        complexity: "O(1)", arity: 2, flags: [.write, .fast], categories: [.keyspace], keys: [.one("RW", "update")],
        arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        reply.integer(database.persist(request.key) ? 1 : 0)
    }
}

extension Database {
    /// -2 without the key, -1 without an expiry; seconds are rounded to the nearest.
    @inline(__always)
    fileprivate mutating func replyExpiry(
        _ request: Request, _ reply: inout Reply, isRelative: Bool, inSeconds: Bool
    ) {
        let nowMs = self.nowMs
        guard let entry = inspect(request.key) else { return reply.integer(-2) }
        guard let expiryMs = entry.expiryMs else { return reply.integer(-1) }
        let ms = Int(isRelative ? expiryMs - nowMs : expiryMs)
        // The largest expiry has no room for half a second more.
        reply.integer(inSeconds ? ms / 1000 + (ms % 1000 >= 500 ? 1 : 0) : ms)
    }
}
