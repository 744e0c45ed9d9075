// What commands may ask of the server: authentication, other clients, figures, and its end.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import RESP
internal import Synchronization

extension Instance: ServerFace {
    var commands: CommandTable { commandTable }
    var mode: String { "standalone" }
    var role: String { "master" }
    var availabilityZone: String { String(decoding: configuration.availabilityZone, as: UTF8.self) }
    var redisVersion: String { Version.redis }
    var apusVersion: String { Version.apus }
    var unixUs: Int64 { clock.now().unixUs }
    var lastSaveSeconds: Int64 { startedMs / 1000 }

    // MARK: Authentication

    func authenticate(user: [UInt8]?, password: [UInt8]) -> AuthenticationResult {
        if !configuration.hasPassword && user == nil { return .noPasswordSet }
        let isDefault = user == nil || user == Array("default".utf8)
        // Without a password, the default user is let in with any.
        if isDefault && (!configuration.hasPassword || isRight(password)) { return .accepted }
        refusedAuthentications.add(1, ordering: .relaxed)
        return .wrongPassword
    }

    private func isRight(_ password: [UInt8]) -> Bool {
        if configuration.passwordHashes.isEmpty { return Self.areEqual(password, configuration.requirepass) }
        let hash = Digest.sha256(password)
        return configuration.passwordHashes.contains { Self.areEqual(hash, $0) }
    }

    /// Compares in a time that depends on the lengths alone: how far a guess was right cannot be measured.
    private static func areEqual(_ guess: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = guess.count ^ secret.count
        for index in guess.indices { difference |= Int(guess[index] ^ secret[index % secret.count]) }
        return difference == 0
    }

    // MARK: Clients

    func clientLine(of session: borrowing Session, during command: CommandUnderway) -> [UInt8] {
        let clients = workers[Int(session.worker)].clients
        let slot = Int(session.slot)
        guard clients.value.contains(slot) else { return [] }
        clients.value[slot].learnAddresses(unixSocket: configuration.unixSocket)
        let description = ClientDescription(
            session, of: clients.value[slot], in: self, nowMs: clock.now().unixMs, command)
        return description.line(commandsNow: Self.finished(session))
    }

    /// Commands that the asking client has finished: the one that asks has been counted, but is not.
    private static func finished(_ session: borrowing Session) -> UInt64 {
        session.commandsProcessed == 0 ? 0 : session.commandsProcessed - 1
    }

    func clientLines(
        matching filter: ClientFilter, asking: borrowing Session, during command: CommandUnderway
    ) -> [UInt8] {
        let nowMs = clock.now().unixMs
        var lines: [(id: UInt64, line: [UInt8])] = []
        forEachClient { clients, slot in
            let id = clients.value[slot].session.id, isAsking = id == asking.id
            if isAsking && filter.skipsMe == true || !filter.admits(id: id) { return }
            clients.value[slot].learnAddresses(unixSocket: configuration.unixSocket)
            if isAsking {
                let description = ClientDescription(
                    asking, of: clients.value[slot], in: self, nowMs: nowMs, command)
                guard filter.matches(description) else { return }
                lines.append((asking.id, description.line(commandsNow: Self.finished(asking))))
            } else {
                // One that has been killed is gone, although its worker has not closed it yet.
                if clients.value[slot].session.flags.contains(.closing) { return }
                let description = ClientDescription(
                    clients.value[slot].session, of: clients.value[slot], in: self, nowMs: nowMs)
                guard filter.matches(description) else { return }
                lines.append((description.id, description.line(commandsNow: description.commandsProcessed)))
            }
        }
        return lines.sorted { $0.id < $1.id }.flatMap(\.line)
    }

    func killClients(matching filter: ClientFilter, asking: inout Session) -> Int {
        let nowMs = clock.now().unixMs
        let skipsMe = filter.skipsMe ?? true
        let own = asking.id
        var killed = 0
        var isAskingKilled = false
        forEachClient { clients, slot in
            let id = clients.value[slot].session.id, isAsking = id == own
            if isAsking && skipsMe || !filter.admits(id: id) { return }
            if clients.value[slot].session.flags.contains(.closing) { return }
            clients.value[slot].learnAddresses(unixSocket: configuration.unixSocket)
            let description = ClientDescription(
                clients.value[slot].session, of: clients.value[slot], in: self, nowMs: nowMs)
            guard filter.matches(description) else { return }
            killed += 1
            if isAsking {
                isAskingKilled = true
            } else {
                // From here on its worker executes nothing more for it, and nobody serves it.
                clients.value[slot].session.flags.insert(.closing)
                clients.value[slot].waiter?.abandon()
                let worker = Int(clients.value[slot].session.worker)
                workers[worker].mailbox.post(.close(clients.value[slot].connection, clientID: description.id))
            }
        }
        // The asking client still gets its reply.
        if isAskingKilled { asking.flags.insert(.closing) }
        return killed
    }

    func unblockClient(id: UInt64, withError: Bool) -> Bool {
        var isUnblocked = false
        forEachClient { clients, slot in
            guard clients.value[slot].session.id == id, let waiter = clients.value[slot].waiter, !waiter.isPostponed,
                waiter.claim()
            else { return }
            let worker = workers[waiter.worker]
            if withError { worker.commandFigures[waiter.command].rejected &+= 1 }
            let reply = withError
                ? Array("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n".utf8) : timeoutReply(waiter)
            worker.mailbox.post(.served(waiter, reply: reply))
            isUnblocked = true
        }
        return isUnblocked
    }

    func pauseClients(untilMs: Int64, isAll: Bool, asking: inout Session) {
        pause.begin(untilMs: untilMs, isAll: isAll, nowMs: clock.now().unixMs)
        keyspace.expiryPausedUntilMs = pause.untilMs
        let own = asking.id
        // Nobody's commands look for a pause unless they are told to.
        forEachClient { clients, slot in
            if clients.value[slot].session.id != own { clients.value[slot].session.flags.insert(.paused) }
        }
        asking.flags.insert(.paused)
    }

    func unpauseClients() {
        pause.end()
        keyspace.expiryPausedUntilMs = pause.untilMs
        var postponed: [BlockedClient] = []
        forEachClient { clients, slot in
            guard let waiter = clients.value[slot].waiter, waiter.isPostponed, waiter.claim() else { return }
            postponed.append(waiter)
        }
        // Each worker's go on in the order in which they came.
        for waiter in postponed.sorted(by: { $0.arrival < $1.arrival }) {
            workers[waiter.worker].mailbox.post(.served(waiter, reply: []))
        }
    }

    /// What a blocked client gets whose time is up.
    func timeoutReply(_ waiter: BlockedClient) -> [UInt8] {
        var reply = Reply()
        reply.version = waiter.version
        commandTable.routes[waiter.command].blocking?.giveUp(&reply)
        return reply.output.copiedBytes()
    }

    /// Bytes that wait for a client to read. Exclusively.
    func refusedOutputBytes(_ client: borrowing Client) -> Int {
        workers[Int(client.session.worker)].mailbox.refusedOutputBytes(client.connection)
    }

    /// Visits every client of every worker. Exclusively.
    func forEachClient(_ body: (Permanent<SlotTable<Client>>, Int) -> Void) {
        for worker in workers {
            var next = worker.clients.value.firstOccupied(from: 0)
            while let slot = next {
                body(worker.clients, slot)
                next = worker.clients.value.firstOccupied(from: slot + 1)
            }
        }
    }

    // MARK: Figures

    func resetStatistics() {
        for worker in workers {
            let blocked = worker.figures.value.clientsBlocked
            worker.figures.value = WorkerFigures()
            worker.figures.value.clientsBlocked = blocked
            for index in 0..<worker.commandFigures.count { worker.commandFigures[index].reset() }
        }
        // These are counted where only their workers may write: what they are now is taken off from here on.
        forgotten = SharedFigures(of: workers)
        keyspace.reclaimer.resetFreedCount()
        rates = Rates()
        peaks = Peaks(memory: Allocator.used, clients: connectedClients.load(ordering: .relaxed))
    }

    // MARK: Life

    func shutdown(asking: borrowing Session) {
        let clients = workers[Int(asking.worker)].clients
        let slot = Int(asking.slot)
        if clients.value.contains(slot) {
            clients.value[slot].learnAddresses(unixSocket: configuration.unixSocket)
            let client = ClientDescription(asking, of: clients.value[slot], in: self, nowMs: clock.now().unixMs)
            shutdownOrigin = " (user request from '\(client.identity)')"
        }
        stop()
    }

    /// A shutdown waits for nothing, so there is never one under way.
    func abortShutdown() -> Bool { false }
}
