import Foundation
import LoadGenerator
import Testing

/// Answers whatever it receives with the same pieces, each in a segment of its own.
private final class PieceServer: Sendable {
    private let port: UInt16

    init(_ pieces: [String]) throws {
        let listener: Int32
        (listener, port) = try Loopback.listen()
        Loopback.accept(at: listener) { Self.serve($0, pieces) }
    }

    var endpoint: Endpoint { Endpoint(.tcp(host: "127.0.0.1", port: port)) }

    private static func serve(_ client: Int32, _ pieces: [String]) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while read(client, &bytes, bytes.count) > 0 {
            for piece in pieces {
                var rest = Array(piece.utf8)[...]
                while !rest.isEmpty {
                    let sent = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, 0x4000) }
                    guard sent > 0 else { break }
                    rest = rest.dropFirst(sent)
                }
                usleep(20_000)
            }
        }
        close(client)
    }
}

@Suite struct OddReplyTests {
    @Test(arguments: [
        ["-ERR wro", "ng type\r\n"], ["-ERR wrong type", "\r\n"], ["-", "ERR wrong type\r", "\n"],
        ["*2\r\n-ERR wr", "ong type\r\n$3\r\nab", "c\r\n"], ["*2\r\n:1\r\n-ERR wrong type\r\n"],
        ["*2\r\n-ERR wrong type\r\n", "-ERR another\r\n"],
    ])
    func anErrorIsToldWhole(pieces: [String]) throws {
        let server = try PieceServer(pieces)
        for isChecked in [false, true] {
            var entry = WeightedTemplate(try CommandTemplate(line: "GET {key}"))
            entry.isChecked = isChecked
            var options = WorkloadOptions()
            (options.connections, options.keyCount) = (1, 10)
            let workload = Workload(name: "x", groups: [options.group([entry])])
            let result = try Run(workload, on: server.endpoint, extent: Extent(requests: 2))()
            #expect(result.commands[0].errorSample == "ERR wrong type", "\(pieces), looked into: \(isChecked)")
            #expect(result.requests == 2 && result.failure == nil)
        }
    }

    /// A server is asked for its figures, and may answer with anything. As pieces and how often they come: a log that
    /// names its arguments need not carry a million bytes of them.
    @Test(arguments: [
        ("$9223372036854775807\r\n", 1), ("%9223372036854775807\r\n", 1), ("*9223372036854775807\r\n", 1),
        ("$x\r\n", 1), ("?\r\n", 1), ("*1\r\n", 200_000), ("|0\r\n", 200_000),
    ])
    func figuresOutOfFormAreRefused(piece: String, count: Int) throws {
        let server = try PieceServer([String(repeating: piece, count: count) + "?\r\n"])
        let client = try BlockingClient(server.endpoint, timeoutMs: 5000)
        #expect(throws: BlockingClient.Failure.self) { try client.call(["INFO"]) }
    }
}
