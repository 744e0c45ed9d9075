// Digest: SHA-256, in which configuration files keep passwords.

internal import CPlatform

package enum Digest {
    /// Hexadecimal digits of a SHA-256.
    package static var sha256DigitCount: Int { Int(APUS_SHA256_DIGITS) }

    /// The SHA-256 of some bytes as lower-case hexadecimal digits. O(bytes).
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digits = [UInt8](repeating: 0, count: sha256DigitCount)
        unsafe apus_sha256(bytes, bytes.count, &digits)
        return digits
    }
}
