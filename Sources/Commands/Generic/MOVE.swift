// MOVE and SWAPDB: keys change their database.

package import Datastore
package import RESP

package enum MOVE: DataCommand {
    package static let spec = CommandSpec(
        "move", summary: "Moves a key to another database.", since: "1.0.0", group: .generic, complexity: "O(1)",
        arity: 3, flags: [.write, .fast], categories: [.keyspace], keys: [.one("RW", "access", "update")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("db", .integer)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let target = try database.number(of: request[2])
        guard target != database.index else { throw .reply("ERR source and destination objects are the same") }
        reply.integer(database.move(request.key, toDatabase: target) ? 1 : 0)
    }
}

package enum SWAPDB: DataCommand {
    package static let spec = CommandSpec(
        "swapdb", summary: "Swaps two databases.", since: "4.0.0", group: .server,
        complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.", arity: 3,
        flags: [.write, .fast], categories: [.keyspace, .dangerous],
        arguments: [ArgumentSpec("index1", .integer), ArgumentSpec("index2", .integer)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let first = request[1].integer32 else { throw .reply("ERR invalid first DB index") }
        guard let second = request[2].integer32 else { throw .reply("ERR invalid second DB index") }
        guard database.hasDatabase(first) && database.hasDatabase(second) else { throw .noSuchDatabase }
        database.swapDatabases(first, second)
        reply.ok()
    }
}
