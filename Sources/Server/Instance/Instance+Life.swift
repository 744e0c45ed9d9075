// A server's life: it opens its sockets, starts its workers, and ends in order.

internal import Memory
internal import Network
internal import Platform
internal import Synchronization

extension Instance {
    /// Opens all configured addresses on the first worker's loop. Throws a text for the log if one cannot be had, save
    /// for optional ones ("-::1") that the machine does not have, and protocols that the kernel does not.
    func listen(on loop: borrowing RunLoop) throws(StartError) {
        listeners = try openListeners(of: configuration, patience: Self.takenPortPatience)
        try adopt(listeners.map(\.descriptor), loop)
        if !configuration.unixSocket.isEmpty {
            let group = try unixSocketGroup()
            do throws(SocketError) {
                let socket = try ListeningSocket(
                    path: configuration.unixSocket, permissions: UInt32(configuration.unixSocketPermissions),
                    group: group, backlog: Int32(configuration.tcpBacklog))
                try loop.listen(on: socket, token: Worker.Listener.unix)
            } catch {
                throw StartError("Failed opening Unix socket: \(error.reason(path: configuration.unixSocket))")
            }
        } else if listeners.isEmpty {
            throw StartError("Configured to not listen anywhere, exiting.")
        }
    }

    private func unixSocketGroup() throws(StartError) -> UInt32? {
        let name = configuration.unixSocketGroup
        do throws(SystemError) {
            return name.isEmpty ? nil : try UserGroup.id(named: name)
        } catch {
            throw StartError("Failed opening Unix socket: group '\(name)': \(error.text)")
        }
    }

    /// How long a port that is taken is waited for at the start, in ns, and how often it is tried: of a server on
    /// io_uring that was killed the kernel closes the sockets some ten milliseconds after the process is gone, and who
    /// starts it again does not wait for that.
    private static var takenPortPatience: UInt64 { 500_000_000 }
    private static var takenPortPause: UInt64 { 2_000_000 }

    /// Listens on all TCP addresses of a configuration; the caller has to close the descriptors. Throws a text for the
    /// log, and then none is left open.
    private func openListeners(
        of configuration: Configuration, patience: UInt64 = 0
    ) throws(StartError) -> [TCPListener] {
        let deadline = RunLoop.now + patience
        var opened: [TCPListener] = []
        guard configuration.port != 0 else { return opened }
        for entry in configuration.bind {
            let isOptional = entry.hasPrefix("-")
            let host = isOptional ? String(entry.dropFirst()) : entry
            do throws(ListenError) {
                let descriptor = try Self.openListener(host: host, of: configuration, deadline: deadline)
                opened.append(TCPListener(entry: entry, descriptor: descriptor))
            } catch {
                log.write(
                    .warning,
                    "Warning: Could not create server TCP listening socket \(host):\(configuration.port): "
                        + error.text)
                if error.isForgiven(isOptional: isOptional) { continue }
                for listener in opened { _ = ListeningSocket(released: listener.descriptor) }
                throw StartError("Failed listening on port \(configuration.port) (tcp), aborting.")
            }
        }
        return opened
    }

    /// The address that an entry of `bind` stands for: all of IPv4 for "*", all of IPv6 for "::*", else itself.
    static func listeningHost(_ entry: String) -> String {
        switch entry {
        case "*": "0.0.0.0"
        case "::*": "::"
        default: entry
        }
    }

    private static func openListener(
        host: String, of configuration: Configuration, deadline: UInt64
    ) throws(ListenError) -> Int32 {
        let address: SocketAddress
        do throws(SocketAddress.ResolutionError) {
            address = try SocketAddress(host: listeningHost(host), port: UInt16(configuration.port))
        } catch {
            throw .unresolved(error)
        }
        while true {
            do throws(SocketError) {
                return try ListeningSocket(address: address, backlog: Int32(configuration.tcpBacklog)).release()
            } catch {
                guard error.isTakenAddress, RunLoop.now < deadline else { throw .refused(error) }
            }
            Thread.sleep(nanoseconds: Int64(takenPortPause))
        }
    }

    private func adopt(_ sockets: [Int32], _ loop: borrowing RunLoop) throws(StartError) {
        for descriptor in sockets {
            do throws(SocketError) {
                try loop.listen(on: ListeningSocket(released: descriptor), token: Worker.Listener.tcp)
            } catch {
                throw StartError("Failed listening on port \(configuration.port) (tcp): \(error.text)")
            }
        }
    }

    /// Moves the TCP listeners to the addresses of the configuration, from which moment on these are open and those
    /// before are not; false if that cannot be, and then all is as it was. Exclusively.
    ///
    /// The kernel takes connections for the new sockets until the first worker comes to accept them. Those before have
    /// to be silent first, since the two may have addresses in common. If they are to go on, they are the same sockets:
    /// new ones might lack a descriptor. Whoever accepts from them has met an error meanwhile, and tries again.
    func moveListeners() -> Bool {
        for listener in listeners { ListeningSocket.silence(listener.descriptor) }
        guard let moved = try? openListeners(of: configuration) else {
            for listener in listeners
            where !ListeningSocket.resume(listener.descriptor, backlog: Int32(configuration.tcpBacklog)) {
                log.write(.warning, "A listening socket could not be opened again; another has its address.")
            }
            return false
        }
        listeners = moved
        workers[0].mailbox.post(.relisten(listeners.map(\.descriptor)))
        return true
    }

    /// Accepts from now on at these sockets, which are listening already, and not at those before.
    func relisten(on sockets: [Int32], _ loop: borrowing RunLoop) {
        loop.stopListening(token: Worker.Listener.tcp)
        do throws(StartError) {
            try adopt(sockets, loop)
        } catch {
            log.write(.warning, error.text)
        }
    }

    /// A signal has come.
    func signalReceived() {
        guard let signal = Signals.received else { return }
        Signals.drain(signalDescriptor)
        Signals.forget()
        log.write(.warning, "Received \(Signals.name(of: signal)) scheduling shutdown...")
        stop()
    }

    /// Ends the server because it cannot go on. Any thread.
    func fail(_ reason: String) {
        log.write(.warning, reason)
        hasFailed.store(true, ordering: .relaxed)
        stop()
    }

    /// Ends all workers after their current turn. Any thread.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        for worker in workers { worker.mailbox.post(.stop) }
    }
}

/// A socket that is listened on, and the entry of `bind` that asks for it.
struct TCPListener {
    let entry: String
    let descriptor: Int32
}

/// Why an address cannot be listened on.
private enum ListenError: Error {
    case unresolved(SocketAddress.ResolutionError)
    case refused(SocketError)

    var text: String {
        switch self {
        case .unresolved(let error): error.text
        case .refused(let error): "bind: \(error.text)"
        }
    }

    /// Whether the server may do without the address: an optional one that the machine does not have, or any of a
    /// protocol that the kernel does not have. A port that is taken is never forgiven.
    func isForgiven(isOptional: Bool) -> Bool {
        guard case .refused(let error) = self else { return false }
        return error.isMissingProtocol || (isOptional && error.isMissingAddress)
    }
}

extension SocketError {
    fileprivate func reason(path: String) -> String {
        isPathTooLong
            ? "unix socket path too long (\(path.utf8.count)), must be under \(SocketAddress.pathBytesMax + 1)"
            : "bind: \(text)"
    }
}

/// Why the server could not start, as the log says it.
struct StartError: Error {
    let text: String
    init(_ text: String) { self.text = text }
}
