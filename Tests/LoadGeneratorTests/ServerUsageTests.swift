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
}
