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
        let hasPicture = try checkArguments(request)
        let version = "Redis ver. \(server.redisVersion) (Apus \(server.apusVersion))\n"
        reply.verbatim(text: hasPicture ? "\(swift)\n" + version : version)
    }

    /// Whether the version asked for has a picture. Each takes its own words, which say how the reference server's is
    /// to be drawn: they are held to its grammar, and the swift flies as it is.
    private static func checkArguments(_ request: Request) throws(CommandError) -> Bool {
        var version = newestPicture, first = 1
        if request.count > 2 && request[1].isWord("VERSION") {
            version = try request.integer(at: 2)
            first = 3
        }
        var integers = 0
        switch version {
        case 5: integers = 3  // columns, squares per row, squares per column
        case 6: integers = 2  // columns, rows
        case newestPicture:
            guard [0, 2, 4].contains(request.count - first) else {
                throw .reply("ERR Syntax error. Use: LOLWUT [columns rows] [real imaginary]")
            }
            integers = 2  // columns, rows; then two doubles
        default: return false
        }
        let end = min(first + integers, request.count)
        for index in first..<end { _ = try request.integer(at: index) }
        if version == newestPicture {
            for index in end..<request.count { _ = try request.double(at: index) }
        }
        return true
    }

    private static let newestPicture = 9

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
