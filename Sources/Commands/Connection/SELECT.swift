// SELECT: which database the following commands work on.

package import Datastore
package import RESP

package enum SELECT: ServerCommand {
    package static let spec = CommandSpec(
        "select", summary: "Changes the selected database.", since: "1.0.0", group: .connection, complexity: "O(1)",
        arity: 2, flags: [.loading, .stale, .fast, .allowBusy], categories: [.connection],
        arguments: [ArgumentSpec("index", .integer)], isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        let index = try database.number(of: request[1])
        session.database = UInt16(index)
        database.index = index
        reply.ok()
    }
}
