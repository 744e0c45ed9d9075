// INFO: figures about the server, as lines of "field:value" in sections.

package import Datastore
internal import Memory
package import RESP

package enum INFO: ServerCommand {
    package static let spec = CommandSpec(
        "info", summary: "Returns information and statistics about the server.", since: "1.0.0", group: .server,
        complexity: "O(1)", arity: -1, flags: [.loading, .stale], categories: [.dangerous],
        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        history: [("7.0.0", "Added support for taking multiple section arguments.")],
        arguments: [ArgumentSpec("section", .string, optional: true, multiple: true)], isolation: .exclusive)

    package static var readsFigures: Bool { true }

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        var sections: [String] = []
        for index in 1..<max(request.count, 1) {
            sections.append(String(decoding: request[index].copied().lowercased(), as: UTF8.self))
        }
        reply.verbatim("txt", ByteView(server.information(sections: sections, database: database).span))
    }
}
