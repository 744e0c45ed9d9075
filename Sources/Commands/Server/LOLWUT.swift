// LOLWUT: a picture, and the version.

package import Datastore
internal import Memory
package import RESP

package enum LOLWUT: ServerCommand {
    package static let spec = CommandSpec(
        "lolwut", summary: "Displays computer art and the server version.", since: "5.0.0", group: .server,
        complexity: nil, arity: -1, flags: [.readonly, .fast],
        arguments: [ArgumentSpec("version", .integer, token: "VERSION", optional: true)], isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        if request.count > 2 && request[1].isWord("VERSION") { _ = try request.integer(at: 2) }
        let text = Array("\(swift)\nRedis ver. \(server.redisVersion) (Apus \(server.apusVersion))\n".utf8)
        reply.verbatim("txt", ByteView(text.span))
    }

    /// A swift in flight.
    private static let swift = """
        __                                   __
          `--..__                     __..--'
               `--._   .-""-.   _.--'
                    `-/      \\-'
                      \\      /
                       `.  .'
                        |  |
                        /  \\
                       / /\\ \\
                      /_/  \\_\\
        """
}
