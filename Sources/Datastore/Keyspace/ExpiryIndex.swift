// ExpiryIndex: which buckets of a table hold a key that is due, without a byte in any entry.
//
// Each bucket's positions (see table.h) are a group that knows a lower bound of its keys' expiries, in ticks, and each
// line of 16 groups is a node of a timing wheel, at the soonest of their bounds. Setting an expiry lowers a bound;
// nothing ever needs to raise one, since a bound that is too low only costs a look into the bucket, which sets it
// right. So a deleted, persisted or postponed key leaves no trace to clean up, which a wheel's node of its own or a
// second table of pointers (8 to 35 bytes per key elsewhere) would; and a round in which nothing is due looks at no key
// and no group, however many there are.
//
// Cost per key: 4.75 bytes / 5 to 7 keys. Cost of a key that falls due: a look at the keys of its bucket.
//
// When the table grows or shrinks, the groups follow: new ones begin at "never" and inherit the bounds of the former
// ones that they overlap with, a few at each expiry that is set and many in each round of housekeeping.
//
// Invariant: for every key with an expiry, the bound of its group, or that of its former group if its own has yet to
// inherit, is <= tick(its expiry); a line is in the wheel at the soonest of its bounds, unless it is taken out; and
// `earliest` is <= every bound.

@safe
struct ExpiryIndex: ~Copyable {
    /// Milliseconds per tick: with the housekeeping's 50 no more than the promised 100, and 4 years in 32 bits.
    static let tickMs: Int64 = 32
    static let never = ExpiryBounds.never
    /// Groups that inherit with each expiry that is set: some 50 ns, long done before the table changes again.
    private static let heirsPerNote = 16
    /// Ticks after which they are counted anew: two years. Expiries may be two more years away, and those beyond are
    /// looked at again then.
    private static let currentTickMax: Int64 = 1 << 31

    private var bounds = ExpiryBounds(count: 0)
    private var inheritedCount: UInt32 = 0
    /// The groups as they were before the table changed, until all new ones have inherited.
    private var former = ExpiryBounds(count: 0)
    /// Lower bound over all groups.
    private(set) var earliest = ExpiryIndex.never
    /// The lines of `bounds`.
    private var wheel = TimingWheel(nodeCount: 0, now: 0)
    /// The tick 0, in ticks since 1970.
    private var origin: Int64 = 0

    /// Whether no expiry was noted since it began: it occupies nothing.
    var isEmpty: Bool { bounds.count == 0 }

    /// The bytes it occupies.
    var byteCount: Int { bounds.byteCount + former.byteCount + wheel.byteCount }

    private var haveAllInherited: Bool { inheritedCount == bounds.count }

    /// The tick in which an expiry (Unix milliseconds) falls, rounded down: earlier ones than the index are tick 0,
    /// those too far away the last one.
    func tick(ofMs ms: Int64) -> UInt32 {
        UInt32(max(0, min(Self.absoluteTick(ms) - origin, Int64(Self.never) - 1)))
    }

    private static func absoluteTick(_ ms: Int64) -> Int64 { ms >> Int64(tickMs.trailingZeroBitCount) }

    /// The tick of this moment, which is not over; what expires in earlier ones is due. May be negative.
    private func currentTick(atMs nowMs: Int64) -> Int64 { Self.absoluteTick(nowMs) - origin }

    /// Whether a group may hold a key that is due. O(1).
    func mayBeDue(atMs nowMs: Int64) -> Bool {
        earliest != Self.never && earliest < currentTick(atMs: nowMs)
    }

    /// Whether the soonest bound is at least so many ticks away, or there is none. O(1).
    func isIdle(for ticks: Int, atMs nowMs: Int64) -> Bool {
        earliest == Self.never || Int64(earliest) - currentTick(atMs: nowMs) > ticks
    }

    // MARK: Setting

    /// A key at `position` of a table of so many buckets expires at `expiryMs` (as `nowMs`, Unix milliseconds). O(1).
    mutating func note(position: UInt32, expiryMs: Int64, nowMs: Int64, bucketCount: UInt32) {
        if Int(bucketCount) != bounds.count || !haveAllInherited {
            if isEmpty { origin = Self.absoluteTick(nowMs) - 1 }
            follow(bucketCount, heirs: Self.heirsPerNote)
        }
        lower(group: bounds.group(ofPosition: position), to: tick(ofMs: expiryMs))
    }

    /// Asks the memory for what `note` will look at.
    func prefetch(position: UInt32) { bounds.prefetch(position: position) }

    private mutating func lower(group: Int, to tick: UInt32) {
        if tick >= bounds[group] { return }
        bounds[group] = tick
        let line = group / ExpiryBounds.lineLength
        if tick >= wheel.tick(of: line) { return }
        wheel.schedule(line, at: tick)
        earliest = min(earliest, tick)
    }

    // MARK: Following the table

    /// Makes the groups those of a table of so many buckets, and lets up to `heirs` of them inherit. Whether all have;
    /// until then not all that is due would be found. O(heirs).
    @inline(never)
    @discardableResult
    mutating func follow(_ bucketCount: UInt32, heirs: Int) -> Bool {
        if haveAllInherited && bucketCount != bounds.count {
            former = ExpiryBounds(count: Int(bucketCount))
            swap(&bounds, &former)
            wheel = TimingWheel(nodeCount: bounds.lineCount, now: wheel.now)
            inheritedCount = former.count == 0 || earliest == Self.never ? bucketCount : 0
        }
        if !haveAllInherited { inherit(heirs) }
        if haveAllInherited && former.count > 0 { former = ExpiryBounds(count: 0) }
        return haveAllInherited
    }

    private mutating func inherit(_ heirs: Int) {
        // Group g and the former group f overlap where [g, g + 1) / count and [f, f + 1) / former.count do.
        let new = bounds.count, old = former.count
        var heir = Int(inheritedCount), index = heir * old / new
        let end = min(heir + heirs, new)
        while heir < end {
            var tick = former[index]
            while (index + 1) * new < (heir + 1) * old {
                index += 1
                tick = min(tick, former[index])
            }
            if (index + 1) * new == (heir + 1) * old { index += 1 }
            lower(group: heir, to: tick)
            heir += 1
        }
        inheritedCount = UInt32(end)
    }

    /// Counts the ticks anew, so that this one is 1, if they run out, or if the clock was set back to what the wheel
    /// has left behind. O(1); O(groups) once in two years and after a setback.
    mutating func followClock(toMs nowMs: Int64) {
        let current = currentTick(atMs: nowMs)
        if isEmpty || current > wheel.now && current <= Self.currentTickMax { return }
        let ticks = current - 1
        origin += ticks
        bounds.rebase(by: ticks)
        former.rebase(by: ticks)
        earliest = ExpiryBounds.rebased(earliest, by: ticks)
        wheel = TimingWheel(nodeCount: bounds.lineCount, now: 0)
        for line in 0..<bounds.lineCount { settle(line: line) }
    }

    // MARK: Taking what is due. All groups have inherited.

    /// Takes a line with a group that may hold a key that is due out of the wheel, until it is settled, and asks the
    /// memory for it; nil if none is left, or if `effort` is used up (see `TimingWheel.takeDue`). O(1).
    mutating func takeDue(atMs nowMs: Int64, effort: inout Int) -> Int? {
        guard mayBeDue(atMs: nowMs) else { return nil }
        let lastOver = UInt32(currentTick(atMs: nowMs) - 1)
        if let line = wheel.takeDue(by: lastOver, effort: &effort) {
            bounds.prefetch(line: line)
            return line
        }
        earliest = wheel.soonest()
        return nil
    }

    /// Calls `body` with the groups of a line that may hold a key that is due, and with their positions.
    func forEachDue(inLine line: Int, atMs nowMs: Int64, _ body: (_ group: Int, _ positions: Range<UInt64>) -> Void) {
        let current = currentTick(atMs: nowMs)
        for group in bounds.groups(ofLine: line) where bounds[group] < current {
            body(group, bounds.positions(ofGroup: group))
        }
    }

    /// The group was looked into: this is the tick of the earliest expiry left there. Its line is taken out.
    mutating func set(group: Int, to tick: UInt32) { bounds[group] = tick }

    /// Puts a line that was taken out back into the wheel.
    mutating func settle(line: Int) {
        let tick = bounds.soonest(inLine: line)
        wheel.schedule(line, at: tick)
        earliest = min(earliest, tick)
    }

    // MARK: For tests

    /// Whether a key at this position with this expiry will be found.
    func covers(position: UInt32, expiryMs: Int64) -> Bool {
        let group = bounds.group(ofPosition: position), tick = tick(ofMs: expiryMs)
        return bounds[group] <= tick || group >= inheritedCount && former[former.group(ofPosition: position)] <= tick
    }

    /// Checks the wheel, its lines and `earliest`. O(groups).
    func invariants() -> Bool {
        let formerSoonest = (0..<former.lineCount).map { former.soonest(inLine: $0) }.min() ?? Self.never
        return wheel.invariants() && (haveAllInherited || earliest <= formerSoonest)
            && (0..<bounds.lineCount).allSatisfy { line in
                let soonest = bounds.soonest(inLine: line)
                return wheel.tick(of: line) == soonest && earliest <= soonest
            }
    }
}
