// MULTI, EXEC, DISCARD, WATCH and UNWATCH: their specs. The dispatcher carries them out, since they are about which
// commands run under which locks.

package import Commands

package enum MULTI: DispatcherCommand {
    package static let control = ControlCommand.multi
    package static let spec = CommandSpec(
        "multi", summary: "Starts a transaction.", since: "1.2.0", group: .transactions, complexity: "O(1)", arity: 1,
        flags: [.noScript, .loading, .stale, .fast, .noMulti, .allowBusy], categories: [.transaction],
        isolation: Isolation.none)
}

package enum EXEC: DispatcherCommand {
    package static let control = ControlCommand.exec
    package static let spec = CommandSpec(
        "exec", summary: "Executes all commands in a transaction.", since: "1.2.0", group: .transactions,
        complexity: "Depends on commands in the transaction", arity: 1,
        flags: [.noScript, .loading, .stale, .skipCommandLog], categories: [.transaction], isolation: Isolation.none)
}

package enum DISCARD: DispatcherCommand {
    package static let control = ControlCommand.discard
    package static let spec = CommandSpec(
        "discard", summary: "Discards a transaction.", since: "2.0.0", group: .transactions,
        complexity: "O(N), when N is the number of queued commands", arity: 1,
        flags: [.noScript, .loading, .stale, .fast, .allowBusy], categories: [.transaction], isolation: Isolation.none)
}

package enum WATCH: DispatcherCommand {
    package static let control = ControlCommand.watch
    package static let spec = CommandSpec(
        "watch", summary: "Monitors changes to keys to determine the execution of a transaction.", since: "2.2.0",
        group: .transactions, complexity: "O(1) for every key.", arity: -2,
        flags: [.noScript, .loading, .stale, .fast, .noMulti, .allowBusy], categories: [.transaction],
        keys: [.many("RO", from: 1, last: -1)], arguments: [ArgumentSpec("key", .key, key: 0, multiple: true)])
}

package enum UNWATCH: DispatcherCommand {
    package static let control = ControlCommand.unwatch
    package static let spec = CommandSpec(
        "unwatch", summary: "Forgets about watched keys of a transaction.", since: "2.2.0", group: .transactions,
        complexity: "O(1)", arity: 1, flags: [.noScript, .loading, .stale, .fast, .allowBusy],
        categories: [.transaction], isolation: Isolation.none)
}

/// The commands of this module.
package let transactionCommands: [any Command.Type] = [MULTI.self, EXEC.self, DISCARD.self, WATCH.self, UNWATCH.self]
