// LogSink: where lines of the log go.
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
