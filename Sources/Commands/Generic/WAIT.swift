// WAIT, WAITAOF: until so many others have what this client has written. There are no others and no append-only file,
// so what is waited for never comes, and the wait ends with its time.

package import Datastore
package import RESP

package enum WAIT: BlockingCommand {
    package static let awaited: ValueType? = nil
    package static let spec = CommandSpec(
        "wait",
        summary: """
            Blocks until the asynchronous replication of all preceding write commands sent by the connection is \
            completed.
            """,
        since: "3.0.0", group: .generic, complexity: "O(1)", arity: 3, flags: [.blocking],
        categories: [.blocking, .connection], tips: ["request_policy:all_shards", "response_policy:agg_min"],
        arguments: [ArgumentSpec("numreplicas", .integer), ArgumentSpec("timeout", .integer)],
        isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let replicas = try request.integer(at: 1)
        let deadlineMs = try request.deadlineOfMilliseconds(at: 2, database)
        guard replicas > 0 else { return giveUp(&reply) }
        throw .wouldBlock(deadlineMs: deadlineMs)
    }

    /// No key ends this wait.
    package static func serve(
        _ request: Request, _ key: Key, _ database: inout Database, _ reply: inout Reply
    ) -> Bool { false }

    /// Replicas that have it all.
    package static func giveUp(_ reply: inout Reply) { reply.integer(0) }
}

package enum WAITAOF: BlockingCommand {
    package static let awaited: ValueType? = nil
    package static let spec = CommandSpec(
        "waitaof",
        summary: """
            Blocks until all of the preceding write commands sent by the connection are written to the append-only \
            file of the primary and/or replicas.
            """,
        since: "7.2.0", group: .generic, complexity: "O(1)", arity: 4, flags: [.blocking],
        categories: [.blocking, .connection], tips: ["request_policy:all_shards", "response_policy:agg_min"],
        arguments: [
            ArgumentSpec("numlocal", .integer), ArgumentSpec("numreplicas", .integer),
            ArgumentSpec("timeout", .integer),
        ],
        isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let locals = try request.integer(at: 1)
        guard (0...1).contains(locals) else { throw .reply("ERR value is out of range, value must between 0 and 1") }
        guard let replicas = request[2].integer, replicas >= 0 else {
            throw .reply("ERR value is out of range, must be positive")
        }
        let deadlineMs = try request.deadlineOfMilliseconds(at: 3, database)
        guard locals == 0 else {
            throw .reply("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
        }
        guard replicas > 0 else { return giveUp(&reply) }
        throw .wouldBlock(deadlineMs: deadlineMs)
    }

    /// No key ends this wait.
    package static func serve(
        _ request: Request, _ key: Key, _ database: inout Database, _ reply: inout Reply
    ) -> Bool { false }

    /// Files that have it all: here, and at replicas.
    package static func giveUp(_ reply: inout Reply) {
        reply.array(2)
        reply.integer(0)
        reply.integer(0)
    }
}
