// BlockingClient: one connection, one request at a time, with a time limit. For set-up and INFO, never for load.

internal import Glibc

package final class BlockingClient {
    package enum Reply: Equatable {
        case simple(String)
        case error(String)
        case integer(Int64)
        case bulk(String)
        case null
        case array([Reply])
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        static var outOfForm: Failure { Failure(description: "the server sent bytes that are no reply") }
    }

    /// No reply to what it asks is larger, in bytes or in items, or nested more deeply.
    private static let (bytesMax, itemsMax, depthMax) = (1 << 29, 1 << 20, 16)

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    /// Connects and opens the connection as the endpoint says.
    package init(_ endpoint: Endpoint, timeoutSeconds: Int) throws(Failure) {
        descriptor = try Self.connect(endpoint, timeoutSeconds)
        for command in endpoint.opening {
            if case .error(let text) = try call(command) { throw Failure(description: text) }
        }
    }

    deinit { close(descriptor) }

    /// A socket whose every step, connecting included, has the time limit.
    private static func socket(_ family: Int32, _ timeoutSeconds: Int) -> Int32 {
        let descriptor = Glibc.socket(family, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        return descriptor
    }

    private static func connect(_ endpoint: Endpoint, _ timeoutSeconds: Int) throws(Failure) -> Int32 {
        switch endpoint.address {
        case .unix(let path):
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            let isLong = unsafe withUnsafeMutableBytes(of: &name.sun_path) { target in
                guard path.utf8.count < target.count else { return true }
                unsafe target.copyBytes(from: path.utf8)
                return false
            }
            if isLong { throw Failure(description: "\(path): file name too long") }
            let descriptor = socket(AF_UNIX, timeoutSeconds)
            let result = unsafe withUnsafePointer(to: &name) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 { return descriptor }
            close(descriptor)
        case .tcp(let host, let port):
            var hints = unsafe addrinfo()
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var found: UnsafeMutablePointer<addrinfo>?
            guard unsafe getaddrinfo(host, String(port), &hints, &found) == 0, let first = unsafe found else {
                throw Failure(description: "cannot resolve \(host)")
            }
            defer { unsafe freeaddrinfo(found) }
            let descriptor = unsafe socket(first.pointee.ai_family, timeoutSeconds)
            if unsafe Glibc.connect(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 {
                return descriptor
            }
            close(descriptor)
        }
        throw unsafe Failure(
            description: "cannot connect to \(endpoint.description): \(String(cString: strerror(errno)))")
    }

    /// Sends a command and waits for its reply. Pushes are passed over.
    package func call(_ arguments: [String]) throws(Failure) -> Reply {
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments { bytes += Array("$\(argument.utf8.count)\r\n\(argument)\r\n".utf8) }
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "the server is gone") }
            sent += count
        }
        return try readReply()
    }

    private func readReply(depth: Int = 0) throws(Failure) -> Reply {
        while true {
            if let reply = try readItem(depth: depth) { return reply }
        }
    }

    /// A reply; nil: a push, or an attribute of the reply that follows.
    private func readItem(depth: Int) throws(Failure) -> Reply? {
        guard depth <= Self.depthMax else { throw .outOfForm }
        let line = try readLine()
        let text = String(line.dropFirst())
        switch line.first {
        case "+": return .simple(text)
        case "-": return .error(text)
        case ":": return .integer(Int64(text) ?? 0)
        case "_": return .null
        case "#", ",", "(": return .simple(text)
        case "$", "=", "!":
            guard let count = try readCount(text, max: Self.bytesMax) else { return .null }
            let body = String(decoding: try read(count + 2).dropLast(2), as: UTF8.self)
            return line.first == "!" ? .error(body) : .bulk(line.first == "=" ? String(body.dropFirst(4)) : body)
        case "*", "~", "%", "|", ">":
            guard let count = try readCount(text, max: Self.itemsMax) else { return .null }
            var items: [Reply] = []
            for _ in 0..<(line.first == "%" || line.first == "|" ? 2 * count : count) {
                items.append(try readReply(depth: depth + 1))
            }
            return line.first == ">" || line.first == "|" ? nil : .array(items)
        default: throw .outOfForm
        }
    }

    /// The length of a bulk string or an array; nil for a nil one.
    private func readCount(_ text: String, max: Int) throws(Failure) -> Int? {
        guard let count = Int(text), count <= max else { throw .outOfForm }
        return count < 0 ? nil : count
    }

    private func readLine() throws(Failure) -> String {
        while true {
            if let end = buffer[position...].firstIndex(of: 10) {
                let line = buffer[position..<max(position, end - 1)]
                position = end + 1
                return String(decoding: line, as: UTF8.self)
            }
            try fill()
        }
    }

    private func read(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        while buffer.count - position < count { try fill() }
        defer { position += count }
        return buffer[position..<position + count]
    }

    private func fill() throws(Failure) {
        if position == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            position = 0
        }
        var piece = [UInt8](repeating: 0, count: 1 << 14)
        let count = unsafe recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else {
            throw Failure(description: count == 0 ? "the server is gone" : "the server does not answer")
        }
        buffer += piece[..<count]
    }
}
