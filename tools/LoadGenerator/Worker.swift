// Worker: one thread of the generator: a run loop, its connections, and what they send.
//
// A turn: stamp what the last turn queued, wait (which sends it), then take each event. Replies are counted and timed
// with one clock reading per turn; a closed loop answers a finished batch with the next at once, an open loop sends
// what its schedule says is due. In the steady state nothing is allocated and nothing is reference-counted.
// Invariant: `outstanding` is the sum over the connections of groups whose end the run awaits.

import Network
import Memory
import Synchronization

/// Everything a thread needs to begin.
struct WorkerPlan: Sendable {
    var index: Int
    var settings: RunSettings
    var workload: Workload
    var endpoint: Endpoint
    var address: SocketAddress
    var pool: ValuePool
    var control: RunControl
    var mailbox: Mailbox
    var commandCount: Int

    var threads: Int { settings.threads }
    var extent: Extent { settings.extent }

    /// What a group's clients draw from: another seed than those of the run's other groups, and of runs whose seeds are
    /// neighbours.
    func seed(ofGroup group: Int) -> UInt64 { settings.drawSeed &+ UInt64(group) &* 1_000_003 }

    /// The stream of a thread's arrivals. Its renderer has the one of its number.
    var arrivalStream: UInt64 { 1 << 32 + UInt64(index) }
}

@safe
struct Worker: ~Copyable {
    let plan: WorkerPlan
    let groups: UnsafeMutablePointer<GroupState>
    let groupCount: Int
    var connections: UnsafeMutablePointer<Connection>
    var connectionCapacity: Int
    /// Connections yet to be made: opened gradually, so that no listener's backlog overflows.
    var toOpen: [(group: Int, number: UInt64)] = []
    var opening = 0
    var ready = 0
    /// Connections that queued output in this turn and await their time stamp.
    var sent: [Int32] = []
    var output = OutputBuffer()
    var counts: CountsTable
    /// Replies cut by the end of the input, for those who look into them. By slot.
    var partial: [Int: [UInt8]] = [:]
    var nowNs: UInt64 = 0
    var startNs: UInt64 = 0
    var endNs: UInt64 = .max
    /// What is due later belongs to no open loop of this run.
    var scheduleEndNs: UInt64 = .max
    var outstanding = 0
    /// This thread's part of the requests to be sent, taken from the common store in portions.
    var quota: Int64 = 0
    var isDrained = false
    /// Whether any connection of this thread sends requests of the number asked for.
    var hasShare = true
    var isStopping = false
    /// Whether the time was over before all was sent that had been due in it: see `mayIssue`.
    var isInArrears = false
    var isFinished = false
    var hasFeedEnded = false
    /// When the last whole reply or message came: bytes that never make one are no answer.
    var lastProgressNs: UInt64 = 0
    var nextPublishNs: UInt64 = 0
    var stopByNs: UInt64 = .max
    /// Until when nothing counts; 0 once it does.
    var warmUntilNs: UInt64 = 0
    /// The way to the end of a run with subscribers: see `hasHeardAll`.
    var echoes = Echoes()
    var bytesBefore: (in: UInt64, out: UInt64) = (0, 0)

    /// Connections being made at a time, per thread.
    static var openingMax: Int { 128 }
    /// How often counts are handed over.
    static var publishPeriodNs: UInt64 { 50_000_000 }
    /// How long the last replies are waited for when a timed run ends.
    static var graceNs: UInt64 { 2_000_000_000 }
    /// How often a thread looks whether the others are done, when its own end depends on them.
    static var lookPeriodNs: UInt64 { 1_000_000 }
    /// The kernel lets a sleep overshoot by 50 µs; an open loop looks again and again instead when its next
    /// arrival is nearer.
    static var spinNs: UInt64 { 60_000 }

    static func make(_ plan: WorkerPlan) throws(CommandTemplate.ParseError) -> Worker {
        let groups = UnsafeMutablePointer<GroupState>.allocate(capacity: max(1, plan.workload.groups.count))
        var (command, number) = (0, UInt64(0))
        for (index, group) in plan.workload.groups.enumerated() {
            unsafe (groups + index).initialize(
                to: try .make(
                    group, firstCommand: command, firstNumber: number, plan: plan,
                    seed: plan.seed(ofGroup: index), sequences: plan.control.sequences[index]))
            command += GroupState.commandNames(group).count
            number += UInt64(group.connections)
        }
        return unsafe Worker(plan, groups)
    }

    private init(_ plan: WorkerPlan, _ groups: UnsafeMutablePointer<GroupState>) {
        self.plan = plan
        unsafe self.groups = groups
        counts = CountsTable(count: plan.commandCount)
        groupCount = plan.workload.groups.count
        connectionCapacity = 64
        unsafe connections = .allocate(capacity: connectionCapacity)
        unsafe connections.initialize(repeating: Connection(), count: connectionCapacity)
        for index in (0..<groupCount).reversed() {
            let (count, first) = unsafe (groups[index].connectionCount, groups[index].firstNumber)
            for offset in (0..<count).reversed() { toOpen.append((index, first + UInt64(offset))) }
        }
    }

    deinit {
        for slot in 0..<connectionCapacity { unsafe connections[slot].reset() }
        for index in 0..<groupCount { unsafe (groups + index).deinitialize(count: 1) }
        unsafe connections.deallocate()
        unsafe groups.deallocate()
    }

    // MARK: The thread

    static func run(_ plan: WorkerPlan) {
        do {
            var options = RunLoop.Options(backend: plan.settings.backend)
            options.isClient = true
            var loop = try RunLoop(options)
            var worker = try Worker.make(plan)
            try worker.run(&loop)
            plan.control.finish()
            // With its connections open: what the server says at the end is to be of the run, not of what comes after.
            return plan.control.awaitDismissal()
        } catch let refusal as RunLoop.Refusal {
            plan.control.fail("the event loop cannot start: \(refusal.step), errno \(refusal.error)")
        } catch let error as SocketError {
            plan.control.fail("the event loop failed: \(error.text)")
        } catch {
            plan.control.fail("\(error)")
        }
        plan.control.finish()
    }

    private mutating func run(_ loop: inout RunLoop) throws(SocketError) {
        nowNs = RunLoop.now
        lastProgressNs = nowNs
        let expected = toOpen.count
        openSome(loop)
        while ready < expected && !shouldStop { try turn(&loop, until: nowNs + Self.publishPeriodNs) }
        forgetWhatCameEarly(loop)
        plan.control.readyWorkers.add(1, ordering: .acquiringAndReleasing)
        while !shouldStop {
            let start = plan.control.startNs.load(ordering: .acquiring)
            if start != 0 && RunLoop.now >= start {
                startNs = start
                break
            }
            try turn(&loop, until: start == 0 ? nowNs + 1_000_000 : start)
            forgetWhatCameEarly(loop)
        }
        // Who is stopped before the start has nothing under way, and no start from which its end could be told.
        guard startNs != 0 else { return publish(loop) }
        if !shouldStop { begin(loop) }
        while !isFinished && !hasFailed { try turn(&loop, until: deadline()) }
        publish(loop)
    }

    /// Before the start nothing counts. After it, what another thread's publishers have sent already does, although
    /// this thread has yet to begin.
    private mutating func forgetWhatCameEarly(_ loop: borrowing RunLoop) {
        let start = plan.control.startNs.load(ordering: .acquiring)
        guard start == 0 || nowNs < start else { return }
        counts.clear()
        bytesBefore = (loop.statistics.bytesIn, loop.statistics.bytesOut)
    }

    var shouldStop: Bool { plan.control.shouldStop.load(ordering: .relaxed) }
    private var hasFailed: Bool { shouldStop && plan.control.failure != nil }

    private mutating func begin(_ loop: borrowing RunLoop) {
        nowNs = max(RunLoop.now, startNs)
        lastProgressNs = nowNs
        nextPublishNs = nowNs + Self.publishPeriodNs
        if plan.extent.warmupSeconds > 0 { warmUntilNs = startNs + UInt64(plan.extent.warmupSeconds * 1e9) }
        if let seconds = plan.extent.seconds {
            endNs = startNs + UInt64((seconds + plan.extent.warmupSeconds) * 1e9)
            scheduleEndNs = endNs
        }
        for index in 0..<groupCount {
            let group = plan.workload.groups[index]
            // Who has no connection of the group sends nothing: the threads that have one share the rate.
            let lanes = min(plan.threads, group.connections)
            if let rate = group.rate, plan.index < lanes {
                let random = RandomSource(seed: plan.seed(ofGroup: index), stream: plan.arrivalStream)
                unsafe groups[index].schedule = ArrivalSchedule(
                    group.arrivals, rate: rate / Double(lanes), startNs: startNs, random: random,
                    lane: plan.index, lanes: lanes)
            }
        }
        for index in 0..<groupCount {
            // A thread whose clients recorded nothing is done.
            if let lane = unsafe groups[index].captureLane, lane.left == 0 { hasFeedEnded = true }
        }
        hasShare = plan.extent.requests == nil
        for index in 0..<groupCount where unsafe groups[index].role == .requests {
            hasShare = unsafe hasShare || groups[index].connectionCount > 0
        }
        for slot in 0..<connectionCapacity where unsafe connections[slot].phase == .ready { start(slot, loop) }
    }

    /// Lets a ready connection take part, if it is one that sends: it begins, or waits for its schedule.
    mutating func start(_ slot: Int, _ loop: borrowing RunLoop) {
        let group = unsafe Int(connections[slot].group)
        let role = unsafe groups[group].role
        guard role == .requests || role == .companion else { return }
        let client = unsafe Int(connections[slot].number - groups[group].baseNumber)
        unsafe groups[group].captureLane?.place(client: client, slot: slot)
        if unsafe groups[group].isOpenLoop { unsafe groups[group].ring.append(Int32(slot)) } else { issue(slot, loop) }
    }

    private func deadline() -> UInt64 {
        var deadline = min(nextPublishNs, endNs, warmUntilNs == 0 ? .max : warmUntilNs)
        if echoes.isWaitingForOthers || !hasShare { deadline = min(deadline, nowNs + Self.lookPeriodNs) }
        // Nothing can be sent before one of the connections is there again.
        for index in 0..<groupCount where unsafe !groups[index].ring.isEmpty {
            let next = nextArrival(index)
            if next < deadline { deadline = next > nowNs + Self.spinNs ? next - Self.spinNs : 0 }
        }
        return deadline
    }

    private mutating func turn(_ loop: inout RunLoop, until deadline: UInt64) throws(SocketError) {
        if !sent.isEmpty {
            let now = RunLoop.now
            for slot in sent { unsafe connections[Int(slot)].stamp(now) }
            sent.removeAll(keepingCapacity: true)
        }
        _ = try loop.wait(until: deadline)
        nowNs = RunLoop.now
        while let event = loop.next() {
            switch event {
            case .received(let received):
                let bytes = loop.bytes(of: received)
                unsafe receive(received.connection, bytes.base.assumingMemoryBound(to: UInt8.self), bytes.count, loop)
            case .connected(let id): didConnect(id, loop)
            case .ended(let id, let error): didEnd(id, error, loop)
            default: break
            }
        }
        if startNs != 0 {
            // Who is owed nothing is not kept waiting.
            if outstanding == 0 && echoes.due == 0 && opening == 0 { lastProgressNs = nowNs }
            for index in 0..<groupCount where unsafe groups[index].isOpenLoop { issueDue(index, loop) }
            checkEnd(loop)
        } else if nowNs - lastProgressNs > UInt64(plan.extent.patienceSeconds * 1e9) && opening > 0 {
            plan.control.fail("no answer from \(plan.endpoint.description) for \(plan.extent.patience)")
        }
    }

    private mutating func checkEnd(_ loop: borrowing RunLoop) {
        if warmUntilNs != 0 && nowNs >= warmUntilNs {
            // Forgotten here and not by the reader, who would still get what was on its way to the mailbox.
            counts.clear()
            bytesBefore = (loop.statistics.bytesIn, loop.statistics.bytesOut)
            warmUntilNs = 0
            // What is on its way will be counted, and belongs to the number of requests.
            _ = takeQuota(outstanding)
        }
        if nowNs >= nextPublishNs {
            publish(loop)
            nextPublishNs = nowNs + Self.publishPeriodNs
            let patienceNs = UInt64(plan.extent.patienceSeconds * 1e9)
            if (outstanding > 0 || echoes.due > 0) && nowNs - lastProgressNs > patienceNs {
                plan.control.fail("no reply from the server for \(plan.extent.patience)")
            }
        }
        // Subscribers without a publisher beside them: no request of theirs will find that none are left.
        if !hasShare { isDrained = plan.control.remaining.load(ordering: .relaxed) <= 0 }
        if !isStopping && (nowNs >= endNs || isDrained || hasFeedEnded || shouldStop) {
            isStopping = true
            // What has come so far came in time.
            if nowNs >= endNs { publish(loop) }
            isInArrears = nowNs >= endNs
            stopByNs = nowNs + Self.graceNs
        }
        if isStopping {
            let isGraceOver = !waitsForAll && nowNs >= stopByNs
            if isGraceOver { reportUnanswered(outstanding + dropArrears()) }
            isFinished = isGraceOver || (outstanding == 0 && !hasArrears && hasHeardAll(loop))
            endNs = .max
        }
    }

    /// A run of a number of requests waits for all its replies; its patience ends it, not the grace.
    var waitsForAll: Bool { (isDrained || hasFeedEnded) && !shouldStop }

    /// A server that answers to the end is merely slow, and its rate says so; one that fell silent hangs, and its
    /// latencies must not look as if it had not.
    private func reportUnanswered(_ count: Int) {
        guard count > 0 else { return }
        plan.control.unanswered.add(count, ordering: .relaxed)
        guard nowNs - lastProgressNs > Self.graceNs / 2 else { return }
        let requests = Format.count(count, "request")
        plan.control.fail("\(requests) had no reply \(Self.graceNs / 1_000_000_000) s after the end")
    }

    private mutating func publish(_ loop: borrowing RunLoop) {
        guard warmUntilNs == 0 else { return }
        if isInArrears { counts.markLate() }
        let statistics = loop.statistics
        counts.bytesIn += statistics.bytesIn - bytesBefore.in
        counts.bytesOut += statistics.bytesOut - bytesBefore.out
        bytesBefore = (statistics.bytesIn, statistics.bytesOut)
        plan.mailbox.counts.withLock { $0.drain(&counts) }
    }
}
