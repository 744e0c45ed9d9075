// EvictionCosts: what a policy costs a hit, an insertion and an eviction, in a cache larger than the processor's.
//
// Each of the three is a batch of its own, to be timed apart. As in a server that is full, room is made before what is
// new comes: an insertion takes the memory of what its own policy has evicted. `random`, which keeps nothing, is the
// floor: its hit is the look-up alone.

internal import LoadGenerator

package final class EvictionCosts {
    /// Entries: 64 MiB of them, as a server's shard that does not fit the processor's caches.
    package static var entries: Int { 1 << 20 }
    /// Operations of a batch.
    package static var batch: Int { 4000 }

    package let policy: EvictionPolicy
    private let cache: EvictionCache
    private var chooser = KeyChooser(.zipf(exponent: Popularity.usualExponent), count: UInt64(entries))
    private var random = RandomSource(seed: 1)
    private var nextKey = UInt64(EvictionCosts.entries)
    private var keys: [UInt64] = []
    private var now: Int64 = 0

    package init(_ policy: EvictionPolicy, entries: Int = EvictionCosts.entries) {
        self.policy = policy
        cache = EvictionCache(policy, capacity: entries)
        for key in 0..<UInt64(entries) { _ = cache.access(key, now: 0) }
    }

    /// Chooses the keys of the next hits. Time goes on, so that clocks in entries are written.
    package func prepareHits() {
        now += 1000
        keys = (0..<Self.batch).map { _ in chooser.next(&random) }
    }

    package func hit() { cache.hit(keys, now: now) }

    /// Chooses keys that were never there.
    package func prepareInsertions() {
        now += 1000
        keys = (0..<UInt64(Self.batch)).map { nextKey + $0 }
        nextKey += UInt64(Self.batch)
    }

    /// Must follow an eviction.
    package func insert() { cache.insert(keys, now: now) }

    package func evict() { cache.evict(Self.batch) }

    package var count: Int { cache.count }

    /// Nil, or what is broken. O(entries).
    package var invariants: String? { cache.invariants }
}
