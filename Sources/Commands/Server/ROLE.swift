// ROLE: the server's part in replication.

package import Datastore
package import RESP

package enum ROLE: ServerCommand {
    package static let spec = CommandSpec(
        "role", summary: "Returns the replication role.", since: "2.8.12", group: .server, complexity: "O(1)", arity: 1,
        flags: [.noScript, .loading, .stale, .fast], categories: [.admin, .dangerous], isolation: Isolation.none)

    /// A primary at offset 0 without replicas.
    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        reply.array(3)
        reply.bulk(text: server.role)
        reply.integer(0)
        reply.emptyArray()
    }
}
