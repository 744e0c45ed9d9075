// What COMMAND DOCS tells of the filters of CLIENT LIST and KILL.

extension ClientFilter {
    /// The arguments that LIST and KILL have alike.
    static let argumentsOfBoth: [ArgumentSpec] = [
        ArgumentSpec("name", .string, token: "NAME", since: "9.0.0", optional: true),
        ArgumentSpec("idle", .integer, token: "IDLE", since: "9.0.0", optional: true),
        ArgumentSpec("flags", .string, token: "FLAGS", since: "9.0.0", optional: true),
        ArgumentSpec("lib-name", .string, token: "LIB-NAME", since: "9.0.0", optional: true),
        ArgumentSpec("lib-ver", .string, token: "LIB-VER", since: "9.0.0", optional: true),
        ArgumentSpec("db", .integer, token: "DB", since: "9.0.0", optional: true),
        ArgumentSpec("capa", .string, token: "CAPA", since: "9.0.0", optional: true),
        ArgumentSpec("ip", .string, token: "IP", since: "9.0.0", optional: true),
    ]

    /// Their opposites, but for that of TYPE, whose words differ.
    static let negativeArgumentsOfBoth: [ArgumentSpec] = [
        ArgumentSpec("not-client-id", .integer, token: "NOT-ID", since: "9.0.0", optional: true, multiple: true),
        ArgumentSpec("not-username", .string, token: "NOT-USER", since: "9.0.0", optional: true),
        ArgumentSpec("not-addr", .string, token: "NOT-ADDR", display: "ip:port", since: "9.0.0", optional: true),
        ArgumentSpec("not-laddr", .string, token: "NOT-LADDR", display: "ip:port", since: "9.0.0", optional: true),
        ArgumentSpec("not-name", .string, token: "NOT-NAME", since: "9.0.0", optional: true),
        ArgumentSpec("not-flags", .string, token: "NOT-FLAGS", since: "9.0.0", optional: true),
        ArgumentSpec("not-lib-name", .string, token: "NOT-LIB-NAME", since: "9.0.0", optional: true),
        ArgumentSpec("not-lib-ver", .string, token: "NOT-LIB-VER", since: "9.0.0", optional: true),
        ArgumentSpec("not-db", .integer, token: "NOT-DB", since: "9.0.0", optional: true),
        ArgumentSpec("not-capa", .string, token: "NOT-CAPA", since: "9.0.0", optional: true),
        ArgumentSpec("not-ip", .string, token: "NOT-IP", since: "9.0.0", optional: true),
    ]

    /// When they came.
    static let historyOfBoth = (
        version: "9.0.0",
        change: "Added filters NAME, IDLE, FLAGS, LIB-NAME, LIB-VER, DB, CAPA, and IP. And negative filters "
            + "NOT-ID, NOT-TYPE, NOT-ADDR, NOT-LADDR, NOT-USER, NOT-FLAGS, NOT-NAME, NOT-LIB-NAME, "
            + "NOT-LIB-VER, NOT-DB, NOT-CAPA, NOT-IP."
    )
}
