// SHUTDOWN: the server's end.

package import Datastore
internal import Memory
package import RESP

package enum SHUTDOWN: ServerCommand {
    package static let spec = CommandSpec(
        "shutdown", summary: "Synchronously saves the database(s) to disk and shuts down the server.", since: "1.0.0",
        group: .server,
        complexity: "O(N) when saving, where N is the total number of keys in all databases when saving data, "
            + "otherwise O(1)",
        arity: -1, flags: [.admin, .noScript, .loading, .stale, .noMulti, .allowBusy],
        history: [
            ("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."),
            ("9.0.0", "Added the `SAFE` and `FAILOVER` modifiers.")],
        arguments: [
            ArgumentSpec(
                "abort-selector", .oneOf, optional: true,
                [
                    ArgumentSpec(
                        "save-selector-block", .block,
                        [
                            ArgumentSpec(
                                "save-selector", .oneOf, optional: true,
                                [.word("nosave", "NOSAVE"), .word("save", "SAVE")]),
                            .word("now", "NOW", since: "7.0.0", optional: true),
                            .word("force", "FORCE", since: "7.0.0", optional: true),
                            .word("safe", "SAFE", since: "9.0.0", optional: true),
                            .word("failover", "FAILOVER", since: "9.0.0", optional: true)]),
                    .word("abort", "ABORT", since: "7.0.0")])],
        isolation: .exclusive)

    /// No reply on success: the end of the connection is the answer.
    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        var options: ShutdownOptions = []
        var isAbort = false
        for index in 1..<max(request.count, 1) {
            if request[index].isWord("ABORT") {
                isAbort = true
            } else if let option = ShutdownOptions(named: request[index]) {
                options.insert(option)
            } else {
                throw .syntax
            }
        }
        guard !isAbort || options.isEmpty, !options.isSuperset(of: [.noSave, .save]) else { throw .syntax }
        if isAbort {
            guard server.abortShutdown() else { throw .reply("ERR No shutdown in progress.") }
            return reply.ok()
        }
        if options.contains(.failover) { throw .reply("ERR SHUTDOWN FAILOVER is only supported in cluster mode.") }
        if options.contains(.save) && !options.contains(.force) {
            throw .reply("ERR SHUTDOWN SAVE cannot be done: this server keeps no data on disk. Use NOSAVE or FORCE.")
        }
        session.flags.insert(.closing)
        server.shutdown(asking: session)
    }
}

/// SHUTDOWN's words.
private struct ShutdownOptions: OptionSet, Sendable {
    let rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }
    static let noSave = ShutdownOptions(rawValue: 1)
    static let save = ShutdownOptions(rawValue: 2)
    static let now = ShutdownOptions(rawValue: 4)
    static let force = ShutdownOptions(rawValue: 8)
    static let safe = ShutdownOptions(rawValue: 16)
    static let failover = ShutdownOptions(rawValue: 32)

    init?(named word: ByteView) {
        if word.isWord("NOSAVE") {
            self = .noSave
        } else if word.isWord("SAVE") {
            self = .save
        } else if word.isWord("NOW") {
            self = .now
        } else if word.isWord("FORCE") {
            self = .force
        } else if word.isWord("SAFE") {
            self = .safe
        } else if word.isWord("FAILOVER") {
            self = .failover
        } else {
            return nil
        }
    }
}
