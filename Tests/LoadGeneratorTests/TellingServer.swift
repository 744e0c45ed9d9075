import Foundation
import LoadGenerator
import Network
import Synchronization
import Testing

/// A server that says OK to all but INFO, and in that what the test says. A thread for each connection, which ends with
/// it.
final class TellingServer: Sendable {
    private let connections = Atomic<Int>(0)
    let port: UInt16
    /// The text of INFO, when so many connections are there.
    private let information: @Sendable (Int) -> String

    init(information: @escaping @Sendable (Int) -> String) throws {
        self.information = information
        let listener: Int32
        (listener, port) = try Loopback.listen()
        Loopback.accept(at: listener) { [self] in serve($0) }
    }

    var endpoint: Endpoint { Endpoint(.tcp(host: "127.0.0.1", port: port)) }

    /// One request at a time, as the generator sends them here.
    private func serve(_ client: Int32) {
        connections.add(1, ordering: .acquiringAndReleasing)
        defer {
            connections.subtract(1, ordering: .acquiringAndReleasing)
            close(client)
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(client, &bytes, bytes.count)
            guard count > 0 else { return }
            let isAsked = String(decoding: bytes[..<count], as: UTF8.self).contains("INFO")
            let text = information(connections.load(ordering: .acquiring))
            let reply = isAsked ? "$\(text.utf8.count)\r\n\(text)\r\n" : "+OK\r\n"
            _ = send(client, reply, reply.utf8.count, Int32(0x4000))
        }
    }
}
