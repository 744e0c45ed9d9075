import Foundation
import LoadGenerator
import Synchronization

/// A server of one channel: a publisher has its reply at once, subscribers what they are to have a little later.
/// A thread for each connection. What is slow takes that long as well, and its connection with it.
final class LateFanOut: Sendable {
    private let port: UInt16
    private let delaySeconds: Double
    /// The number whose ECHO is slow; nil: none.
    private let lateNumber: Int?
    private let subscribers = Mutex<[Int32]>([])

    init(delaySeconds: Double = 0.02, lateNumber: Int? = nil) throws {
        self.delaySeconds = delaySeconds
        self.lateNumber = lateNumber
        let listener: Int32
        (listener, port) = try Loopback.listen()
        Loopback.accept(at: listener) { [self] in serve($0) }
    }

    var endpoint: Endpoint { Endpoint(.tcp(host: "127.0.0.1", port: port)) }

    private func say(_ text: String, to client: Int32) { _ = send(client, text, text.utf8.count, 0x4000) }

    private func serve(_ client: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(client, &bytes, bytes.count)
            guard count > 0 else { break }
            for request in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "*").map(String.init) {
                answer(request.split(separator: "\r\n").map(String.init), client)
            }
        }
        subscribers.withLock { $0.removeAll { $0 == client } }
        close(client)
    }

    private func answer(_ words: [String], _ client: Int32) {
        switch words[2] {
        case "SUBSCRIBE":
            subscribers.withLock { $0.append(client) }
            say("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", to: client)
        case "PUBLISH":
            let message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$20\r\n\(words[6])\r\n"
            later(message, to: subscribers.withLock { $0 })
            say(":2\r\n", to: client)
        case "SLOW":
            usleep(UInt32(delaySeconds * 1e6))
            say("+OK\r\n", to: client)
        case "ECHO":
            if Int(words[4]) == lateNumber { usleep(UInt32(delaySeconds * 1e6)) }
            say("+OK\r\n", to: client)
        case "PING": later("*2\r\n$4\r\npong\r\n$0\r\n\r\n", to: [client])
        default: say("-ERR unknown\r\n", to: client)
        }
    }

    /// In the order of asking, as a server's buffers keep it.
    private static let queue = DispatchQueue(label: "late")

    private func later(_ text: String, to clients: [Int32]) {
        Self.queue.asyncAfter(deadline: .now() + delaySeconds) { [self] in
            for client in clients { say(text, to: client) }
        }
    }
}
