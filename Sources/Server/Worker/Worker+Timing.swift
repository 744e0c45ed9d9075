// How long commands take: from the end of the command before, or the beginning of the batch, to their own end.
//
// Reading the time-stamp counter and counting the time took a tenth of a GET at pipeline 64. So calls of one brief
// command that follow each other are timed together and counted with their mean; a command that may take long, and any
// while the command log or LATENCY asks for short times, is timed by itself. A run ends with its batch at the latest.
// Invariant: `run` has calls only between the first and the last command of a batch or a backlog.

internal import Commands
internal import Memory
internal import Platform
internal import RESP

/// Calls of one command that are timed together.
struct CommandRun: BitwiseCopyable {
    /// The last command that began.
    var command = -1
    var calls: UInt64 = 0
}

extension Worker {
    /// A command begins: the time until here is that of the run before.
    @inline(__always)
    mutating func beginTiming(_ command: Int) {
        if run.command == command { return }
        endRun()
        run.command = command
    }

    /// Counts the run's calls with their mean time.
    mutating func endRun() {
        if run.calls == 0 { return }
        let now = CycleCounter.now
        let cycles = now &- lastCycles
        commandFigures[run.command].note(cycles, calls: run.calls)
        lastCycles = now
        run.calls = 0
        // Brief as they are, they may have been interrupted.
        if cycles >= logLimits.latencyCycles { noteSlow("fast-command", cycles) }
    }

    /// Counts a call that is over, and its time unless that comes with its run's. Logs it if it is over a limit.
    @inline(__always)
    mutating func count(_ command: Int, _ arguments: Arguments, _ slot: Int, _ replyStart: Int) {
        let replyBytes = reply.output.count &- replyStart
        var cycles: UInt64 = 0
        if routes[command].isBrief && logLimits.isTimingRuns {
            run.calls &+= 1
        } else {
            cycles = timeAlone(command)
        }
        if cycles >= logLimits.slowCycles || replyBytes >= logLimits.replyBytes || logLimits.isMeasuringRequests {
            noteInCommandLog(command, arguments, slot, cycles: cycles, replyBytes: replyBytes)
        }
        figures.value.commandsProcessed &+= 1
        if reply.errorCount != 0 {
            commandFigures[command].failed &+= 1
            countError()
        }
    }

    /// Counts a command that has made its client wait, now that the wait is over, with the time that was spent on it.
    mutating func count(_ waiter: BlockedClient, _ slot: Int, replyBytes: Int) {
        commandFigures[waiter.command].note(waiter.cycles)
        figures.value.commandsProcessed &+= 1
        noteInCommandLog(waiter, slot, replyBytes: replyBytes)
    }

    /// The time of a call that is over; counted.
    @inline(__always)
    private mutating func timeAlone(_ command: Int) -> UInt64 {
        let cycles = takeTime()
        commandFigures[command].note(cycles)
        return cycles
    }

    /// The time since the end of the command before.
    @inline(__always)
    mutating func takeTime() -> UInt64 {
        endRun()  // of the commands that this one has called
        let now = CycleCounter.now
        let cycles = now &- lastCycles
        lastCycles = now
        if now > timeEndsCycles {
            isTimeStale = true
            mayHaveStopped = true  // so that this is looked at before the next command
        }
        return cycles
    }
}
