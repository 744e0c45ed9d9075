// RunResult: what came of a run: its commands with their latencies, its course in intervals, and what went wrong.

package import Histogram

/// One interval of a run, for plots and the live view.
package struct Interval: Sendable {
    /// Since the start of the measurement.
    package var endSeconds: Double
    package var seconds: Double
    package var requests: UInt64 = 0
    package var errors: UInt64 = 0
    package var mismatches: UInt64 = 0
    package var meanNs = 0.0
    package var p50Ns: UInt64 = 0
    package var p99Ns: UInt64 = 0
    package var p999Ns: UInt64 = 0
    package var maxNs: UInt64 = 0
    package var server: ServerSample?

    package var rate: Double { seconds > 0 ? Double(requests) / seconds : 0 }
}

package struct CommandResult: Sendable {
    package var name: String
    package var requests: UInt64
    package var errors: UInt64
    package var misses: UInt64
    package var mismatches: UInt64
    package var latency: Histogram<UInt64>
    /// The first error's text.
    package var errorSample: String?
    /// Of the requests, those that were answered after the time in which they were offered.
    package var late: UInt64 = 0

    /// Requests per second, of those that were answered in time.
    package func rate(over seconds: Double) -> Double { seconds > 0 ? Double(requests - late) / seconds : 0 }
}

package struct RunResult: Sendable {
    package var name: String
    /// From the first request to the last reply.
    package var seconds: Double
    /// For how long an open loop offered its requests; nil in a closed one, and where something else than the time
    /// ended it. The last replies may come long after it, and say nothing of the rate.
    package var offeredSeconds: Double?
    package var commands: [CommandResult]
    package var intervals: [Interval]
    package var connections: Int
    package var threads: Int
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    /// CPU seconds of this process during the measurement.
    package var clientCPUSeconds = 0.0
    package var server: ServerUsage?
    /// Why the run ended early; nil when it did not.
    package var failure: String?
    package var wasInterrupted = false
    /// The test was not begun, as the server refused what prepares it; `failure` says how. The server is there.
    package var isUnprepared = false
    /// Offered requests per second of an open loop.
    package var targetRate: Double?
    /// The commands that it was offered of, where there are others too: consumers' and subscribers'.
    package var targetCommands: [String] = []
    /// Requests that were sent, or due in an open loop, and had no reply when the run was over, although it was waited
    /// for: the slowest, if the server is only slow. They are in no other figure.
    package var unanswered: UInt64 = 0
    /// What is no failure and yet must be known, in sentences.
    package var notes: [String] = []

    package var requests: UInt64 { commands.reduce(0) { $0 + $1.requests } }
    package var errors: UInt64 { commands.reduce(0) { $0 + $1.errors } }
    package var misses: UInt64 { commands.reduce(0) { $0 + $1.misses } }
    package var mismatches: UInt64 { commands.reduce(0) { $0 + $1.mismatches } }
    package var late: UInt64 { commands.reduce(0) { $0 + $1.late } }
    /// What rates are of.
    package var rateSeconds: Double { offeredSeconds ?? seconds }
    package var rate: Double { rateSeconds > 0 ? Double(requests - late) / rateSeconds : 0 }

    /// All commands' latencies in one.
    package var latency: Histogram<UInt64> {
        var all = LatencyCounters.histogram()
        for command in commands { all.add(command.latency) }
        return all
    }

    /// Adds an interval. The short rest at a run's end joins the one before: its rate would be chance. Its latencies
    /// are already those of both.
    mutating func append(_ interval: Interval, isRest: Bool) {
        guard isRest, var last = intervals.popLast() else {
            intervals.append(interval)
            return
        }
        last.endSeconds = interval.endSeconds
        last.seconds += interval.seconds
        last.requests += interval.requests
        last.errors += interval.errors
        last.mismatches += interval.mismatches
        (last.meanNs, last.maxNs) = (interval.meanNs, interval.maxNs)
        (last.p50Ns, last.p99Ns, last.p999Ns) = (interval.p50Ns, interval.p99Ns, interval.p999Ns)
        last.server = interval.server ?? last.server
        intervals.append(last)
    }

    /// Whether anything happened that a script should notice.
    package var hasProblems: Bool { failure != nil || errors > 0 || mismatches > 0 }
}
