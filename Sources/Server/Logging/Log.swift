// The server's log: a backend of swift-log that writes the reference's lines.
//
// Its settings can change while threads write; a line is laid out with one consistent copy of them and reaches the
// sink in one write, so lines are never mixed.

package import Logging
package import Platform
import Synchronization

/// The destination that all loggers of a process share.
package final class Log: Sendable {
    /// How lines are chosen and laid out.
    package struct Settings: Sendable, Equatable {
        package var level = LogLevel.notice
        package var format = LogFormat.legacy
        package var timestampFormat = LogTimestampFormat.legacy
        package var sink = LogSink(path: "")
        package var role = LogRole.primary
        /// Whether the system's log, which has to be open, gets the messages too.
        package var isCopiedToSystem = false

        package init() {}

        package init(_ configuration: Configuration) {
            level = configuration.logLevel
            format = configuration.logFormat
            timestampFormat = configuration.logTimestampFormat
            sink = LogSink(path: configuration.logFile)
            isCopiedToSystem = configuration.service.isLoggingToSystem
        }
    }

    private let state: Guarded<Settings>
    /// The level once more, so that a message that is not wanted costs one load.
    private let threshold: Atomic<UInt8>
    private let clock: Clock

    /// - Parameter clock: the clock that lines are stamped with.
    package init(_ settings: Settings = Settings(), clock: Clock = .system) {
        state = Guarded(settings)
        threshold = Atomic(settings.level.rank)
        self.clock = clock
    }

    package var settings: Settings { state.withLock { $0 } }

    /// Replaces the settings; every later line follows them.
    package func configure(_ settings: Settings) {
        state.withLock {
            $0 = settings
            threshold.store(settings.level.rank, ordering: .relaxed)
        }
    }

    /// Whether messages of a level are written.
    package func writes(_ level: LogLevel) -> Bool {
        level != .nothing && level.rank >= threshold.load(ordering: .relaxed)
    }

    /// Writes a message.
    package func write(_ level: LogLevel, _ message: String) {
        guard writes(level) else { return }
        let settings = settings
        let line = LogLine(
            process: ProcessFacts.id, role: settings.role, time: LocalTime(unixMilliseconds: clock.now().unixMs),
            level: level, message: message)
        settings.sink.write(line.text(settings.format, settings.timestampFormat))
        if settings.isCopiedToSystem { SystemLog.write(level.systemPriority, message) }
    }

    /// A logger that writes here.
    package func logger(label: String = "apus") -> Logger {
        Logger(label: label) { _ in LogBackend(self) }
    }
}

/// Connects swift-log to a `Log`: `LoggingSystem.bootstrap { _ in LogBackend(log) }`.
package struct LogBackend: LogHandler {
    private let log: Log
    private var ownLevel: Logger.Level?
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(_ log: Log) { self.log = log }

    /// The log's threshold, unless this logger was given its own; messages below either are not written.
    package var logLevel: Logger.Level {
        get { ownLevel ?? log.settings.level.loggerLevel }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let level = LogLevel(event.level)
        guard log.writes(level) else { return }
        var fields = metadata
        fields.merge(metadataProvider?.get() ?? [:]) { _, new in new }
        fields.merge(event.metadata ?? [:]) { _, new in new }
        let tail = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        log.write(level, "\(event.message)\(tail)")
    }
}

extension LogLevel {
    /// The level that a message of swift-log is written at.
    init(_ level: Logger.Level) {
        switch level {
        case .trace, .debug: self = .debug
        case .info: self = .verbose
        case .notice: self = .notice
        case .warning, .error, .critical: self = .warning
        }
    }

    /// The priority of a message in the system's log.
    var systemPriority: SystemLog.Priority {
        switch self {
        case .debug: .debug
        case .verbose: .info
        case .notice: .notice
        case .warning, .nothing: .warning
        }
    }

    /// The least level of swift-log that passes this threshold; `nothing` is held back by the log itself.
    var loggerLevel: Logger.Level {
        switch self {
        case .debug: .trace
        case .verbose: .info
        case .notice: .notice
        case .warning: .warning
        case .nothing: .critical
        }
    }
}
