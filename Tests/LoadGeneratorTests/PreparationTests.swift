import Foundation
@testable import LoadGenerator
import Testing

/// What comes before a test's own requests: the opening of connections, set-up commands and preparations.
@Suite struct PreparationTests {
    private static func runner(_ server: RecordingServer) -> TestRunner {
        var runner = TestRunner(endpoint: server.endpoint, extent: Extent(requests: 20))
        runner.backend = .epoll
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

    @Test func aLineOfFiguresThatIsNotAllIsRemarkedOn() throws {
        var result = RunResult(name: "SET", seconds: 1, commands: [], intervals: [], connections: 1, threads: 1)
        #expect(Report.remarks(result).isEmpty)
        result.wasInterrupted = true
        #expect(Report.remarks(result) == "  SET: interrupted\n")
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

    /// A server that was started answers at a port that is another's here.
    @Test(.timeLimit(.minutes(1))) func aServerEndsWithItsOwner() throws {
        let answering = try TinyServer(reply: "+PONG\r\n")
        defer { answering.stop() }
        _ = try ServerProcess(command: "sleep {port}", port: answering.port, cpus: nil)
        #expect(throws: ServerProcess.Failure.self) {
            try ServerProcess(command: "true", port: 1, cpus: nil)
        }
    }
}
