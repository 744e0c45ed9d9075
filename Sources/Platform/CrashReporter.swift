// CrashReporter: the Swift face of crash.h: what the process says before it dies of a bug.

internal import CPlatform
internal import Glibc

/// What a thread is at work on is noted with `apus_crash_note` (crash.h), two stores.
package enum CrashReporter {
    /// Makes fatal signals write a report before they end the process. `program` names it and its version.
    @discardableResult
    package static func start(program: StaticString) -> Int32 {
        unsafe program.utf8Start.withMemoryRebound(to: CChar.self, capacity: program.utf8CodeUnitCount + 1) {
            unsafe apus_crash_start($0)
        }
    }

    /// Leaves it to the system what fatal signals do.
    package static func stop() { apus_crash_stop() }

    /// Reports go to the end of the log, be it a file or the standard output; before, and if the file can't be opened,
    /// to standard error. Before threads start.
    package static func setLog(_ sink: LogSink) { unsafe apus_crash_set_log(sink.path) }

    /// Says in the log that so many bytes could not be had, of which the process is about to die. Allocates nothing.
    package static var noteExhausted: @convention(c) (Int) -> Void { { apus_crash_note_exhausted($0) } }

    /// Ends the process as a bug does, with a report: a bad access, or one that the program itself has noticed.
    package static func crash(isNoticed: Bool) -> Never {
        raise(isNoticed ? SIGABRT : SIGSEGV)
        abort()
    }
}
