// LocalProcess: what the kernel says of the server's process, where that is one of this machine.
//
// The number that INFO tells may be one of a container, and another process here may have it. It is believed where that
// process holds the other end of a connection to the server.

internal import Glibc

struct LocalProcess: Sendable {
    private let id: Int32

    /// nil: another machine's or container's, or one whose descriptors this user may not see. `descriptor`: a socket
    /// that is connected to it. O(connections of the machine).
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

    /// The number of the socket at a TCP connection's other end; nil if that is on another machine.
    private static func peer(of descriptor: Int32) -> UInt64? {
        let sockets = ["tcp", "tcp6"].flatMap { family in
            String(decoding: (try? FileBytes.read("/proc/net/\(family)")) ?? [], as: UTF8.self)
                .split(separator: "\n").dropFirst().compactMap(Socket.init)
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, let own = sockets.first(where: { $0.number == status.st_ino })
        else { return nil }
        return sockets.first { $0.local == own.remote && $0.remote == own.local }?.number
    }

    /// A line of the kernel's table. Addresses are ends of hexadecimal text, in which those of IPv4 look alike whether
    /// the socket is one of IPv6 or not.
    private struct Socket {
        let local: Substring
        let remote: Substring
        let number: UInt64

        init?(_ line: Substring) {
            let fields = line.split(separator: " ", maxSplits: 10)
            guard fields.count > 9, let number = UInt64(fields[9]) else { return nil }
            let addressDigits = "0100007F:18EB".count
            (local, remote, self.number) = (fields[1].suffix(addressDigits), fields[2].suffix(addressDigits), number)
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
