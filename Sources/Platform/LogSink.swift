// Where lines of the log go, and the wall clock in the local time zone that stands in front of them.
//
// Each line is one write to a file that is opened for it and closed after it, as the reference does: a log that is
// moved away or removed starts afresh with the next line, without a signal, and lines of several threads never mix.

import Glibc

/// A file that receives lines at its end, or the standard output.
package struct LogSink: Sendable, Equatable {
    /// Path of the file; empty for the standard output.
    package let path: String

    package init(path: String) { self.path = path }

    /// Opens the file for appending once, creating it.
    /// - Returns: the system's text of why that is not possible, or nil.
    package func refusal() -> String? {
        let descriptor = open()
        guard descriptor >= 0 else { return ErrorText.of(errno) }
        close(descriptor)
        return nil
    }

    /// Appends a line. What cannot be written is lost: a log must not stop the server.
    package func write(_ line: [UInt8]) {
        let descriptor = open()
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = writeAll(line, to: descriptor)
    }

    private func open() -> Int32 {
        // Group and others may read, as the umask permits.
        path.isEmpty ? STDOUT_FILENO : unsafe Glibc.open(path, O_APPEND | O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
    }

    private func close(_ descriptor: Int32) {
        if !path.isEmpty { Glibc.close(descriptor) }
    }
}

/// A moment as clocks on the wall show it in the local time zone.
package struct LocalTime: Sendable, Equatable {
    package var year, month, day, hour, minute, second, millisecond: Int
    /// Seconds that the zone is ahead of UTC.
    package var offsetSeconds: Int
    /// The same moment in milliseconds since 1970.
    package var unixMilliseconds: Int64

    package init(
        year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int, offsetSeconds: Int,
        unixMilliseconds: Int64
    ) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.millisecond) = (hour, minute, second, millisecond)
        self.offsetSeconds = offsetSeconds
        self.unixMilliseconds = unixMilliseconds
    }

    package init(unixMilliseconds: Int64) {
        var seconds = time_t(unixMilliseconds / 1000)
        var parts = unsafe tm()
        unsafe _ = localtime_r(&seconds, &parts)
        unsafe self.init(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec),
            millisecond: Int(unixMilliseconds % 1000), offsetSeconds: Int(parts.tm_gmtoff),
            unixMilliseconds: unixMilliseconds)
    }
}
