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
