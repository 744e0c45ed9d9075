// PING: is somebody there?

package import Datastore
package import RESP

package enum PING: ServerCommand {
    package static let spec = CommandSpec(
        "ping", summary: "Returns the server's liveliness response.", since: "1.0.0", group: .connection,
        complexity: "O(1)", arity: -1, flags: [.fast], categories: [.connection],
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
        arguments: [ArgumentSpec("message", .string, optional: true)], isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        guard request.count <= 2 else { throw .wrongArity }
        if request.count == 2 { reply.bulk(request[1]) } else { reply.pong() }
    }
}
