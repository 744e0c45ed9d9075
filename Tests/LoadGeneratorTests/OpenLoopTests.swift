import LoadGenerator
import Testing

/// What an open loop promises: the time that a request waits counts from the moment it was due, wherever it waited.
@Suite struct OpenLoopTests {
    private static func run(
        _ endpoint: Endpoint, _ line: String, rate: Double, seconds: Double, requests: UInt64? = nil,
        connections: Int = 1, reconnects: Bool = false
    ) throws -> RunResult {
        var group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: line))])
        (group.connections, group.rate, group.arrivals, group.reconnects) = (connections, rate, .fixed, reconnects)
        let extent = Extent(requests: requests, seconds: seconds)
        return try Run(Workload(name: "x", groups: [group]), on: endpoint, extent: extent)()
    }

    /// A stall that lasts to the end keeps the only connection, so most requests find none in their time.
    @Test func aStallAtTheEndIsShown() throws {
        let stall: UInt64 = 400_000_000
        let server = try TinyServer(stallAfter: 10, stallNs: stall)
        defer { server.stop() }
        let result = try Self.run(server.endpoint, "PING", rate: 100, seconds: 0.3, reconnects: true)
        #expect(result.failure == nil && result.unanswered == 0 && result.requests == 30)
        #expect(result.latency.count(within: stall / 2...(1 << 39)) > 15)
    }

    /// The last of a number of requests may be sent after the time is over, and others that were due are then no part
    /// of the run.
    @Test(.timeLimit(.minutes(1))) func aNumberOfRequestsEndsARunThatIsLate() throws {
        let server = try TinyServer(stallAfter: 10, stallNs: 400_000_000)
        defer { server.stop() }
        let result = try Self.run(server.endpoint, "PING", rate: 100, seconds: 0.3, requests: 20, reconnects: true)
        #expect(result.failure == nil && result.unanswered == 0 && result.requests == 20)
    }

    /// A connection that is made anew for each of ten requests a second cannot send a thousand, in no time.
    @Test func whatFoundNoRoomIsTold() throws {
        let server = try LateFanOut(delaySeconds: 0.1)
        let result = try Self.run(server.endpoint, "SLOW", rate: 1000, seconds: 0.5, reconnects: true)
        #expect(result.failure == nil && result.requests < 50 && result.requests + result.unanswered == 500)
    }

    /// The end of a run is shorter than an interval and joins the one before it, with its latencies.
    @Test func theLastIntervalHasTheLastLatencies() throws {
        let server = try TinyServer(stallAfter: 260, stallNs: 100_000_000)
        defer { server.stop() }
        let result = try Self.run(server.endpoint, "PING", rate: 1000, seconds: 0.3)
        let last = try #require(result.intervals.last)
        #expect(last.p99Ns > 50_000_000 && last.p99Ns <= last.p999Ns && last.p999Ns <= last.maxNs)
        #expect(last.meanNs > 1_000_000 && result.requests == 300)
    }
}
