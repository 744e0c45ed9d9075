// Housekeeping: each worker looks after its share of the shards, and its own clients, between events.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import RESP

extension Worker {
    /// Time between two rounds: twice as often as the promise that a due key is gone within 100 ms.
    private static var cronNs: Int64 { 50_000_000 }
    /// Time that a round may spend on expiry and resizing before the clients have their turn again.
    private static var sliceNs: Int64 { 2_000_000 }
    /// Buckets that a shard's pending resize moves per round.
    private static var resizeBucketsPerRound: Int { 512 }
    /// Rounds between looks at all clients' idle times: about once a second.
    private static var roundsPerClientScan: Int { 20 }

    mutating func runCron(_ loop: borrowing RunLoop) {
        cronCount += 1
        let isBehind = tendShards()
        if cronCount % Self.roundsPerClientScan == 0 { closeIdleAndSlowClients(loop) }
        publishFigures()
        handle.loopFigures.value = LoopFigures(loop.statistics)
        if index == 0 { instance.sample(now) }
        // What was left over goes on at once, after the events that have come meanwhile.
        nextCronNs = isBehind ? now.monotonicNs : now.monotonicNs + Self.cronNs
    }

    /// Removes keys that are due and moves on pending resizes in this worker's shards; whether work is left.
    private mutating func tendShards() -> Bool {
        let endNs = now.monotonicNs + Self.sliceNs
        var isUnfinished = false
        var shard = index
        while shard < keyspace.shardCount {
            if isShared { keyspace.lock(shard: shard, worker: index) }
            var isMore = database.expireDue(shard: shard, batch: &scanBatch)
            isMore = database.resizeStep(shard: shard, buckets: Self.resizeBucketsPerRound) || isMore
            if !database.readyKeys.isEmpty { serveReadyKeys() }
            if isShared { keyspace.unlock(shard: shard) }
            isUnfinished = isUnfinished || isMore
            if isMore && instance.clock.monotonicNs > endNs { return true }
            shard += instance.workers.count
        }
        return isUnfinished
    }

    /// Closes clients that have been silent for longer than `timeout`, and those whose replies have lain unread beyond
    /// client-output-buffer-limit without asking for more. O(clients) if there are such limits.
    private mutating func closeIdleAndSlowClients(_ loop: borrowing RunLoop) {
        let limit = settings.value.idleTimeoutMs > 0 ? settings.value.idleTimeoutMs : .max
        guard limit != .max || settings.value.limitsOutput else { return }
        var next = clients.value.firstOccupied(from: 0)
        while let slot = next {
            next = clients.value.firstOccupied(from: slot + 1)
            if clients.value[slot].waiter == nil && now.unixMs - clients.value[slot].session.lastActivityMs > limit {
                instance.log.write(.verbose, "Closing idle client")
                figures.value.clientsTimedOut += 1
                close(slot, loop)
            } else {
                _ = isWithinOutputLimits(slot, loop)
            }
        }
    }
}
