// Daemon: a process that has gone on in the background, while the one that was started waits for word of it.

internal import CPlatform

package struct Daemon: ~Copyable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// Goes on in a child, in a session of its own, whose standard descriptors lead to nowhere. The calling process
    /// ends with status 0 once the child is `ready`, and with the child's status if that ends before: who starts a
    /// server in the background is told whether it runs. Only the calling thread goes on.
    package static func start() throws(SystemError) -> Daemon {
        let descriptor = apus_daemon_start()
        guard descriptor >= 0 else { throw SystemError(errno: -descriptor) }
        return Daemon(descriptor: descriptor)
    }

    /// Lets the waiting process end.
    package consuming func ready() { apus_daemon_ready(descriptor) }
}
