// Signals: the Swift face of signals.h. There is no simulated twin: a test asks the server to end by calling what a
// signal would have called.

internal import CPlatform
internal import Glibc

package enum Signals {
    /// Makes the process able to live where it was started: SIGHUP and SIGPIPE are ignored from now on, and standard
    /// descriptors that the parent has closed lead to nowhere. Called first of all.
    package static func prepareProcess() {
        apus_open_standard_descriptors()
        _ = apus_signals_ignore()
    }

    /// Starts listening for SIGTERM and SIGINT and ignores SIGHUP and SIGPIPE. Each signal writes 8 bytes to
    /// `notifying`, an eventfd or the writing end of a pipe (-1: nothing). Called once, on the main thread. Returns 0
    /// or an errno.
    @discardableResult
    package static func start(notifying descriptor: Int32) -> Int32 { apus_signals_start(descriptor) }

    /// A descriptor to be notified on, readable when a signal has come; negative: minus an errno.
    package static func makeDescriptor() -> Int32 { apus_signals_descriptor() }

    /// Makes that descriptor unreadable until the next signal.
    package static func drain(_ descriptor: Int32) { apus_signals_drain(descriptor) }

    /// The first signal that asked the process to end, if one has.
    package static var received: Int32? {
        let signal = apus_signals_received()
        return signal == 0 ? nil : signal
    }

    /// "SIGINT" or "SIGTERM": those that ask a process to end.
    package static func name(of signal: Int32) -> String { signal == SIGINT ? "SIGINT" : "SIGTERM" }

    /// Forgets what was received, when a shutdown was refused and the server goes on.
    package static func forget() { apus_signals_forget() }
}
