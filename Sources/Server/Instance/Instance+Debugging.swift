// What DEBUG asks of the server.

internal import Commands
internal import Memory
internal import Network
internal import Platform

extension Instance {
    func mayDebug(_ session: borrowing Session) -> Bool { isAllowed(configuration.debugCommand, session) }

    /// Whether a client may do what is open to `permission`.
    func isAllowed(_ permission: Permission, _ session: borrowing Session) -> Bool {
        switch permission {
        case .no: return false
        case .yes: return true
        case .local:
            if session.flags.has(.unixSocket) { return true }
            let clients = workers[Int(session.worker)].clients
            let slot = Int(session.slot)
            guard clients.value.contains(slot) else { return false }
            return SocketAddress.isLoopback(SocketAddress.name(ofSocket: clients.value[slot].descriptor, peer: true))
        }
    }

    /// The longest sleep: what a request may ask for has no limit, what a day's worth of test may need has.
    private static var sleepSecondsMax: Double { 86400 }

    func sleep(seconds: Double) {
        guard seconds > 0 else { return }
        Thread.sleep(nanoseconds: Int64(min(seconds, Self.sleepSecondsMax) * 1e9))
    }

    func writeLog(_ prefix: String, _ text: [UInt8]) {
        log.write(.warning, prefix + String(decoding: text, as: UTF8.self))
    }

    func crash(isNoticed: Bool) -> Never { CrashReporter.crash(isNoticed: isNoticed) }
}
