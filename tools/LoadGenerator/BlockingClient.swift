// BlockingClient: one connection, one request at a time, with a time limit. For set-up and INFO, never for load.

internal import Glibc
internal import Network

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

    /// Connects and opens the connection as the endpoint says. `timeoutMs`: of each step, 1 at least.
    package init(_ endpoint: Endpoint, timeoutMs: Int) throws(Failure) {
        descriptor = try Self.connect(endpoint, timeoutMs)
        for command in endpoint.opening {
            if case .error(let text) = try call(command) { throw Failure(description: text) }
        }
    }

    deinit { close(descriptor) }

    /// To the first of the endpoint's addresses that answers; tells what the first one said if none does.
    private static func connect(_ endpoint: Endpoint, _ timeoutMs: Int) throws(Failure) -> Int32 {
        let addresses: [SocketAddress]
        do throws(SocketAddress.ResolutionError) { addresses = try endpoint.addresses() } catch {
            throw Failure(description: "cannot resolve \(endpoint.description): \(error.text)")
        }
        var reason: SocketError?
        for address in addresses {
            do throws(SocketError) { return try address.connect(timeoutMs: UInt32(clamping: timeoutMs)) } catch {
                reason = reason ?? error
            }
        }
        throw Failure(description: "cannot connect to \(endpoint.description): \(reason?.text ?? "no address")")
    }

    /// The process of this number, if it is the server and of this machine.
    func process(_ id: Int32) -> LocalProcess? { LocalProcess(id: id, at: descriptor) }

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
