import Foundation
@testable import LoadGenerator
import Network
import Synchronization
import Testing

/// What comes before a test's own requests: the opening of connections, set-up commands and preparations.
@Suite struct PreparationTests {
    private static func runner(_ server: RecordingServer) -> TestRunner {
        var runner = TestRunner(endpoint: server.endpoint, extent: Extent(requests: 20))
        runner.settings.backend = .epoll
        return runner
    }

    private static func options() -> WorkloadOptions {
        var options = WorkloadOptions()
        (options.connections, options.keyCount) = (3, 10)
        return options
    }

    /// The preload went to another database than the reads, which then found nothing.
    @Test func everyConnectionIsOpenedAlike() throws {
        let server = try RecordingServer()
        var runner = Self.runner(server)
        runner.opening = [try CommandTemplate(line: "SELECT 5"), try CommandTemplate(line: "CLIENT SETNAME c{conn}")]
        var options = Self.options()
        options.idleConnections = 2
        var test = try StandardWorkloads.test("lrange_100", options)
        test.preparation = options.preload(try CommandTemplate(line: "SET {key} {value}"))
        let result = try runner.run(test)
        #expect(result.failure == nil && result.requests == 20)
        let working = server.working
        #expect(working.contains { $0.contains(["DEL", "mylist"]) })
        #expect(working.contains { $0.contains { $0[0] == "SET" } })
        for commands in working {
            #expect(commands.prefix(2).map { $0[0] } == ["SELECT", "CLIENT"], "\(commands.prefix(3))")
        }
        #expect(working.filter { $0.count == 2 }.count >= 2, "the idle ones")
    }

    /// Threads with unequal shares of the connections: a thread that counted for itself left out keys of its own.
    @Test func threadsWriteEveryKeyOnce() throws {
        let server = try RecordingServer()
        var group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "SET {key} {seq}"))])
        (group.connections, group.popularity, group.keyCount) = (3, .sequential, 1000)
        var run = Run(
            Workload(name: "x", groups: [group]), on: server.endpoint, extent: Extent(requests: 1000))
        run.settings.threads = 2
        #expect(try run().requests == 1000)
        let written = server.working.flatMap { $0.map { $0.dropFirst().map { $0.suffix(12) } } }
        for column in 0..<2 { #expect(Set(written.map { $0[column] }).count == 1000) }
        #expect(written.allSatisfy { UInt64($0[0])! < 1000 && UInt64($0[1])! < 1000 })
    }
}

extension PreparationTests {
    /// One test's refusal is that test's; the server is there for the others.
    @Test func aRefusedPreparationIsItsTestsFailure() throws {
        let server = try RecordingServer(refusing: ["LPUSH", "FUNCTION"])
        for (name, command) in [("lrange_100", "LPUSH"), ("fcall", "FUNCTION")] {
            let test = try StandardWorkloads.test(name, Self.options())
            let result = try Self.runner(server).run(test)
            #expect(result.name == test.workload.name && result.isUnprepared && result.hasProblems)
            #expect(result.failure?.contains("unknown command '\(command)'") == true, "\(result.failure ?? "")")
            #expect(!Report.text(result).contains("0 requests"))
        }
        let gone = TestRunner(endpoint: Endpoint(.tcp(host: "127.0.0.1", port: 1)), extent: Extent(requests: 1))
        let result = try gone.run(StandardWorkloads.test("lrange_100", Self.options()))
        #expect(result.failure?.contains("Connection refused") == true && !result.isUnprepared)
    }

    /// Of several commands, the one that was refused had another's name.
    @Test func aRefusedSetUpNamesItsCommands() throws {
        let server = try RecordingServer(refusing: ["XGROUP"])
        var test = try StandardWorkloads.test("get", Self.options())
        test.setup = [["DEL", "s"], ["XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"]]
        let failure = try #require(try Self.runner(server).run(test).failure)
        #expect(failure == "its preparation: DEL+XGROUP: 1 error, first: ERR unknown command 'XGROUP'")
    }

    /// Asks for the end as soon as the run of this name has begun.
    private final class StopsAt: RunObserver {
        private let name: String
        private let isThere = Atomic<Bool>(false)
        init(name: String) { self.name = name }
        func runDidBegin(_ name: String, connections: Int) { isThere.store(name == self.name, ordering: .relaxed) }
        func runDidAdvance(_ interval: Interval, done: UInt64, fraction: Double?) {}
        var shouldStop: Bool { isThere.load(ordering: .relaxed) }
    }

    /// The figures of a preload that was ended were shown as the test's.
    @Test func anInterruptedPreparationIsNotTheTest() throws {
        var options = Self.options()
        options.keyCount = 1_000_000_000
        var test = try StandardWorkloads.test("get", options)
        test.preparation = options.preload(try CommandTemplate(line: "SET {key} {value}"))
        let result = try Self.runner(RecordingServer()).run(test, observer: StopsAt(name: "preload"))
        #expect(result.name == "GET" && result.wasInterrupted && !result.hasProblems && result.requests == 0)
        #expect(Report.text(result) == "\nGET\n  interrupted\n" && Report.quiet(result).isEmpty)
    }

    @Test func aLineOfFiguresThatIsNotAllIsRemarkedOn() throws {
        var result = RunResult(name: "SET", seconds: 1, commands: [], intervals: [], connections: 1, threads: 1)
        #expect(Report.remarks(result).isEmpty)
        result.wasInterrupted = true
        #expect(Report.remarks(result) == "  SET: interrupted\n")
    }
}

/// Where a server is.
@Suite struct AddressTests {
    /// `localhost` is ::1 as well, where nobody may listen; only the first address was tried.
    @Test func theAddressThatAnswersIsTaken() throws {
        let server = try TinyServer()
        defer { server.stop() }
        let there = try SocketAddress(host: "127.0.0.1", port: server.port)
        let elsewhere = try SocketAddress(host: "127.0.0.2", port: server.port)
        for addresses in [[elsewhere, there], [there, elsewhere]] {
            close(try Endpoint.answering(addresses, timeoutMs: 5000).connect(timeoutMs: 5000))
        }
        for addresses in [[elsewhere], [elsewhere, elsewhere]] {
            let address = Endpoint.answering(addresses, timeoutMs: 5000)
            #expect(throws: SocketError(errno: ECONNREFUSED)) { try address.connect(timeoutMs: 5000) }
        }
    }
}

/// What the server tells of itself beside a run.
@Suite struct ServerAccountTests {
    /// A container's server has a number that is another process's here, whose memory was shown.
    @Test func aProcessOfTheSameNumberIsNotAsked() throws {
        let info = "redis_version:7.2.4\r\nprocess_id:\(getppid())\r\nused_memory:1000\r\nused_memory_rss:77\r\n"
        let server = try StoringServer { words, _ in words[0] == "INFO" ? StoringServer.bulk(info) : nil }
        let group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "SET {key} {value}"))])
        let result = try Run(Workload(name: "x", groups: [group]), on: server.endpoint, extent: Extent(requests: 50))()
        let usage = try #require(result.server)
        #expect(usage.residentBytes == 77 && usage.cpuSeconds == 0 && usage.version == "Redis 7.2.4")
    }
}

extension ServerAccountTests {
    /// The one connection more that INFO needs: without it the figures vanished, and nothing said why.
    @Test func aServerThatIsFullIsNoted() throws {
        let (listener, port) = try Loopback.listen()
        let clients = Atomic<Int>(0)
        Loopback.accept(at: listener) { client in
            defer { close(client) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            guard clients.add(1, ordering: .relaxed).newValue == 1 else {
                let refusal = "-ERR max number of clients reached\r\n"
                send(client, refusal, refusal.utf8.count, 0x4000)
                return
            }
            while read(client, &bytes, bytes.count) > 0 { send(client, "+OK\r\n", 5, 0x4000) }
        }
        var group = WorkloadOptions().group([WeightedTemplate(try CommandTemplate(line: "PING"))])
        // Answered before the generator asks for INFO, or that might be the first.
        (group.connections, group.opening) = (1, [try CommandTemplate(line: "PING")])
        let endpoint = Endpoint(.tcp(host: "127.0.0.1", port: port))
        let result = try Run(Workload(name: "x", groups: [group]), on: endpoint, extent: Extent(requests: 5))()
        #expect(result.requests == 5 && result.failure == nil && result.server == nil)
        #expect(result.notes == ["without the server's figures: ERR max number of clients reached"])
    }
}

/// What is started for a comparison ends with it.
@Suite struct ServerProcessTests {
    @Test(.timeLimit(.minutes(1))) func aProcessEndsWithItsLifeline() throws {
        let process = try ServerProcess.spawn(["sleep", "1000"])
        do { _ = try Lifeline(to: process) }
        var status: Int32 = 0
        #expect(waitpid(process, &status, 0) == process && status & 0x7F == SIGTERM)
    }

    /// Who accepts and never answers takes an attempt's whole time, and not that of many.
    @Test(.timeLimit(.minutes(1))) func aMuteServerIsGivenUpInTime() throws {
        let (listener, port) = try Loopback.listen()
        let attempts = Attempts()
        Loopback.accept(at: listener) { client in
            attempts.count.add(1, ordering: .relaxed)
            var byte: UInt8 = 0
            while read(client, &byte, 1) > 0 {}
            close(client)
        }
        #expect(throws: ServerProcess.Failure.self) {
            try ServerProcess(command: "sleep {port}", port: port, cpus: nil, startLimitMs: 1500)
        }
        #expect((1...3).contains(attempts.count.load(ordering: .relaxed)))
    }

    private final class Attempts: Sendable {
        let count = Atomic<Int>(0)
    }

    /// A server that was started answers at a port that is another's here.
    @Test(.timeLimit(.minutes(1))) func aServerEndsWithItsOwner() throws {
        let answering = try TinyServer(reply: "+PONG\r\n")
        defer { answering.stop() }
        var started: pid_t = 0
        do { started = try ServerProcess(command: "sleep {port}", port: answering.port, cpus: nil).process }
        #expect(kill(started, 0) == -1 && errno == ESRCH)
        #expect(throws: ServerProcess.Failure.self) {
            try ServerProcess(command: "true", port: 1, cpus: nil)
        }
    }
}
