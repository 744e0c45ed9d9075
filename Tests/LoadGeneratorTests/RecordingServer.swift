import Foundation
@testable import LoadGenerator
import Network
import Synchronization
import Testing

/// A server that says OK to every command but those it refuses, and remembers what came over each connection. A thread
/// for each connection, which ends with it.
final class RecordingServer: Sendable {
    /// The commands of each connection, in the order of their arrival.
    let connections = Mutex<[[[String]]]>([])
    let port: UInt16
    private let refused: Set<String>

    init(refusing refused: Set<String> = []) throws {
        self.refused = refused
        let listener: Int32
        (listener, port) = try Loopback.listen()
        Loopback.accept(at: listener) { [self] client in
            let number = connections.withLock { all in
                all.append([])
                return all.count - 1
            }
            serve(client, number)
        }
    }

    var endpoint: Endpoint { Endpoint(.tcp(host: "127.0.0.1", port: port)) }

    /// Those connections that were asked for something else than INFO, which the generator asks beside a run.
    var working: [[[String]]] {
        connections.withLock { $0.filter { $0.contains { $0[0] != "INFO" } } }
    }

    private func serve(_ client: Int32, _ number: Int) {
        defer { close(client) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var unread: [UInt8] = []
        while true {
            let count = read(client, &bytes, bytes.count)
            guard count > 0 else { return }
            unread += bytes[..<count]
            var reply = ""
            while let command = Self.next(&unread) {
                connections.withLock { $0[number].append(command) }
                reply += refused.contains(command[0]) ? "-ERR unknown command '\(command[0])'\r\n" : "+OK\r\n"
            }
            _ = send(client, reply, reply.utf8.count, Int32(0x4000))
        }
    }

    /// A whole command, taken from the front; nil when there is none yet.
    private static func next(_ bytes: inout [UInt8]) -> [String]? {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        guard let count = Int(lines[0].dropFirst()), lines.count > 1 + 2 * count else { return nil }
        let used = lines[...(2 * count)]
        bytes.removeFirst(used.reduce(0) { $0 + $1.utf8.count + 2 })
        return (0..<count).map { lines[2 + 2 * $0] }
    }
}
