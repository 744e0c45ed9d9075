// Rates: counters' growth per second over the last moments, as INFO's instantaneous fields show it.
//
// Invariant: at most `windowCount` rates are kept, the newest in place of the oldest.

/// The growth of one counter.
struct Rate {
    /// A sample every 100 ms, averaged over 1.6 s: quick enough to follow a load, slow enough to be read.
    static let windowCount = 16
    static let intervalNs: Int64 = 100_000_000

    private var rates: [Double] = []
    private var next = 0
    private var lastTotal: UInt64 = 0
    private var lastNs: Int64 = 0

    /// The counter stands at `total` now. A counter that was set back starts anew.
    mutating func sample(_ total: UInt64, atNs nowNs: Int64) {
        if lastNs != 0 && nowNs > lastNs && total >= lastTotal {
            let rate = Double(total - lastTotal) * 1e9 / Double(nowNs - lastNs)
            if rates.count < Self.windowCount {
                rates.append(rate)
            } else {
                rates[next] = rate
                next = (next + 1) % Self.windowCount
            }
        }
        lastTotal = total
        lastNs = nowNs
    }

    /// Per second; 0 before the second sample.
    var perSecond: Double { rates.isEmpty ? 0 : rates.reduce(0, +) / Double(rates.count) }
}

/// The counters that INFO shows as rates.
struct Rates {
    var commands = Rate()
    var bytesIn = Rate()
    var bytesOut = Rate()
    var turns = Rate()
    /// Microseconds in which loops did not sleep.
    var busyUs = Rate()
    private(set) var lastNs: Int64 = 0

    /// Whether it is time for the next samples.
    func isDue(_ nowNs: Int64) -> Bool { nowNs - lastNs >= Rate.intervalNs }

    mutating func sample(_ totals: Totals, atNs nowNs: Int64) {
        commands.sample(totals.commands, atNs: nowNs)
        bytesIn.sample(totals.bytesIn, atNs: nowNs)
        bytesOut.sample(totals.bytesOut, atNs: nowNs)
        turns.sample(totals.turns, atNs: nowNs)
        busyUs.sample(totals.busyUs, atNs: nowNs)
        lastNs = nowNs
    }

    /// Sums over all workers.
    struct Totals {
        var commands: UInt64 = 0
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
        var turns: UInt64 = 0
        var busyUs: UInt64 = 0
    }
}
