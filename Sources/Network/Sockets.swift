// Sockets: addresses, listening sockets and errors, for set-up time.

internal import CPlatform
internal import CReactor
internal import Glibc

/// An errno of a socket call.
package struct SocketError: Error, Equatable, Sendable {
    package let errno: Int32

    package init(errno: Int32) { self.errno = errno }

    /// The address is none of this machine's.
    package var isMissingAddress: Bool { errno == EADDRNOTAVAIL }

    /// Somebody listens there already.
    package var isTakenAddress: Bool { errno == EADDRINUSE }

    /// The kernel does not have the address's protocol, such as IPv6.
    package var isMissingProtocol: Bool {
        [EAFNOSUPPORT, EPROTONOSUPPORT, ENOPROTOOPT, ESOCKTNOSUPPORT, EPFNOSUPPORT].contains(errno)
    }

    /// A Unix socket's path has more than `SocketAddress.pathBytesMax` bytes.
    package var isPathTooLong: Bool { errno == ENAMETOOLONG }

    static var current: SocketError { SocketError(errno: Glibc.errno) }

    static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    /// The system's text, such as "Address already in use".
    package var text: String { unsafe String(cString: apus_error_text(errno)) }
}

/// Text that lives as long as the program.
@safe
package struct StaticText: @unchecked Sendable, CustomStringConvertible {
    let start: UnsafePointer<CChar>
    package var description: String { unsafe String(cString: start) }
}

/// Where a socket listens or connects to: an IPv4 or IPv6 address with its port, or a path.
package struct SocketAddress: Sendable {
    let raw: apus_address

    /// Bytes of a Unix socket's path: the kernel's room, less the zero at the end.
    package static var pathBytesMax: Int { 107 }

    /// Why a name or path is no address.
    package enum ResolutionError: Error, Equatable, Sendable {
        /// The resolver's code; `text` explains it.
        case unresolved(code: Int32)
        case pathTooLong

        package var text: String {
            switch self {
            case .unresolved(let code): unsafe String(cString: gai_strerror(code))
            case .pathTooLong: "File name too long"
            }
        }
    }

    private init(raw: apus_address) { self.raw = raw }

    /// A numeric address or a host name (which may block to resolve); nil for every IPv4 address.
    package init(host: String?, port: UInt16) throws(ResolutionError) {
        raw = try Self.resolve(host, port, limit: 1)[0]
    }

    /// Addresses of one name at most.
    private static let addressesMax = 16

    /// All addresses of a host name (which may block to resolve), the likeliest first: `localhost` may be ::1 and
    /// 127.0.0.1. At least one.
    package static func all(host: String, port: UInt16) throws(ResolutionError) -> [SocketAddress] {
        try resolve(host, port, limit: addressesMax).map(SocketAddress.init(raw:))
    }

    private static func resolve(
        _ host: String?, _ port: UInt16, limit: Int
    ) throws(ResolutionError) -> ArraySlice<apus_address> {
        var addresses = [apus_address](repeating: apus_address(), count: limit)
        var count = limit
        let code =
            if let host { unsafe apus_address_resolve(host, port, &addresses, &count) }
            else { unsafe apus_address_resolve(nil, port, &addresses, &count) }
        if code != 0 { throw .unresolved(code: code) }
        return addresses.prefix(count)
    }

    /// A blocking socket connected to it, which the caller has to close. Connecting takes `timeoutMs` at most, and so
    /// does each later call.
    package func connect(timeoutMs: UInt32) throws(SocketError) -> Int32 {
        let result = unsafe withUnsafePointer(to: raw) { unsafe apus_connect($0, timeoutMs) }
        if result < 0 { throw SocketError(errno: -result) }
        return result
    }

    /// A Unix socket.
    package init(path: String) throws(ResolutionError) {
        var address = apus_address()
        if unsafe apus_address_of_path(path, &address) != 0 { throw .pathTooLong }
        raw = address
    }

    /// "127.0.0.1:6379", "[::1]:6379", "/path:0"; empty when the socket is gone.
    package static func name(ofSocket descriptor: Int32, peer: Bool) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(APUS_SOCKET_NAME_MAX)) { buffer in
            let count = unsafe apus_socket_name(descriptor, peer ? 1 : 0, buffer.baseAddress!)
            return unsafe String(decoding: UnsafeRawBufferPointer(buffer)[0..<count], as: UTF8.self)
        }
    }

    /// "127.0.0.1" of "127.0.0.1:6379", "::1" of "[::1]:6379": the host in a name as `name(ofSocket:peer:)` tells it.
    package static func host(_ name: String) -> String {
        String(name.prefix(upTo: name.lastIndex(of: ":") ?? name.endIndex).filter { $0 != "[" && $0 != "]" })
    }

    /// Whether a name as `name(ofSocket:peer:)` tells it belongs to this machine alone.
    package static func isLoopback(_ name: String) -> Bool {
        name.hasPrefix("127.") || name.hasPrefix("[::1]") || name.hasPrefix("[::ffff:127.")
    }
}

/// A socket that listens; closed when dropped, unless a run loop took it over.
package struct ListeningSocket: ~Copyable {
    package let descriptor: Int32

    /// TCP. IPv6 sockets take no IPv4 connections, so that both can be bound side by side.
    /// - Parameter backlog: connections that the kernel may accept ahead; nil for as many as it allows.
    package init(address: SocketAddress, backlog: Int32? = nil) throws(SocketError) {
        let result = unsafe withUnsafePointer(to: address.raw) { unsafe apus_listen_tcp($0, backlog ?? SOMAXCONN) }
        if result < 0 { throw SocketError(errno: -result) }
        descriptor = result
    }

    /// A Unix socket; a stale one at the path is replaced. `permissions` 0 leaves what the umask gives,
    /// and no `group` the process's own.
    package init(
        path: String, permissions: UInt32 = 0, group: UInt32? = nil, backlog: Int32? = nil
    ) throws(SocketError) {
        let result = unsafe apus_listen_unix(path, permissions, group ?? APUS_OWN_GROUP, backlog ?? SOMAXCONN)
        if result < 0 { throw SocketError(errno: -result) }
        descriptor = result
    }

    /// One that was released, perhaps by another thread.
    package init(released descriptor: Int32) { self.descriptor = descriptor }

    deinit { SocketError.close(descriptor) }

    /// Frees the address of a socket at once, whoever owns the descriptor: who connects from now on is refused.
    package static func silence(_ descriptor: Int32) { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Lets a silenced socket take connections at its address again. It needs no descriptor, memory or other resource
    /// that might be short; false if another has the address now.
    package static func resume(_ descriptor: Int32, backlog: Int32) -> Bool {
        Glibc.listen(descriptor, backlog) == 0
    }

    /// The bound port, for sockets that asked for port 0.
    package var port: UInt16 { apus_socket_port(descriptor) }

    /// The descriptor, which the caller has to close, or to give to a new `ListeningSocket`.
    package consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }
}
