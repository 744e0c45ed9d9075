import Foundation
@testable import LoadGenerator
import Memory
import Network
import Synchronization

// Foundation has one too.
typealias RunLoop = Network.RunLoop

/// A server on the project's run loop that answers every command alike. On a thread of its own.
final class TinyServer: Sendable {
    let port: UInt16
    private let shouldStop = Atomic<Bool>(false)
    private let hasStopped = Atomic<Bool>(false)
    let commands = Atomic<Int>(0)
    let accepted = Atomic<Int>(0)
    /// After so many commands the server stands still once, or closes all connections.
    let stallAfter: Int
    let stallNs: UInt64
    let closeAfter: Int
    let reply: StaticString

    init(
        stallAfter: Int = .max, stallNs: UInt64 = 0, closeAfter: Int = .max, reply: StaticString = "+OK\r\n"
    ) throws {
        self.reply = reply
        self.stallAfter = stallAfter
        self.stallNs = stallNs
        self.closeAfter = closeAfter
        let socket = try ListeningSocket(address: SocketAddress(host: "127.0.0.1", port: 0))
        port = socket.port
        let loop = try RunLoop(.init(backend: .epoll))
        try loop.listen(on: socket, token: 1)
        let box = LoopBox(loop)
        Thread.detachNewThread { [self] in
            box.serve(self)
            hasStopped.store(true, ordering: .releasing)
        }
    }

    func stop() {
        shouldStop.store(true, ordering: .releasing)
        while !hasStopped.load(ordering: .acquiring) { usleep(500) }
    }

    var endpoint: Endpoint { Endpoint(.tcp(host: "127.0.0.1", port: port)) }

    private final class LoopBox: @unchecked Sendable {
        var loop: RunLoop
        var scanners: [ConnectionID: ReplyScanner] = [:]
        var hasStalled = false

        init(_ loop: consuming RunLoop) { self.loop = loop }

        func serve(_ server: TinyServer) {
            while !server.shouldStop.load(ordering: .acquiring) {
                guard (try? loop.wait(until: RunLoop.now + 5_000_000)) != nil else { return }
                while let event = loop.next() {
                    switch event {
                    case .accepted(let descriptor, _):
                        server.accepted.add(1, ordering: .relaxed)
                        _ = try? loop.adopt(descriptor: descriptor)
                    case .ended(let id, _): close(id)
                    case .received(let received): answer(received, server)
                    default: break
                    }
                }
            }
        }

        private func close(_ id: ConnectionID) {
            loop.close(id)
            scanners[id] = nil
        }

        private func answer(_ received: Received, _ server: TinyServer) {
            // Requests look like replies that are arrays, so that the scanner counts them as well.
            var scanner = scanners[received.connection] ?? ReplyScanner()
            var counts = ReplyCounts()
            let bytes = loop.bytes(of: received).copied()
            bytes.withUnsafeBufferPointer { buffer in
                var cursor = buffer.baseAddress!
                scanner.scan(&cursor, cursor + buffer.count, limit: .max, counts: &counts)
            }
            scanners[received.connection] = scanner
            let total = server.commands.add(counts.replies, ordering: .relaxed).newValue
            if total >= server.closeAfter { return close(received.connection) }
            if total >= server.stallAfter && !hasStalled {
                hasStalled = true
                usleep(UInt32(server.stallNs / 1000))
            }
            var output = OutputBuffer()
            for _ in 0..<counts.replies { output.append(server.reply) }
            loop.send(output.takeChain(), to: received.connection)
        }
    }
}
