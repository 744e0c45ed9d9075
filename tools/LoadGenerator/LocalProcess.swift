// LocalProcess: what the kernel says of the server's process, where that is one of this machine.
//
// The number that INFO tells may be one of a container, and another process here may have it. It is believed where that
// process holds the other end of a connection to the server.

internal import Glibc

struct LocalProcess: Sendable {
    private let id: Int32

    /// nil: another machine's or container's, or one whose descriptors this user may not see. `descriptor`: a socket
    /// that is connected to it. O(its descriptors).
    init?(id: Int32, at descriptor: Int32) {
        self.id = id
        guard id > 0, Self.listener(behind: descriptor) == id || holds(Self.peer(of: descriptor)) else { return nil }
    }

    // MARK: Figures

    /// User and system time of all its threads, in the kernel's ticks; nil when it is gone.
    var cpuSeconds: Double? {
        // The name before them may hold anything, but no parenthesis follows it.
        guard let text = text("stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    var residentBytes: UInt64? {
        text("statm")?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }.map { $0 * UInt64(getpagesize()) }
    }

    private func text(_ name: String) -> String? {
        (try? FileBytes.read("/proc/\(id)/\(name)")).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Identity

    /// Who listens at a Unix socket's other end; 0 for other sockets and for who cannot be seen from here.
    private static func listener(behind descriptor: Int32) -> Int32 {
        var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return result == 0 ? credentials.process : 0
    }

    /// The number of the socket at a TCP connection's other end; nil if that is on another machine. Asks the kernel
    /// for that one (sock_diag(7)): its table of all in /proc/net takes milliseconds to print, however few there are.
    private static func peer(of descriptor: Int32) -> UInt64? {
        let own = unsafe name(of: descriptor, getsockname), other = unsafe name(of: descriptor, getpeername)
        let family = own.prefix(2)
        // Ports and addresses in the order of the network, as sockaddr_in and sockaddr_in6 have them.
        let address: Range<Int>
        switch Int32(own[0]) {
        case AF_INET: address = 4..<8
        case AF_INET6: address = 8..<24
        default: return nil
        }
        guard family == other.prefix(2) else { return nil }
        func wide(_ name: [UInt8]) -> [UInt8] { name[address] + [UInt8](repeating: 0, count: 16 - address.count) }
        // nlmsghdr, inet_diag_req_v2 of any state, inet_diag_sockid of any interface, without a cookie.
        var message: [UInt8] = [72, 0, 0, 0, sockDiagByFamily, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        message += [own[0], UInt8(IPPROTO_TCP), 0, 0, 255, 255, 255, 255]
        message += other[2..<4] + own[2..<4] + wide(other) + wide(own)
        message += [0, 0, 0, 0] + [UInt8](repeating: 255, count: 8)
        let asking = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), netlinkSockDiag)
        guard asking >= 0 else { return nil }
        defer { close(asking) }
        var reply = [UInt8](repeating: 0, count: 512)
        guard unsafe send(asking, message, message.count, 0) == message.count,
            case let count = unsafe recv(asking, &reply, reply.count, 0), count >= inode.upperBound,
            reply[4] == sockDiagByFamily && reply[5] == 0
        else { return nil }
        return reply[inode].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static let netlinkSockDiag: Int32 = 4
    private static let sockDiagByFamily: UInt8 = 20
    /// Where an answer (nlmsghdr, inet_diag_msg) has the socket's number.
    private static let inode = 84..<88

    private static func name(
        of descriptor: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> [UInt8] {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout.size(ofValue: storage))
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            _ = unsafe ask(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
            return unsafe Array(bytes)
        }
    }

    /// Whether one of its descriptors is this socket.
    private func holds(_ socket: UInt64?) -> Bool {
        guard let socket, let directory = unsafe opendir("/proc/\(id)/fd") else { return false }
        defer { unsafe closedir(directory) }
        while let entry = unsafe readdir(directory) {
            var status = stat()
            let isThere = unsafe fstatat(dirfd(directory), &entry.pointee.d_name.0, &status, 0) == 0
            if isThere && status.st_mode & S_IFMT == S_IFSOCK && status.st_ino == socket { return true }
        }
        return false
    }
}
