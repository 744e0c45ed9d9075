// RecurringWarning: when to say again what keeps failing: at once, and ever less often while it lasts.

struct RecurringWarning: BitwiseCopyable {
    /// Between the first two warnings.
    static var pauseNsMin: Int64 { 1_000_000_000 }
    /// Between any two, and without a failure before it counts as new.
    static var pauseNsMax: Int64 { 60_000_000_000 }

    private var failures: UInt64 = 0
    private var lastFailureNs: Int64 = 0
    private var dueNs: Int64 = 0
    private var pauseNs: Int64 = 0

    /// Whether to warn now, with so many failures in all. Asked regularly, which is when it learns of them. O(1).
    mutating func isDue(_ failures: UInt64, nowNs: Int64) -> Bool {
        guard failures != self.failures else { return false }
        self.failures = failures
        if nowNs - lastFailureNs >= Self.pauseNsMax { pauseNs = 0 }
        lastFailureNs = nowNs
        guard pauseNs == 0 || nowNs >= dueNs else { return false }
        pauseNs = pauseNs == 0 ? Self.pauseNsMin : min(2 * pauseNs, Self.pauseNsMax)
        dueNs = nowNs + pauseNs
        return true
    }
}
