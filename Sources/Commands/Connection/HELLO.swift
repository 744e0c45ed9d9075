// HELLO: the handshake: protocol version, authentication and name in one command.

package import Datastore
internal import Memory
package import RESP

package enum HELLO: ServerCommand {
    package static let spec = CommandSpec(
        "hello", summary: "Handshakes with the server.", since: "6.0.0", group: .connection, complexity: "O(1)",
        arity: -1, flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy], categories: [.connection],
        history: [
            (
                "8.1.0",
                "A new `availability_zone` field is added to the response if the `availability-zone` config is set."),
            (
                "6.2.0",
                "`protover` made optional; when called without arguments the command reports the current "
                    + "connection's context.")],
        arguments: [
            ArgumentSpec(
                "arguments", .block, optional: true,
                [
                    ArgumentSpec("protover", .integer),
                    ArgumentSpec(
                        "auth", .block, token: "AUTH", optional: true,
                        [ArgumentSpec("username", .string), ArgumentSpec("password", .string)]),
                    ArgumentSpec("clientname", .string, token: "SETNAME", optional: true)])],
        isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        var version = session.version
        if request.count > 1 {
            let number = try request.integer(
                at: 1, or: .reply("ERR Protocol version is not an integer or out of range"))
            switch number {
            case 2: version = .resp2
            case 3: version = .resp3
            default: throw .reply("NOPROTO unsupported protocol version")
            }
        }
        // All options are checked before any takes effect.
        var credentials: (user: [UInt8], password: [UInt8])?
        var name: [UInt8]?
        var index = 2
        while index < request.count {
            let following = request.count - 1 - index
            if request[index].isWord("AUTH") && following >= 2 {
                credentials = (request[index + 1].copied(), request[index + 2].copied())
                index += 3
            } else if request[index].isWord("SETNAME") && following >= 1 {
                name = request[index + 1].copied()
                guard ClientText.isValid(request[index + 1]) else { throw CLIENT.SETNAME.invalid }
                index += 2
            } else {
                return reply.error("ERR Syntax error in HELLO option '", request[index], "'")
            }
        }
        if let credentials {
            try AUTH.authenticate(user: credentials.user, password: credentials.password, &session, server)
        }
        guard session.flags.contains(.authenticated) else {
            throw .reply(
                """
                NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH \
                <user> <pass> option can be used to authenticate the client and select the RESP protocol version at \
                the same time
                """)
        }
        if let name { CLIENT.SETNAME.setName(name, &session) }
        session.version = version
        reply.version = version
        describe(server, session, &reply)
    }

    /// `server` and `version` are Redis's, since clients decide by them what they may use; INFO has Apus's own.
    private static func describe(_ server: any ServerFace, _ session: borrowing Session, _ reply: inout Reply) {
        let zone = server.availabilityZone
        reply.map(zone.isEmpty ? 7 : 8)
        reply.bulk("server")
        reply.bulk("redis")
        reply.bulk("version")
        reply.bulk(text: server.redisVersion)
        reply.bulk("proto")
        reply.integer(Int(session.version.rawValue))
        reply.bulk("id")
        reply.integer(Int(session.id))
        reply.bulk("mode")
        reply.bulk(text: server.mode)
        reply.bulk("role")
        reply.bulk(text: server.role)
        reply.bulk("modules")
        reply.emptyArray()
        if !zone.isEmpty {
            reply.bulk("availability_zone")
            reply.bulk(text: zone)
        }
    }
}
