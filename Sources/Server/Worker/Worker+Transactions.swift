// Transactions: MULTI queues, EXEC runs the queue under the locks of all its keys at once, or exclusively if a
// command's keys cannot be told in advance.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import RESP
internal import Transactions

extension Worker {
    /// Carries out a command that is about which commands run.
    mutating func callControl(
        _ control: ControlCommand, _ command: Int, _ request: Request, _ slot: Int, _ loop: borrowing RunLoop
    ) {
        let isInTransaction = clients.value[slot].session.flags.has(.inTransaction)
        switch control {
        case .multi:
            clients.value[slot].session.flags.insert(.inTransaction)
            _ = clients.value[slot].session.makeTransaction()
            reply.ok()
        case .exec:
            guard isInTransaction else { return reply.error("ERR EXEC without MULTI") }
            executeTransaction(command, request, slot, loop)
        case .discard:
            guard isInTransaction else { return reply.error("ERR DISCARD without MULTI") }
            endTransaction(slot)
            reply.ok()
        case .watch:
            watch(command, request, slot)
            reply.ok()
        case .unwatch:
            unwatchAll(slot)
            reply.ok()
        case .quit:
            reply.ok()
            clients.value[slot].session.flags.insert(.closing)
        case .reset:
            // A new client wants replies, from this one on.
            if clients.value[slot].session.flags.has(.repliesOff) { reply.endSuppressing() }
            reset(slot)
            reply.simpleString("RESET")
        }
    }

    /// Queues a request for EXEC, unless that will fail anyhow. A client that wants more kept than its query buffer may
    /// hold is closed.
    mutating func enqueue(_ command: Int, _ request: Request, _ slot: Int) {
        let transaction = clients.value[slot].session.currentTransaction!
        if mustFail(slot) {
            transaction.clearQueue()
        } else {
            let count = transaction.queue.chargedByteCount + request.arguments.byteCount
                + request.count * RequestQueue.bytesPerWord
            guard count <= settings.value.queryBufferBytesMax else { return refuse(slot, .queryBufferExceeded) }
            transaction.append(request.arguments, command: command)
        }
        clients.value[slot].session.commandsProcessed &-= 1  // it will be counted when it is executed
        withReplyPolicy(slot) { $0.queued() }
    }

    /// A request that could not be queued: EXEC will fail, and nothing is kept for it.
    mutating func failTransaction(_ slot: Int) {
        clients.value[slot].session.flags.insert(.transactionFailed)
        clients.value[slot].session.currentTransaction?.clearQueue()
    }

    /// Whether it is known already that EXEC will fail.
    func mustFail(_ slot: Int) -> Bool {
        clients.value[slot].session.flags.has(.transactionFailed)
            || clients.value[slot].session.currentTransaction?.token.isChanged == true
    }

    // MARK: EXEC

    /// EXEC: locks everything that the queue and the watches touch, then decides, then runs the queue.
    private mutating func executeTransaction(
        _ command: Int, _ request: Request, _ slot: Int, _ loop: borrowing RunLoop
    ) {
        let transaction = clients.value[slot].session.currentTransaction!
        if clients.value[slot].session.flags.has(.transactionFailed) {
            endTransaction(slot)
            return reply.error("EXECABORT Transaction discarded because of previous errors.")
        }
        let isExclusive = isShared && !lockQueue(transaction)
        if isExclusive {
            locks.removeAll()
            beginExclusive()
        } else if isShared, locks.acquire(keyspace, worker: index) {
            renewTime()
        }
        defer { if isExclusive { database.endExclusive() } else if isShared { locks.release(keyspace) } }
        // A killed client's end takes the watches and the queue along; a pause leaves them for its own.
        if isShared && isHeldUp(command, request, slot) { return }
        if transaction.mustFail(&database) {
            transaction.unwatchAll(&database)
            reply.nullArray()
        } else {
            // Watches end before the queue runs: its own writes are no reason to fail.
            transaction.unwatchAll(&database)
            runQueue(transaction, slot, loop)
        }
        if !database.readyKeys.isEmpty { serveReadyKeys() }
        clients.value[slot].session.flags.subtract([.inTransaction, .transactionFailed])
        transaction.clearQueue()
    }

    /// Collects the locks of the queue and the watches; false if only exclusive execution will do.
    private mutating func lockQueue(_ transaction: Transaction) -> Bool {
        for key in transaction.watched { locks.insert(shard: database.shardIndex(of: key)) }
        for (position, command) in transaction.routes.enumerated() {
            switch routes[command].isolation {
            case .none: continue
            case .exclusive, .byItself: return false
            case .keys: break
            }
            transaction.queue.withArguments(of: position) { arguments in
                addLocks(of: command, Request(arguments, keyHash: keyHash(of: command, arguments)))
            }
        }
        return true
    }

    /// Runs the queued commands; their locks are held.
    private mutating func runQueue(_ transaction: Transaction, _ slot: Int, _ loop: borrowing RunLoop) {
        reply.array(transaction.queuedCount)
        let queue = transaction.takeQueue()
        logLimits.isTimingRuns = false  // any of them may be large
        for (position, command) in transaction.routes.enumerated() {
            queue.withArguments(of: position) { arguments in
                callQueued(command, Request(arguments, keyHash: keyHash(of: command, arguments)), slot, loop)
            }
        }
    }

    /// One command of the queue.
    private mutating func callQueued(_ command: Int, _ request: Request, _ slot: Int, _ loop: borrowing RunLoop) {
        Database.noteCommand(request[0])
        database.index = Int(clients.value[slot].session.database)
        let version = reply.version
        let replyStart = reply.output.count
        beginTiming(command)
        if let data = routes[command].data {
            do throws(CommandError) {
                try data.run(request, &database, &reply)
            } catch {
                // A command that would block replies as if its time were up.
                if case .wouldBlock = error { giveUp(command) } else { replyError(error, command) }
            }
        } else if let server = routes[command].server {
            callServer(server, command, request, slot, loop)
        } else if routes[command].control == .unwatch {
            reply.ok()  // EXEC has ended all watches already
        } else {
            reply.version = version
            replyError(.wrongArity, command)
        }
        count(command, request.arguments, slot, replyStart)
        clients.value[slot].session.commandsProcessed &+= 1
    }

    private mutating func giveUp(_ command: Int) { routes[command].blocking?.giveUp(&reply) }

    mutating func endTransaction(_ slot: Int) {
        clients.value[slot].session.flags.subtract([.inTransaction, .transactionFailed])
        clients.value[slot].session.currentTransaction?.clearQueue()
        unwatchAll(slot)
    }

    // MARK: WATCH

    private mutating func watch(_ command: Int, _ request: Request, _ slot: Int) {
        database.index = Int(clients.value[slot].session.database)
        let transaction = clients.value[slot].session.makeTransaction()
        if isShared { lockKeys(of: command, request) }
        for position in 1..<request.count { transaction.watch(request.key(at: position), &database) }
        if isShared { locks.release(keyspace) }
    }

    /// Ends all watches of a client.
    mutating func unwatchAll(_ slot: Int) {
        guard let transaction = clients.value[slot].session.currentTransaction, !transaction.watched.isEmpty else {
            return
        }
        withLocks(of: transaction.watched) { database in transaction.unwatchAll(&database) }
    }

    // MARK: RESET

    /// RESET: the client as if it had just connected.
    private mutating func reset(_ slot: Int) {
        endTransaction(slot)
        if clients.value[slot].session.flags.has(.monitor) {
            instance.monitors.remove(clientID: clients.value[slot].session.id)
            clients.value[slot].session.flags.remove(.monitor)
        }
        if clients.value[slot].session.flags.has(.authenticated) {
            clients.value[slot].session.flags.insert(.wasAuthenticated)
        }
        clients.value[slot].session.flags.subtract(
            [.noTouch, .noEvict, .readOnly, .repliesOff, .skipNextReply, .authenticated])
        if !settings.value.requiresPassword { clients.value[slot].session.flags.insert(.authenticated) }
        clients.value[slot].session.database = 0
        clients.value[slot].session.version = .resp2
        clients.value[slot].session.details?.name = []
        reply.version = .resp2
    }
}
