internal import Commands
internal import Datastore
internal import Platform

extension Instance: ServerFace {
    var commands: CommandTable { commandTable }
    func authenticate(user: [UInt8]?, password: [UInt8]) -> AuthenticationResult { .accepted }
    var mode: String { "standalone" }
    var role: String { "master" }
    var availabilityZone: String { "" }
    var redisVersion: String { Version.redis }
    func clientLine(of session: borrowing Session) -> [UInt8] { [] }
    func clientLines(matching filter: ClientFilter, asking: borrowing Session) -> [UInt8] { [] }
    func killClients(matching filter: ClientFilter, asking: inout Session) -> Int { 0 }
    func unblockClient(id: UInt64, withError: Bool) -> Bool { false }
    func configuration(matching patterns: [[UInt8]]) -> [(name: String, value: String)] { [] }
    func setConfiguration(_ pairs: [(name: [UInt8], value: [UInt8])]) -> String? { nil }
    func rewriteConfiguration() -> String? { nil }
    func resetStatistics() {}
    func information(sections: [String], database: borrowing Database) -> [UInt8] { [] }
    func shutdown(_ options: ShutdownOptions) { stop(reason: "SHUTDOWN") }
    func abortShutdown() -> Bool { false }
}
