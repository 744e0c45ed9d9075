// Worker: one thread's server: its connections' requests in, their replies out, its share of the housekeeping.
//
// It owns its connections for their lives and executes their commands itself, on the shared keyspace. The run loop is
// not part of it but lent to it, so that received bytes can be read in place while everything here changes.
// Invariant: slot i of `clients` is occupied exactly while the loop's connection in slot i is ours and open.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import RESP
internal import Synchronization

struct Worker: ~Copyable {
    let index: Int
    let instance: Instance
    let handle: WorkerHandle
    let keyspace: Keyspace
    let isShared: Bool
    let commands: CommandTable
    let routes: PermanentArray<CommandRoute>
    let clients: Permanent<SlotTable<Client>>
    let figures: Permanent<WorkerFigures>
    let commandFigures: PermanentArray<CommandFigures>
    let settings: Permanent<WorkerSettings>

    var database: Database
    var reply = Reply()
    var locks = LockSet()
    /// What stage one of a batch found out about its requests: the index of the command (-1: none), the key's hash.
    var preparedCommands: InlineArray<64, Int32> = .init(repeating: -1)
    var keyHashes: InlineArray<64, UInt64> = .init(repeating: 0)
    /// Whose requests the batch holds, in the order in which they came.
    var parts: InlineArray<64, BatchPart> = .init(repeating: BatchPart(connection: ConnectionID(rawValue: 0), end: 0))
    var partCount = 0
    /// Whether the last request may have made its client wait or close. All but data commands that succeed may; only
    /// after those is the client looked at before its next request.
    var mayHaveStopped = false
    /// The connection of which more than a batch was executed last in this turn, and since when.
    var turnHolder = ConnectionID(rawValue: 0)
    var turnHeldSinceNs: UInt64 = 0
    /// Clients that have had their share and go on in the next turn.
    var waitingTurns: [ConnectionID] = []
    /// `database.longStringsMet` at the last batch: a batch that follows such strings prefetches for more.
    var longStringsSeen = 0
    var deadlines = DeadlineHeap()
    var scanBatch = ScanBatch()
    var now: Now
    /// The time-stamp counter's value from which on `now` is not the next command's time any more, by how many ticks
    /// that is later than when the clock was read, and whether a command has ended after it.
    var timeEndsCycles: UInt64 = 0
    var sharedTimeCycles: UInt64 = 0
    var isTimeStale = false
    var nextCronNs: Int64 = 0
    /// Rounds of the housekeeping in a row that left out shards which were busy.
    var roundsWithBusyShards = 0
    /// The slot of the client that the housekeeping looks at next.
    var nextTendedSlot = 0
    /// About connections that could not be taken.
    var acceptWarning = RecurringWarning()
    /// Time-stamp counter at the end of the last command that was timed.
    var lastCycles: UInt64 = 0
    var run = CommandRun()
    /// The counter's ticks per microsecond; 0 until they have been measured.
    var cyclesPerUs = 0.0
    var logLimits = CommandLogLimits()
    /// Microseconds that the thread had used the processor before it began to serve.
    var startedUs: Int64 = 0
    /// The generation of the settings that this worker has taken over.
    var settingsSeen = 0

    init(_ index: Int, of instance: Instance) {
        self.index = index
        self.instance = instance
        handle = instance.workers[index]
        keyspace = instance.keyspace
        isShared = instance.keyspace.isShared
        commands = instance.commandTable
        routes = instance.commandTable.routes
        clients = handle.clients
        figures = handle.figures
        commandFigures = handle.commandFigures
        settings = instance.settings
        now = instance.clock.now()
        database = Database(instance.keyspace, worker: index, nowMs: now.unixMs)
        // There is at least a request in each part.
        precondition(preparedCommands.count == RequestBatch.requestsMax && parts.count == RequestBatch.requestsMax)
    }

    /// Serves until the server stops.
    mutating func run(_ loop: inout RunLoop) throws(SocketError) {
        var batch = RequestBatch()
        let usage = ProcessFacts.usageOfThread
        startedUs = usage.userUs + usage.systemUs
        keyspace.enter(worker: index)
        while !instance.isStopping.load(ordering: .relaxed) {
            let deadline = waitingTurns.isEmpty ? nextDeadlineNs() : 0
            if isShared {
                // Whatever a client has been told by now, another one may ask INFO about.
                publishFigures()
                keyspace.leave(worker: index)
            }
            let hasEvents = try loop.wait(until: UInt64(deadline))
            if isShared { keyspace.enter(worker: index) }
            setTime()
            if hasEvents {
                while let event = loop.next() { act(on: event, loop, &batch) }
                executeGathered(&batch, loop)
            }
            if !waitingTurns.isEmpty { serveWaitingTurns(loop, &batch) }
            if now.monotonicNs >= nextCronNs { runCron(loop) }
            endWaitsThatAreDue(loop, &batch)
        }
        keyspace.leave(worker: index)
    }

    mutating func setTime() {
        renewTime()
        lastCycles = CycleCounter.now
        turnHolder = ConnectionID(rawValue: 0)
    }

    /// Looks at the clock: in a turn when time has passed, by commands or while this worker waited for others.
    /// A key that is given half a second to live would be due at once by the time at which the turn began. Never within
    /// a transaction.
    @inline(never)
    mutating func renewTime() {
        isTimeStale = false
        timeEndsCycles = CycleCounter.now &+ sharedTimeCycles
        now = instance.clock.now()
        database.setTime(now.unixMs)
        if settings.value.generation != settingsSeen { takeSettings() }
    }

    /// Received requests are gathered over the connections of a turn, up to a batch; what else happens comes behind.
    private mutating func act(on event: Network.Event, _ loop: borrowing RunLoop, _ batch: inout RequestBatch) {
        if case .received(let received) = event {
            let slot = received.connection.slot
            guard clients.value.contains(slot) else { return }
            return receive(loop.bytes(of: received), slot, loop, &batch)
        }
        executeGathered(&batch, loop)
        switch event {
        case .received: break
        case .accepted(let descriptor, let token): place(descriptor, token, loop)
        case .ended(let connection, let error): end(connection.slot, error, loop)
        case .bulkReceived(let connection): bulkReceived(connection.slot)
        case .woken: readMail(loop, &batch)
        case .readable: instance.signalReceived()
        case .connected: break
        }
    }

    /// Monotonic nanoseconds at which there is something to do without an event.
    private mutating func nextDeadlineNs() -> Int64 {
        guard let deadlineMs = deadlines.earliest else { return nextCronNs }
        // A millisecond more, since the deadline's own has to have passed entirely.
        let untilMs = max(0, deadlineMs - now.unixMs) + 1
        return min(nextCronNs, now.monotonicNs + min(untilMs, Limits.sleepMsMax) * 1_000_000)
    }

    private mutating func readMail(_ loop: borrowing RunLoop, _ batch: inout RequestBatch) {
        for message in handle.mailbox.takeAll() {
            switch message {
            case .adopt(let descriptor, let listener): adopt(descriptor, listener, loop)
            case .close(let connection, let clientID):
                if clients.value.contains(connection.slot), clients.value[connection.slot].session.id == clientID {
                    close(connection.slot, loop)
                }
            case .deliver(let connection, let clientID, let bytes): deliver(bytes, connection, clientID, loop)
            case .served(let waiter, let bytes): resume(waiter, bytes, loop, &batch)
            case .postponed(let waiter): postpone(waiter)
            case .relisten(let sockets): instance.relisten(on: sockets, loop)
            case .stop: break
            }
        }
    }

    /// The limits of this module's loops.
    enum Limits {
        /// Longest sleep without looking at the clock.
        static let sleepMsMax: Int64 = 1000
        /// How long the commands of a turn share one look at the clock.
        static let sharedTimeUs = 1000.0
        /// What one client may take of a turn: much more than a batch of common requests takes, and too little to be
        /// felt by the others.
        static let turnShareNs: UInt64 = 5_000_000
        /// Bytes that a blocked client may send ahead: the least client-query-buffer-limit there is, so that a client
        /// within its limit is never cut off for what it sends while it is blocked.
        static let backlogBytesMax = Configuration.queryBufferBytesMin
        /// Unsent bytes that no limit counts: the reference's reply buffer, which its limits leave out too.
        static let uncountedOutputBytes = 16 << 10
        /// What lies beyond is counted in blocks, full or not: those that the reference allocates.
        static let outputBlockBytes = 20 << 10
        /// Unsent bytes above those that end a client which has not said the password: a few replies.
        static let strangerOutputBytesMax = 1 << 10
        /// How long a closing connection may take nothing of its last replies.
        static let lingerNs: UInt64 = 5_000_000_000
    }
}

/// One connection's requests in the batch: from the end of the part before to this one's.
struct BatchPart: BitwiseCopyable {
    var connection: ConnectionID
    var end: Int
}

/// What is known of a request before it is executed.
struct PreparedRequest: BitwiseCopyable {
    /// The index of its command; -1 if there is none.
    var command: Int32 = -1
    var keyHash: UInt64 = 0
}
