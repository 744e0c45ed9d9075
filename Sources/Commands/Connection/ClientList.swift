// CLIENT LIST, KILL and UNBLOCK: a client's view of the others, and its power over them.

package import Datastore
internal import Memory
package import RESP

extension CLIENT {
    package enum LIST: ServerCommand {
        package static let spec = CommandSpec(
            "list", summary: "Lists open connections.", since: "2.4.0", group: .connection,
            complexity: "O(N) where N is the number of client connections", arity: -2,
            flags: [.admin, .noScript, .loading, .stale], categories: [.connection], tips: ["nondeterministic_output"],
            history: [
                ("2.8.12", "Added unique client `id` field."), ("5.0.0", "Added optional `TYPE` filter."),
                ("6.0.0", "Added `user` field."),
                ("6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
                ("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."), ("7.0.3", "Added `ssub` field."),
                (
                    "8.0.0",
                    "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility."),
                ("8.1.0", "Added filters USER, ADDR, LADDR, SKIPME, and MAXAGE."),
                (
                    "9.0.0",
                    "Added filters NAME, IDLE, FLAGS, LIB-NAME, LIB-VER, DB, CAPA, and IP. And negative filters "
                        + "NOT-ID, NOT-TYPE, NOT-ADDR, NOT-LADDR, NOT-USER, NOT-FLAGS, NOT-NAME, NOT-LIB-NAME, "
                        + "NOT-LIB-VER, NOT-DB, NOT-CAPA, NOT-IP.")],
            arguments: [
                ArgumentSpec(
                    "client-type", .oneOf, token: "TYPE", since: "5.0.0", optional: true,
                    [
                        .word("normal", "NORMAL"), .word("master", "MASTER"), .word("replica", "REPLICA"),
                        .word("pubsub", "PUBSUB")]),
                ArgumentSpec("client-id", .integer, token: "ID", since: "6.2.0", optional: true, multiple: true),
                ArgumentSpec("username", .string, token: "USER", since: "8.1.0", optional: true),
                ArgumentSpec("addr", .string, token: "ADDR", display: "ip:port", since: "8.1.0", optional: true),
                ArgumentSpec("laddr", .string, token: "LADDR", display: "ip:port", since: "8.1.0", optional: true),
                ArgumentSpec(
                    "skipme", .oneOf, token: "SKIPME", since: "8.1.0", optional: true,
                    [.word("yes", "YES"), .word("no", "NO")]),
                ArgumentSpec("maxage", .integer, token: "MAXAGE", since: "8.1.0", optional: true),
                ArgumentSpec("name", .string, token: "NAME", since: "9.0.0", optional: true),
                ArgumentSpec("idle", .integer, token: "IDLE", since: "9.0.0", optional: true),
                ArgumentSpec("flags", .string, token: "FLAGS", since: "9.0.0", optional: true),
                ArgumentSpec("lib-name", .string, token: "LIB-NAME", since: "9.0.0", optional: true),
                ArgumentSpec("lib-ver", .string, token: "LIB-VER", since: "9.0.0", optional: true),
                ArgumentSpec("db", .integer, token: "DB", since: "9.0.0", optional: true),
                ArgumentSpec("capa", .string, token: "CAPA", since: "9.0.0", optional: true),
                ArgumentSpec("ip", .string, token: "IP", since: "9.0.0", optional: true),
                ArgumentSpec(
                    "not-client-type", .oneOf, token: "NOT-TYPE", since: "9.0.0", optional: true,
                    [
                        .word("normal", "NORMAL"), .word("master", "MASTER"), .word("replica", "REPLICA"),
                        .word("pubsub", "PUBSUB")]),
                ArgumentSpec(
                    "not-client-id", .integer, token: "NOT-ID", since: "9.0.0", optional: true, multiple: true),
                ArgumentSpec("not-username", .string, token: "NOT-USER", since: "9.0.0", optional: true),
                ArgumentSpec(
                    "not-addr", .string, token: "NOT-ADDR", display: "ip:port", since: "9.0.0", optional: true),
                ArgumentSpec(
                    "not-laddr", .string, token: "NOT-LADDR", display: "ip:port", since: "9.0.0", optional: true),
                ArgumentSpec("not-name", .string, token: "NOT-NAME", since: "9.0.0", optional: true),
                ArgumentSpec("not-flags", .string, token: "NOT-FLAGS", since: "9.0.0", optional: true),
                ArgumentSpec("not-lib-name", .string, token: "NOT-LIB-NAME", since: "9.0.0", optional: true),
                ArgumentSpec("not-lib-ver", .string, token: "NOT-LIB-VER", since: "9.0.0", optional: true),
                ArgumentSpec("not-db", .integer, token: "NOT-DB", since: "9.0.0", optional: true),
                ArgumentSpec("not-capa", .string, token: "NOT-CAPA", since: "9.0.0", optional: true),
                ArgumentSpec("not-ip", .string, token: "NOT-IP", since: "9.0.0", optional: true)],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var filter = ClientFilter()
            guard try filter.parse(request, databases: database.keyspace.databaseCount, &reply) else { return }
            let lines = server.clientLines(
                matching: filter, asking: session, during: CommandUnderway(request, reply))
            reply.verbatim("txt", ByteView(lines.span))
        }
    }

    package enum KILL: ServerCommand {
        package static let spec = CommandSpec(
            "kill", summary: "Terminates open connections.", since: "2.4.0", group: .connection,
            complexity: "O(N) where N is the number of client connections", arity: -3,
            flags: [.admin, .noScript, .loading, .stale], categories: [.connection],
            history: [
                ("2.8.12", "Added new filter format."), ("2.8.12", "`ID` option."),
                ("3.2.0", "Added `master` type in for `TYPE` option."),
                (
                    "5.0.0",
                    "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."),
                ("6.2.0", "`LADDR` option."), ("8.0.0", "`MAXAGE` option."),
                (
                    "8.0.0",
                    "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility."),
                ("8.1.0", "`ID` option accepts multiple IDs."),
                (
                    "9.0.0",
                    "Added filters NAME, IDLE, FLAGS, LIB-NAME, LIB-VER, DB, CAPA, and IP. And negative filters "
                        + "NOT-ID, NOT-TYPE, NOT-ADDR, NOT-LADDR, NOT-USER, NOT-FLAGS, NOT-NAME, NOT-LIB-NAME, "
                        + "NOT-LIB-VER, NOT-DB, NOT-CAPA, NOT-IP.")],
            arguments: [
                ArgumentSpec(
                    "filter", .oneOf,
                    [
                        ArgumentSpec("old-format", .string, display: "ip:port", deprecatedSince: "2.8.12"),
                        ArgumentSpec(
                            "new-format", .oneOf, multiple: true,
                            [
                                ArgumentSpec(
                                    "client-id", .integer, token: "ID", since: "2.8.12", optional: true,
                                    multiple: true),
                                ArgumentSpec(
                                    "client-type", .oneOf, token: "TYPE", since: "2.8.12", optional: true,
                                    [
                                        .word("normal", "NORMAL"), .word("master", "MASTER", since: "3.2.0"),
                                        .word("primary", "PRIMARY", since: "8.0.0"), .word("slave", "SLAVE"),
                                        .word("replica", "REPLICA", since: "5.0.0"), .word("pubsub", "PUBSUB")]),
                                ArgumentSpec("username", .string, token: "USER", optional: true),
                                ArgumentSpec("addr", .string, token: "ADDR", display: "ip:port", optional: true),
                                ArgumentSpec(
                                    "laddr", .string, token: "LADDR", display: "ip:port", since: "6.2.0",
                                    optional: true),
                                ArgumentSpec(
                                    "skipme", .oneOf, token: "SKIPME", optional: true,
                                    [.word("yes", "YES"), .word("no", "NO")]),
                                ArgumentSpec("maxage", .integer, token: "MAXAGE", since: "8.0.0", optional: true),
                                ArgumentSpec("name", .string, token: "NAME", since: "9.0.0", optional: true),
                                ArgumentSpec("idle", .integer, token: "IDLE", since: "9.0.0", optional: true),
                                ArgumentSpec("flags", .string, token: "FLAGS", since: "9.0.0", optional: true),
                                ArgumentSpec("lib-name", .string, token: "LIB-NAME", since: "9.0.0", optional: true),
                                ArgumentSpec("lib-ver", .string, token: "LIB-VER", since: "9.0.0", optional: true),
                                ArgumentSpec("db", .integer, token: "DB", since: "9.0.0", optional: true),
                                ArgumentSpec("capa", .string, token: "CAPA", since: "9.0.0", optional: true),
                                ArgumentSpec("ip", .string, token: "IP", since: "9.0.0", optional: true),
                                ArgumentSpec(
                                    "not-client-type", .oneOf, token: "NOT-TYPE", since: "9.0.0", optional: true,
                                    [
                                        .word("normal", "NORMAL"), .word("master", "MASTER"),
                                        .word("primary", "PRIMARY"), .word("slave", "SLAVE"),
                                        .word("replica", "REPLICA"), .word("pubsub", "PUBSUB")]),
                                ArgumentSpec(
                                    "not-client-id", .integer, token: "NOT-ID", since: "9.0.0", optional: true,
                                    multiple: true),
                                ArgumentSpec(
                                    "not-username", .string, token: "NOT-USER", since: "9.0.0", optional: true),
                                ArgumentSpec(
                                    "not-addr", .string, token: "NOT-ADDR", display: "ip:port", since: "9.0.0",
                                    optional: true),
                                ArgumentSpec(
                                    "not-laddr", .string, token: "NOT-LADDR", display: "ip:port", since: "9.0.0",
                                    optional: true),
                                ArgumentSpec("not-name", .string, token: "NOT-NAME", since: "9.0.0", optional: true),
                                ArgumentSpec("not-flags", .string, token: "NOT-FLAGS", since: "9.0.0", optional: true),
                                ArgumentSpec(
                                    "not-lib-name", .string, token: "NOT-LIB-NAME", since: "9.0.0", optional: true),
                                ArgumentSpec(
                                    "not-lib-ver", .string, token: "NOT-LIB-VER", since: "9.0.0", optional: true),
                                ArgumentSpec("not-db", .integer, token: "NOT-DB", since: "9.0.0", optional: true),
                                ArgumentSpec("not-capa", .string, token: "NOT-CAPA", since: "9.0.0", optional: true),
                                ArgumentSpec("not-ip", .string, token: "NOT-IP", since: "9.0.0", optional: true)])])],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var filter = ClientFilter()
            guard request.count > 3 else {
                filter.address = request[2].copied()
                filter.skipsMe = false
                guard server.killClients(matching: filter, asking: &session) > 0 else {
                    throw .reply("ERR No such client")
                }
                return reply.ok()
            }
            filter.skipsMe = true
            guard try filter.parse(request, databases: database.keyspace.databaseCount, &reply) else { return }
            reply.integer(server.killClients(matching: filter, asking: &session))
        }
    }

    package enum UNBLOCK: ServerCommand {
        package static let spec = CommandSpec(
            "unblock", summary: "Unblocks a client blocked by a blocking command from a different connection.",
            since: "5.0.0", group: .connection, complexity: "O(log N) where N is the number of client connections",
            arity: -3, flags: [.admin, .noScript, .loading, .stale], categories: [.connection],
            arguments: [
                ArgumentSpec("client-id", .integer),
                ArgumentSpec(
                    "unblock-type", .oneOf, optional: true, [.word("timeout", "TIMEOUT"), .word("error", "ERROR")])],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var isError = false
            if request.count == 4 {  // with more words, none of them is looked at
                isError = request[3].isWord("ERROR")
                guard isError || request[3].isWord("TIMEOUT") else {
                    throw .reply("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
                }
            }
            let id = try request.integer(at: 2)
            let isUnblocked = id > 0 && server.unblockClient(id: UInt64(id), withError: isError)
            reply.integer(isUnblocked ? 1 : 0)
        }
    }
}

extension ClientFilter {
    /// The letters that FLAGS may ask for: those that a line of CLIENT LIST can show in this protocol.
    private static var flagLetters: StaticString { "bcdeirtuxABEIMNOPRSTU" }
    /// The letters of CAPA: only `r`, redirection.
    private static var capabilityLetters: StaticString { "r" }

    /// Reads the filters from argument 2 on. Returns false after an error that quotes the request.
    mutating func parse(
        _ request: Request, databases: Int, _ reply: inout Reply
    ) throws(CommandError) -> Bool {
        var index = 2
        if request.count == 3 { throw .syntax }
        while index < request.count {
            let option = request[index]
            if option.isWord("ID") {
                var named = ids ?? []
                index = try Self.ids(request, from: index + 1, into: &named)
                ids = named
                continue
            }
            if option.isWord("NOT-ID") {
                index = try Self.ids(request, from: index + 1, into: &excludedIds)
                continue
            }
            guard index + 1 < request.count else { throw .syntax }
            let value = request[index + 1]
            var isValid = try parseClass(option, value, &reply)
            if isValid == nil { isValid = parseText(option, value) }
            if isValid == nil { isValid = try parseNumber(option, value, databases: databases, &reply) }
            guard let isValid else { throw .syntax }
            if !isValid { return false }
            index += 2
        }
        return true
    }

    /// Reads ids, of which there may be none, until a word that is no number; returns its index.
    private static func ids(
        _ request: Request, from start: Int, into ids: inout [UInt64]
    ) throws(CommandError) -> Int {
        var index = start
        while index < request.count, let id = request[index].integer {
            guard id > 0 else { throw .reply("ERR client-id should be greater than 0") }
            ids.append(UInt64(id))
            index += 1
        }
        return index
    }

    /// Filters whose value must be one of a known set: nil if the option is another one, false after an error.
    private mutating func parseClass(
        _ option: ByteView, _ value: ByteView, _ reply: inout Reply
    ) throws(CommandError) -> Bool? {
        if option.isWord("TYPE") || option.isWord("NOT-TYPE") {
            guard let named = Kind(named: value) else {
                reply.error("ERR Unknown client type '", value, "'")
                return false
            }
            if option.isWord("TYPE") { kind = named } else { excludedKind = named }
        } else if option.isWord("USER") || option.isWord("NOT-USER") {
            // There is one user.
            guard value == ByteView("default") else {
                reply.error("ERR No such user '", value, "'")
                return false
            }
            if option.isWord("USER") { user = value.copied() } else { excludedUser = value.copied() }
        } else if option.isWord("FLAGS") || option.isWord("NOT-FLAGS") {
            guard Self.consists(value, of: ByteView(Self.flagLetters)) else {
                reply.error(
                    option.isWord("FLAGS")
                        ? "ERR Unknown flags found in the provided filter: "
                        : "ERR Unknown flags found in the NOT-FLAGS filter: ",
                    value, "")
                return false
            }
            if option.isWord("FLAGS") { flags = value.copied() } else { excludedFlags = value.copied() }
        } else if option.isWord("CAPA") || option.isWord("NOT-CAPA") {
            guard Self.consists(value, of: ByteView(Self.capabilityLetters)) else {
                reply.error(
                    option.isWord("CAPA")
                        ? "ERR Unknown capa found in the provided filter: "
                        : "ERR Unknown capa found in the NOT-CAPA filter: ",
                    value, "")
                return false
            }
            if option.isWord("CAPA") { capability = value.copied() } else { excludedCapability = value.copied() }
        } else if option.isWord("SKIPME") {
            guard value.isWord("YES") || value.isWord("NO") else { throw .syntax }
            skipsMe = value.isWord("YES")
        } else {
            return nil
        }
        return true
    }

    private static func consists(_ text: ByteView, of letters: ByteView) -> Bool {
        for index in 0..<text.count {
            var isFound = false
            for letter in 0..<letters.count where letters[letter] == text[index] { isFound = true }
            if !isFound { return false }
        }
        return true
    }

    /// Filters whose value may be any text: nil if the option is another one.
    private mutating func parseText(_ option: ByteView, _ value: ByteView) -> Bool? {
        if option.isWord("ADDR") {
            address = value.copied()
        } else if option.isWord("NOT-ADDR") {
            excludedAddress = value.copied()
        } else if option.isWord("LADDR") {
            localAddress = value.copied()
        } else if option.isWord("NOT-LADDR") {
            excludedLocalAddress = value.copied()
        } else if option.isWord("IP") {
            ip = value.copied()
        } else if option.isWord("NOT-IP") {
            excludedIP = value.copied()
        } else if option.isWord("NAME") {
            name = value.copied()
        } else if option.isWord("NOT-NAME") {
            excludedName = value.copied()
        } else if option.isWord("LIB-NAME") {
            libraryName = value.copied()
        } else if option.isWord("NOT-LIB-NAME") {
            excludedLibraryName = value.copied()
        } else if option.isWord("LIB-VER") {
            libraryVersion = value.copied()
        } else if option.isWord("NOT-LIB-VER") {
            excludedLibraryVersion = value.copied()
        } else {
            return nil
        }
        return true
    }

    /// Filters whose value is a number: nil if the option is another one, false after an error.
    private mutating func parseNumber(
        _ option: ByteView, _ value: ByteView, databases: Int, _ reply: inout Reply
    ) throws(CommandError) -> Bool? {
        if option.isWord("MAXAGE") {
            guard let age = value.integer else { throw .reply("ERR maxage is not an integer or out of range") }
            guard age > 0 else { throw .reply("ERR maxage should be greater than 0") }
            maxAgeSeconds = age
        } else if option.isWord("IDLE") {
            guard let idle = value.integer else { throw .reply("ERR idle is not an integer or out of range") }
            guard idle > 0 else { throw .reply("ERR idle should be greater than 0") }
            minIdleSeconds = idle
        } else if option.isWord("DB") || option.isWord("NOT-DB") {
            guard let number = value.integer, Int32(exactly: number) != nil else {
                throw .reply("ERR DB is not an integer or out of range")
            }
            guard (0..<databases).contains(number) else {
                reply.beginError()
                reply.errorText("ERR DB number should be between 0 and ")
                reply.errorText(databases - 1)
                reply.endError()
                return false
            }
            if option.isWord("DB") { database = number } else { excludedDatabase = number }
        } else {
            return nil
        }
        return true
    }
}

extension ClientFilter.Kind {
    /// The class of this name, old names included; nil for another word.
    init?(named name: ByteView) {
        if name.isWord("NORMAL") {
            self = .normal
        } else if name.isWord("PRIMARY") || name.isWord("MASTER") {
            self = .primary
        } else if name.isWord("REPLICA") || name.isWord("SLAVE") {
            self = .replica
        } else if name.isWord("PUBSUB") {
            self = .pubsub
        } else {
            return nil
        }
    }
}
