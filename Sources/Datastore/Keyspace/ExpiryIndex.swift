// ExpiryIndex: which part of a table holds a key that is due, without a byte per key.
//
// The table's positions (see table.h) are cut into groups of a few buckets. Each group knows a lower bound of its keys'
// expiries, in ticks; 64 groups together know the least of theirs. Setting an expiry lowers a bound; nothing ever needs
// to raise one, since a bound that is too low only costs a look into the group, which sets it right. So a deleted,
// persisted or postponed key leaves no trace to clean up, which a timing wheel's node or a second table of pointers
// (25 to 35 bytes per key elsewhere) would.
//
// Cost per key: 4 bytes / 32 to 64 keys. Cost of a key that falls due: a look at the 32 to 64 keys of its group.
// Invariant: for every key with an expiry, bounds[its group] <= tick(its expiry), and summaries[i] <= bounds[64 i ..<
// 64 i + 64].

internal import CAllocator

@safe
struct ExpiryIndex: ~Copyable {
    /// Milliseconds per tick: fine enough for a promise of 100 ms, coarse enough for 8 years in 32 bits.
    static let tickMs: Int64 = 64
    /// No expiry in this group.
    static let never = UInt32.max
    /// Groups per summary.
    static let fanOut = 64
    /// Keys per group at which the groups are split.
    static let keysPerGroupMax = 64
    /// Keep positions >> shift within what tables distinguish.
    static let groupBitsMax: UInt8 = 26

    private var bounds: UnsafeMutablePointer<UInt32>
    private var summaries: UnsafeMutablePointer<UInt32>
    private(set) var groupBits: UInt8 = 0
    /// Lower bound over all groups.
    private(set) var earliest = ExpiryIndex.never

    var groupCount: Int { 1 << Int(groupBits) }
    private var summaryCount: Int { (groupCount + Self.fanOut - 1) / Self.fanOut }

    init() {
        unsafe bounds = Self.allocate(1)
        unsafe summaries = Self.allocate(1)
    }

    deinit {
        unsafe Self.free(bounds, groupCount)
        unsafe Self.free(summaries, summaryCount)
    }

    /// The bytes it occupies.
    var byteCount: Int { apus_usable_size(groupCount * 4) + apus_usable_size(summaryCount * 4) }

    /// The tick in which an expiry falls, rounded down. `originMs` is the keyspace's birth; earlier times are tick 0,
    /// those beyond 8 years stay at the last one and are looked at again then.
    static func tick(ofMs ms: Int64, originMs: Int64) -> UInt32 {
        let ticks = (ms &- originMs) / tickMs
        return ms <= originMs ? 0 : UInt32(min(ticks, Int64(never) - 1))
    }

    func group(ofPosition position: UInt32) -> Int {
        groupBits == 0 ? 0 : Int(position >> (32 - UInt32(groupBits)))
    }

    /// The positions of a group, as a scan of the table takes them.
    func positions(ofGroup group: Int) -> Range<UInt64> {
        let width = UInt64(1) << (32 - UInt64(groupBits))
        return UInt64(group) * width..<UInt64(group + 1) * width
    }

    /// A key at `position` expires at `tick`. O(1).
    mutating func note(position: UInt32, tick: UInt32) {
        lower(group: group(ofPosition: position), to: tick)
    }

    mutating func lower(group: Int, to tick: UInt32) {
        if unsafe tick >= bounds[group] { return }
        unsafe bounds[group] = tick
        let summary = group / Self.fanOut
        if unsafe tick < summaries[summary] { unsafe summaries[summary] = tick }
        if tick < earliest { earliest = tick }
    }

    /// The next group from `start` on whose bound has come by `tick`, or nil after the last. O(groups / 64) at worst.
    func dueGroup(from start: Int, by tick: UInt32) -> Int? {
        var group = start
        while group < groupCount {
            if group % Self.fanOut == 0, unsafe summaries[group / Self.fanOut] > tick {
                group += Self.fanOut
                continue
            }
            if unsafe bounds[group] <= tick { return group }
            group += 1
        }
        return nil
    }

    /// The group was looked into: this is the earliest expiry left there.
    mutating func settle(group: Int, at tick: UInt32) {
        unsafe bounds[group] = tick
    }

    /// Recomputes summaries after a round of `settle`. O(groups).
    mutating func summarise() {
        earliest = Self.never
        for summary in 0..<summaryCount {
            var least = Self.never
            let first = summary * Self.fanOut
            for group in first..<min(first + Self.fanOut, groupCount) { least = unsafe min(least, bounds[group]) }
            unsafe summaries[summary] = least
            earliest = min(earliest, least)
        }
    }

    /// Splits the groups when the table has outgrown them: halves inherit the bound. Amortised O(1) per key.
    mutating func grow(toKeys keys: Int) {
        var bits = groupBits
        while bits < Self.groupBitsMax && keys >> Int(bits) > Self.keysPerGroupMax { bits += 1 }
        if bits == groupBits { return }
        let split = Int(bits - groupBits), old = groupCount
        let finer = unsafe Self.allocate(1 << Int(bits))
        for group in 0..<(1 << Int(bits)) { unsafe finer[group] = bounds[group >> split] }
        unsafe Self.free(bounds, old)
        unsafe Self.free(summaries, summaryCount)
        unsafe bounds = finer
        groupBits = bits
        unsafe summaries = Self.allocate(summaryCount)
        summarise()
    }

    func bound(ofGroup group: Int) -> UInt32 { unsafe bounds[group] }

    /// Every summary, and `earliest`, is at most the bounds it stands for. O(groups); for tests.
    func invariants() -> Bool {
        for group in 0..<groupCount {
            let bound = unsafe bounds[group]
            if unsafe summaries[group / Self.fanOut] > bound || earliest > bound { return false }
        }
        return true
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt32> {
        let words = unsafe apus_allocate(count * 4).assumingMemoryBound(to: UInt32.self)
        unsafe words.initialize(repeating: never, count: count)
        return unsafe words
    }

    private static func free(_ words: UnsafeMutablePointer<UInt32>, _ count: Int) {
        unsafe apus_free(words, count * 4)
    }
}
