// Housekeeping: each worker looks after its share of the shards, and its own clients, between events.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import Synchronization

extension Worker {
    /// Time between two rounds: twice as often as the promise that a due key is gone within 100 ms.
    private static var cronNs: Int64 { 50_000_000 }
    /// Time that a round may spend on expiry and resizing before the clients have their turn again.
    private static var sliceNs: Int64 { 2_000_000 }
    /// Buckets that a shard's pending resize moves per round.
    private static var resizeBucketsPerRound: Int { 512 }
    /// Rounds in a row that may leave out shards that are busy: about a second.
    private static var busyRoundsMax: Int { 20 }
    /// Rounds in which all clients have been looked at: about once a second, unless there are very many.
    private static var roundsPerClientScan: Int { 20 }
    /// Slots of clients looked at per round at most: some 50 microseconds.
    private static var clientsPerRoundMax: Int { 1024 }

    mutating func runCron(_ loop: borrowing RunLoop) {
        calibrateCycles()
        let before = figures.value.expiryCycles
        let isBehind = !instance.isHousekeepingPaused && tendShards()
        let taken = figures.value.expiryCycles &- before
        if taken >= logLimits.latencyCycles { noteSlow("expire-cycle", taken) }
        tendClients(loop)
        publishFigures()
        publishWork(loop)
        tellAcceptErrors(loop.statistics)
        if index == 0 { instance.sample(now) }
        // What was left over goes on at once, after the events that have come meanwhile.
        nextCronNs = isBehind ? now.monotonicNs : now.monotonicNs + Self.cronNs
    }

    /// Lets the others see this worker's figures, which are about to be read.
    mutating func publishFigures() {
        handle.databaseFigures.value = database.figures
        handle.changes.value = database.changes
        handle.publishedCommands.store(figures.value.commandsProcessed, ordering: .relaxed)
        handle.publishedBytesIn.store(figures.value.bytesIn, ordering: .relaxed)
        handle.publishedBytesOut.store(figures.value.bytesOut, ordering: .relaxed)
    }

    /// Lets the others see how much this worker has worked. All it does but sleep in its loop uses the processor, the
    /// kernel's part of receiving and sending included, so the thread's time needs no clock of its own in any turn.
    func publishWork(_ loop: borrowing RunLoop) {
        let statistics = loop.statistics, usage = ProcessFacts.usageOfThread
        handle.loopFigures.value = LoopFigures(statistics)
        handle.publishedTurns.store(statistics.turns, ordering: .relaxed)
        handle.publishedBusyUs.store(UInt64(usage.userUs + usage.systemUs - startedUs), ordering: .relaxed)
    }

    /// Removes keys that are due and moves on pending resizes in this worker's shards; whether work is left. A shard in
    /// which somebody's long command runs has its turn in a later round: this worker's clients need not wait for it.
    private mutating func tendShards() -> Bool {
        // The turn before may have taken long.
        let endNs = instance.clock.monotonicNs + Self.sliceNs
        let mayExpire = instance.isActiveExpiryOn && !instance.pause.isOn(now.unixMs)
        var isUnfinished = false
        let waitsForBusy = roundsWithBusyShards >= Self.busyRoundsMax
        roundsWithBusyShards = waitsForBusy ? 0 : roundsWithBusyShards + 1
        var hasBusy = false
        defer { if !hasBusy { roundsWithBusyShards = 0 } }
        for shard in stride(from: index, to: keyspace.shardCount, by: instance.workers.count) {
            if isShared && !keyspace.lockUnlessBusy(shard: shard) {
                hasBusy = true
                guard waitsForBusy else { continue }
                keyspace.lock(shard: shard, worker: index)
            }
            // What another worker has made this one wait is not this one's work.
            let began = CycleCounter.now
            // A pause is there so that the data stay as they are.
            var isMore = mayExpire && database.expireDue(shard: shard, batch: &scanBatch)
            if settings.value.resizesWhenIdle {
                isMore = database.resizeStep(shard: shard, buckets: Self.resizeBucketsPerRound) || isMore
            }
            figures.value.expiryCycles &+= CycleCounter.now &- began
            if isShared { keyspace.unlock(shard: shard) }
            isUnfinished = isUnfinished || isMore
            if isMore && instance.clock.monotonicNs > endNs {
                figures.value.expiryRoundsCut += 1
                return true
            }
        }
        return isUnfinished
    }

    /// Looks at the next of its clients: closes those that have been silent for longer than `timeout` (who waits for a
    /// key or monitors has nothing to say; who takes long to send a value or to take its replies is not silent), and
    /// those whose replies have lain unread beyond client-output-buffer-limit; notes how many chunks wait for the
    /// others, and who is gone without a word.
    private mutating func tendClients(_ loop: borrowing RunLoop) {
        let limit = settings.value.idleTimeoutMs
        if nextTendedSlot >= clients.value.capacity { nextTendedSlot = 0 }
        let slots = min(clients.value.capacity / Self.roundsPerClientScan + 1, Self.clientsPerRoundMax)
        let end = nextTendedSlot + slots
        var next = clients.value.firstOccupied(from: nextTendedSlot)
        nextTendedSlot = end
        while let slot = next, slot < end {
            next = clients.value.firstOccupied(from: slot + 1)
            let connection = clients.value[slot].connection
            loop.lookForReset(connection)
            if loop.takeProgress(connection) { clients.value[slot].session.lastActivityMs = now.unixMs }
            clients.value[slot].replyPeakBytes = 0
            clients.value[slot].pendingChunks =
                loop.pendingOutputBytes(connection) == 0 ? 0 : UInt32(clamping: loop.pendingOutputChunks(connection))
            if limit > 0 && clients.value[slot].waiter == nil && !clients.value[slot].session.flags.has(.monitor)
                && now.unixMs - clients.value[slot].session.lastActivityMs > limit
            {
                instance.log.write(.verbose, "Closing idle client")
                close(slot, loop)
            } else {
                _ = isWithinOutputLimits(slot, loop)
            }
        }
    }

    /// Names connections that could not be taken: their peers hear nothing until one can.
    private mutating func tellAcceptErrors(_ statistics: Statistics) {
        guard acceptWarning.isDue(statistics.acceptErrors, nowNs: now.monotonicNs) else { return }
        let reason = SocketError(errno: statistics.acceptError).text
        instance.log.write(.warning, "Accepting client connection: accept: \(reason)")
    }
}
