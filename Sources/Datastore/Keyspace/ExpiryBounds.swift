// ExpiryBounds: for each group of a table's positions a tick, which none of its keys expires before.
//
// Groups are what the buckets of a table with as many buckets are. Ticks are kept as their complements, so that the
// zeros of fresh memory say "never": a large array costs nothing until it is written. Groups are read by lines: as many
// as a cache line of ticks holds.

internal import CAllocator
internal import CEncodings

@safe
struct ExpiryBounds: ~Copyable {
    /// No expiry in this group.
    static let never = UInt32.max
    /// Groups of a line.
    static let lineLength = 16

    /// Valid while `groupCount` is not 0.
    private let words: UnsafeMutablePointer<UInt32>
    private let groupCount: UInt32

    var count: Int { Int(groupCount) }
    var lineCount: Int { (count + Self.lineLength - 1) / Self.lineLength }

    /// Never, for all groups. Allocates nothing for none.
    init(count: Int) {
        groupCount = UInt32(count)
        unsafe words = count == 0
            ? UnsafeMutablePointer(bitPattern: MemoryLayout<UInt32>.alignment).unsafelyUnwrapped
            : apus_allocate_zeroed(count * 4).bindMemory(to: UInt32.self, capacity: count)
    }

    deinit {
        if count > 0 { unsafe apus_free(words, count * 4) }
    }

    /// The bytes it occupies.
    var byteCount: Int { count == 0 ? 0 : apus_usable_size(count * 4) }

    subscript(group: Int) -> UInt32 {
        get { unsafe ~words[group] }
        nonmutating set { unsafe words[group] = ~newValue }
    }

    func group(ofPosition position: UInt32) -> Int {
        Int(truncatingIfNeeded: apus_bucket_index(position, UInt64(truncatingIfNeeded: count)))  // < count
    }

    /// Asks the memory for the word of a position's group.
    func prefetch(position: UInt32) { unsafe apus_prefetch(words + group(ofPosition: position)) }

    /// Asks the memory for a line.
    func prefetch(line: Int) { unsafe apus_prefetch(words + line * Self.lineLength) }

    /// The positions of a group, as a scan of the table takes them.
    func positions(ofGroup group: Int) -> Range<UInt64> {
        let count = UInt64(count), group = UInt64(group)
        return apus_bucket_first_position(group, count)..<apus_bucket_first_position(group + 1, count)
    }

    func groups(ofLine line: Int) -> Range<Int> {
        line * Self.lineLength..<min((line + 1) * Self.lineLength, count)
    }

    /// The soonest tick of a line's groups. O(1): a cache line.
    func soonest(inLine line: Int) -> UInt32 {
        var soonest = Self.never
        for group in groups(ofLine: line) { soonest = min(soonest, self[group]) }
        return soonest
    }

    /// Counts all ticks from `ticks` later, which may be negative. O(groups).
    mutating func rebase(by ticks: Int64) {
        for group in 0..<count { self[group] = Self.rebased(self[group], by: ticks) }
    }

    /// The tick of the same moment, or one before it: what is too early for a tick is at 0 (and stays there, since how
    /// much too early is not known), what is too late at the last one.
    static func rebased(_ tick: UInt32, by ticks: Int64) -> UInt32 {
        tick == never || tick == 0 ? tick : UInt32(max(0, min(Int64(tick) - ticks, Int64(never) - 1)))
    }
}
