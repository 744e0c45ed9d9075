// Thread: an operating system thread with a name, to be joined or left alone.
//
// Signals are blocked on it, so that the main thread handles them, and it is ready for crash reports.
// Invariant: joined or detached exactly once.

internal import CPlatform
internal import Glibc

package struct Thread: ~Copyable {
    private let thread: apus_thread

    private init(_ thread: apus_thread) { self.thread = thread }

    deinit { apus_thread_detach(thread) }

    /// The body on its way to the new thread.
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a new thread. 15 bytes of the name are kept; 0 bytes of stack stand for the system's choice.
    package static func start(
        name: String, stackBytes: Int = 0, body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> Thread {
        let context = unsafe Unmanaged.passRetained(Start(body))
        var thread = apus_thread()
        let error = unsafe apus_thread_start(&thread, name, stackBytes, { context in
            unsafe Unmanaged<Start>.fromOpaque(context!).takeRetainedValue().body()
        }, context.toOpaque())
        guard error == 0 else {
            unsafe context.release()
            throw SystemError(errno: error)
        }
        return Thread(thread)
    }

    /// Lets the calling thread do nothing for so long. Signals do not shorten it.
    package static func sleep(nanoseconds: Int64) {
        var left = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var rest = timespec()
        while unsafe nanosleep(&left, &rest) != 0 && errno == EINTR { left = rest }
    }

    /// Waits until the body has returned.
    package consuming func join() {
        apus_thread_join(thread)
        discard self
    }
}
