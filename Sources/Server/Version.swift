// The versions that Apus tells.

package enum Version {
    /// Apus's own.
    package static let apus = "0.1.0"
    /// The Redis version whose features clients may rely on.
    package static let redis = "7.4.0"
}
