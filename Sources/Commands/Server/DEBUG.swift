// DEBUG: for tests of servers and clients. Only with `enable-debug-command`.

package import Datastore
internal import Memory
package import RESP

package enum DEBUG: ServerCommand {
    package static let spec = CommandSpec(
        "debug", summary: "A container for debugging commands.", since: "1.0.0", group: .server,
        complexity: "Depends on subcommand.", arity: -2, flags: [.admin, .noScript, .loading, .stale],
        isSystem: true, isolation: .exclusive)

    package static func refusal(_ session: borrowing Session, _ server: any ServerFace) -> StaticString? {
        guard !server.mayDebug(session) else { return nil }
        return """
            ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a \
            local connection, otherwise you need to set this option in the configuration file, and then restart the \
            server.
            """
    }

    /// Not a container, as in the reference: the subcommands check their own number of words.
    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        let word = request[1]
        if word.isWord("DIGEST-VALUE") {
            return digestValues(request, &database, &reply)
        } else if request.count == 2 {
            if word.isWord("HELP") { return help(request, &reply) }
            if word.isWord("DIGEST") { return digest(&database, &reply) }
            crashIfAsked(word, server)
        } else if word.isWord("OBJECT") && request.count <= 4 {
            return try object(request, &database, &reply)
        } else if word.isWord("POPULATE") && request.count <= 5 {
            return try populate(request, &database, &reply)
        } else if request.count == 3, try runSwitch(request, &database, &reply, server) {
            return
        }
        reply.unknownSubcommandOrArity(request)
    }

    /// The subcommands with one argument; false if it is none of them.
    private static func runSwitch(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ server: any ServerFace
    ) throws(CommandError) -> Bool {
        let word = request[1]
        if word.isWord("SLEEP") {
            server.sleep(seconds: request[2].double ?? 0)
            database.setTime(server.unixUs / 1000)
        } else if word.isWord("SET-ACTIVE-EXPIRE") {
            server.isActiveExpiryOn = (request[2].integer ?? 0) != 0
        } else if word.isWord("PAUSE-CRON") {
            server.isHousekeepingPaused = (request[2].integer ?? 0) != 0
        } else if word.isWord("LOG") {
            server.writeLog("DEBUG LOG: ", request[2].copied())
        } else if word.isWord("ERROR") {
            reply.error(request[2])
            return true
        } else if word.isWord("PROTOCOL") {
            try sample(request[2], &reply)
            return true
        } else {
            return false
        }
        reply.ok()
        return true
    }

    /// What shows whether a crash is noticed, reported and got over.
    private static func crashIfAsked(_ word: ByteView, _ server: any ServerFace) {
        if word.isWord("SEGFAULT") { server.crash(isNoticed: false) }
        let isPanic = word.isWord("PANIC")
        guard isPanic || word.isWord("ASSERT") else { return }
        let prefix = isPanic ? "!!! Software Failure. Guru Meditation: " : "=== ASSERTION FAILED === "
        server.writeLog(prefix, word.copied())
        server.crash(isNoticed: true)
    }

    // MARK: Keys

    private static func object(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let isFast = request.count == 4 && request[3].isWord("FAST")
        guard let access = database.lastAccess(request.key(at: 2)) else { throw .noSuchKey }
        guard let entry = database.peek(request.key(at: 2)) else { throw .noSuchKey }
        reply.simpleString(
            text: "Value at:0x\(String(entry.address, radix: 16)) refcount:1 encoding:\(entry.encodingName)"
                + (isFast ? "" : " serializedlength:\(entry.serializedBytes)")
                // The reference's clock has 24 bits.
                + " lru:\(access.ms / 1000 & 0xFF_FFFF)"
                + " lru_seconds_idle:\(access.idleSeconds)")
    }

    private static func digest(_ database: inout Database, _ reply: inout Reply) {
        let selected = database.index
        defer { database.index = selected }
        var sum = Digest()
        for index in 0..<database.keyspace.databaseCount where database.keyspace.count(inDatabase: index) > 0 {
            database.index = index
            for key in keys(of: &database) { sum.add(digest(Key(ByteView(key.span)), &database, ofKey: true)) }
        }
        reply.simpleString(text: sum.text)
    }

    private static func keys(of database: inout Database) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var batch = ScanBatch()
        var cursor: UInt64 = 0
        repeat {
            cursor = database.scan(from: .init(cursor), wanted: .max, batch: &batch) { key, _ in
                keys.append(key.copied())
            }
        } while cursor != 0
        return keys
    }

    private static func digestValues(_ request: Request, _ database: inout Database, _ reply: inout Reply) {
        reply.array(request.count - 2)
        for index in 2..<request.count {
            reply.simpleString(text: digest(request.key(at: index), &database, ofKey: false).text)
        }
    }

    /// The digest of a value and of whether it has an expiry, which may have come; `ofKey`: together with its database
    /// and key.
    private static func digest(_ key: Key, _ database: inout Database, ofKey: Bool) -> Digest {
        let index = database.index
        var digest = Digest()
        guard let entry = database.stored(key) else { return digest }
        if ofKey {
            digest.mix(UInt64(index))
            digest.mix(key.bytes)
        }
        digest.mix(entry.expiryMs == nil ? 0 : 1)
        digest.mix(UInt64(entry.type.rawValue))
        if entry.isString {
            digest.mix(entry.string)
        } else {
            var members = Digest()
            entry.withSortedSet { set in
                var cursor = set.cursor(ranks: 0..<set.count)
                while let member = cursor.next() {
                    var one = Digest()
                    member.withBytes { one.mix($0) }
                    one.mix(member.score.bitPattern)
                    members.add(one)
                }
            }
            digest.mix(members)
        }
        return digest
    }

    /// POPULATE count [prefix] [size]: strings under prefix:0 to prefix:count-1, but for those that are there.
    private static func populate(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let notPositive = CommandError.reply("ERR value is out of range, must be positive")
        let count = try request.integer(at: 2, or: notPositive)
        guard count >= 0 else { throw notPositive }
        let prefix = request.count > 3 ? request[3].copied() : Array("key".utf8)
        let size = request.count > 4 ? try request.integer(at: 4, or: notPositive) : 0
        guard size >= 0 else { throw notPositive }
        for number in 0..<count {
            let name = prefix + Array(":\(number)".utf8)
            let key = Key(ByteView(name.span))
            if database.contains(key) { continue }
            var value = Array("value:\(number)".utf8)
            if size > value.count { value.append(contentsOf: [UInt8](repeating: 0, count: size - value.count)) }
            let kept = size > 0 ? size : value.count
            database.setString(key, ByteView(value.span)[0..<kept], expiry: .remove)
            database.didChange(key, .set)
        }
        reply.ok()
    }

    // MARK: Protocol

    /// A value of the type that is named, for tests of clients.
    private static func sample(_ type: ByteView, _ reply: inout Reply) throws(CommandError) {
        if type.isWord("STRING") {
            reply.bulk("Hello World")
        } else if type.isWord("INTEGER") {
            reply.integer(12345)
        } else if type.isWord("DOUBLE") {
            reply.double(3.141)
        } else if type.isWord("NULL") {
            reply.null()
        } else if type.isWord("ARRAY") || type.isWord("SET") {
            if type.isWord("SET") { reply.set(3) } else { reply.array(3) }
            for number in 0..<3 { reply.integer(number) }
        } else if type.isWord("MAP") {
            reply.map(3)
            for number in 0..<3 {
                reply.integer(number)
                reply.boolean(number == 1)
            }
        } else if type.isWord("VERBATIM") {
            reply.verbatim("txt", ByteView("This is a verbatim\nstring"))
        } else if type.isWord("BIGNUM") {
            reply.bigNumber(ByteView("1234567999999999999999999999999999999"))
        } else if type.isWord("TRUE") || type.isWord("FALSE") {
            reply.boolean(type.isWord("TRUE"))
        } else if type.isWord("ATTRIB") || type.isWord("PUSH") {
            try sampleOutOfBand(type, &reply)
        } else {
            throw .reply(
                """
                ERR Wrong protocol type name. Please use one of the following: \
                string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false
                """)
        }
    }

    private static func sampleOutOfBand(_ type: ByteView, _ reply: inout Reply) throws(CommandError) {
        if type.isWord("ATTRIB") {
            if reply.version == .resp3 {
                reply.attribute(1)
                reply.bulk("key-popularity")
                reply.array(2)
                reply.bulk("key:123")
                reply.integer(90)
            }
            return reply.bulk("Some real reply following the attribute")
        }
        guard reply.version == .resp3 else { throw .reply("ERR RESP2 is not supported by this command") }
        // The message follows the reply to the command, so that a client that waits for that gets it.
        reply.bulk("Some real reply following the push reply")
        reply.push(2)
        reply.bulk("server-cpu-usage")
        reply.integer(42)
    }

    private static func help(_ request: Request, _ reply: inout Reply) {
        reply.help(
            request,
            [
                "ASSERT", "    Crash as by a failed assertion.",
                "DIGEST", "    Forty hexadecimal digits that tell whether two states of the data are the same.",
                "DIGEST-VALUE <key> [<key> ...]", "    The same of values.",
                "ERROR <string>", "    Reply with this error.",
                "LOG <message>", "    Write the message to the log.",
                "OBJECT <key> [fast]", "    How the value is kept; `fast` leaves out what takes long to find out.",
                "PANIC", "    Crash as the server does that finds itself broken.",
                "PAUSE-CRON <0|1>", "    Stop the housekeeping, or resume it.",
                "POPULATE <count> [<prefix>] [<size>]", "    Make strings key:0 to key:<count - 1>.",
                "PROTOCOL <type>", "    Reply with a value of this type: string, integer, double, bignum, null, array,",
                "    set, map, attrib, push, verbatim, true, false.",
                "SEGFAULT", "    Crash by a bad access.",
                "SET-ACTIVE-EXPIRE <0|1>", "    Let due keys stay until somebody asks for them, or remove them.",
                "SLEEP <seconds>", "    Do nothing for so long. Decimals are allowed.",
            ])
    }
}

/// 160 bits that depend on what was mixed in, and, in sums, not on the order of the parts.
private struct Digest {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// Forty hexadecimal digits: all but the lower half of the last word.
    var text: String {
        let (first, second, third) = words
        return [(first, 16), (second, 16), (third >> 32, 8)].map { word, width in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: width - digits.count) + digits
        }.joined()
    }

    mutating func add(_ other: Digest) {
        words.0 &+= other.words.0
        words.1 &+= other.words.1
        words.2 &+= other.words.2
    }

    mutating func mix(_ other: Digest) {
        mix(other.words.0)
        mix(other.words.1)
        mix(other.words.2)
    }

    mutating func mix(_ bytes: ByteView) {
        mix(UInt64(bytes.count))
        for index in 0..<bytes.count { mix(UInt64(bytes[index])) }
    }

    /// Each word by a multiplier of its own, odd and without a pattern, and a shift that brings high bits down.
    mutating func mix(_ value: UInt64) {
        words.0 = Self.stir(words.0 ^ value &+ 0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9)
        words.1 = Self.stir(words.1 ^ value &+ 0xD1B5_4A32_D192_ED03, 0x94D0_49BB_1331_11EB)
        words.2 = Self.stir(words.2 ^ value &+ 0x8CB9_2BA7_2F3D_8DD7, 0xAF25_1AF3_B0F0_25B5)
    }

    private static func stir(_ word: UInt64, _ multiplier: UInt64) -> UInt64 {
        let product = word &* multiplier
        return product ^ product >> 29
    }
}
