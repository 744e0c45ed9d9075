// CommandHarness: the engine without a server: one command line in, the reply's bytes out, at a time that tests set.
//
// It does what the dispatcher does for a command and nothing more: it finds it, checks the arity, hashes the first key,
// runs it and turns a thrown error into its reply. The locks are not taken: tests are single-threaded.
// Without Testing, since the engine's fuzz target runs it, too. Invariant: every command writes exactly one reply, and
// none if it throws.

import Datastore
import Memory
import RESP

@testable import Commands

final class CommandHarness {
    let table: CommandTable
    let keyspace: Keyspace
    var database: Database
    var session: Session
    /// What server commands talk to; without one, they cannot be run.
    var server: (any ServerFace)?
    private var reply = Reply()
    private var batch = RequestBatch()
    private var parser = RequestParser()
    /// The deadline of the last command that would have blocked; see `run`.
    private(set) var blockedUntilMs: Int64?

    /// 2023-11-14 22:13:20 UTC: some moment that tests can add to.
    static let start: Int64 = 1_700_000_000_000

    /// Unix milliseconds that commands see.
    var nowMs: Int64 = CommandHarness.start {
        didSet { database.setTime(nowMs) }
    }

    /// `workers` decides the number of shards: 1 for one, 2 for many.
    convenience init(_ commands: [any Command.Type] = dataCommands, workers: Int = 1, databases: Int = 16) {
        self.init(
            CommandTable(commands), Keyspace(databases: databases, workers: workers))
    }

    /// On what others may have used before: both stay for the life of the process.
    init(_ table: CommandTable, _ keyspace: Keyspace) {
        self.table = table
        self.keyspace = keyspace
        database = Database(keyspace, worker: 0, nowMs: Self.start)
        session = Session(id: 1, nowMs: Self.start)
    }

    /// The reply to an inline command ("set key \"a value\" ex 10"), its bytes as text.
    func run(_ line: String) -> String {
        String(decoding: run(bytes: Array((line + "\r\n").utf8)), as: UTF8.self)
    }

    /// The reply to a command of these words, which may hold any bytes.
    func run(words: [[UInt8]]) -> [UInt8] {
        run(bytes: Self.request(of: words))
    }

    /// The same with words of text.
    func run(words: [String]) -> String {
        String(decoding: run(words: words.map { Array($0.utf8) }), as: UTF8.self)
    }

    /// The replies to all requests in `bytes`. A command that would block has the reply "(blocked)".
    func run(bytes: [UInt8]) -> [UInt8] { replies(to: bytes) { execute($0) } }

    /// Asks the memory for the first keys of commands of these words, as the dispatcher does for a batch. Each is found
    /// by its place in the batch (`Database.place`).
    func prefetch(_ commands: some Collection<[[UInt8]]>) {
        var hashes: [UInt64] = []
        for words in commands {
            let name = words[0]
            let route = table.find(ByteView(name.span)).map { table.routes[$0] }
            let hasKey = words.count > 1 && route?.hasKeyAtOne == true
            let key = hasKey ? words[1] : []
            hashes.append(hasKey ? Key.hash(of: ByteView(key.span)) : 0)
        }
        database.prefetchBuckets(hashes.span)
        database.prefetchEntries(hashes.span)
        database.prefetchLongStrings(hashes.span)
    }

    /// What a client gets that waits with the command of these words when `key` has changed; nothing if it waits on.
    func serve(words: [[UInt8]], from key: OwnedKey) -> [UInt8] {
        replies(to: Self.request(of: words)) { arguments in
            guard let index = table.find(arguments[0]), let command = table.routes[index].blocking else { return }
            database.withKey(key) { database, key in
                _ = command.serve(Request(arguments), key, &database, &reply)
            }
        }
    }

    /// The keys that a command of these words names, each once.
    func keys(of words: [[UInt8]]) -> [OwnedKey] {
        var keys: [OwnedKey] = []
        _ = replies(to: Self.request(of: words)) { arguments in
            guard let index = table.find(arguments[0]) else { return }
            for place in table.records[index].spec.keyIndexes(in: arguments) ?? [] {
                let key = OwnedKey(database: database.index, Key(arguments[place.index]))
                if !keys.contains(key) { keys.append(key) }
            }
        }
        return keys
    }

    /// Gives `body` the words as arguments of a request.
    func withArguments(_ words: [String], _ body: (Arguments) -> Void) {
        _ = replies(to: Self.request(of: words.map { Array($0.utf8) }), body)
    }

    private static func request(of words: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + Array("\r\n".utf8) }
        return bytes
    }

    private static let partBytesMax = 32 << 10

    /// What is written while `body` has the requests in `bytes`, one after another.
    private func replies(to bytes: [UInt8], _ body: (Arguments) -> Void) -> [UInt8] {
        // Many come in two parts, as from the network: a large argument is received into a block, which SET adopts.
        let view = ByteView(bytes.span.bytes)
        let cut = bytes.count > Self.partBytesMax ? bytes.count / 2 : bytes.count
        for part in [0..<cut, cut..<bytes.count] where !part.isEmpty {
            let outcome = parser.parse(view[part], into: &batch, limits: ParserLimits())
            precondition(outcome.consumed == part.count, "one batch of requests")
        }
        precondition(!parser.isWithinRequest, "a complete request")
        for index in 0..<batch.count {
            body(batch.arguments(of: index))
        }
        let replies = reply.output.copiedBytes()
        _ = reply.output.takeChain()
        batch.clear()
        return replies
    }

    private func execute(_ arguments: Arguments) {
        guard var index = table.find(arguments[0]) else { return reply.error("ERR unknown command") }
        if table.routes[index].isContainer && arguments.count > 1 {
            guard let subcommand = table.find(arguments[1], of: index) else {
                return reply.error("ERR unknown subcommand")
            }
            index = subcommand
        }
        let route = table.routes[index]
        let before = reply.output.count
        do throws(CommandError) {
            let arity = route.arity
            guard arity > 0 ? arguments.count == arity : arguments.count >= -arity else { throw .wrongArity }
            let request = Request(arguments, keyHash: route.hasKeyAtOne ? Key.hash(of: arguments[1]) : 0)
            if let command = route.data {
                try command.run(request, &database, &reply)
            } else if let command = route.server, let server {
                try command.run(request, &database, &reply, &session, server)
            } else {
                preconditionFailure("nothing can run this command here")
            }
            precondition(reply.output.count > before, "a command replies")
        } catch {
            precondition(reply.output.count == before, "a command that throws has written nothing")
            answer(error, name: table.records[index].fullName)
        }
    }

    private func answer(_ error: CommandError, name: String) {
        switch error {
        case .reply(let text): reply.error(text)
        case .replyNamingCommand(let text):
            reply.beginError()
            reply.errorText(text)
            reply.errorText(" '")
            reply.errorText(ByteView(name.utf8.span))
            reply.errorText("' command")
            reply.endError()
        case .wouldBlock(let deadlineMs):
            blockedUntilMs = deadlineMs
            reply.raw(ByteView("(blocked)"))
        }
    }

    /// Bytes of a reply beyond which it overflows (client-output-buffer-limit).
    var replyBytesMax: Int {
        get { reply.output.ownedBytesMax }
        set { reply.output.ownedBytesMax = newValue }
    }

    /// The protocol that replies are written in.
    var version: ProtocolVersion {
        get { reply.version }
        set {
            reply.version = newValue
            session.version = newValue
        }
    }

    /// Removes what is due in all shards, as the server's idle time does.
    func expireDue() {
        var batch = ScanBatch()
        for shard in 0..<keyspace.shardCount {
            while database.expireDue(shard: shard, batch: &batch) {}
        }
    }
}
