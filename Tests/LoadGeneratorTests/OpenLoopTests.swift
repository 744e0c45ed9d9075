import LoadGenerator
import Testing

/// What an open loop promises: the time that a request waits counts from the moment it was due, wherever it waited. One
/// after another: each has times of its own.
@Suite(.serialized) struct OpenLoopTests {
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

    /// What a hundred million arrivals a second leave behind is counted in no time.
    @Test(.timeLimit(.minutes(1)), arguments: [ArrivalKind.fixed, .poisson])
    func arrearsBeyondCountingAreEstimated(kind: ArrivalKind) {
        var schedule = ArrivalSchedule(kind, rate: 1e12, startNs: 5, random: RandomSource(seed: 2))
        let count = schedule.drop(until: 1_000_000_005)
        #expect(abs(Double(count) - 1e12) < 1e7 && schedule.nextNs >= 1_000_000_005)
        #expect(schedule.drop(until: 1_000_000_005) == 0)
        var few = ArrivalSchedule(kind, rate: 1000, startNs: 5, random: RandomSource(seed: 2))
        var one = few
        var arrivals = 0
        while one.nextNs < 2_000_000_000 {
            one.advance()
            arrivals += 1
        }
        #expect(few.drop(until: 2_000_000_000) == arrivals && few.nextNs == one.nextNs)
    }

    /// Those that are not drawn one by one are counted all the same: of even ones, exactly.
    @Test func arrearsAreCountedWhole() {
        var schedule = ArrivalSchedule(.fixed, rate: 1e6, startNs: 5, random: RandomSource(seed: 2))
        #expect(schedule.drop(until: 200_000_005) == 200_000 && schedule.nextNs == 200_000_505)
    }

    /// A connection that is made anew for each of ten requests a second cannot send a thousand, in no time.
    @Test func whatFoundNoRoomIsTold() throws {
        let server = try LateFanOut(delaySeconds: 0.1)
        let result = try Self.run(server.endpoint, "SLOW", rate: 1000, seconds: 0.5, reconnects: true)
        #expect(result.unanswered > 0 && result.requests + result.unanswered == 500)
    }

    /// One reply that comes long after the end says nothing of the rate before it.
    @Test func theRateIsThatOfTheTimeOffered() throws {
        let server = try LateFanOut(delaySeconds: 1.2, lateNumber: 49)
        var result = try Self.run(server.endpoint, "ECHO {seq}", rate: 100, seconds: 0.5, connections: 4)
        #expect(result.failure == nil && result.requests == 50 && result.seconds > 1)
        #expect(result.late >= 1 && result.latency.maxRecorded > 1_000_000_000)
        result.commands[0].late = 1  // where the machine stands still, others are late as well
        #expect(result.rate == 98)
        #expect(Objective(percentile: 50, limitNs: .max).isMet(by: result))
        #expect(Report.csv(result).contains("\"\(Format.fixed(result.rate, 2))\""))
        #expect(Report.text(result).contains("50 requests in 0.500 s (and "))
    }

    /// What was due in time and answered after it was not achieved.
    @Test func aQueueIsNoAchievement() throws {
        let server = try TinyServer(stallAfter: 10, stallNs: 400_000_000)
        defer { server.stop() }
        let result = try Self.run(server.endpoint, "PING", rate: 100, seconds: 0.3, reconnects: true)
        #expect(result.failure == nil && result.requests == 30 && result.rate < 60)
    }

    /// Waiting for a request to be due is not waiting for its reply.
    @Test func aQuietSpellIsNoSilence() throws {
        let server = try LateFanOut(delaySeconds: 0.1)
        var group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "SLOW"))])
        (group.connections, group.replaySpeed) = (1, 1)
        group.feed = .trace(Trace(accesses: [0, 1600].map { Trace.Access(key: 1, timeNs: 1_000_000 * $0) }))
        var extent = Extent()
        extent.patienceSeconds = 1
        let result = try Run(Workload(name: "x", groups: [group]), on: server.endpoint, extent: extent)()
        #expect(result.failure == nil && result.requests == 2)
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
