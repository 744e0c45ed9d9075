// MONITOR: the client sees every command from here on, of all clients, as it is executed.

package import Datastore
package import RESP

package enum MONITOR: ServerCommand {
    package static let spec = CommandSpec(
        "monitor", summary: "Listens for all requests received by the server in real-time.", since: "1.0.0",
        group: .server, complexity: nil, arity: 1, flags: [.admin, .noScript, .loading, .stale],
        isolation: .exclusive)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        if session.flags.contains(.inTransaction) {
            throw .reply("ERR MONITOR isn't allowed for DENY BLOCKING client")
        }
        // Who monitors already hears nothing new, not even an answer.
        if session.flags.contains(.monitor) { return }
        server.startMonitoring(&session)
        reply.ok()
    }
}
