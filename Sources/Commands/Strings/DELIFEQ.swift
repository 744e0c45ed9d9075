// DELIFEQ: removes a string if it is what the client believes it to be, as the holder of a lock does.

package import Datastore
internal import Memory
package import RESP

package enum DELIFEQ: DataCommand {
    package static let spec = CommandSpec(
        "delifeq", summary: "Delete key if value matches string.", since: "9.0.0", group: .string, complexity: "O(1)",
        arity: 3, flags: [.write, .fast], categories: [.string], keys: [.one("RM", "delete")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.lookupForWrite(request.key) else { return reply.integer(0) }
        guard entry.isString else { throw .wrongType }
        guard entry.string == request[2] else { return reply.integer(0) }
        reply.integer(database.delete(request.key) ? 1 : 0)
    }
}
