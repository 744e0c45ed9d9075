// AccessClock: the present moment as entries keep it of their last read or write, in a word.
//
//    31                     4 3         0
//   +------------------------+-----------+
//   | 28 bits of 1/16 second | frequency |
//   +------------------------+-----------+
//
// It only orders accesses, so that a tick of 64 ms is close enough to 1/16 s: a shift beats a division.
// Invariant: its own word has no frequency.

struct AccessClock: BitwiseCopyable {
    private static var frequencyBits: UInt32 { 4 }
    private static var frequencyMask: UInt32 { 1 << frequencyBits - 1 }
    private static var tickBits: Int64 { 6 }
    private static var tickMask: Int64 { 1 << tickBits - 1 }

    /// What an entry keeps that is made now.
    let word: UInt32

    /// `nowMs`: Unix time in milliseconds.
    @inline(__always)
    init(nowMs: Int64) { word = UInt32(truncatingIfNeeded: nowMs >> Self.tickBits) << Self.frequencyBits }

    /// Whether an entry's word is late by so much that an access now should renew it.
    @inline(__always)
    func mustRenew(_ old: UInt32) -> Bool {
        word &- (old & ~Self.frequencyMask) >= Limits.accessClockLag << Self.frequencyBits
    }

    /// An entry's word after an access now.
    @inline(__always)
    func renewing(_ old: UInt32) -> UInt32 { word | old & Self.frequencyMask }

    /// When the entry with this word was last accessed, and for how many seconds it has not been since: the first is
    /// the same whenever it is asked for. Wraps around after half a year. `nowMs`: the moment that the clock shows.
    func lastAccess(_ old: UInt32, nowMs: Int64) -> (ms: Int64, idleSeconds: Int) {
        var ticks = (word &- old & ~Self.frequencyMask) >> Self.frequencyBits
        // Written by a worker whose turn began later, or before the clock was set back.
        if ticks > Limits.accessTicksMax { ticks = 0 }
        let ms = (nowMs & ~Self.tickMask) - Int64(ticks) << Self.tickBits
        // The clock stands still for up to 63 ms.
        return (ms, Int((nowMs | Self.tickMask) - ms) / 1000)
    }
}
