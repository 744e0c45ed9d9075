// What the log's directives can say.

/// The least important message that is written.
package enum LogLevel: String, CaseIterable, Sendable, Comparable {
    case debug, verbose, notice, warning, nothing

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    /// 0 for `debug` up to 4 for `nothing`.
    package var rank: UInt8 {
        switch self {
        case .debug: 0
        case .verbose: 1
        case .notice: 2
        case .warning: 3
        case .nothing: 4
        }
    }
}

/// How a line of the log is laid out.
package enum LogFormat: String, CaseIterable, Sendable {
    case legacy, logfmt, json
}

/// How a line of the log tells the time.
package enum LogTimestampFormat: String, CaseIterable, Sendable {
    case legacy, iso8601, milliseconds
}
