// Waits: clients that block on keys, those who serve them, and all other ways in which a wait ends.
//
// A producer serves the waiters of the keys it has changed while it still holds their locks, oldest waiter first, so
// that an element goes to who has waited longest and to nobody twice. The reply travels to the waiter's worker by mail.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import RESP

extension Worker {
    // MARK: Beginning

    /// Blocks a client on its command's keys, whose locks are held.
    mutating func block(_ slot: Int, _ command: Int, _ request: Request, _ deadlineMs: Int64?) {
        var keys: [OwnedKey] = []
        var isKnown: Set<OwnedKey> = []
        let indexes = commands.records[command].spec.keyIndexes(in: request.arguments) ?? []
        for key in indexes {
            let owned = OwnedKey(database: database.index, request.key(at: key.index))
            if isKnown.insert(owned).inserted { keys.append(owned) }
        }
        let waiter = BlockedClient(
            keys: keys, worker: index, connection: clients.value[slot].connection,
            clientID: clients.value[slot].session.id, command: command, arguments: request.arguments,
            version: reply.version, database: database.index, deadlineMs: deadlineMs, dropsReply: reply.isSuppressing)
        waiter.cycles = takeTime()
        if logLimits.isMonitored { feedMonitors(command, request.arguments, slot) }
        for key in keys {
            database.withKey(key) { database, key in database.wait(waiter, for: key) }
        }
        begin(waiter, slot)
        clients.value[slot].session.commandsProcessed &-= 1  // it will be counted when it is served
    }

    /// Lets a client's command wait for the end of the pause: it is kept before everything that comes behind it.
    mutating func postpone(_ slot: Int, _ command: Int, _ request: Request) {
        makeBacklog(slot).keep(request.arguments)
        beginPostponed(slot, command)
        clients.value[slot].session.commandsProcessed &-= 1  // it will be counted when it has its turn
    }

    /// The same for a command that has waited for its keys until a pause came: it will be tried once more.
    mutating func postpone(_ waiter: BlockedClient) {
        leaveLines(waiter)
        let slot = waiter.connection.slot
        guard clients.value.contains(slot), clients.value[slot].waiter === waiter else { return }
        end(waiter, slot)
        waiter.request.withArguments(of: 0) { makeBacklog(slot).keepFirst($0) }
        if waiter.dropsReply && !clients.value[slot].session.flags.has(.repliesOff) {
            clients.value[slot].session.flags.insert(.skipNextReply)
        }
        beginPostponed(slot, waiter.command)
    }

    private mutating func beginPostponed(_ slot: Int, _ command: Int) {
        let waiter = BlockedClient(
            keys: [], worker: index, connection: clients.value[slot].connection,
            clientID: clients.value[slot].session.id, command: command, arguments: nil,
            version: clients.value[slot].session.version, database: Int(clients.value[slot].session.database),
            deadlineMs: instance.pause.untilMs)
        begin(waiter, slot)
    }

    /// From here on the client waits.
    private mutating func begin(_ waiter: BlockedClient, _ slot: Int) {
        clients.value[slot].waiter = waiter
        clients.value[slot].session.flags.insert(.blocked)
        figures.value.clientsBlocked += 1
        if let deadlineMs = waiter.deadlineMs { deadlines.insert(waiter, deadlineMs: deadlineMs) }
    }

    /// From here on it does not.
    private mutating func end(_ waiter: BlockedClient, _ slot: Int) {
        clients.value[slot].waiter = nil
        clients.value[slot].session.flags.remove(.blocked)
        figures.value.clientsBlocked -= 1
        deadlines.remove(waiter)
    }

    // MARK: Serving

    /// Serves those who wait for the keys that the command or transaction has changed. Its locks are held.
    @inline(never)
    mutating func serveReadyKeys() {
        let selected = database.index, version = reply.version
        // Every key that has become ready under these locks.
        var changed: Set<OwnedKey> = []
        // Serving one may change another key (a move from list to list), which is then served as well.
        while !database.readyKeys.isEmpty {
            let ready = database.takeReadyKeys()
            changed.formUnion(ready)
            for key in ready {
                assert(database.isAlone || locks.contains(shard: database.shardIndex(of: key)), "a line without a lock")
                database.index = key.database
                while let waiter = database.firstWaiter(for: key) {
                    if serve(waiter as! BlockedClient, key, changed) == .nothing { break }
                }
            }
        }
        database.index = selected
        reply.version = version
    }

    /// Serves one waiter, in whose line its turn has come because `ready` has changed. As if it tried its command once
    /// more, it gets the first of its keys that has something, in the order in which it named them, or an error if one
    /// before that has become something else. Only keys that have `changed` can have something: all others have made
    /// it wait.
    private mutating func serve(
        _ waiter: BlockedClient, _ ready: OwnedKey, _ changed: Set<OwnedKey>
    ) -> Waiter.Outcome {
        guard let blocking = routes[waiter.command].blocking, let awaited = blocking.awaited,
            database.valueType(of: ready) == awaited
        else { return .nothing }
        if mustWait(waiter.command) { return postpone(waiter, ready) }
        for key in waiter.keys {
            guard let type = currentType(of: key) else { continue }
            let outcome: Waiter.Outcome
            if type != awaited {
                outcome = answer(waiter, ready) { worker in
                    worker.replyError(.wrongType, waiter.command)
                    // Counted here: what is still uncounted after the producer's command is taken for its own.
                    worker.commandFigures[waiter.command].failed &+= 1
                    worker.countError()
                    return true
                }
            } else if changed.contains(key) {
                outcome = answer(waiter, key) { worker in worker.serve(waiter, from: key, by: blocking) }
            } else {
                continue
            }
            if outcome != .nothing { return outcome }
        }
        return .nothing
    }

    /// A transaction has begun a pause and has changed the key: the waiter waits for the end of that. Each worker's
    /// clients keep their order.
    private mutating func postpone(_ waiter: BlockedClient, _ key: OwnedKey) -> Waiter.Outcome {
        guard waiter.claim() else { return .gone }
        if waiter.worker == index {
            postpone(waiter)
        } else {
            database.endWait(waiter, for: key)
            instance.workers[waiter.worker].mailbox.post(.postponed(waiter))
        }
        return .served
    }

    /// What stands under a key that may be none of those whose locks are held; nil also if that cannot be told now.
    private mutating func currentType(of key: OwnedKey) -> ValueType? {
        let isOurs = database.isAlone || locks.contains(shard: database.shardIndex(of: key))
        return isOurs ? database.valueType(of: key) : database.valueTypeUnlessBusy(of: key)
    }

    /// Writes what a key has for the waiter, if it has something.
    private mutating func serve(
        _ waiter: BlockedClient, from key: OwnedKey, by blocking: any BlockingCommand.Type
    ) -> Bool {
        waiter.request.withArguments(of: 0) { arguments in
            database.withKey(key) { database, key in
                blocking.serve(Request(arguments), key, &database, &reply)
            }
        }
    }

    /// Ends a wait, in the line for `key`, with the reply that `write` writes, unless it writes none and returns false.
    private mutating func answer(
        _ waiter: BlockedClient, _ key: OwnedKey, _ write: (inout Worker) -> Bool
    ) -> Waiter.Outcome {
        // What the waiter's reply is, is written behind what the producer's already is, and then taken from there. What
        // the producer is granted is no limit for it.
        let ownedBytesMax = reply.output.ownedBytesMax
        reply.output.ownedBytesMax = .max
        defer { reply.output.ownedBytesMax = ownedBytesMax }
        let mark = reply.output.mark
        let version = reply.version
        let began = CycleCounter.now
        reply.version = waiter.version
        defer { reply.version = version }
        let outcome = waiter.serve { write(&self) }
        guard outcome == .served else { return outcome }
        // This time is the waiter's, not the producer's.
        let taken = CycleCounter.now &- began
        waiter.cycles &+= taken
        lastCycles &+= taken
        let bytes = reply.output.takeBytes(from: mark)
        instance.workers[waiter.worker].mailbox.post(.served(waiter, reply: bytes))
        database.endWait(waiter, for: key)
        return .served
    }

    // MARK: Ending

    /// Ends the waits whose time is up, with a null.
    mutating func endWaitsThatAreDue(_ loop: borrowing RunLoop, _ batch: inout RequestBatch) {
        while let waiter = deadlines.popDue(now.unixMs) {
            guard waiter.claim() else { continue }
            resume(waiter, waiter.isPostponed ? [] : instance.timeoutReply(waiter), loop, &batch)
        }
    }

    /// The client's wait is over: it gets its reply, and what it has sent meanwhile is executed.
    mutating func resume(
        _ waiter: BlockedClient, _ bytes: [UInt8], _ loop: borrowing RunLoop, _ batch: inout RequestBatch
    ) {
        leaveLines(waiter)
        let slot = waiter.connection.slot
        guard clients.value.contains(slot), clients.value[slot].waiter === waiter else { return }
        end(waiter, slot)
        clients.value[slot].session.lastActivityMs = now.unixMs
        if !waiter.isPostponed {
            clients.value[slot].session.commandsProcessed &+= 1
            if !waiter.dropsReply { reply.output.append(ByteView(bytes.span)) }
            count(waiter, slot, replyBytes: bytes.count)
        }
        runBacklog(slot, loop, &batch)
        if isHere(waiter.connection) { flush(waiter.connection, slot, loop) }
    }

    /// Executes what came while the client was blocked or waited for its turn, until it does so again.
    mutating func runBacklog(_ slot: Int, _ loop: borrowing RunLoop, _ batch: inout RequestBatch) {
        guard let backlog = clients.value[slot].backlog else { return }
        measureEach()
        clients.value[slot].backlog = nil
        let connection = clients.value[slot].connection
        // If it has blocked again with too much left, receiving stays paused.
        defer {
            if backlog.isReceivePaused && isHere(connection) && clients.value[slot].backlog?.isReceivePaused != true {
                loop.resumeReceive(connection)
            }
        }
        var position = 0
        while position < backlog.requests.count && clients.value[slot].canGoOn {
            if isShared {
                // As between the requests of a batch: whoever waits to run alone has its turn.
                if keyspace.yield(worker: index) { renewTime() }
                if isKilled(slot) { break }
            }
            backlog.requests.withArguments(of: position) { arguments in
                reply.version = clients.value[slot].session.version
                execute(prepared(arguments), arguments, slot, loop)
            }
            if isTimeStale { renewTime() }
            position += 1
        }
        endRun()
        if clients.value[slot].session.flags.has(.closing) { return }
        if clients.value[slot].waiter != nil {
            // Blocked again: what is left stays in order, before anything that came into a new backlog meanwhile.
            let rest = makeBacklog(slot)
            while position < backlog.requests.count {
                backlog.requests.withArguments(of: position) { rest.keep($0) }
                position += 1
            }
            keep(backlog.input.view, slot, loop)
            rest.error = backlog.error
            return
        }
        if !backlog.input.isEmpty {
            gather(backlog.input.view, slot, loop, &batch)
            executeGathered(&batch, loop)  // while the bytes are here
            if !isHere(connection) { return }
        }
        guard let error = backlog.error else { return }
        if let rest = clients.value[slot].backlog { rest.error = error } else { refuse(slot, error) }
    }

    /// Takes a waiter out of the lines of all its keys.
    private mutating func leaveLines(_ waiter: BlockedClient) {
        if waiter.keys.isEmpty { return }
        withLocks(of: waiter.keys) { database in
            for key in waiter.keys { database.endWait(waiter, for: key) }
        }
    }

    /// A client goes away: if it is blocked, nobody may serve it any more.
    mutating func endWaitOfVanished(_ slot: Int) {
        guard let waiter = clients.value[slot].waiter else { return }
        end(waiter, slot)
        if waiter.isAbandoned || waiter.claim() { leaveLines(waiter) }
    }
}
