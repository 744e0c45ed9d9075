// What goes to the command log and to LATENCY. The dispatcher compares numbers that it has anyhow; what is over a limit
// comes here.

internal import Commands
internal import Datastore
internal import Memory
internal import Platform
internal import RESP

/// The limits of the command log as the dispatcher compares them; `.max` where nothing is logged.
struct CommandLogLimits: BitwiseCopyable {
    /// Ticks of the time-stamp counter, rounded down so that no slow command is missed.
    var slowCycles: UInt64 = 0
    /// The same for LATENCY; `slowCycles` is never more, so that one compare tells for both.
    var latencyCycles = UInt64.max
    var replyBytes = 0
    var requestBytes = 0
    /// Whether the requests of this batch have to be looked at one by one: any of them may be large, or somebody
    /// monitors.
    var isMeasuringRequests = true
    var isMonitored = false
    /// Whether brief commands may be timed in runs: nobody asks for times as short as theirs.
    var allowsRuns = false
    /// Whether those of this batch are: with a large argument, not even APPEND is brief.
    var isTimingRuns = false
}

extension Worker {
    /// Bytes that few batches have more of at once: with a limit above it, only the requests of those need measuring.
    private static var smallRequestBytesMax: Int { 256 << 10 }
    /// The least limit of the command log beside which brief commands are timed in runs: no run of theirs takes so
    /// long.
    private static var slowUsOfRuns: Double { 500 }
    /// How long the counter must have run beside the clock before its rate is believed.
    private static var calibrationNs: Int64 { 1_000_000 }

    /// Takes over what this worker keeps of the settings in a form of its own.
    @inline(never)
    mutating func takeSettings() {
        settingsSeen = settings.value.generation
        let limits = settings.value.commandLog
        logLimits.replyBytes = limits[CommandLogKind.largeReply.rawValue].limit
        logLimits.requestBytes = limits[CommandLogKind.largeRequest.rawValue].limit
        let thresholdMs = Double(settings.value.latencyThresholdMs)
        logLimits.latencyCycles = thresholdMs == 0 || cyclesPerUs == 0 ? .max : cycles(thresholdMs * 1000)
        // Until the rate is known every command is looked at.
        logLimits.slowCycles = min(
            cycles(Double(limits[CommandLogKind.slow.rawValue].limit)), logLimits.latencyCycles)
        logLimits.allowsRuns = cyclesPerUs > 0 && Double(logLimits.slowCycles) >= Self.slowUsOfRuns * cyclesPerUs
        logLimits.isMonitored = instance.monitors.count > 0
        // A reply beyond the hard limit ends its client, unread: the rest of it need not be kept.
        let hard = settings.value.outputHardBytes
        reply.output.ownedBytesMax = hard == 0 ? .max : min(hard, .max - Limits.uncountedOutputBytes)
            + Limits.uncountedOutputBytes
        measureEach()
    }

    /// Measures how fast the counter ticks.
    mutating func calibrateCycles() {
        let elapsedNs = now.monotonicNs - instance.startedNs
        guard elapsedNs >= Self.calibrationNs else { return }
        cyclesPerUs = Double(CycleCounter.now &- instance.startedCycles) / (Double(elapsedNs) / 1000)
        sharedTimeCycles = cycles(Limits.sharedTimeUs)
        takeSettings()
    }

    /// Decides for a batch whether its requests are measured and timed one by one.
    mutating func decideMeasuring(_ batch: borrowing RequestBatch) {
        let mayBeLarge = batch.mayExceed(Self.smallRequestBytesMax)
        logLimits.isMeasuringRequests =
            logLimits.isMonitored || logLimits.requestBytes <= Self.smallRequestBytesMax
            || logLimits.requestBytes != .max && mayBeLarge
        logLimits.isTimingRuns = logLimits.allowsRuns && !mayBeLarge
    }

    /// Until the next batch, requests are measured and timed one by one: how large they are has not been looked at.
    mutating func measureEach() {
        logLimits.isMeasuringRequests = true
        logLimits.isTimingRuns = false
    }

    /// Logs what is over a limit about a command that has just been executed.
    @inline(never)
    mutating func noteInCommandLog(
        _ command: Int, _ arguments: Arguments, _ slot: Int, cycles: UInt64, replyBytes: Int
    ) {
        if logLimits.isMonitored { feedMonitors(command, arguments, slot) }
        noteInLatency(command, cycles)
        if routes[command].flags.has(.skipCommandLog) { return }
        log(.slow, microseconds(cycles), command, arguments, slot)
        log(.largeReply, replyBytes, command, arguments, slot)
        if logLimits.isMeasuringRequests { log(.largeRequest, arguments.wireByteCount, command, arguments, slot) }
    }

    /// The same for a command that has waited: its request is a copy by now.
    mutating func noteInCommandLog(_ waiter: BlockedClient, _ slot: Int, replyBytes: Int) {
        noteInLatency(waiter.command, waiter.cycles)
        if routes[waiter.command].flags.has(.skipCommandLog) { return }
        waiter.request.withArguments(of: 0) { arguments in
            log(.slow, microseconds(waiter.cycles), waiter.command, arguments, slot)
            log(.largeReply, replyBytes, waiter.command, arguments, slot)
            log(.largeRequest, arguments.wireByteCount, waiter.command, arguments, slot)
        }
    }

    /// Ticks in so many microseconds; `.max` if they are more than can be counted, 0 while the rate is unknown.
    private func cycles(_ microseconds: Double) -> UInt64 {
        let cycles = microseconds * cyclesPerUs
        return cycles >= Double(UInt64.max) ? .max : UInt64(cycles)
    }

    private func microseconds(_ cycles: UInt64) -> Int { cyclesPerUs == 0 ? 0 : Int(Double(cycles) / cyclesPerUs) }

    private func noteInLatency(_ command: Int, _ cycles: UInt64) {
        guard cycles >= logLimits.latencyCycles else { return }
        noteSlow(routes[command].flags.has(.fast) ? "fast-command" : "command", cycles)
    }

    /// Something of this kind took longer than latency-monitor-threshold.
    func noteSlow(_ event: String, _ cycles: UInt64) {
        instance.latency.note(
            event, milliseconds: Int(Double(cycles) / (cyclesPerUs * 1000)), unixSeconds: Int(now.unixSeconds))
    }

    private func log(_ kind: CommandLogKind, _ amount: Int, _ command: Int, _ arguments: Arguments, _ slot: Int) {
        let settings = settings.value.commandLog[kind.rawValue]
        guard amount >= settings.limit, settings.lengthMax > 0 else { return }
        let entry = CommandLogEntry(
            unixSeconds: now.unixSeconds, amount: amount,
            words: CommandLogEntry.words(of: arguments, commands.records[command]), address: peerName(slot),
            name: clients.value[slot].session.details?.name ?? [])
        instance.commandLog.add(kind, entry, max: settings.lengthMax)
    }
}
