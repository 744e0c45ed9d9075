// What the server tells LATENCY: slow events, and how the times of a command's calls are distributed.

/// Slow events of one kind, as the server has noted them.
package struct LatencyEvent: Sendable {
    /// The slowest event of one second.
    package struct Sample: Sendable, Equatable {
        package let unixSeconds: Int
        package var milliseconds: Int
        package init(unixSeconds: Int, milliseconds: Int) {
            self.unixSeconds = unixSeconds
            self.milliseconds = milliseconds
        }
    }

    package let name: String
    /// The worst of each of the last seconds in which there was one, oldest first; never empty.
    package var samples: [Sample] = []
    /// Of all times, like the sum and the count.
    package var worstMs = 0
    package var sumMs = 0
    package var count = 0

    package init(name: String) { self.name = name }
}

/// How long the calls of a command took.
package struct LatencyDistribution: Sendable {
    package let calls: Int
    /// Calls that took at most so many microseconds, for bounds that double; only where the count grows.
    package let cumulative: [(upToUs: Int, calls: Int)]

    package init(calls: Int, cumulative: [(upToUs: Int, calls: Int)]) {
        self.calls = calls
        self.cumulative = cumulative
    }
}
