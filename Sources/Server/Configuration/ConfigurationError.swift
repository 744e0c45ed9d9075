// Why a configuration was refused, in the reference's words.

/// A refused configuration.
package enum ConfigurationError: Error, Equatable {
    /// A line of a file, or of the standard input or the arguments (which become lines of their own after the file's).
    case line(number: Int, text: String, reason: String, file: String? = nil)
    /// A file, or the standard input, that cannot be read; `reason` is the system's text.
    case file(path: String, reason: String)
    /// A pair of CONFIG SET: the reply, without `-ERR `.
    case set(reply: String)

    /// What the server prints before it exits with status 1.
    /// A line's error goes to the standard error as it is, a file's to the log at level `warning`.
    /// - Parameter version: the server's version number.
    package func text(version: String) -> String {
        switch self {
        case .line(let number, let text, let reason, let file):
            let place = file.map { " of \($0)" } ?? ""
            return """

                *** FATAL CONFIG FILE ERROR (Version \(version)) ***
                Reading the configuration file, at line \(number)\(place)
                >>> '\(text)'
                \(reason)

                """
        case .file(let path, let reason):
            return "Fatal error, can't open config file '\(path)': \(reason)"
        case .set(let reply):
            return reply
        }
    }
}

/// Why a value was refused; the callers add where.
package struct Refusal: Error, Equatable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    static let argumentCount = Refusal("wrong number of arguments")
    static let unknown = Refusal("Bad directive or wrong number of arguments")
}
