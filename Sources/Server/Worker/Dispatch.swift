// Dispatch: the one choke point through which every command goes: authentication, arity, locks, statistics, errors,
// transactions, waits. No command repeats any of it, and what is unused costs one predicted branch.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import RESP
internal import Synchronization
internal import Transactions

extension Worker {
    /// Executes the turn's gathered requests in stages, so that the memory latency of one hides behind the work of the
    /// others. Stage one, `prepare`, came with the parsing: it found the commands and asked for the buckets of their
    /// keys. Now all entries are found and asked for, and then each connection's part is executed in order and its
    /// replies sent.
    mutating func executeGathered(_ batch: inout RequestBatch, _ loop: borrowing RunLoop) {
        let count = batch.count
        guard count > 0 else { return }
        if count > 1 { prefetchGathered(count) }
        figures.value.batches &+= 1
        decideMeasuring(batch)
        lastCycles = CycleCounter.now
        if lastCycles > timeEndsCycles { renewTime() }
        var first = 0
        for index in 0..<partCount {
            let part = parts[index]
            executePart(part, first, batch, loop)
            first = part.end
        }
        endRun()
        partCount = 0
        batch.clear()
    }

    /// Stages two to four for so many requests.
    @inline(__always)
    private mutating func prefetchGathered(_ count: Int) {
        let hashes = keyHashes.span.extracting(0..<count)
        if isShared { database.prefetchEntriesLocking(hashes) } else { database.prefetchEntries(hashes) }
        if database.longStringsMet == longStringsSeen { return }
        longStringsSeen = database.longStringsMet
        if isShared { database.prefetchLongStringsLocking(hashes) } else { database.prefetchLongStrings(hashes) }
    }

    /// Executes one connection's part of the batch, from request `first` on, and sends the replies.
    private mutating func executePart(
        _ part: BatchPart, _ first: Int, _ batch: borrowing RequestBatch, _ loop: borrowing RunLoop
    ) {
        let slot = part.connection.slot
        // A client may have been closed, found by CLIENT KILL, or begun to wait since its bytes were parsed.
        guard isHere(part.connection), !clients.value[slot].session.flags.has(.closing) else { return }
        if clients.value[slot].waiter != nil || clients.value[slot].backlog != nil {
            return keepRequests(first..<part.end, of: batch, slot)
        }
        reply.version = clients.value[slot].session.version
        var index = first
        while index < part.end {
            if isShared {
                if keyspace.yield(worker: self.index) { renewTime() }
                if isKilled(slot) { break }
            }
            let prepared = PreparedRequest(command: preparedCommands[index], keyHash: keyHashes[index])
            database.place = index
            execute(prepared, batch.arguments(of: index), slot, loop)
            index &+= 1
            if mayHaveStopped {
                mayHaveStopped = false
                if isTimeStale { renewTime() }
                if !clients.value[slot].canGoOn {
                    if clients.value[slot].waiter != nil { keepRequests(index..<part.end, of: batch, slot) }
                    break
                }
            }
        }
        flush(part.connection, slot, loop)
    }

    /// Stage one for one request.
    @inline(__always)
    mutating func prepare(_ index: Int, _ arguments: Arguments) {
        let prepared = prepared(arguments)
        preparedCommands[index] = prepared.command
        keyHashes[index] = prepared.keyHash
    }

    /// Finds a request's command and hashes its key.
    @inline(__always)
    func prepared(_ arguments: Arguments) -> PreparedRequest {
        guard let command = commands.find(arguments[0]) else { return PreparedRequest() }
        return PreparedRequest(command: Int32(truncatingIfNeeded: command), keyHash: keyHash(of: command, arguments))
    }

    /// The hash that a request carries along: of argument 1 where that is a key, whatever its arity; else 0.
    @inline(__always)
    func keyHash(of command: Int, _ arguments: Arguments) -> UInt64 {
        routes[command].hasKeyAtOne && arguments.count > 1 ? Key.hash(of: arguments[1]) : 0
    }

    /// Executes one request and writes its reply.
    mutating func execute(
        _ prepared: PreparedRequest, _ arguments: Arguments, _ slot: Int, _ loop: borrowing RunLoop
    ) {
        Database.noteCommand(arguments[0])
        defer { Database.clearCommandNote() }
        guard let command = resolve(prepared, arguments, slot) else {
            mayHaveStopped = true
            return
        }
        let client = clients.value[slot].begin(command)
        database.index = client.database
        // The way of nearly all requests: authenticated, nothing special about the client.
        if client.isPlain {
            return call(command, Request(arguments, keyHash: prepared.keyHash), slot, loop)
        }
        executeSpecial(command, Request(arguments, keyHash: prepared.keyHash), slot, loop)
    }

    /// The command a request means, with its arity checked; nil after an error reply.
    @inline(__always)
    private mutating func resolve(_ prepared: PreparedRequest, _ arguments: Arguments, _ slot: Int) -> Int? {
        var command = Int(prepared.command)
        guard command >= 0 else {
            return refuseUnknown(arguments, slot)
        }
        if routes[command].isContainer && arguments.count > 1 {
            guard let subcommand = commands.find(arguments[1], of: command) else {
                return refuseUnknownSubcommand(arguments, slot)
            }
            command = subcommand
        }
        let arity = routes[command].arity
        if arity > 0 ? arguments.count != arity : arguments.count < -arity {
            return refuseArity(of: command, arguments, slot)
        }
        return command
    }

    /// A request of a client about which something is special.
    @inline(never)
    private mutating func executeSpecial(
        _ command: Int, _ request: Request, _ slot: Int, _ loop: borrowing RunLoop
    ) {
        mayHaveStopped = true
        let route = routes[command]
        let flags = clients.value[slot].session.flags
        if isStranger(slot) && !route.flags.has(.noAuth) {
            countRejected(command, slot)
            _ = refuseStranger(slot, command, request.arguments)
            return
        }
        if flags.has(.inTransaction) && route.flags.has(.noMulti) {
            countRejected(command, slot)
            let name = commands.records[command].fullName
            return reject(slot) { $0.error("ERR Command '", name, "' not allowed inside a transaction") }
        }
        if refuseForbidden(command, slot) { return }
        if flags.has(.monitor) && (route.flags.has(.write) || route.flags.has(.readonly)) {
            countRejected(command, slot)
            return reject(slot) { $0.error("ERR Replica can't interact with the keyspace") }
        }
        if flags.has(.paused) && mustWait(command, slot) { return postpone(slot, command, request) }
        if flags.has(.inTransaction) && route.control?.isQueued ?? true {
            return enqueue(command, request, slot)
        }
        let isDropped = beginReply(slot)
        database.isTouchSuppressed = flags.has(.noTouch)
        call(command, request, slot, loop)
        database.isTouchSuppressed = false
        if isDropped { reply.endSuppressing() }
    }

    /// A command that the client has begun is refused instead of being executed.
    mutating func countRejected(_ command: Int, _ slot: Int) {
        commandFigures[command].rejected &+= 1
        clients.value[slot].session.commandsProcessed &-= 1
    }

    /// Whether the pause that the client has met keeps this command waiting. Forgets a pause that is over.
    private func mustWait(_ command: Int, _ slot: Int) -> Bool {
        guard instance.pause.isOn(database.nowMs) else {
            clients.value[slot].session.flags.remove(.paused)
            return false
        }
        if mustWait(command) { return true }
        guard case .exec = routes[command].control, !mustFail(slot),
            let queue = clients.value[slot].session.currentTransaction?.routes
        else { return false }
        for command in queue where mayChangeData(command) { return true }
        return false
    }

    /// Whether there is a pause that keeps such a command waiting.
    func mustWait(_ command: Int) -> Bool {
        instance.pause.isOn(database.nowMs) && (instance.pause.isAll || mayChangeData(command))
    }

    private func mayChangeData(_ command: Int) -> Bool {
        routes[command].flags.has(.write) || routes[command].flags.has(.mayReplicate)
    }

    // MARK: CLIENT REPLY

    /// Drops the reply that is about to be written if the client wants none; the caller ends what this begins.
    private mutating func beginReply(_ slot: Int) -> Bool {
        let flags = clients.value[slot].session.flags
        let isDropped = flags.has(.repliesOff) || flags.has(.skipNextReply)
        clients.value[slot].session.flags.remove(.skipNextReply)
        if isDropped { reply.beginSuppressing() }
        return isDropped
    }

    mutating func withReplyPolicy(_ slot: Int, _ body: (inout Reply, Int) -> Void) {
        let isDropped = beginReply(slot)
        body(&reply, slot)
        if isDropped { reply.endSuppressing() }
    }

    // MARK: Calling

    /// Calls a command under its isolation and counts it.
    @inline(__always)
    mutating func call(_ command: Int, _ request: Request, _ slot: Int, _ loop: borrowing RunLoop) {
        let replyStart = reply.output.count
        beginTiming(command)
        guard routes[command].isDirect, let data = routes[command].data else {
            return callOther(command, request, slot, replyStart, loop)
        }
        if isShared {
            lockKeys(of: command, request)
            if isHeldUp(command, request, slot) { return locks.release(keyspace) }
        }
        callData(data, command, request, slot)
        if !database.readyKeys.isEmpty { serveReadyKeys() }
        // Before the locks go: who monitors sees the order in which commands were executed.
        count(command, request.arguments, slot, replyStart)
        if isShared { locks.release(keyspace) }
    }

    /// Runs a data command whose locks are held, and replies to its error.
    @inline(__always)
    private mutating func callData(
        _ data: any DataCommand.Type, _ command: Int, _ request: Request, _ slot: Int
    ) {
        do throws(CommandError) {
            try data.run(request, &database, &reply)
        } catch {
            mayHaveStopped = true
            if case .wouldBlock(let deadlineMs) = error {
                block(slot, command, request, deadlineMs)
            } else {
                replyError(error, command)
            }
        }
    }

    /// Calls commands that may wait, those without keys or about the server, and those that the dispatcher carries out
    /// itself.
    @inline(never)
    private mutating func callOther(
        _ command: Int, _ request: Request, _ slot: Int, _ replyStart: Int, _ loop: borrowing RunLoop
    ) {
        mayHaveStopped = true
        let route = routes[command]
        if let control = route.control {
            callControl(control, command, request, slot, loop)
            return countUnlessWaiting(command, request, slot, replyStart)
        }
        if refuseForbidden(command, slot) { return }
        switch route.isolation {
        case .exclusive: beginExclusive()
        case .keys: if isShared { lockKeys(of: command, request) }
        case .none, .byItself: break
        }
        defer {
            switch route.isolation {
            case .exclusive: database.endExclusive()
            case .keys: if isShared { locks.release(keyspace) }
            case .none, .byItself: break
            }
        }
        if isShared && isHeldUp(command, request, slot) { return }
        if let data = route.data {
            callData(data, command, request, slot)
        } else if let server = route.server {
            callServer(server, command, request, slot, loop)
        } else {
            replyError(.wrongArity, command)
        }
        if !database.readyKeys.isEmpty { serveReadyKeys() }
        countUnlessWaiting(command, request, slot, replyStart)
    }

    /// A command that makes its client wait counts when the wait is over.
    private mutating func countUnlessWaiting(
        _ command: Int, _ request: Request, _ slot: Int, _ replyStart: Int
    ) {
        if clients.value[slot].waiter == nil { count(command, request.arguments, slot, replyStart) }
    }

    /// Whether CLIENT KILL had its turn while this worker waited at the gate or for locks: what the client has asked
    /// for and is not executed yet must not be executed any more.
    @inline(__always)
    func isKilled(_ slot: Int) -> Bool { clients.value[slot].session.flags.has(.closing) }

    /// Whether a command must not run although its turn has come: while this worker waited at the gate or for its
    /// locks, CLIENT KILL or CLIENT PAUSE had theirs, and were told that they were obeyed.
    @inline(__always)
    mutating func isHeldUp(_ command: Int, _ request: Request, _ slot: Int) -> Bool {
        clients.value[slot].session.flags.hasAny([.closing, .paused]) && holdUp(command, request, slot)
    }

    @inline(never)
    private mutating func holdUp(_ command: Int, _ request: Request, _ slot: Int) -> Bool {
        if isKilled(slot) { return true }
        guard mustWait(command, slot) else { return false }
        mayHaveStopped = true
        // The reply that CLIENT REPLY SKIP leaves out is still to come.
        if reply.isSuppressing && !clients.value[slot].session.flags.has(.repliesOff) {
            clients.value[slot].session.flags.insert(.skipNextReply)
        }
        postpone(slot, command, request)
        return true
    }

    mutating func callServer(
        _ server: any ServerCommand.Type, _ command: Int, _ request: Request, _ slot: Int, _ loop: borrowing RunLoop
    ) {
        if server.readsFigures { publishWork(loop) }
        publishFigures()
        let clients = clients
        do throws(CommandError) {
            try server.run(request, &database, &reply, &clients.value[slot].session, instance)
        } catch {
            replyError(error, command)
        }
        reply.version = clients.value[slot].session.version
        if settings.value.generation != settingsSeen { takeSettings() }
    }

    /// Writes the reply to a command's error.
    @inline(never)
    mutating func replyError(_ error: CommandError, _ command: Int) {
        switch error {
        case .reply(let text): reply.error(text)
        case .replyNamingCommand(let text):
            reply.error(text, " '", commands.records[command].fullName, "' command")
        case .wouldBlock: reply.nullArray()
        }
    }

    mutating func countError() {
        figures.value.errors[reply.lastErrorCode, default: 0] += 1
        figures.value.errorReplies += UInt64(reply.errorCount)
        reply.resetErrorCount()
    }

    /// Lets the others see this worker's figures, which are about to be read.
    mutating func publishFigures() {
        handle.databaseFigures.value = database.figures
        handle.changes.value = database.changes
        handle.publishedCommands.store(figures.value.commandsProcessed, ordering: .relaxed)
        handle.publishedBytesIn.store(figures.value.bytesIn, ordering: .relaxed)
        handle.publishedBytesOut.store(figures.value.bytesOut, ordering: .relaxed)
    }

    /// Requests of a client that waits are executed when its wait is over.
    @inline(never)
    private mutating func keepRequests(_ range: Range<Int>, of batch: borrowing RequestBatch, _ slot: Int) {
        guard !range.isEmpty else { return }
        let backlog = makeBacklog(slot)
        for index in range { backlog.keep(batch.arguments(of: index)) }
    }
}
