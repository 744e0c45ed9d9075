// ThreadHandle: a plain thread that runs a closure once.

internal import Glibc

@safe
struct ThreadHandle {
    private let thread: pthread_t

    /// `body` runs at once.
    init(_ body: @escaping @Sendable () -> Void) {
        let box = unsafe Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                let box = unsafe Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue()
                box.body()
                return nil
            }, box.toOpaque())
        precondition(result == 0, "the system refused a thread")
        self.thread = thread
    }

    /// It ends by itself and nobody waits for it.
    func detach() { pthread_detach(thread) }

    func join() { pthread_join(thread, nil) }

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
