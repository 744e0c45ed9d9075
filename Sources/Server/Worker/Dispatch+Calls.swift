// Calls: a command under its isolation, counted, its error replied to.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import RESP
internal import Transactions

extension Worker {
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

    /// Whether the pause that the client has met keeps this command waiting. Forgets a pause that is over.
    func mustWait(_ command: Int, _ slot: Int) -> Bool {
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

    /// Runs a command about its client or the server, with the figures that it may look at published.
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
}
