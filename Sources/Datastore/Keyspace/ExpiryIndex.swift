// ExpiryIndex: which buckets of a table hold a key that is due, without a byte in any entry.
//
// Each bucket's positions (see table.h) are a group that knows a lower bound of its keys' expiries, in ticks. Setting
// an expiry lowers a bound; nothing ever needs to raise one, since a bound that is too low only costs a look into the
// bucket, which sets it right. So a deleted, persisted or postponed key leaves no trace to clean up, which a timing
// wheel's node or a second table of pointers (8 to 35 bytes per key elsewhere) would.
//
// Cost per key: 4 bytes / 5 to 7 keys. Cost of a key that falls due: a look at the keys of its bucket.
//
// When the table grows or shrinks, the groups follow: new ones begin at "never" and inherit the bounds of the former
// ones that they overlap with, a few at each expiry that is set and many in each round of housekeeping.
//
// Invariant: for every key with an expiry, the bound of its group, or that of its former group if its own has yet to
// inherit, is <= tick(its expiry); and `earliest` is <= every bound.

@safe
struct ExpiryIndex: ~Copyable {
    /// Milliseconds per tick: with the housekeeping's 50 no more than the promised 100, and 4 years in 32 bits.
    static let tickMs: Int64 = 32
    static let never = ExpiryBounds.never
    /// Groups that inherit with each expiry that is set: some 50 ns, long done before the table changes again.
    private static let heirsPerNote = 16

    private var bounds = ExpiryBounds(count: 0)
    /// The groups as they were before the table changed, until all new ones have inherited.
    private var former = ExpiryBounds(count: 0)
    private var inheritedCount = 0
    /// Lower bound over all groups.
    private(set) var earliest = ExpiryIndex.never
    /// Where the pass through the due groups goes on.
    private var next: UInt32 = 0

    /// Whether no expiry was noted since it began: it occupies nothing.
    var isEmpty: Bool { bounds.count == 0 }

    /// The bytes it occupies.
    var byteCount: Int { bounds.byteCount + former.byteCount }

    /// The tick in which an expiry falls, rounded down. `originMs` is the keyspace's birth; earlier times are tick 0,
    /// those beyond 4 years stay at the last one and are looked at again then.
    static func tick(ofMs ms: Int64, originMs: Int64) -> UInt32 {
        let ticks = (ms &- originMs) / tickMs
        return ms <= originMs ? 0 : UInt32(min(ticks, Int64(never) - 1))
    }

    /// The last tick that is over, with all that expires in it; nil in the first one. After 4 years it is the last of
    /// all, in which everything then expires: each pass looks at all groups.
    static func lastOver(atMs ms: Int64, originMs: Int64) -> UInt32? {
        let current = tick(ofMs: ms, originMs: originMs)
        return current == 0 ? nil : current == never - 1 ? current : current - 1
    }

    /// A key at `position` of a table of so many buckets expires at `tick`. O(1).
    mutating func note(position: UInt32, tick: UInt32, bucketCount: UInt32) {
        if Int(bucketCount) != bounds.count || inheritedCount < bounds.count {
            follow(bucketCount, heirs: Self.heirsPerNote)
        }
        if bounds.lower(group: bounds.group(ofPosition: position), to: tick), tick < earliest { earliest = tick }
    }

    /// Asks the memory for what `note` will look at.
    func prefetch(position: UInt32) { bounds.prefetch(position: position) }

    /// Makes the groups those of a table of so many buckets, and lets up to `heirs` of them inherit. Whether all have;
    /// until then no pass would find all that is due. O(heirs).
    @inline(never)
    @discardableResult
    mutating func follow(_ bucketCount: UInt32, heirs: Int) -> Bool {
        if inheritedCount == bounds.count && bucketCount != bounds.count {
            former = ExpiryBounds(count: Int(bucketCount))
            swap(&bounds, &former)
            inheritedCount = former.count == 0 || earliest == Self.never ? bounds.count : 0
            next = 0
        }
        if inheritedCount < bounds.count { inherit(heirs) }
        if inheritedCount == bounds.count && former.count > 0 { former = ExpiryBounds(count: 0) }
        return inheritedCount == bounds.count
    }

    private mutating func inherit(_ heirs: Int) {
        // Group g and the former group f overlap where [g, g + 1) / count and [f, f + 1) / former.count do.
        let new = bounds.count, old = former.count
        var index = inheritedCount * old / new
        let end = min(inheritedCount + heirs, new)
        while inheritedCount < end {
            var tick = former[index]
            while (index + 1) * new < (inheritedCount + 1) * old {
                index += 1
                tick = min(tick, former[index])
            }
            if (index + 1) * new == (inheritedCount + 1) * old { index += 1 }
            _ = bounds.lower(group: inheritedCount, to: tick)
            inheritedCount += 1
        }
    }

    /// The pass's next group whose bound has come by `tick`. All groups have inherited.
    mutating func nextDue(by tick: UInt32) -> Int? {
        guard let group = bounds.firstDue(from: Int(next), by: tick) else {
            next = UInt32(bounds.count)
            return nil
        }
        next = UInt32(group + 1)
        return group
    }

    /// The pass goes on with this group, which it had passed.
    mutating func postpone(group: Int) { next = UInt32(group) }

    /// All groups that were due are settled: the next pass begins. O(groups / 64).
    mutating func concludePass() {
        next = 0
        earliest = bounds.earliest()
    }

    /// The positions of a group, as a scan of the table takes them.
    func positions(ofGroup group: Int) -> Range<UInt64> { bounds.positions(ofGroup: group) }

    /// The group was looked into: this is the earliest expiry left there.
    mutating func settle(group: Int, at tick: UInt32) { bounds.set(group: group, to: tick) }

    /// Whether a key at this position with an expiry at `tick` will be found. For tests.
    func covers(position: UInt32, tick: UInt32) -> Bool {
        let group = bounds.group(ofPosition: position)
        return bounds[group] <= tick || group >= inheritedCount && former[former.group(ofPosition: position)] <= tick
    }

    /// Checks the bounds' summaries and `earliest`. O(groups); for tests.
    func invariants() -> Bool {
        bounds.invariants() && former.invariants() && earliest <= bounds.earliest()
            && (inheritedCount == bounds.count || earliest <= former.earliest())
    }
}
