// Fuzzes the engine: whatever commands come and however time passes meanwhile, nothing traps, no memory is misused or
// lost, all structures keep their invariants, and the replies are the same with one shard and with many.
//
// The engine with one shard has its commands prefetched in batches, the other has not: so what is found ahead is seen
// to be forgotten when it is no longer there.
//
// Input: lines, each a command or an action of the test (engine_input.swift). With APUS_FUZZ_PRINT in the environment,
// what is run is printed in the form of an input, from which a finding can be made smaller by hand.

import Commands
import Datastore
import Glibc
import Memory
import Platform
import Transactions

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEngine(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let commands = EngineFuzz.input.commands(UnsafeBufferPointer(start: start, count: count))
    let keyspaces = EngineFuzz.keyspaces
    let used = Allocator.used
    do {
        let one = EngineFuzz(keyspaces.one), many = EngineFuzz(keyspaces.many)
        for (index, words) in commands.enumerated() where EngineFuzz.isTried(words) {
            one.foresee(commands, index)
            if EngineFuzz.isPrinting { EngineFuzz.print(words) }
            EngineFuzz.run(words, one, many)
            if index % 64 == 63 || index == commands.count - 1 { EngineFuzz.check(one, many) }
        }
        one.end()
        many.end()
    }
    require(Allocator.used == used, "\(Allocator.used - used) bytes are left after FLUSHALL")
    return 0
}

/// Like `precondition`, which keeps its text for itself in optimised code.
private func require(_ isTrue: Bool, _ text: @autoclosure () -> String) {
    if !isTrue { fatalError(text()) }
}

/// A client that waits with a command; who waits is told by its words.
private final class WaitingCommand: Waiter, @unchecked Sendable {
    let words: [[UInt8]]

    init(_ words: [[UInt8]], keys: [OwnedKey]) {
        self.words = words
        super.init(keys: keys)
    }
}

/// One of the two engines, for one input.
private final class EngineFuzz {
    private let harness: CommandHarness
    private let transaction = Transaction()
    private var waiting: [WaitingCommand] = []
    private static let waitingMax = 16

    // The keyspaces stay, as they do in a server; FLUSHALL leaves nothing in them.
    static let table = CommandTable(dataCommands.filter { !($0 is any DispatcherCommand.Type) })
    static let input = EngineInput(table)
    static let keyspaces = (one: keyspace(workers: 1), many: keyspace(workers: 2))
    static let isPrinting = getenv("APUS_FUZZ_PRINT") != nil

    private static func keyspace(workers: Int) -> Keyspace {
        Keyspace(databases: 3, workers: workers)
    }

    init(_ keyspace: Keyspace) {
        harness = CommandHarness(Self.table, keyspace)
        harness.server = ServerDouble(Self.table)
        harness.session.flags.insert(.authenticated)
        // Limits as a configuration has them, only lower, so that nothing takes long or much: SETRANGE pads up to the
        // longest string, ZRANDMEMBER repeats members as often as one likes.
        keyspace.settings = Settings()
        keyspace.settings.stringBytesMax = 1 << 17
        keyspace.expiryPausedUntilMs = 0
        harness.replyBytesMax = 1 << 20
    }

    // MARK: Running

    /// All but commands that end the server on purpose, that have no reply (MONITOR has none the second time), that
    /// take as long as they are told to, or that set the clock.
    static func isTried(_ words: [[UInt8]]) -> Bool {
        switch (text(words[0]), words.count > 1 ? text(words[1]) : "") {
        case ("shutdown", _), ("monitor", _), ("client", "reply"): false
        case ("debug", "segfault"), ("debug", "panic"), ("debug", "assert"), ("debug", "sleep"): false
        case ("debug", "populate"): words.dropFirst(2).allSatisfy { (Int(text($0)) ?? 0) < 1000 }
        default: true
        }
    }

    /// Runs a command or an action on both, and compares what they reply.
    static func run(_ words: [[UInt8]], _ one: EngineFuzz, _ many: EngineFuzz) {
        let name = text(words[0])
        if let action = EngineAction(rawValue: name) {
            let number = words.count > 1 ? Int64(text(words[1])) ?? 0 : 0
            let same = one.act(action, number) == many.act(action, number)
            require(same, "EXEC after WATCH depends on the shards")
            require(one.serveWaiting() == many.serveWaiting(), "other clients are served")
            return
        }
        // How much of what is due has been removed is the one thing that depends on the shards, since a step of SCAN
        // finds other keys. Who counts or lists it is asked when nothing is left, which there is during a pause.
        let countsDueKeys = name == "dbsize" || name == "debug"
        if countsDueKeys {
            one.removeDue()
            many.removeDue()
        }
        let left = one.harness.run(words: words), right = many.harness.run(words: words)
        require(one.harness.version == many.harness.version, "another protocol")
        let figures = (one.harness.database.figures, many.harness.database.figures)
        require(figures.0.hits == figures.1.hits && figures.0.misses == figures.1.misses, "other hits and misses")
        if left == Array("(blocked)".utf8) { for engine in [one, many] { engine.wait(words) } }
        require(one.serveWaiting() == many.serveWaiting(), "other clients are served")
        if countsDueKeys && one.isExpiryPaused { return }
        switch name {
        case "randomkey", "zrandmember", "scan", "memory": return
        case "debug" where words.count > 1 && text(words[1]) == "object": return  // tells addresses
        case "keys": require(lines(left) == lines(right), "other keys")
        default: require(left == right, "\(text(left)) with one shard, \(text(right)) with many")
        }
    }

    /// Prefetches a batch of commands when its first one comes.
    func foresee(_ commands: [[[UInt8]]], _ index: Int) {
        let batch = 64, place = index % batch
        if place == 0 { harness.prefetch(commands[index..<min(index + batch, commands.count)]) }
        harness.database.place = place
    }

    /// The lines of a reply in the order of their text.
    private static func lines(_ reply: [UInt8]) -> [[UInt8]] {
        reply.split(separator: 0x0A).map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func text(_ word: [UInt8]) -> String { String(decoding: word, as: UTF8.self).lowercased() }

    private var isExpiryPaused: Bool { harness.keyspace.isExpiryPaused(harness.database.nowMs) }

    /// Does it; whether EXEC would fail, if that is what is done.
    private func act(_ action: EngineAction, _ number: Int64) -> Bool {
        switch action {
        case .time:
            // What has been removed does not come back when the clock goes back: so all that is due must have been.
            if number < 0 && isExpiryPaused { break }
            if number < 0 { removeDue() }
            // The clock counts microseconds.
            let moment = harness.nowMs.addingReportingOverflow(number)
            harness.nowMs = min(max(moment.overflow ? .max : moment.partialValue, 0), .max / 1000)
        case .expireDue: harness.expireDue()
        case .resize:
            for shard in 0..<harness.keyspace.shardCount {
                _ = harness.database.resizeStep(shard: shard, buckets: Int(number & 15))
            }
        case .pauseExpiry: harness.keyspace.expiryPausedUntilMs = number
        case .entriesMax: harness.keyspace.settings.sortedSets.listpackEntriesMax = Int(max(number, 0))
        case .valueMax: harness.keyspace.settings.sortedSets.listpackValueMax = Int(max(number, 0))
        case .watch:
            for key in Self.input.words.keys { transaction.watch(Key(ByteView(key.span)), &harness.database) }
        case .exec:
            defer { transaction.unwatchAll(&harness.database) }
            return transaction.mustFail(&harness.database)
        }
        return false
    }

    // MARK: Waiting, as the server does it

    private func wait(_ words: [[UInt8]]) {
        guard waiting.count < Self.waitingMax else { return }
        let waiter = WaitingCommand(words, keys: harness.keys(of: words))
        for key in waiter.keys {
            harness.database.withKey(key) { database, key in database.wait(waiter, for: key) }
        }
        waiting.append(waiter)
    }

    /// Serves those who wait for keys that have changed; what they get.
    private func serveWaiting() -> [[UInt8]] {
        let selected = harness.database.index
        defer { harness.database.index = selected }
        var replies: [[UInt8]] = []
        while !harness.database.readyKeys.isEmpty {
            // SWAPDB makes keys ready in no particular order.
            let ready = harness.database.takeReadyKeys().sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            for key in ready {
                harness.database.index = key.database
                while let waiter = harness.database.firstWaiter(for: key) as? WaitingCommand {
                    guard harness.database.valueType(of: key) == .sortedSet else { break }
                    let outcome = waiter.serve {
                        replies.append(harness.serve(words: waiter.words, from: key))
                        return replies.last != []
                    }
                    if outcome == .nothing { break }
                    end(waiter)
                }
            }
        }
        return replies
    }

    private func end(_ waiter: WaitingCommand) {
        for key in waiter.keys { harness.database.endWait(waiter, for: key) }
        waiting.removeAll { $0 === waiter }
    }

    // MARK: Checking

    /// Checks both and compares their data.
    static func check(_ one: EngineFuzz, _ many: EngineFuzz) {
        for engine in [one, many] {
            let fault = engine.harness.keyspace.invariants()
            require(fault == nil, "broken invariants: \(fault ?? "")")
            engine.removeDue()
        }
        if one.isExpiryPaused { return }
        require(one.harness.run("debug digest") == many.harness.run("debug digest"), "other data")
    }

    /// Scans all databases, which removes what is due, and compares the keys found with what DBSIZE says.
    private func removeDue() {
        let selected = harness.database.index
        defer { harness.database.index = selected }
        var batch = ScanBatch()
        for index in 0..<harness.keyspace.databaseCount {
            if harness.keyspace.count(inDatabase: index) == 0 { continue }
            harness.database.index = index
            var keys: Set<[UInt8]> = []
            var cursor: UInt64 = 0
            repeat {
                cursor = harness.database.scan(
                    from: .init(cursor), wanted: 100, batch: &batch, removesDue: { _, _ in true }
                ) { key, _ in keys.insert(key.copied()) }
            } while cursor != 0
            if isExpiryPaused { continue }
            require(keys.count == harness.keyspace.count(inDatabase: index), "a scan finds as many keys as DBSIZE")
        }
    }

    /// Empties the keyspace. What is freed in the background is waited for.
    func end() {
        transaction.unwatchAll(&harness.database)
        for waiter in waiting { end(waiter) }
        _ = harness.run("flushall")
        require(harness.keyspace.invariants() == nil, "broken invariants after FLUSHALL")
        for index in 0..<harness.keyspace.databaseCount {
            require(!harness.keyspace.hasTables(inDatabase: index), "a table is left")
        }
        while harness.keyspace.reclaimer.pendingCount > 0 { usleep(50) }
    }

    // MARK: Printing

    static func print(_ words: [[UInt8]]) {
        let line = words.map { word in
            "\"" + word.map { byte in
                switch byte {
                case 0x21...0x7E where byte != 0x22 && byte != 0x5C: String(UnicodeScalar(byte))
                default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
            }.joined() + "\""
        }
        StandardError.write(line.joined(separator: " ") + "\n")
    }
}
