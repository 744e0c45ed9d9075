// The versions that Apus tells.

package enum Version {
    /// The program and its version, as a report of a crash tells them: it may make no text.
    package static let program: StaticString = "Apus 0.1.0"
    /// Apus's own.
    package static let apus = String(program.description.drop { $0 != " " }.dropFirst())
    /// The Redis version whose features clients may rely on.
    package static let redis = "7.4.0"
}
