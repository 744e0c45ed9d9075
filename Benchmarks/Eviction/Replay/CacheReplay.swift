// CacheReplay: a workload's hit ratio under a policy.

package enum CacheReplay {
    /// Sizes of the cache as shares of the workload's keys.
    package static var shares: [Double] { [0.01, 0.02, 0.05, 0.1, 0.25, 0.5] }

    /// Hits over requests (reads and writes whose key is there, over all of them) in a cache of `share` of the keys,
    /// which starts empty. O(accesses).
    package static func hitRatio(_ workload: CacheWorkload, _ policy: EvictionPolicy, share: Double) -> Double {
        let cache = EvictionCache(policy, capacity: max(1, Int(Double(workload.keyCount) * share)))
        let count = workload.accesses.count
        guard workload.requestCount > 0 else { return 0 }
        var due = DueKeys()
        var hits = 0
        for (index, access) in workload.accesses.enumerated() {
            let now = Int64(index) * CacheWorkload.durationMs / Int64(count)
            due.expire(cache, now: now)
            if access.isDeletion {
                cache.remove(access.key)
                continue
            }
            let expiry = access.lifeMs > 0 ? now + Int64(access.lifeMs) : EvictionCache.never
            if cache.access(access.key, now: now, expiry: expiry) {
                hits += 1
            } else if access.lifeMs > 0 {
                due.add(access.key, life: access.lifeMs, at: expiry)
            }
        }
        return Double(hits) / Double(workload.requestCount)
    }
}

/// Keys in the order in which they fall due: a queue for each life, since time only goes on. A server reclaims what is
/// due at once, so the models must not be full of it.
private struct DueKeys {
    private struct Queue {
        let life: UInt32
        var keys: [(time: Int64, key: UInt64)] = []
        var head = 0
    }

    private var queues: [Queue] = []

    mutating func add(_ key: UInt64, life: UInt32, at time: Int64) {
        if let index = queues.firstIndex(where: { $0.life == life }) {
            queues[index].keys.append((time, key))
        } else {
            queues.append(Queue(life: life, keys: [(time, key)]))
        }
    }

    mutating func expire(_ cache: borrowing EvictionCache, now: Int64) {
        for index in queues.indices {
            while queues[index].head < queues[index].keys.count, queues[index].keys[queues[index].head].time <= now {
                cache.expire(queues[index].keys[queues[index].head].key, now: now)
                queues[index].head += 1
            }
        }
    }
}
