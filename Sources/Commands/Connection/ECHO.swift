// ECHO: the argument, back.

package import Datastore
package import RESP

package enum ECHO: ServerCommand {
    package static let spec = CommandSpec(
        "echo", summary: "Returns the given string.", since: "1.0.0", group: .connection, complexity: "O(1)", arity: 2,
        flags: [.loading, .stale, .fast], categories: [.connection], arguments: [ArgumentSpec("message", .string)],
        isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        reply.bulk(request[1])
    }
}
