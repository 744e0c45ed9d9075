// ExpiryUnit: the ways in which commands say when a key expires.

package import Memory

/// A moment given in one of the protocol's four ways.
package enum ExpiryUnit: Sendable {
    case seconds, milliseconds, unixSeconds, unixMilliseconds

    /// EX, PX, EXAT or PXAT; nil for another word.
    package init?(option word: ByteView) {
        if word.isWord("EX") {
            self = .seconds
        } else if word.isWord("PX") {
            self = .milliseconds
        } else if word.isWord("EXAT") {
            self = .unixSeconds
        } else if word.isWord("PXAT") {
            self = .unixMilliseconds
        } else {
            return nil
        }
    }

    package var isRelative: Bool { self == .seconds || self == .milliseconds }

    /// The Unix millisecond that `amount` means; nil if it does not fit 64 bits.
    package func moment(_ amount: Int, nowMs: Int64) -> Int64? {
        var ms = Int64(amount)
        if self == .seconds || self == .unixSeconds {
            let (product, overflow) = ms.multipliedReportingOverflow(by: 1000)
            if overflow { return nil }
            ms = product
        }
        guard isRelative else { return ms }
        let (sum, overflow) = ms.addingReportingOverflow(nowMs)
        return overflow ? nil : sum
    }
}
