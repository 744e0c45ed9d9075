// Endpoint: where a server is and what opens a connection to it, as the command line or a URI says it.

internal import Glibc
internal import Network

/// Where and how to connect.
package struct Endpoint: Sendable, Equatable {
    package enum Address: Sendable, Equatable {
        case tcp(host: String, port: UInt16)
        case unix(path: String)
    }

    /// Where a server is that nothing is said of.
    package static let (usualHost, usualPort): (String, UInt16) = ("127.0.0.1", 6379)

    package var address: Address
    package var user: String?
    package var password: String?
    package var database = 0
    /// 2 or 3.
    package var protocolVersion = 2
    /// Asks to be told of changes to the keys that are read.
    package var isTracking = false

    package init(_ address: Address) { self.address = address }

    /// "host:port", "/path", "[::1]:6379", "6379".
    package init?(_ text: String) {
        if text.hasPrefix("/") || text.hasPrefix("./") {
            self.init(.unix(path: text))
        } else if let port = UInt16(text) {
            self.init(.tcp(host: Self.usualHost, port: port))
        } else if let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) {
            var host = String(text[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            guard !host.isEmpty else { return nil }
            self.init(.tcp(host: host, port: port))
        } else {
            return nil
        }
    }

    /// "redis://[[user]:password@]host[:port][/database]", or "valkey://", with %XX where a character would
    /// end a part. TLS's "rediss" is none.
    package init?(uri: String) {
        guard let scheme = ["redis://", "valkey://"].first(where: { uri.hasPrefix($0) }) else { return nil }
        var rest = uri.dropFirst(scheme.count)
        var database = 0
        if let slash = rest.lastIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            guard path.isEmpty || UInt16(path) != nil else { return nil }
            database = Int(path) ?? 0
            rest = rest[..<slash]
        }
        var account: [String?] = []
        if let at = rest.lastIndex(of: "@") {
            account = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map(Self.unescaped)
            rest = rest[rest.index(after: at)...]
        }
        let hasPort = rest.lastIndex(of: ":").map { !rest[$0...].contains("]") } ?? false
        guard !rest.isEmpty, !account.contains(where: { $0 == nil }),
            let endpoint = Endpoint(hasPort ? String(rest) : "\(rest):\(Self.usualPort)"), case .tcp = endpoint.address
        else { return nil }
        self = endpoint
        self.database = database
        let words = account.compactMap { $0 }
        password = words.last
        if words.count == 2, !words[0].isEmpty { user = words[0] }
    }

    /// With the bytes that "%XX" stand for; nil when they are no UTF-8 or not written so.
    private static func unescaped(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    package var description: String {
        switch address {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// The commands that open a connection.
    package var opening: [[String]] {
        var commands: [[String]] = []
        if protocolVersion == 3 {
            var hello = ["HELLO", "3"]
            if let password { hello += ["AUTH", user ?? "default", password] }
            commands.append(hello)
        } else if let password {
            commands.append(["AUTH"] + (user.map { [$0] } ?? []) + [password])
        }
        if database != 0 { commands.append(["SELECT", String(database)]) }
        if isTracking { commands.append(["CLIENT", "TRACKING", "ON"]) }
        return commands
    }
}

extension Endpoint {
    /// Where the server may be, the likeliest first: the name of a host may have several addresses. At least one.
    func addresses() throws(SocketAddress.ResolutionError) -> [SocketAddress] {
        switch address {
        case .tcp(let host, let port): try SocketAddress.all(host: host, port: port)
        case .unix(let path): [try SocketAddress(path: path)]
        }
    }

    /// Where the server is, as far as can be found out before the first connection.
    func address(timeoutMs: UInt32) throws(SocketAddress.ResolutionError) -> SocketAddress {
        Self.answering(try addresses(), timeoutMs: timeoutMs)
    }

    /// Of several addresses the first that takes a connection within the time, else the first. An only one is not
    /// tried: who connects to it learns what it says.
    static func answering(_ addresses: [SocketAddress], timeoutMs: UInt32) -> SocketAddress {
        guard addresses.count > 1 else { return addresses[0] }
        return addresses.first { address in
            guard let descriptor = try? address.connect(timeoutMs: timeoutMs) else { return false }
            close(descriptor)
            return true
        } ?? addresses[0]
    }
}
