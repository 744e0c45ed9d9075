import Foundation
@testable import LoadGenerator
import Network
import Testing

@Suite(.serialized) struct ServerUsageTests {
    private static func run(_ server: TellingServer, idle: Int = 0) throws -> RunResult {
        var options = WorkloadOptions()
        (options.connections, options.idleConnections) = (3, idle)
        let ping = WeightedTemplate(try CommandTemplate(line: "PING"))
        return try Run(options.workload("x", [ping]), on: server.endpoint, extent: Extent(requests: 30))()
    }

    /// What thousands of connections take of a server was told when they had been closed.
    @Test func theLastFiguresAreOfAServerWithItsConnections() throws {
        let server = try TellingServer { "used_memory:\($0 * 1000)\r\n" }
        let result = try Self.run(server, idle: 40)
        // That of the figures is one more.
        #expect(result.failure == nil && result.server?.usedMemoryBytes == 44_000)
    }

    @Test func theKernelTellsOfAProcessOfThisMachine() throws {
        // This one.
        let server = try TellingServer { _ in "process_id:\(getpid())\r\nused_memory_rss:1\r\n" }
        let result = try Self.run(server)
        let resident = try #require(result.server?.residentBytes)
        #expect(resident > 1 << 20 && resident % UInt64(getpagesize()) == 0)
    }

    @Test func whatIsNoProcessIsNotAsked() throws {
        for process in ["0", "-1", "99999999999", ""] {
            let server = try TellingServer { _ in "process_id:\(process)\r\nused_memory_rss:1\r\n" }
            #expect(try Self.run(server).server?.residentBytes == 1, "process \(process)")
        }
    }

    @Test func aProcessIsKnownByItsConnection() throws {
        let four = try ListeningSocket(address: SocketAddress(host: "127.0.0.1", port: 0))
        let six = try ListeningSocket(address: SocketAddress(host: "::1", port: 0))
        let path = "/tmp/apus-\(getpid()).sock"
        defer { unlink(path) }
        let local = try ListeningSocket(path: path)
        let addresses = try [
            SocketAddress(host: "127.0.0.1", port: four.port), SocketAddress(host: "::1", port: six.port),
            SocketAddress(path: path),
        ]
        for (listener, address) in zip([four.descriptor, six.descriptor, local.descriptor], addresses) {
            let client = try address.connect(timeoutMs: 1000)
            let accepted = accept(listener, nil, nil)
            #expect(LocalProcess(id: getpid(), at: client) != nil && LocalProcess(id: getppid(), at: client) == nil)
            close(accepted)
            close(client)
        }
    }
}
