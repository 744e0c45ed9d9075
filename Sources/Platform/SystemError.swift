// What the system calls what went wrong.

internal import CPlatform

/// Why the system has refused something.
package struct SystemError: Error, Equatable, Sendable {
    package let errno: Int32
    package var text: String { ErrorText.of(errno) }
}

/// Errno values in English.
package enum ErrorText {
    /// "No such file or directory" for ENOENT. Any thread.
    package static func of(_ errno: Int32) -> String { unsafe String(cString: apus_error_text(errno)) }
}
