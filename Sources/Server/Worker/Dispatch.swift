// Dispatch: the one choke point through which every command goes: authentication, arity, locks, statistics, errors,
// transactions, waits. No command repeats any of it, and what is unused costs one predicted branch.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import RESP

extension Worker {
    /// Executes the turn's gathered requests in stages, so that the memory latency of one hides behind the work of the
    /// others. Stage one, `prepare`, came with the parsing: it found the commands and asked for the buckets of their
    /// keys. Now all entries are found and asked for, and then each connection's part is executed in order and its
    /// replies sent.
    mutating func executeGathered(_ batch: inout RequestBatch, _ loop: borrowing RunLoop) {
        let count = batch.count
        guard count > 0 else { return }
        if count > 1 { prefetchGathered(count) }
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

    /// Requests of a client that waits are executed when its wait is over.
    @inline(never)
    private mutating func keepRequests(_ range: Range<Int>, of batch: borrowing RequestBatch, _ slot: Int) {
        guard !range.isEmpty else { return }
        let backlog = makeBacklog(slot)
        for index in range { backlog.keep(batch.arguments(of: index)) }
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
}
