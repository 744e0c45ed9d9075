// StandardError: for what must be said before there is a log.

internal import Glibc

package enum StandardError {
    /// Writes all of the text, unless the descriptor refuses.
    package static func write(_ text: String) {
        _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
    }
}
