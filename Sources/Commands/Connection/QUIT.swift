// QUIT: ends the connection. The dispatcher carries it out.

package enum QUIT: DispatcherCommand {
    package static let control = ControlCommand.quit
    package static let spec = CommandSpec(
        "quit", summary: "Closes the connection.", since: "1.0.0", group: .connection, complexity: "O(1)", arity: -1,
        flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy], categories: [.connection],
        isolation: Isolation.none)
}
