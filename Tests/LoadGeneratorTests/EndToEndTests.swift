import Foundation
@testable import LoadGenerator
import Network
import Synchronization
import Testing

@Suite(.serialized) struct EndToEndTests {
    static func run(
        _ server: TinyServer, _ lines: [String], extent: Extent, threads: Int = 1,
        backend: RunLoop.Backend = .automatic,
        change: (inout ClientGroup) -> Void = { _ in }
    ) throws -> RunResult {
        var options = WorkloadOptions()
        options.connections = 8
        options.keyCount = 1000
        var group = options.group(try lines.map { WeightedTemplate(try CommandTemplate(line: $0)) })
        change(&group)
        var run = Run(Workload(name: "test", groups: [group]), on: server.endpoint, extent: extent)
        run.settings.threads = threads
        run.settings.backend = backend
        return try run()
    }

    @Test(arguments: [RunLoop.Backend.automatic, .epoll], [1, 16]) func closedLoopCountsEveryRequest(
        backend: RunLoop.Backend, pipeline: Int
    ) throws {
        let server = try TinyServer()
        defer { server.stop() }
        let result = try Self.run(
            server, ["SET {key} {value:1-200}"], extent: Extent(requests: 5003), threads: 2, backend: backend
        ) { $0.pipeline = pipeline }
        #expect(result.failure == nil)
        #expect(result.requests == 5003 && result.errors == 0)
        #expect(result.latency.totalCount == 5003)
        #expect(result.intervals.reduce(0) { $0 + $1.requests } == 5003)
    }

    @Test func mixesAndBlocksAreCountedPerCommand() throws {
        let server = try TinyServer()
        defer { server.stop() }
        let result = try Self.run(
            server, ["GET {key}", "MULTI ; INCR {key} ; EXEC"], extent: Extent(requests: 2000)
        ) { $0.pipeline = 4 }
        #expect(result.commands.map(\.name) == ["GET", "MULTI+INCR+EXEC"])
        #expect(result.requests == 2000)
        #expect((850...1150).contains(result.commands[0].requests))
        // Three commands of a block are one request.
        let commands = result.commands[0].requests + 3 * result.commands[1].requests
        #expect(server.commands.load(ordering: .relaxed) >= Int(commands))
    }

    @Test func reconnectingServesAllRequests() throws {
        let server = try TinyServer()
        defer { server.stop() }
        let result = try Self.run(server, ["PING"], extent: Extent(requests: 200)) { $0.reconnects = true }
        #expect(result.failure == nil && result.requests == 200)
    }

    /// One publisher on three threads was offered a third of the rate.
    @Test func fewConnectionsHaveTheWholeRate() throws {
        let server = try TinyServer()
        defer { server.stop() }
        let result = try Self.run(server, ["PING"], extent: Extent(seconds: 0.5), threads: 3) {
            ($0.connections, $0.rate, $0.arrivals) = (1, 1000, .fixed)
        }
        #expect(result.failure == nil && (490...510).contains(result.requests))
    }

    /// A batch for each connection in an open loop, too; it kept its connections.
    @Test(arguments: [1, 4]) func anOpenLoopReconnects(pipeline: Int) throws {
        let server = try TinyServer()
        defer { server.stop() }
        let result = try Self.run(server, ["PING"], extent: Extent(requests: 400), threads: 2) {
            ($0.reconnects, $0.pipeline, $0.rate) = (true, pipeline, 4000)
        }
        #expect(result.failure == nil && result.requests == 400)
        // A batch has as many as are due, and at most as many as a pipeline.
        #expect(server.accepted.load(ordering: .relaxed) >= 400 / pipeline)
    }

    @Test func openLoopShowsAStall() throws {
        let stall: UInt64 = 150_000_000
        let server = try TinyServer(stallAfter: 1000, stallNs: stall)
        defer { server.stop() }
        let result = try Self.run(server, ["PING"], extent: Extent(seconds: 1)) {
            $0.rate = 4000
            $0.arrivals = .fixed
        }
        #expect(result.failure == nil)
        #expect(result.latency.maxRecorded > stall * 9 / 10)
        // Of 4000 requests, those meant for the stall's first half waited for more than its second half.
        #expect(result.latency.count(within: stall / 2...(1 << 39)) > 200)
    }

    /// What a slow server leaves unanswered are its longest latencies, and no figure has them.
    @Test func whatIsLeftAtTheEndIsTold() throws {
        // 40 in a second.
        let server = try LateFanOut(delaySeconds: 0.1)
        var group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "SLOW"))])
        (group.connections, group.rate, group.arrivals) = (4, 1000, .fixed)
        let workload = Workload(name: "x", groups: [group])
        let result = try Run(workload, on: server.endpoint, extent: Extent(seconds: 0.5))()
        #expect(result.failure == nil && result.unanswered > 100 && result.requests + result.unanswered == 500)
        #expect(Report.text(result).contains("requests without a reply at the end"))
    }

    @Test func checksFindWrongData() throws {
        let server = try TinyServer()
        defer { server.stop() }
        var options = WorkloadOptions()
        options.connections = 2
        options.keyCount = 10
        options.isChecked = true
        let test = try StandardWorkloads.test("get", options)
        let result = try Run(test.workload, on: server.endpoint, extent: Extent(requests: 50))()
        #expect(result.mismatches == 50)
        #expect(result.hasProblems)
    }

    /// What had been written and is not there any more is as wrong as what is something else.
    @Test func checksFindLostData() throws {
        let server = try TinyServer(reply: "$-1\r\n")
        defer { server.stop() }
        for (isComplete, expected) in [(false, 0), (true, 50)] as [(Bool, UInt64)] {
            var options = WorkloadOptions()
            (options.connections, options.keyCount, options.isChecked) = (2, 10, true)
            var test = try StandardWorkloads.test("get", options)
            test.workload.groups[0].isComplete = isComplete
            let result = try Run(test.workload, on: server.endpoint, extent: Extent(requests: 50))()
            #expect(result.mismatches == expected && result.misses == 50)
        }
    }

    @Test func traceAndCaptureAreReplayedWhole() throws {
        let server = try TinyServer()
        defer { server.stop() }
        let trace = Trace(accesses: (0..<100).map { Trace.Access(key: $0, size: 10) })
        let result = try Self.run(server, ["GET object:{object}"], extent: Extent(), threads: 2) {
            $0.feed = .trace(trace)
        }
        #expect(result.requests == 100)
        let capture = try Capture(Array("1.0 [0 a:1] \"SET\" \"a\" \"b\"\n1.1 [0 a:1] \"GET\" \"a\"\n".utf8))
        let second = try Self.run(server, [], extent: Extent()) { $0.feed = .capture(capture) }
        #expect(second.commands.map(\.requests) == [1, 1])
    }

    /// The last misses too, which are told when nothing is left to be asked.
    @Test func aReplayFillsEveryMiss() throws {
        let server = try TinyServer(reply: "$-1\r\n")
        defer { server.stop() }
        let trace = Trace(accesses: (0..<100).map { Trace.Access(key: $0, size: 10) })
        let set = try CommandTemplate(name: "SET", line: "SET object:{object} {objectvalue}")
        let result = try Self.run(server, ["GET object:{object}"], extent: Extent()) {
            $0.feed = .trace(trace)
            $0.mix[0].onMiss = set
        }
        #expect(result.commands.map(\.requests) == [100, 100])
    }

    @Test func aWarmUpIsNotPartOfTheRequests() throws {
        let server = try TinyServer()
        defer { server.stop() }
        var extent = Extent(requests: 5000)
        extent.warmupSeconds = 0.05
        let result = try Self.run(server, ["SET {key} {value}"], extent: extent, backend: .epoll) { $0.pipeline = 16 }
        #expect(result.failure == nil && result.requests == 5000)
        #expect(server.commands.load(ordering: .relaxed) > 5000)
    }

    @Test func whatEndsWithinTheWarmUpFails() throws {
        let server = try TinyServer()
        defer { server.stop() }
        let trace = Trace(accesses: (0..<4).map { Trace.Access(key: $0, size: 10) })
        var extent = Extent()
        extent.warmupSeconds = 3600
        let result = try Self.run(server, ["GET object:{object}"], extent: extent) { $0.feed = .trace(trace) }
        #expect(result.requests == 0 && result.failure?.contains("warm-up") == true)
    }

    @Test func replaysKeepTheirTimes() throws {
        let server = try TinyServer()
        defer { server.stop() }
        let trace = Trace(accesses: (0..<4).map { Trace.Access(key: 1, size: 10, timeNs: 100_000_000 * $0) })
        let result = try Self.run(server, ["GET object:{object}"], extent: Extent()) {
            $0.feed = .trace(trace)
            $0.replaySpeed = 2
        }
        #expect(result.requests == 4 && result.seconds > 0.14)
        let text = (0..<40).map { "1.\(100_000 + $0 * 5000) [0 a:\($0 % 3)] \"GET\" \"a\"\n" }.joined()
        let capture = try Capture(Array(text.utf8))
        for speed in [nil, 1.0] as [Double?] {
            let replayed = try Self.run(server, [], extent: Extent(), threads: 2) {
                $0.feed = .capture(capture)
                $0.connections = capture.clientCount
                $0.replaySpeed = speed
            }
            #expect(replayed.failure == nil && replayed.requests == 40)
            #expect(speed == nil || replayed.seconds > 0.15)
        }
    }

    /// A time that a slow replay comes to in a thousand years ended the program.
    @Test(arguments: [1_700_000_000_000_000_000, UInt64.max]) func whatIsNeverDueIsWaitedFor(timeNs: UInt64) throws {
        let server = try TinyServer()
        defer { server.stop() }
        let trace = Trace(accesses: [Trace.Access(key: 1), Trace.Access(key: 2, timeNs: timeNs)])
        let result = try Self.run(server, ["GET object:{object}"], extent: Extent(seconds: 0.05)) {
            $0.feed = .trace(trace)
            $0.replaySpeed = 0.001
        }
        #expect(result.failure == nil && result.requests == 1 && result.unanswered == 0)
    }

    @Test func aDyingServerIsReported() throws {
        let server = try TinyServer(closeAfter: 500)
        defer { server.stop() }
        let result = try Self.run(server, ["PING"], extent: Extent(seconds: 20))
        #expect(result.failure?.contains("the server closed the connection") == true)
        #expect(result.seconds < 10)
    }

    @Test func aRefusingServerIsReported() throws {
        var group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "PING"))])
        group.connections = 2
        let closed = Endpoint(.tcp(host: "127.0.0.1", port: 1))
        let result = try Run(Workload(name: "x", groups: [group]), on: closed, extent: Extent(requests: 1))()
        #expect(result.failure?.contains("Connection refused") == true)
    }

    /// The requests of a server that hangs to the end have no latency; the run must not look well.
    @Test func aServerThatHangsAtTheEndIsReported() throws {
        let server = try TinyServer(stallAfter: 20, stallNs: 3_000_000_000)
        defer { server.stop() }
        let result = try Self.run(server, ["PING"], extent: Extent(seconds: 0.3))
        #expect(result.failure?.contains("8 requests had no reply") == true)
    }

    @Test func whatCannotBeginIsAResultAsWell() throws {
        let runner = TestRunner(endpoint: Endpoint(.tcp(host: "127.0.0.1", port: 1)), extent: Extent(requests: 1))
        let result = runner.attempt(Test(workload: Workload(name: "test", groups: []), setup: [["PING"]]))
        #expect(result.failure?.contains("Connection refused") == true)
    }

    /// Asks for the end after some time, as Ctrl-C does.
    private struct Impatience: RunObserver {
        let untilNs = RunLoop.now + 500_000_000
        func runDidBegin(_ name: String, connections: Int) {}
        func runDidAdvance(_ interval: Interval, done: UInt64, fraction: Double?) {}
        var shouldStop: Bool { RunLoop.now >= untilNs }
    }

    /// The end is asked for while the server is asked for its INFO, after the connections were made.
    @Test(.timeLimit(.minutes(1))) func anInterruptBeforeTheStartEndsTheRun() throws {
        let mute = try ListeningSocket(address: SocketAddress(host: "127.0.0.1", port: 0))
        let endpoint = Endpoint(.tcp(host: "127.0.0.1", port: mute.port))
        var group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "PING"))])
        group.connections = 2
        let run = Run(Workload(name: "x", groups: [group]), on: endpoint, extent: Extent(requests: 100))
        let result = try run(observer: Impatience())
        #expect(result.wasInterrupted && result.requests == 0)
    }

    /// A connection that is never opened is no failure of a run that was told to stop.
    @Test(.timeLimit(.minutes(1))) func anInterruptWhileConnectingIsAnInterrupt() throws {
        let mute = try ListeningSocket(address: SocketAddress(host: "127.0.0.1", port: 0))
        var endpoint = Endpoint(.tcp(host: "127.0.0.1", port: mute.port))
        endpoint.protocolVersion = 3
        let group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "PING"))])
        let run = Run(Workload(name: "x", groups: [group]), on: endpoint, extent: Extent(requests: 100))
        let result = try run(observer: Impatience())
        #expect(result.wasInterrupted && result.failure == nil)
    }

    /// A channel's subscribers hear each message late; the last ones after the publisher has all its replies.
    @Test func messagesThatAreUnderWayAreCounted() throws {
        let server = try LateFanOut()
        var publisher = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "PUBLISH c {time}"))])
        publisher.connections = 1
        var subscribers = ClientGroup()
        subscribers.role = .subscriber
        subscribers.connections = 2
        subscribers.opening = [try CommandTemplate(line: "SUBSCRIBE c")]
        let workload = Workload(name: "x", groups: [publisher, subscribers])
        var run = Run(workload, on: server.endpoint, extent: Extent(requests: 20))
        for threads in [1, 2] {
            run.settings.threads = threads
            let result = try run()
            #expect(result.failure == nil && result.commands.map(\.requests) == [20, 40], "\(threads) threads")
        }
    }

    /// A publisher's thread may be ahead: what the other thread's subscribers hear before that thread has begun counts.
    @Test func messagesToAThreadThatHasYetToBeginAreCounted() throws {
        let server = try LateFanOut(delaySeconds: 0)
        var publisher = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "PUBLISH c {time}"))])
        publisher.connections = 1
        var subscribers = ClientGroup()
        subscribers.role = .subscriber
        subscribers.connections = 2
        subscribers.opening = [try CommandTemplate(line: "SUBSCRIBE c")]
        var run = Run(
            Workload(name: "x", groups: [publisher, subscribers]), on: server.endpoint, extent: Extent(requests: 20))
        run.settings.threads = 2
        for round in 0..<40 {
            let result = try run()
            #expect(result.failure == nil && result.commands.map(\.requests) == [20, 40], "round \(round)")
        }
    }

    @Test func aSilentServerIsGivenUp() throws {
        // The first command is the INFO before the run.
        let server = try TinyServer(stallAfter: 2, stallNs: 2_000_000_000)
        defer { server.stop() }
        var extent = Extent(requests: 1000)
        extent.patienceSeconds = 0.3
        let result = try Self.run(server, ["PING"], extent: extent)
        #expect(result.failure?.contains("no reply from the server for 0.3 s") == true)
    }
}
