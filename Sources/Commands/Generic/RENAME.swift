// RENAME and RENAMENX: the value and its expiry under another name.

package import Datastore
internal import Memory
package import RESP

package enum RENAME: DataCommand {
    package static let spec = CommandSpec(
        "rename", summary: "Renames a key and overwrites the destination.", since: "1.0.0", group: .generic,
        complexity: "O(1)", arity: 3, flags: [.write], categories: [.keyspace],
        keys: [.one("RW", "access", "delete"), .one("OW", "update", at: 2)],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("newkey", .key, key: 1)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard database.contains(request.key, touching: true) else { throw .noSuchKey }
        if !(request[1] == request[2]) { database.rename(request.key, to: request.key(at: 2)) }
        reply.ok()
    }
}

package enum RENAMENX: DataCommand {
    package static let spec = CommandSpec(
        "renamenx", summary: "Renames a key only when the target key name doesn't exist.", since: "1.0.0",
        group: .generic, complexity: "O(1)", arity: 3, flags: [.write, .fast], categories: [.keyspace],
        keys: [.one("RW", "access", "delete"), .one("OW", "insert", at: 2)],
        history: [("3.2.0", "The command no longer returns an error when source and destination names are the same.")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("newkey", .key, key: 1)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard database.contains(request.key, touching: true) else { throw .noSuchKey }
        let destination = request.key(at: 2)
        // A key that is renamed to itself is in its own way.
        if database.contains(destination, touching: true) { return reply.integer(0) }
        database.rename(request.key, to: destination)
        reply.integer(1)
    }
}
