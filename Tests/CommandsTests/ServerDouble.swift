// A server for tests of commands: it remembers what it was asked and answers what it was told to.

import Datastore

@testable import Commands

final class ServerDouble: ServerFace {
    let commands: CommandTable
    var password: [UInt8] = []
    var zone = ""
    var killed = 0
    var unblocked = false
    var setFailure: String?
    var allowsDebugging = true
    var isActiveExpiryOn = true
    var isHousekeepingPaused = false
    var log: [CommandLogKind: [CommandLogEntry]] = [:]
    private(set) var slept = 0.0
    private(set) var logged: [String] = []
    /// The last filter, patterns, pairs and sections that came.
    private(set) var filter: ClientFilter?
    private(set) var pairs: [(name: [UInt8], value: [UInt8])] = []
    private(set) var sections: [String]?
    private(set) var isShutDown = false
    private(set) var unblockRequest: (id: UInt64, withError: Bool)?
    private(set) var resets = 0
    private(set) var pause = ClientPause()
    var events: [LatencyEvent] = []

    init(_ commands: CommandTable) { self.commands = commands }

    var mode: String { "standalone" }
    var role: String { "master" }
    var availabilityZone: String { zone }
    var redisVersion: String { "7.4.0" }
    var apusVersion: String { "0.1.0" }
    var unixUs: Int64 { 1_700_000_000_123_456 }
    var lastSaveSeconds: Int64 { 1_600_000_000 }

    func authenticate(user: [UInt8]?, password: [UInt8]) -> AuthenticationResult {
        if self.password.isEmpty && user == nil { return .noPasswordSet }
        guard user == nil || user == Array("default".utf8) else { return .wrongPassword }
        return self.password.isEmpty || password == self.password ? .accepted : .wrongPassword
    }

    func clientLine(of session: borrowing Session, during command: CommandUnderway) -> [UInt8] {
        Array("id=\(session.id)\n".utf8)
    }

    func clientLines(
        matching filter: ClientFilter, asking: borrowing Session, during command: CommandUnderway
    ) -> [UInt8] {
        self.filter = filter
        return Array("lines\n".utf8)
    }

    func killClients(matching filter: ClientFilter, asking: inout Session) -> Int {
        self.filter = filter
        return killed
    }

    func unblockClient(id: UInt64, withError: Bool) -> Bool {
        unblockRequest = (id, withError)
        return unblocked
    }

    func pauseClients(untilMs: Int64, isAll: Bool, asking: inout Session) {
        pause.begin(untilMs: untilMs, isAll: isAll, nowMs: 0)
    }

    func unpauseClients() { pause.end() }

    func configuration(matching patterns: [[UInt8]]) -> [(name: [UInt8], value: [UInt8])] {
        patterns.map { ($0, Array("value".utf8)) }
    }

    func setConfiguration(_ pairs: [(name: [UInt8], value: [UInt8])], asking: borrowing Session) -> String? {
        self.pairs = pairs
        return setFailure
    }

    func rewriteConfiguration() -> String? { "The server is running without a config file" }
    func resetStatistics() { resets += 1 }

    func information(sections: [String], database: borrowing Database) -> [UInt8] {
        self.sections = sections
        return Array("# Text\r\n".utf8)
    }

    func latencyDistribution(of command: Int) -> LatencyDistribution? {
        command == 0 ? LatencyDistribution(calls: 3, cumulative: [(1, 2), (4, 3)]) : nil
    }

    func latencyEvents() -> [LatencyEvent] { events }
    func resetLatency(_ names: [String]?) -> Int { names?.count ?? events.count }
    var latencyThresholdMs: Int { 1 }
    func memoryFigures() -> [(name: String, figure: MemoryFigure)] {
        [("total.allocated", .count(7)), ("db.0", .group([("overhead.hashtable.main", .count(3))])), ("r", .ratio(1.5))]
    }
    func memoryReport() -> String { "fine" }

    func commandLogEntries(_ kind: CommandLogKind, count: Int) -> [CommandLogEntry] {
        Array(log[kind, default: []].prefix(count))
    }
    func commandLogCount(_ kind: CommandLogKind) -> Int { log[kind, default: []].count }
    func clearCommandLog(_ kind: CommandLogKind) { log[kind] = [] }

    func mayDebug(_ session: borrowing Session) -> Bool { allowsDebugging }
    func crash(isNoticed: Bool) -> Never { fatalError("asked to crash") }
    func sleep(seconds: Double) { slept += seconds }
    func writeLog(_ prefix: String, _ text: [UInt8]) { logged.append(prefix + String(decoding: text, as: UTF8.self)) }
    func startMonitoring(_ session: inout Session) { session.flags.insert(.monitor) }

    func shutdown(asking: borrowing Session) { isShutDown = true }
    func abortShutdown() -> Bool { false }
}

extension CommandHarness {
    /// A harness with a server double.
    static func withServer() -> (CommandHarness, ServerDouble) {
        let harness = CommandHarness()
        let server = ServerDouble(harness.table)
        harness.server = server
        harness.session.flags.insert(.authenticated)
        return (harness, server)
    }
}
