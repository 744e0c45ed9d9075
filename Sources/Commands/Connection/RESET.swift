// RESET: the connection as it was when it was new. The dispatcher carries it out.

package enum RESET: DispatcherCommand {
    package static let control = ControlCommand.reset
    package static let spec = CommandSpec(
        "reset", summary: "Resets the connection.", since: "6.2.0", group: .connection, complexity: "O(1)", arity: 1,
        flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy], categories: [.connection],
        isolation: Isolation.none)
}
