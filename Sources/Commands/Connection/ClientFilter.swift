// ClientFilter: which clients CLIENT LIST and KILL are about, as their words say it. The server, which knows the
// clients, compares.

internal import Memory
internal import RESP

/// The filters of CLIENT LIST and CLIENT KILL; every one that is set must hold.
package struct ClientFilter: Sendable {
    /// The classes of TYPE. Every client is a normal one.
    package enum Kind: Sendable { case normal, primary, replica, pubsub }

    /// What can be wanted of a client, and excluded as well. What is nil has not been named.
    package struct Criteria: Sendable {
        /// It is one of these, of which there may be none.
        package var ids: [UInt64]?
        package var kind: Kind?
        package var user: [UInt8]?
        package var address: [UInt8]?
        package var localAddress: [UInt8]?
        package var ip: [UInt8]?
        package var name: [UInt8]?
        /// All of these letters stand in its line.
        package var flags: [UInt8]?
        package var libraryName: [UInt8]?
        package var libraryVersion: [UInt8]?
        package var database: Int?
        package var capability: [UInt8]?
    }

    /// All of these hold for a client that passes …
    package var wanted = Criteria()
    /// … and none of these, whose options begin with NOT-.
    package var excluded = Criteria()
    /// Whether the asking client is left out; nil for the command's default.
    package var skipsMe: Bool?
    package var maxAgeSeconds: Int?
    package var minIdleSeconds: Int?

    package init() {}
}

// MARK: Parsing

extension ClientFilter {
    /// Reads the filters from argument 2 on. Returns false after an error that quotes the request. O(words).
    mutating func parse(
        _ request: Request, databases: Int, _ reply: inout Reply
    ) throws(CommandError) -> Bool {
        var index = 2
        if request.count == 3 { throw .syntax }
        while index < request.count {
            let option = request[index].withoutNegation
            let isExcluding = option.count < request[index].count
            let criteria: WritableKeyPath<Self, Criteria> = isExcluding ? \.excluded : \.wanted
            if option.isWord("ID") {
                index = try self[keyPath: criteria].addIds(request, from: index + 1)
                continue
            }
            guard index + 1 < request.count else { throw .syntax }
            let value = request[index + 1]
            index += 2
            if !isExcluding, try parseUnopposed(option, value) { continue }
            let isValid = try self[keyPath: criteria].parse(
                option, value, isExcluding: isExcluding, databases: databases, &reply)
            guard let isValid else { throw .syntax }
            if !isValid { return false }
        }
        return true
    }

    /// The options without an opposite; false if it is none of them.
    private mutating func parseUnopposed(_ option: ByteView, _ value: ByteView) throws(CommandError) -> Bool {
        if option.isWord("SKIPME") {
            guard value.isWord("YES") || value.isWord("NO") else { throw .syntax }
            skipsMe = value.isWord("YES")
        } else if option.isWord("MAXAGE") {
            guard let age = value.integer else { throw .reply("ERR maxage is not an integer or out of range") }
            guard age > 0 else { throw .reply("ERR maxage should be greater than 0") }
            maxAgeSeconds = age
        } else if option.isWord("IDLE") {
            guard let idle = value.integer else { throw .reply("ERR idle is not an integer or out of range") }
            guard idle > 0 else { throw .reply("ERR idle should be greater than 0") }
            minIdleSeconds = idle
        } else {
            return false
        }
        return true
    }
}

extension ClientFilter.Criteria {
    /// The letters that FLAGS may ask for: those that a line of CLIENT LIST can show in this protocol.
    private static var flagLetters: StaticString { "bcdeirtuxABEIMNOPRSTU" }
    /// The letters of CAPA: only `r`, redirection.
    private static var capabilityLetters: StaticString { "r" }
    /// The options whose value may be any text.
    private static let texts: [(option: StaticString, criterion: WritableKeyPath<Self, [UInt8]?> & Sendable)] = [
        ("ADDR", \.address), ("LADDR", \.localAddress), ("IP", \.ip), ("NAME", \.name),
        ("LIB-NAME", \.libraryName), ("LIB-VER", \.libraryVersion),
    ]

    /// Reads ids, of which there may be none, until a word that is no number; returns its index.
    fileprivate mutating func addIds(_ request: Request, from start: Int) throws(CommandError) -> Int {
        var named = ids ?? []
        var index = start
        while index < request.count, let id = request[index].integer {
            guard id > 0 else { throw .reply("ERR client-id should be greater than 0") }
            named.append(UInt64(id))
            index += 1
        }
        ids = named
        return index
    }

    /// Reads an option, its NOT- removed: nil if it is no criterion, false after an error that quotes the request.
    fileprivate mutating func parse(
        _ option: ByteView, _ value: ByteView, isExcluding: Bool, databases: Int, _ reply: inout Reply
    ) throws(CommandError) -> Bool? {
        for text in Self.texts where option.isWord(text.option) {
            self[keyPath: text.criterion] = value.copied()
            return true
        }
        if option.isWord("TYPE") {
            kind = ClientFilter.Kind(named: value)
            if kind == nil { reply.error("ERR Unknown client type '", value, "'") }
            return kind != nil
        }
        if option.isWord("USER") {
            user = value == ByteView("default") ? value.copied() : nil  // there is one user
            if user == nil { reply.error("ERR No such user '", value, "'") }
            return user != nil
        }
        if option.isWord("FLAGS") {
            flags = value.copied(ifOnly: Self.flagLetters)
            if flags == nil {
                reply.error(
                    isExcluding
                        ? "ERR Unknown flags found in the NOT-FLAGS filter: "
                        : "ERR Unknown flags found in the provided filter: ",
                    value, "")
            }
            return flags != nil
        }
        if option.isWord("CAPA") {
            capability = value.copied(ifOnly: Self.capabilityLetters)
            if capability == nil {
                reply.error(
                    isExcluding
                        ? "ERR Unknown capa found in the NOT-CAPA filter: "
                        : "ERR Unknown capa found in the provided filter: ",
                    value, "")
            }
            return capability != nil
        }
        return option.isWord("DB") ? try parseDatabase(value, databases, isExcluding, &reply) : nil
    }

    private mutating func parseDatabase(
        _ value: ByteView, _ databases: Int, _ isExcluding: Bool, _ reply: inout Reply
    ) throws(CommandError) -> Bool {
        guard let number = value.integer, Int32(exactly: number) != nil else {
            throw .reply(
                isExcluding
                    ? "ERR NOT-DB is not an integer or out of range" : "ERR DB is not an integer or out of range")
        }
        guard (0..<databases).contains(number) else {
            reply.beginError()
            reply.errorText(isExcluding ? "ERR NOT-DB" : "ERR DB")
            reply.errorText(" number should be between 0 and ")
            reply.errorText(databases - 1)
            reply.endError()
            return false
        }
        database = number
        return true
    }
}

extension ClientFilter.Kind {
    /// The class of this name, old names included; nil for another word.
    fileprivate init?(named name: ByteView) {
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

extension ByteView {
    /// An option's name without the NOT- that reverses its sense, if it has one.
    fileprivate var withoutNegation: ByteView {
        @_lifetime(copy self)
        get { count > 4 && self[0..<4].isWord("NOT-") ? self[4..<count] : self }
    }

    /// A copy if there are none but these letters in it; else nil.
    fileprivate func copied(ifOnly letters: StaticString) -> [UInt8]? {
        let letters = ByteView(letters).copied(), bytes = copied()
        return bytes.allSatisfy(letters.contains) ? bytes : nil
    }
}
