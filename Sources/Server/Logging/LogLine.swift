// A line of the log, in the reference's layouts.
//
//     legacy   12345:M 20 Nov 2026 23:40:00.123 * Ready to accept connections tcp
//     logfmt   pid=12345 role=primary timestamp="20 Nov 2026 23:40:00.123" level=notice message="Ready to accept …"
//     json     {"pid":12345,"role":"primary","timestamp":"20 Nov …","level":"notice","message":"Ready to accept …"}

package import Platform

/// Who writes: shown as a letter in the legacy layout, as a word in the others.
package enum LogRole: Sendable {
    case primary, replica, child

    var letter: String {
        switch self {
        case .primary: "M"
        case .replica: "S"
        case .child: "C"
        }
    }

    var word: String {
        switch self {
        case .primary: "primary"
        case .replica: "replica"
        case .child: "RDB/AOF"
        }
    }
}

/// What a line tells, before it is laid out.
package struct LogLine: Sendable {
    /// Bytes of a message; the rest is cut, since a line is for a reader.
    package static let messageBytesMax = 1023

    package var process: Int32
    package var role: LogRole
    package var time: LocalTime
    package var level: LogLevel
    package var message: String

    package init(process: Int32, role: LogRole, time: LocalTime, level: LogLevel, message: String) {
        self.process = process
        self.role = role
        self.time = time
        self.level = level
        self.message = message
    }

    /// The line with its end.
    package func text(_ format: LogFormat, _ timestampFormat: LogTimestampFormat) -> [UInt8] {
        let timestamp = time.text(timestampFormat)
        let message = Array(message.utf8.prefix(Self.messageBytesMax))
        switch format {
        case .legacy:
            return Array("\(process):\(role.letter) \(timestamp) \(level.letter) ".utf8) + message + [0x0a]
        case .logfmt:
            let head =
                "pid=\(process) role=\(role.word) timestamp=\"\(timestamp)\" level=\(level.rawValue) message=\""
            return Array(head.utf8) + message.map(Self.plain) + Array("\"\n".utf8)
        case .json:
            let head = "{\"pid\":\(process),\"role\":\"\(role.word)\",\"timestamp\":\"\(timestamp)\""
                + ",\"level\":\"\(level.rawValue)\",\"message\":\""
            return Array(head.utf8) + message.flatMap(Self.escaped) + Array("\"}\n".utf8)
        }
    }

    /// logfmt has no escapes that every reader knows: what would end the value is replaced.
    private static func plain(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "\""): UInt8(ascii: "'")
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): UInt8(ascii: " ")
        default: byte
        }
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): return Array("\\n".utf8)
        case UInt8(ascii: "\r"): return Array("\\r".utf8)
        case UInt8(ascii: "\t"): return Array("\\t".utf8)
        case 0x08: return Array("\\b".utf8)
        case 0x0c: return Array("\\f".utf8)
        case 0..<0x20: return Array("\\u00".utf8) + Array(((byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
        default: return [byte]
        }
    }
}

extension LogLevel {
    /// The level's mark in the legacy layout.
    var letter: String {
        switch self {
        case .debug: "."
        case .verbose: "-"
        case .notice: "*"
        case .warning, .nothing: "#"
        }
    }
}

extension LocalTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The moment in a layout of the log.
    package func text(_ format: LogTimestampFormat) -> String {
        let clock = "\(two(hour)):\(two(minute)):\(two(second)).\(millisecond < 100 ? "0" : "")\(two(millisecond))"
        switch format {
        case .legacy: return "\(two(day)) \(Self.months[month - 1]) \(year) \(clock)"
        case .iso8601:
            let minutes = abs(offsetSeconds) / 60
            let sign = offsetSeconds < 0 ? "-" : "+"
            return "\(year)-\(two(month))-\(two(day))T\(clock)\(sign)\(two(minutes / 60)):\(two(minutes % 60))"
        case .milliseconds: return String(unixMilliseconds)
        }
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
