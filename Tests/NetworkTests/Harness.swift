// Harness: a run loop and its raw-socket clients on one thread, so that every interleaving is the test's own choice.

import Glibc
import Memory
import Network
import Testing

/// The backends this machine allows; epoll always.
let backends: [RunLoop.Backend] = {
    var options = RunLoop.Options(backend: .ioUring)
    options.receiveBufferCount = 8
    let isAllowed = (try? RunLoop(options)) != nil
    return isAllowed ? [.ioUring, .epoll] : [.epoll]
}()

/// How long anything may take before the test fails loudly.
let patience: UInt64 = 20_000_000_000

final class Harness {
    var loop: RunLoop
    var echoes = false
    var open: [ConnectionID] = []
    var descriptors: [ConnectionID: Int32] = [:]
    var received: [ConnectionID: [UInt8]] = [:]
    var ended: [ConnectionID: Int32] = [:]
    var bulks: [ConnectionID] = []
    var connected: [ConnectionID] = []
    var tokens: [UInt32] = []
    var readable: [UInt32] = []
    var wokenCount = 0
    var closesEnded = true
    /// Sees each received event's bytes before they are recorded.
    var onReceived: ((borrowing RunLoop, ConnectionID, [UInt8]) -> Void)?

    init(
        _ backend: RunLoop.Backend, bufferBytes: UInt32 = 0, bufferCount: UInt32 = 0, queueEntries: UInt32 = 0,
        lendsLargeValues: Bool = true
    ) throws {
        var options = RunLoop.Options(backend: backend)
        options.receiveBufferBytes = bufferBytes
        options.receiveBufferCount = bufferCount
        options.queueEntries = queueEntries
        options.lendsLargeValues = lendsLargeValues
        loop = try RunLoop(options)
    }

    /// Listens on the loopback; returns the port.
    func listen(host: String = "127.0.0.1", token: UInt32 = 7) throws -> UInt16 {
        let socket = try ListeningSocket(address: SocketAddress(host: host, port: 0))
        let port = socket.port
        try loop.listen(on: socket, token: token)
        return port
    }

    /// One turn; sleeps at most 10 ms.
    func turn() throws {
        _ = try loop.wait(until: RunLoop.now + 10_000_000)
        while let event = loop.next() {
            switch event {
            case .accepted(let descriptor, let token):
                tokens.append(token)
                open.append(try loop.adopt(descriptor: descriptor))
                descriptors[open.last!] = descriptor
            case .received(let bytes):
                let copy = loop.bytes(of: bytes).copied()
                #expect(ended[bytes.connection] == nil, "nothing comes after the end")
                received[bytes.connection, default: []] += copy
                onReceived?(loop, bytes.connection, copy)
                if echoes { loop.send(copying: loop.bytes(of: bytes), to: bytes.connection) }
            case .ended(let connection, let error):
                #expect(ended[connection] == nil, "told once")
                ended[connection] = error
                if closesEnded { loop.close(connection) }
            case .bulkReceived(let connection): bulks.append(connection)
            case .connected(let connection): connected.append(connection)
            case .woken: wokenCount += 1
            case .readable(let token): readable.append(token)
            }
        }
    }

    /// Turns until the condition holds.
    func run(_ what: String, until isDone: () throws -> Bool) throws {
        let deadline = RunLoop.now + patience
        while try !isDone() {
            guard RunLoop.now < deadline else {
                Issue.record("\(loop.backend): gave up waiting: \(what); \(loop.statistics)")
                throw SocketError(errno: ETIMEDOUT)
            }
            try turn()
        }
    }

    /// Connects a client and waits until the loop has adopted it.
    func client(port: UInt16, receiveBuffer: Int32 = 0) throws -> (Client, ConnectionID) {
        let count = open.count
        let client = try Client(port: port, receiveBuffer: receiveBuffer)
        try run("accept") { open.count > count }
        return (client, open[count])
    }
}

/// A non-blocking client socket.
final class Client {
    let descriptor: Int32

    init(adopting descriptor: Int32) { self.descriptor = descriptor }

    init(port: UInt16, receiveBuffer: Int32 = 0) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var size = receiveBuffer
        if size > 0 { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw SocketError(errno: errno) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Sends what fits; returns how much.
    @discardableResult
    func send(_ bytes: ArraySlice<UInt8>) -> Int {
        let n = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        return max(n, 0)
    }

    @discardableResult
    func send(_ text: String) -> Int { send(Array(text.utf8)[...]) }

    /// What is there, at most `max` bytes; nil at the end of the stream.
    func receive(max: Int = 1 << 16) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: max)
        let n = recv(descriptor, &buffer, max, 0)
        if n == 0 { return nil }
        return n < 0 ? [] : Array(buffer[..<n])
    }

    /// Ends a narrow receive buffer's service: what is left comes in larger pieces.
    func widen() {
        var size: Int32 = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes closing send a reset.
    func reset() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }
}

/// Bytes that show any loss, repetition or swap.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

extension Array<UInt8> {
    var text: String { String(decoding: self, as: UTF8.self) }
}
