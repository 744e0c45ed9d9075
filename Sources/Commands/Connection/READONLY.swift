// READONLY and READWRITE: whether a replica may answer this connection. There are no replicas, so both change only what
// CLIENT LIST tells; valkey-cli says READONLY before it scans (--bigkeys, --memkeys), and gives up if that fails.

package import Datastore
package import RESP

package enum READONLY: ServerCommand {
    package static let spec = readingSpec(
        "readonly", "Enables read-only queries for a connection to a Valkey replica node.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        session.flags.insert(.readOnly)
        reply.ok()
    }
}

package enum READWRITE: ServerCommand {
    package static let spec = readingSpec(
        "readwrite", "Enables read-write queries for a connection to a Valkey replica node.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        session.flags.remove(.readOnly)
        reply.ok()
    }
}

private func readingSpec(_ name: String, _ summary: String) -> CommandSpec {
    CommandSpec(
        name, summary: summary, since: "3.0.0", group: .cluster, complexity: "O(1)", arity: 1,
        flags: [.loading, .stale, .fast], categories: [.connection], isolation: Isolation.none)
}
