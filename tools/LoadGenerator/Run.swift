// Run: conducts one run of a workload: starts the threads, lets them begin together, gathers their counts at intervals,
// and ends with a result. The caller may look on (a live view) and may stop it.

package import Network
internal import Glibc
internal import Synchronization

/// What a run tells while it goes on.
package protocol RunObserver {
    func runDidBegin(_ name: String, connections: Int)
    /// The connections are there, and requests are sent that do not count yet.
    func runDidBeginWarmUp(seconds: Double)
    /// `done`: requests so far; `fraction` of the run, where its end is known.
    func runDidAdvance(_ interval: Interval, done: UInt64, fraction: Double?)
    /// Asked several times a second.
    var shouldStop: Bool { get }
}

extension RunObserver {
    package func runDidBeginWarmUp(seconds: Double) {}
}

/// How a workload is run, whichever it is.
package struct RunSettings: Sendable {
    package var extent: Extent
    package var threads = 1
    package var backend = RunLoop.Backend.automatic
    package var seed: UInt64 = 1
    /// Which run of the seed this is: each draws keys of its own, and the keys' values are the seed's.
    package var turn: UInt64 = 0
    /// How often counts are gathered for plots and the live view.
    package var intervalSeconds = 0.25

    package init(extent: Extent) { self.extent = extent }

    /// What this run draws from.
    var drawSeed: UInt64 { seed ^ RandomSource.scramble(turn) }
}

package struct Run {
    package var workload: Workload
    package var endpoint: Endpoint
    package var settings: RunSettings

    package init(_ workload: Workload, on endpoint: Endpoint, settings: RunSettings) {
        self.workload = workload
        self.endpoint = endpoint
        self.settings = settings
    }

    package init(_ workload: Workload, on endpoint: Endpoint, extent: Extent) {
        self.init(workload, on: endpoint, settings: RunSettings(extent: extent))
    }

    package enum Failure: Error, CustomStringConvertible {
        case cannotResolve(String)
        case invalid(String)

        package var description: String {
            switch self {
            case .cannotResolve(let text), .invalid(let text): text
            }
        }
    }

    /// Runs it. Throws when it cannot begin; what goes wrong later is in the result.
    package func callAsFunction(observer: (any RunObserver)? = nil) throws(Failure) -> RunResult {
        let address = try resolve()
        let names = workload.groups.flatMap(GroupState.commandNames)
        let control = RunControl(requests: settings.extent.requests, groups: workload.groups.count)
        let pool = ValuePool(seed: settings.seed)
        let mailboxes = (0..<settings.threads).map { _ in Mailbox(commandCount: names.count) }
        var handles: [ThreadHandle] = []
        for index in 0..<settings.threads {
            let plan = WorkerPlan(
                index: index, settings: settings, workload: workload, endpoint: endpoint, address: address, pool: pool,
                control: control, mailbox: mailboxes[index], commandCount: names.count)
            handles.append(ThreadHandle { Worker.run(plan) })
        }
        var conductor = Conductor(run: self, control: control, mailboxes: mailboxes, names: names)
        let result = conductor.conduct(observer)
        for handle in handles { handle.join() }
        return conductor.finish(result)
    }

    private func resolve() throws(Failure) -> SocketAddress {
        do throws(SocketAddress.ResolutionError) {
            return try endpoint.address(timeoutMs: UInt32(clamping: Int(settings.extent.patienceSeconds * 1000)))
        } catch {
            throw .cannotResolve("cannot resolve \(endpoint.description): \(error.text)")
        }
    }
}

/// Gathers counts while the threads work.
private struct Conductor: ~Copyable {
    let run: Run
    let control: RunControl
    let mailboxes: [Mailbox]
    let names: [String]
    var interval: CountsTable
    var total: CountsTable
    /// All commands' latencies of the interval being closed.
    var latencies = LatencyCounters()
    var probe: ServerProbe?
    var clientCPU = 0.0

    init(run: Run, control: RunControl, mailboxes: [Mailbox], names: [String]) {
        self.run = run
        self.control = control
        self.mailboxes = mailboxes
        self.names = names
        interval = CountsTable(count: names.count)
        total = CountsTable(count: names.count)
    }

    mutating func conduct(_ observer: (any RunObserver)?) -> RunResult {
        defer { control.isDismissed.store(true, ordering: .releasing) }
        let connections = run.workload.groups.reduce(0) { $0 + $1.connections }
        var result = RunResult(
            name: run.workload.name, seconds: 0, commands: [], intervals: [], connections: connections,
            threads: run.settings.threads)
        let offered = run.workload.groups.filter { $0.rate != nil }
        if !offered.isEmpty {
            result.targetRate = offered.reduce(0) { $0 + $1.rate! }
            let commands = offered.flatMap(GroupState.commandNames)
            if commands.count < names.count { result.targetCommands = commands }
        }
        observer?.runDidBegin(run.workload.name, connections: connections)
        while control.readyWorkers.load(ordering: .acquiring) < run.settings.threads && !areFinished {
            if observer?.shouldStop == true {
                result.wasInterrupted = true
                control.shouldStop.store(true, ordering: .releasing)
            }
            usleep(2000)
        }
        guard control.failure == nil, !result.wasInterrupted else { return result }
        do throws(BlockingClient.Failure) { probe = try ServerProbe(run.endpoint) } catch {
            result.notes.append("without the server's figures: \(error)")
        }
        let before = probe?.sample()
        var start = RunLoop.now + 1_000_000
        control.startNs.store(start, ordering: .releasing)
        start += UInt64(run.settings.extent.warmupSeconds * 1e9)
        if run.settings.extent.warmupSeconds > 0 {
            observer?.runDidBeginWarmUp(seconds: run.settings.extent.warmupSeconds)
        }
        while RunLoop.now < start && !areFinished && observer?.shouldStop != true { usleep(1000) }
        if RunLoop.now < start && observer?.shouldStop != true {
            control.fail("all ended within the warm-up, so nothing was measured")
        }
        start = min(start, RunLoop.now)
        clientCPU = ProcessUsage.ownCPUSeconds
        // While it warms up the server works for nobody; without that, it was asked before the first request.
        let first = run.settings.extent.warmupSeconds > 0 ? probe?.sample() ?? before : before
        watch(start, &result, observer)
        result.seconds = Double(endOfRun(start) - start) / 1e9
        if result.targetRate != nil, let offered = run.settings.extent.seconds, result.seconds >= offered {
            result.offeredSeconds = offered
        }
        result.clientCPUSeconds = ProcessUsage.ownCPUSeconds - clientCPU
        if let first, let last = probe?.sample() {
            result.server = ServerUsage(from: first, to: last, seconds: result.seconds)
        }
        probe?.stop()
        return result
    }

    private var areFinished: Bool { control.finishedWorkers.load(ordering: .acquiring) == run.settings.threads }

    /// How often the threads' end is looked for.
    private static let lookPeriodUs: UInt64 = 20_000

    /// When the last thread ended, or now.
    private func endOfRun(_ start: UInt64) -> UInt64 {
        max(start, areFinished ? control.endNs.load(ordering: .acquiring) : RunLoop.now)
    }

    private mutating func watch(_ start: UInt64, _ result: inout RunResult, _ observer: (any RunObserver)?) {
        var lastNs = start
        while true {
            let next = lastNs + UInt64(run.settings.intervalSeconds * 1e9)
            var isOver = false
            while RunLoop.now < next {
                isOver = areFinished
                if isOver { break }
                if observer?.shouldStop == true && !control.shouldStop.load(ordering: .relaxed) {
                    result.wasInterrupted = true
                    control.shouldStop.store(true, ordering: .releasing)
                }
                usleep(UInt32(min(Self.lookPeriodUs, max(200, (next - min(next, RunLoop.now)) / 1000))))
            }
            // The threads say when they ended, so looking seldom costs no precision.
            let now = isOver ? max(lastNs, endOfRun(start)) : RunLoop.now
            gather()
            let isRest = isOver && Double(now - lastNs) / 1e9 < run.settings.intervalSeconds / 2
            let point = closeInterval(from: lastNs, to: now, start: start, isRest: isRest)
            result.append(point, isRest: isRest)
            let done = total.requests
            observer?.runDidAdvance(point, done: done, fraction: fraction(done, Double(now - start) / 1e9))
            lastNs = now
            if isOver { return }
        }
    }

    private func fraction(_ done: UInt64, _ seconds: Double) -> Double? {
        if let requests = run.settings.extent.requests { return min(1, Double(done) / Double(max(1, requests))) }
        if let limit = run.settings.extent.seconds { return min(1, seconds / limit) }
        return nil
    }

    private mutating func gather() {
        for mailbox in mailboxes { mailbox.counts.withLock { interval.drain(&$0) } }
    }

    /// Makes a point of the interval's counts and adds them to the total. The latencies of a rest are told together
    /// with those of the interval that it joins.
    private mutating func closeInterval(from: UInt64, to: UInt64, start: UInt64, isRest: Bool) -> Interval {
        var point = Interval(endSeconds: Double(to - start) / 1e9, seconds: Double(to - from) / 1e9)
        point.requests = interval.requests
        point.errors = interval.errors
        point.mismatches = interval.mismatches
        if !isRest { latencies.clear() }
        interval.addLatencies(to: &latencies)
        if latencies.total > 0 {
            let values = latencies.values(atPercentiles: [50, 99, 99.9])
            point.meanNs = Double(latencies.sumNs) / Double(latencies.total)
            (point.p50Ns, point.p99Ns, point.p999Ns) = (values[0], values[1], values[2])
            point.maxNs = latencies.maxNs
        }
        point.server = probe?.latest()
        total.drain(&interval)
        return point
    }

    /// After the threads have ended: the last counts and the result.
    mutating func finish(_ unfinished: RunResult) -> RunResult {
        var result = unfinished
        gather()
        total.drain(&interval)
        let samples = control.samples
        result.failure = control.failure
        result.unanswered = UInt64(control.unanswered.load(ordering: .relaxed))
        result.bytesIn = total.bytesIn
        result.bytesOut = total.bytesOut
        for index in names.indices {
            var latency = LatencyCounters.histogram()
            total[index].latency.add(to: &latency)
            result.commands.append(
                CommandResult(
                    name: names[index], requests: total[index].requests, errors: total[index].errors,
                    misses: total[index].misses, mismatches: total[index].mismatches, latency: latency,
                    errorSample: samples[index], late: result.offeredSeconds == nil ? 0 : total[index].late))
        }
        return result
    }
}
