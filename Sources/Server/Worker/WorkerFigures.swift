// WorkerFigures: what one worker counts. Only the worker writes it; INFO adds all workers up, exclusively.

internal import Datastore
internal import Memory
internal import Network
internal import RESP
internal import Synchronization

/// Counts of one command.
struct CommandFigures: BitwiseCopyable {
    /// Time in cycles of the time-stamp counter.
    var cycles: UInt64 = 0
    var rejected: UInt64 = 0
    var failed: UInt64 = 0
    /// The calls by their time; made with the first one.
    var histogram: Permanent<LatencyHistogram>?

    /// So many calls have taken so many cycles together.
    @inline(__always)
    mutating func note(_ duration: UInt64, calls: UInt64 = 1) {
        cycles &+= duration
        let each = calls == 1 ? duration : duration / calls
        if let histogram { histogram.value.note(each, calls) } else { begin(with: each, calls) }
    }

    @inline(never)
    private mutating func begin(with duration: UInt64, _ calls: UInt64) {
        let histogram = Permanent(LatencyHistogram())
        histogram.value.note(duration, calls)
        self.histogram = histogram
    }

    mutating func reset() {
        histogram?.value = LatencyHistogram()
        self = CommandFigures(histogram: histogram)
    }
}

/// Counts of connections, bytes, commands and errors. Those of keys and of the run loop are in `SharedFigures`.
struct WorkerFigures: Sendable {
    var commandsProcessed: UInt64 = 0
    var connectionsAccepted: UInt64 = 0
    var connectionsRefused: UInt64 = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var outputLimitDisconnects: UInt64 = 0
    var queryLimitDisconnects: UInt64 = 0
    var clientsBlocked = 0
    /// Of active expiry: its time in cycles, and rounds that had to end before they were through.
    var expiryCycles: UInt64 = 0
    var expiryRoundsCut: UInt64 = 0
    /// Error replies by code.
    var errors: [ErrorCode: UInt64] = [:]
    var errorReplies: UInt64 = 0
}

extension WorkerFigures {
    /// All workers' figures added up. Exclusively.
    init(sumOf workers: [WorkerHandle]) {
        for worker in workers {
            let one = worker.figures.value
            commandsProcessed &+= one.commandsProcessed
            connectionsAccepted &+= one.connectionsAccepted
            connectionsRefused &+= one.connectionsRefused
            bytesIn &+= one.bytesIn
            bytesOut &+= one.bytesOut
            outputLimitDisconnects &+= one.outputLimitDisconnects
            queryLimitDisconnects &+= one.queryLimitDisconnects
            clientsBlocked += one.clientsBlocked
            expiryCycles &+= one.expiryCycles
            expiryRoundsCut &+= one.expiryRoundsCut
            errorReplies &+= one.errorReplies
            for (code, count) in one.errors { errors[code, default: 0] += count }
        }
    }
}

/// What a worker's run loop counts.
struct LoopFigures: BitwiseCopyable {
    var turns: UInt64 = 0
    var receives: UInt64 = 0
    var sends: UInt64 = 0

    init() {}

    init(_ statistics: Statistics) {
        turns = statistics.turns
        receives = statistics.receives
        sends = statistics.sends
    }
}

/// Sums over workers of the figures that are not kept in `WorkerFigures`. Taken exclusively.
struct SharedFigures {
    var hits = 0
    var misses = 0
    var expired = 0
    var changes = 0
    var loops = LoopFigures()
    /// Microseconds in which the loops did not sleep.
    var busyUs: UInt64 = 0

    init() {}

    init(of workers: [WorkerHandle]) {
        for worker in workers {
            hits += worker.databaseFigures.value.hits
            misses += worker.databaseFigures.value.misses
            expired += worker.databaseFigures.value.expired
            changes += worker.changes.value
            busyUs &+= worker.publishedBusyUs.load(ordering: .relaxed)
            loops.turns &+= worker.loopFigures.value.turns
            loops.receives &+= worker.loopFigures.value.receives
            loops.sends &+= worker.loopFigures.value.sends
        }
    }

    /// What has been counted since `earlier`; the changes of the data are not statistics and stay.
    func since(_ earlier: SharedFigures) -> SharedFigures {
        var rest = self
        rest.hits -= earlier.hits
        rest.misses -= earlier.misses
        rest.expired -= earlier.expired
        rest.busyUs &-= earlier.busyUs
        rest.loops.turns &-= earlier.loops.turns
        rest.loops.receives &-= earlier.loops.receives
        rest.loops.sends &-= earlier.loops.sends
        return rest
    }
}
