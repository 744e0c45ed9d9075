// ExpiryBounds: for each group of a table's positions a tick, and a quick way to the groups whose tick has come.
//
// Groups are what the buckets of a table with as many buckets are. Ticks are kept as their complements, so that the
// zeros of fresh memory say "never": a large array costs nothing until it is written.
// Invariant: summaries[i] = the soonest of words[64 i ..< 64 i + 64].

internal import CAllocator
internal import CEncodings

@safe
struct ExpiryBounds: ~Copyable {
    /// No expiry in this group.
    static let never = UInt32.max
    /// Groups per summary: four cache lines.
    static let fanOut = 64

    let count: Int
    /// The groups' words, and behind them the summaries; valid while `count` is not 0.
    private let words: UnsafeMutablePointer<UInt32>

    private var summaries: UnsafeMutablePointer<UInt32> { unsafe words + count }
    private var summaryCount: Int { (count + Self.fanOut - 1) / Self.fanOut }
    private var wordBytes: Int { (count + summaryCount) * 4 }

    /// Never, for all groups. Allocates nothing for none.
    init(count: Int) {
        self.count = count
        let wordCount = count + (count + Self.fanOut - 1) / Self.fanOut
        unsafe words = count == 0
            ? UnsafeMutablePointer(bitPattern: MemoryLayout<UInt32>.alignment).unsafelyUnwrapped
            : apus_allocate_zeroed(wordCount * 4).bindMemory(to: UInt32.self, capacity: wordCount)
    }

    deinit {
        if count > 0 { unsafe apus_free(words, wordBytes) }
    }

    /// The bytes it occupies.
    var byteCount: Int { count == 0 ? 0 : apus_usable_size(wordBytes) }

    subscript(group: Int) -> UInt32 { unsafe ~words[group] }

    func group(ofPosition position: UInt32) -> Int {
        Int(truncatingIfNeeded: apus_bucket_index(position, UInt64(truncatingIfNeeded: count)))  // < count
    }

    /// Asks the memory for the word of a position's group.
    func prefetch(position: UInt32) { unsafe apus_prefetch(words + group(ofPosition: position)) }

    /// The positions of a group, as a scan of the table takes them.
    func positions(ofGroup group: Int) -> Range<UInt64> {
        let count = UInt64(count), group = UInt64(group)
        return apus_bucket_first_position(group, count)..<apus_bucket_first_position(group + 1, count)
    }

    /// The group's tick is this one if it is sooner than before. Whether it was. O(1).
    mutating func lower(group: Int, to tick: UInt32) -> Bool {
        if unsafe ~tick <= words[group] { return false }
        unsafe words[group] = ~tick
        let summary = group / Self.fanOut
        if unsafe ~tick > summaries[summary] { unsafe summaries[summary] = ~tick }
        return true
    }

    /// The group's tick is this one. O(fanOut).
    mutating func set(group: Int, to tick: UInt32) {
        unsafe words[group] = ~tick
        let first = group / Self.fanOut * Self.fanOut
        var soonest: UInt32 = 0
        for index in first..<min(first + Self.fanOut, count) { soonest = unsafe max(soonest, words[index]) }
        unsafe summaries[group / Self.fanOut] = soonest
    }

    /// The soonest tick of all. O(groups / fanOut).
    func earliest() -> UInt32 {
        var soonest: UInt32 = 0
        for summary in 0..<summaryCount { soonest = unsafe max(soonest, summaries[summary]) }
        return ~soonest
    }

    /// The next group from `start` on whose tick has come by `tick`, nil after the last. O(groups / fanOut) at worst.
    func firstDue(from start: Int, by tick: UInt32) -> Int? {
        var group = start
        while group < count {
            if group % Self.fanOut == 0, unsafe summaries[group / Self.fanOut] < ~tick {
                group += Self.fanOut
                continue
            }
            if unsafe words[group] >= ~tick { return group }
            group += 1
        }
        return nil
    }

    /// Checks the summaries. O(groups); for tests.
    func invariants() -> Bool {
        for summary in 0..<summaryCount {
            let groups = summary * Self.fanOut..<min((summary + 1) * Self.fanOut, count)
            guard unsafe summaries[summary] == groups.map({ unsafe words[$0] }).max() else { return false }
        }
        return true
    }
}
