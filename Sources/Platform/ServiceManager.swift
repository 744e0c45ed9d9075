// The service manager that has started the process: who it is, and what it is told.

internal import CPlatform
internal import Glibc

package enum ServiceManager: String, Sendable {
    case systemd, upstart

    /// The one that says in the environment that it waits to hear from the process.
    package static var present: ServiceManager? {
        unsafe getenv("UPSTART_JOB") != nil ? .upstart : getenv("NOTIFY_SOCKET") != nil ? .systemd : nil
    }

    /// Tells systemd a state, such as "READY=1".
    /// - Returns: why that is not possible, or nil.
    package static func notify(_ state: String) -> String? {
        guard unsafe getenv("NOTIFY_SOCKET") != nil else { return "NOTIFY_SOCKET not found!" }
        let error = unsafe apus_notify_service_manager(state)
        return error == 0 ? nil : ErrorText.of(error)
    }

    /// Stops the process, which is how upstart is told that it is ready; upstart lets it go on.
    package static func stopToBeReady() {
        raise(SIGSTOP)
        unsafe unsetenv("UPSTART_JOB")
    }
}
