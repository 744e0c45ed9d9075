// A server's life: it opens its sockets, starts its workers, and ends in order.

internal import Memory
internal import Network
internal import Platform
internal import Synchronization

extension Instance {
    /// Opens all configured addresses on the first worker's loop. Throws a text for the log if one that is not optional
    /// cannot be had.
    func listen(on loop: borrowing RunLoop) throws(StartError) {
        var openedCount = 0
        if configuration.port != 0 {
            for entry in configuration.bind {
                let isOptional = entry.hasPrefix("-")
                let host = isOptional ? String(entry.dropFirst()) : entry
                do throws(StartError) {
                    try listen(host: host, on: loop)
                    openedCount += 1
                } catch {
                    if isOptional { continue }
                    throw error
                }
            }
        }
        if !configuration.unixSocket.isEmpty {
            do throws(SocketError) {
                let socket = try ListeningSocket(
                    path: configuration.unixSocket, permissions: UInt32(configuration.unixSocketPermissions),
                    backlog: Int32(configuration.tcpBacklog))
                try loop.listen(on: socket, token: Worker.Listener.unix)
            } catch {
                throw StartError("Failed opening Unix socket: bind: \(error.text)")
            }
            openedCount += 1
        }
        if openedCount == 0 { throw StartError("Configured to not listen anywhere, exiting.") }
    }

    private func listen(host: String, on loop: borrowing RunLoop) throws(StartError) {
        let name = host == "*" ? "0.0.0.0" : host == "::*" ? "::" : host
        let address: SocketAddress
        do throws(SocketAddress.ResolutionError) {
            address = try SocketAddress(host: name, port: UInt16(configuration.port))
        } catch {
            throw StartError("Could not create server TCP listening socket \(host):\(configuration.port): \(error.text)")
        }
        do throws(SocketError) {
            let socket = try ListeningSocket(address: address, backlog: Int32(configuration.tcpBacklog))
            try loop.listen(on: socket, token: Worker.Listener.tcp)
        } catch {
            throw StartError(
                "Warning: Could not create server TCP listening socket \(host):\(configuration.port): bind: \(error.text)")
        }
    }

    /// Listens anew after CONFIG SET port or bind; keeps the old addresses and says so if it cannot.
    func relisten(on loop: borrowing RunLoop) {
        loop.stopListening(token: Worker.Listener.tcp)
        loop.stopListening(token: Worker.Listener.unix)
        do throws(StartError) {
            try listen(on: loop)
        } catch {
            log.write(.warning, error.text)
        }
    }

    /// A signal has come.
    func signalReceived() {
        guard let signal = Signals.received else { return }
        Signals.drain(signalDescriptor)
        Signals.forget()
        let name = signal == 2 ? "SIGINT" : "SIGTERM"
        log.write(.warning, "Received \(name) scheduling shutdown...")
        stop()
    }

    /// Ends all workers after their current turn. Any thread.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        for worker in workers { worker.mailbox.post(.stop) }
    }
}

/// Why the server could not start, as the log says it.
struct StartError: Error {
    let text: String
    init(_ text: String) { self.text = text }
}
