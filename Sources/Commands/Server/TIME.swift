// TIME: the server's clock.

package import Datastore
package import RESP

package enum TIME: ServerCommand {
    package static let spec = CommandSpec(
        "time", summary: "Returns the server time.", since: "2.6.0", group: .server, complexity: "O(1)", arity: 1,
        flags: [.loading, .stale, .fast], tips: ["nondeterministic_output"], isolation: Isolation.none)

    /// Read afresh: within a turn the database's time stands still, but who asks for microseconds means now.
    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        let now = Int(server.unixUs)
        reply.array(2)
        reply.bulk(now / 1_000_000)
        reply.bulk(now % 1_000_000)
    }
}
