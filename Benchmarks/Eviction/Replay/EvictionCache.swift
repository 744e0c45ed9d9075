// EvictionPolicy, EvictionCache: the safe face of eviction.h, which says what is modelled.

internal import CEviction

@safe
package struct EvictionPolicy: Sendable {
    /// The policy is a constant of the program.
    nonisolated(unsafe) fileprivate let policy: OpaquePointer

    /// Exact LRU first, which the others are compared with.
    package static var all: [EvictionPolicy] {
        var found: [EvictionPolicy] = []
        while let policy = unsafe eviction_policy_at(UInt32(found.count)) {
            unsafe found.append(EvictionPolicy(policy: policy))
        }
        return found
    }

    package var name: String { unsafe String(cString: eviction_policy_name(policy)) }

    /// Bits of an entry that it needs, pointers included.
    package var entryBits: Int { unsafe Int(eviction_policy_entry_bits(policy)) }

    /// Bits that it keeps for each of as many evicted entries as there are present ones.
    package var ghostBits: Int { unsafe Int(eviction_policy_ghost_bits(policy)) }

    /// Whether it evicts by expiry, hence needs workloads that have one.
    package var wantsExpiry: Bool { unsafe eviction_policy_wants_expiry(policy) }
}

@safe
package struct EvictionCache: ~Copyable {
    /// The expiry of what does not expire.
    package static var never: Int64 { .max }

    private let cache: OpaquePointer

    package init(_ policy: EvictionPolicy, capacity: Int, seed: UInt64 = 1) {
        unsafe cache = eviction_create(policy.policy, UInt64(capacity), seed)
    }

    deinit { unsafe eviction_free(cache) }

    package var count: Int { unsafe Int(eviction_count(cache)) }

    /// A hit; or a miss, after which the key is there. `now` in milliseconds, never less than before.
    package func access(_ key: UInt64, now: Int64, expiry: Int64 = never) -> Bool {
        unsafe eviction_access(cache, key, now, expiry)
    }

    /// Takes the key out if it is due.
    package func expire(_ key: UInt64, now: Int64) { unsafe eviction_expire(cache, key, now) }

    /// Takes the key out, if it is there.
    package func remove(_ key: UInt64) { unsafe eviction_remove(cache, key) }

    package func contains(_ key: UInt64) -> Bool { unsafe eviction_contains(cache, key) }

    // MARK: The parts of an access, to be timed one by one

    /// Uses keys that are there; returns how many were.
    @discardableResult
    package func hit(_ keys: [UInt64], now: Int64) -> Int {
        unsafe Int(eviction_hit_all(cache, keys, UInt32(keys.count), now))
    }

    /// Adds keys that are not there, beyond the capacity.
    package func insert(_ keys: [UInt64], now: Int64) {
        unsafe eviction_insert_all(cache, keys, UInt32(keys.count), now)
    }

    package func evict(_ count: Int) { unsafe eviction_evict_some(cache, UInt32(count)) }

    /// Nil, or what is broken. O(entries).
    package var invariants: String? {
        guard let broken = unsafe eviction_invariants(cache) else { return nil }
        return unsafe String(cString: broken)
    }
}
