// CLIENT PAUSE and UNPAUSE: commands wait for a while, so that a failover or an upgrade sees no writes.

package import Datastore
internal import Memory
package import RESP

/// Until when which commands wait. Changed exclusively.
package struct ClientPause: Sendable {
    /// Unix milliseconds.
    package private(set) var untilMs: Int64 = 0
    /// All commands wait, not only those that may change data.
    package private(set) var isAll = false

    package init() {}

    /// Whether it is on at a Unix millisecond.
    package func isOn(_ nowMs: Int64) -> Bool { nowMs < untilMs }

    /// A second pause makes the first one longer or stricter, never shorter or milder.
    package mutating func begin(untilMs: Int64, isAll: Bool, nowMs: Int64) {
        let wasOn = isOn(nowMs)
        self.isAll = isAll || wasOn && self.isAll
        self.untilMs = wasOn ? max(untilMs, self.untilMs) : untilMs
    }

    /// Ends it at once.
    package mutating func end() { self = ClientPause() }
}

extension CLIENT {
    package enum PAUSE: ServerCommand {
        package static let spec = CommandSpec(
            "pause", summary: "Suspends commands processing.", since: "3.0.0", group: .connection, complexity: "O(1)",
            arity: -3, flags: [.admin, .noScript, .loading, .stale], categories: [.connection],
            history: [("6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option.")],
            arguments: [
                ArgumentSpec("timeout", .integer),
                ArgumentSpec(
                    "mode", .oneOf, since: "6.2.0", optional: true, [.word("write", "WRITE"), .word("all", "ALL")]),
            ], isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            // Words behind the mode are not looked at.
            let isAll = request.count != 4 || request[3].isWord("ALL")
            guard isAll || request[3].isWord("WRITE") else {
                throw .reply("ERR CLIENT PAUSE mode must be WRITE or ALL")
            }
            let timeoutMs = try request.integer(at: 2, or: .reply("ERR timeout is not an integer or out of range"))
            if timeoutMs < 0 { throw .reply("ERR timeout is negative") }
            let (untilMs, overflows) = database.nowMs.addingReportingOverflow(Int64(timeoutMs))
            if overflows { throw .reply("ERR timeout is out of range") }
            server.pauseClients(untilMs: untilMs, isAll: isAll, asking: &session)
            reply.ok()
        }
    }

    package enum UNPAUSE: ServerCommand {
        package static let spec = CommandSpec(
            "unpause", summary: "Resumes processing commands from paused clients.", since: "6.2.0", group: .connection,
            complexity: "O(N) Where N is the number of paused clients", arity: 2,
            flags: [.admin, .noScript, .loading, .stale], categories: [.connection], isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            server.unpauseClients()
            reply.ok()
        }
    }
}
