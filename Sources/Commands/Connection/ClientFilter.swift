// ClientFilter: which clients CLIENT LIST and KILL are about, as their words say it. The server, which knows the
// clients, compares.

internal import Datastore
internal import Memory
internal import RESP

/// The filters of CLIENT LIST and CLIENT KILL; every one that is set must hold.
package struct ClientFilter: Sendable {
    package enum Kind: Sendable { case normal, primary, replica, pubsub }

    /// No client passes if there are none; all do without the filter.
    package var ids: [UInt64]?
    package var kind: Kind?
    package var user: [UInt8]?
    package var address: [UInt8]?
    package var localAddress: [UInt8]?
    package var ip: [UInt8]?
    /// Whether the asking client is left out; nil for the command's default.
    package var skipsMe: Bool?
    package var maxAgeSeconds: Int?
    package var minIdleSeconds: Int?
    package var name: [UInt8]?
    package var flags: [UInt8]?
    package var libraryName: [UInt8]?
    package var libraryVersion: [UInt8]?
    package var database: Int?
    package var capability: [UInt8]?

    /// The same with the sense reversed (NOT-ID, NOT-TYPE, …).
    package var excludedIds: [UInt64] = []
    package var excludedKind: Kind?
    package var excludedUser: [UInt8]?
    package var excludedAddress: [UInt8]?
    package var excludedLocalAddress: [UInt8]?
    package var excludedIP: [UInt8]?
    package var excludedName: [UInt8]?
    package var excludedFlags: [UInt8]?
    package var excludedLibraryName: [UInt8]?
    package var excludedLibraryVersion: [UInt8]?
    package var excludedDatabase: Int?
    package var excludedCapability: [UInt8]?

    package init() {}
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

// MARK: Grammar

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
