// ServerFace: what commands about the server may ask of it. The server implements it; tests have a small one.

package import Datastore
internal import Memory
package import RESP

/// The server, as seen by its commands. Called on a worker's thread while the command's isolation holds: exclusively
/// for everything that reads other clients or changes settings.
package protocol ServerFace: AnyObject {
    /// All commands, for COMMAND.
    var commands: CommandTable { get }

    /// Whether this user and password are valid. Compares in time that does not depend on the password.
    func authenticate(user: [UInt8]?, password: [UInt8]) -> AuthenticationResult

    // MARK: What it is. At any time.

    /// "standalone" and the like, for HELLO.
    var mode: String { get }
    /// "master" and the like, for HELLO.
    var role: String { get }
    /// `availability-zone`, empty if not set.
    var availabilityZone: String { get }
    /// The version that HELLO and `redis_version` tell clients.
    var redisVersion: String { get }
    /// Apus's own version.
    var apusVersion: String { get }
    /// The time at this moment in Unix microseconds.
    var unixUs: Int64 { get }
    /// Unix seconds of the last save; of the start if there was none.
    var lastSaveSeconds: Int64 { get }

    // MARK: Clients. Exclusively, but for the first.

    /// The line of CLIENT INFO for this client. Needs no exclusive section if the client is the calling worker's own.
    func clientLine(of session: borrowing Session, during command: CommandUnderway) -> [UInt8]
    /// The lines of CLIENT LIST, in order of id.
    func clientLines(
        matching filter: ClientFilter, asking: borrowing Session, during command: CommandUnderway
    ) -> [UInt8]
    /// Closes the clients that match; returns how many. The asking client is closed after its reply.
    func killClients(matching filter: ClientFilter, asking: inout Session) -> Int
    /// Lets commands wait: all, or only those that may change data.
    func pauseClients(untilMs: Int64, isAll: Bool, asking: inout Session)
    /// Ends what `pauseClients` began; those who waited go on in the order in which they came.
    func unpauseClients()
    /// Makes the asking client one that sees every command.
    func startMonitoring(_ session: inout Session)
    /// Ends a client's blocking wait as a timeout or with an error; false if it is not blocked.
    func unblockClient(id: UInt64, withError: Bool) -> Bool

    // MARK: Configuration and figures. Exclusively.

    /// Names and values of the directives that match any of the glob patterns.
    func configuration(matching patterns: [[UInt8]]) -> [(name: [UInt8], value: [UInt8])]
    /// Sets directives, all or none. The result is nil or the whole error text after "ERR ".
    /// `asking`: whether protected directives may be set depends on where the client is.
    func setConfiguration(_ pairs: [(name: [UInt8], value: [UInt8])], asking: borrowing Session) -> String?
    /// Rewrites the configuration file. The result is nil or the whole error text after "ERR ".
    func rewriteConfiguration() -> String?
    /// Sets what INFO counts back to zero, and with it what LATENCY HISTOGRAM tells.
    func resetStatistics()
    /// The text of INFO for these sections (lower case; empty: the default ones).
    func information(sections: [String], database: borrowing Database) -> [UInt8]

    // MARK: Latency. Exclusively.

    /// How long the calls of a command took; nil if it was not called.
    func latencyDistribution(of command: Int) -> LatencyDistribution?
    /// The kinds of events of which there was a slow one, by name.
    func latencyEvents() -> [LatencyEvent]
    /// Forgets the slow events of these kinds (nil: of all); returns of how many there were some.
    func resetLatency(_ names: [String]?) -> Int
    /// Milliseconds from which on an event is slow; 0: never.
    var latencyThresholdMs: Int { get }

    // MARK: Memory. Exclusively.

    /// The figures of MEMORY STATS in their order.
    func memoryFigures() -> [(name: String, figure: MemoryFigure)]
    /// What seems wrong about the memory, in words.
    func memoryReport() -> String

    // MARK: Command log. At any time.

    /// The youngest `count` entries, youngest first.
    func commandLogEntries(_ kind: CommandLogKind, count: Int) -> [CommandLogEntry]
    /// How many entries of a kind there are.
    func commandLogCount(_ kind: CommandLogKind) -> Int
    /// Forgets the entries of a kind.
    func clearCommandLog(_ kind: CommandLogKind)

    // MARK: Debugging. Exclusively, but for the first.

    /// Whether `enable-debug-command` lets this client, of the asking worker, use DEBUG.
    func mayDebug(_ session: borrowing Session) -> Bool
    /// Does nothing for so long.
    func sleep(seconds: Double)
    /// Writes a warning to the log.
    func writeLog(_ prefix: String, _ text: [UInt8])
    /// Ends the server as a bug does, one that it notices itself or not.
    func crash(isNoticed: Bool) -> Never
    /// Whether due keys are removed before somebody asks for them.
    var isActiveExpiryOn: Bool { get set }
    /// Whether nothing is done between commands: neither due keys nor pending resizes are looked after.
    var isHousekeepingPaused: Bool { get set }

    // MARK: Life

    /// Ends the server, after the current turn.
    func shutdown(asking: borrowing Session)
    /// Ends a shutdown that is under way; false if there is none.
    func abortShutdown() -> Bool
}

/// What came of an attempt to authenticate.
package enum AuthenticationResult: Sendable {
    case accepted
    case wrongPassword
    /// AUTH with one argument although no password is set.
    case noPasswordSet
}

/// What the command that asks for a line of CLIENT LIST has in hand.
package struct CommandUnderway: Sendable {
    /// The sum of its words.
    package var argumentBytes: Int
    /// Replies to its client that are written and not handed over for sending, and the buffer that they are written to.
    package var replyBytes: Int
    package var replyBufferBytes: Int

    package init(_ request: Request, _ reply: borrowing Reply) {
        argumentBytes = request.arguments.byteCount
        replyBytes = reply.output.count
        replyBufferBytes = reply.output.footprint
    }
}
