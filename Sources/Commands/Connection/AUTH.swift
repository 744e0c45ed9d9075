// AUTH: who the client is.

package import Datastore
internal import Memory
package import RESP

package enum AUTH: ServerCommand {
    package static let spec = CommandSpec(
        "auth", summary: "Authenticates the connection.", since: "1.0.0", group: .connection,
        complexity: "O(N) where N is the number of passwords defined for the user", arity: -2,
        flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy], categories: [.connection],
        history: [("6.0.0", "Added ACL style (username and password).")],
        arguments: [
            ArgumentSpec("username", .string, since: "6.0.0", optional: true), ArgumentSpec("password", .string)],
        isolation: Isolation.none)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        guard request.count <= 3 else { throw .syntax }
        let user = request.count == 3 ? request[1].copied() : nil
        try authenticate(user: user, password: request[request.count - 1].copied(), &session, server)
        reply.ok()
    }

    /// Makes the session an authenticated one, or throws the refusal and leaves it as it was.
    static func authenticate(
        user: [UInt8]?, password: [UInt8], _ session: inout Session, _ server: any ServerFace
    ) throws(CommandError) {
        switch server.authenticate(user: user, password: password) {
        case .accepted: session.flags.insert(.authenticated)
        case .wrongPassword: throw .reply("WRONGPASS invalid username-password pair or user is disabled.")
        case .noPasswordSet:
            throw .reply(
                """
                ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                configuration is correct?
                """)
        }
    }
}
