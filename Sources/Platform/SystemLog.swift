// SystemLog: the system's log (syslog), for the messages that go to the server's own log.

internal import CPlatform
internal import Glibc

package enum SystemLog {
    /// The part of the system that messages come from.
    package enum Facility: String, CaseIterable, Sendable {
        case user, local0, local1, local2, local3, local4, local5, local6, local7

        fileprivate var number: Int32 {
            switch self {
            case .user: LOG_USER
            case .local0: LOG_LOCAL0
            case .local1: LOG_LOCAL1
            case .local2: LOG_LOCAL2
            case .local3: LOG_LOCAL3
            case .local4: LOG_LOCAL4
            case .local5: LOG_LOCAL5
            case .local6: LOG_LOCAL6
            case .local7: LOG_LOCAL7
            }
        }
    }

    /// How much a message matters.
    package enum Priority: Sendable {
        case warning, notice, info, debug

        fileprivate var number: Int32 {
            switch self {
            case .warning: LOG_WARNING
            case .notice: LOG_NOTICE
            case .info: LOG_INFO
            case .debug: LOG_DEBUG
            }
        }
    }

    /// Opens the log under a name. Once, before `write`.
    package static func open(name: String, facility: Facility) {
        // The C library keeps the pointer for the process's life.
        guard let name = unsafe strdup(name) else { return }
        unsafe apus_system_log_open(name, facility.number)
    }

    /// Writes one message. Any thread.
    package static func write(_ priority: Priority, _ text: String) {
        unsafe apus_system_log_write(priority.number, text)
    }
}
