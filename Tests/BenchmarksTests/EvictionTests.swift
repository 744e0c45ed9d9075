import Eviction
import LoadGenerator
import Testing

private func policy(_ name: String) throws -> EvictionPolicy {
    try #require(EvictionPolicy.all.first { $0.name == name })
}

/// What `#expect` can look into: it copies what it is given.
private final class Cache {
    private let cache: EvictionCache

    init(_ policy: EvictionPolicy, capacity: Int, seed: UInt64 = 1) {
        cache = EvictionCache(policy, capacity: capacity, seed: seed)
    }

    var count: Int { cache.count }
    var invariants: String? { cache.invariants }
    func contains(_ key: UInt64) -> Bool { cache.contains(key) }
    func expire(_ key: UInt64, now: Int64) { cache.expire(key, now: now) }
    func remove(_ key: UInt64) { cache.remove(key) }
    func access(_ key: UInt64, now: Int64, expiry: Int64 = EvictionCache.never) -> Bool {
        cache.access(key, now: now, expiry: expiry)
    }
}

@Suite("Eviction policies")
struct EvictionTests {
    @Test(arguments: EvictionPolicy.all.map(\.name), [UInt64(1), 2, 3])
    func everyPolicyKeepsItsInvariants(_ name: String, seed: UInt64) throws {
        let policy = try policy(name)
        var random = RandomSource(seed: seed)
        for capacity in [1, 2, 7, 64] {
            let cache = Cache(policy, capacity: capacity, seed: seed)
            for step in 0..<2000 {
                let now = Int64(step) * 37
                let key = random.below(UInt64(capacity) * 3)
                let wasThere = cache.contains(key)
                let expiry = random.below(4) == 0 ? now + Int64(random.below(2000)) + 1 : EvictionCache.never
                let isHit = cache.access(key, now: now, expiry: expiry)
                #expect(!isHit || wasThere, "seed \(seed)")
                #expect(cache.contains(key), "what was asked for is there; seed \(seed)")
                if random.below(8) == 0 { cache.expire(random.below(UInt64(capacity) * 3), now: now) }
                #expect(cache.invariants == nil, "\(name), capacity \(capacity), step \(step), seed \(seed)")
            }
        }
    }

    /// Against a model: an array in the order of use.
    @Test(arguments: [UInt64(1), 2])
    func exactLRUEvictsTheLongestIdle(_ seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let cache = Cache(try policy("LRU, exact"), capacity: 10)
        var model: [UInt64] = []
        for step in 0..<5000 {
            let key = random.below(25)
            let isHit = model.contains(key)
            model.removeAll { $0 == key }
            if model.count == 10 { model.removeFirst() }
            model.append(key)
            #expect(cache.access(key, now: Int64(step)) == isHit, "seed \(seed), step \(step)")
            #expect(cache.count == model.count)
        }
        #expect(model.allSatisfy { cache.contains($0) })
    }

    /// Keys a to g, as in the algorithm's description: what was visited is spared once, wherever it is.
    @Test func sieveSparesWhatWasVisited() throws {
        let cache = Cache(try policy("SIEVE"), capacity: 3)
        for key in [1, 2, 3, 1] as [UInt64] { _ = cache.access(key, now: 0) }
        _ = cache.access(4, now: 0)  // the hand passes 1, which loses its mark, and takes 2
        #expect(cache.contains(1) && !cache.contains(2) && cache.contains(3) && cache.contains(4))
        _ = cache.access(5, now: 0)  // the hand stands at 3
        #expect(cache.contains(1) && !cache.contains(3))
        _ = cache.access(6, now: 0)  // then at 4
        #expect(cache.contains(1) && !cache.contains(4))
    }

    @Test func s3FIFORemembersWhoComesBack() throws {
        let cache = Cache(try policy("S3-FIFO"), capacity: 10)
        for key in 0..<10 as Range<UInt64> { _ = cache.access(key, now: 0) }
        _ = cache.access(10, now: 0)
        #expect(!cache.contains(0))
        _ = cache.access(0, now: 0)  // from the ghosts into the main queue, past which the others stream
        for key in 100..<200 as Range<UInt64> { _ = cache.access(key, now: 0) }
        #expect(cache.contains(0))
    }

    /// Samples of five and a pool come near the exact order.
    @Test func sampledLRUIsNearlyExact() throws {
        let workload = CacheWorkload.mixes(seed: 7, requests: 100_000)[0]
        let exact = CacheReplay.hitRatio(workload, try policy("LRU, exact"), share: 0.1)
        let sampled = CacheReplay.hitRatio(workload, try policy("LRU, sampled"), share: 0.1)
        let random = CacheReplay.hitRatio(workload, try policy("random"), share: 0.1)
        #expect(abs(exact - sampled) < 0.01)
        #expect(random < exact - 0.02)
    }

    @Test func weightedKeepsWhatScansWouldFlush() throws {
        let workload = try #require(CacheWorkload.mixes(seed: 7, requests: 200_000).first { $0.name == "scans" })
        let lru = CacheReplay.hitRatio(workload, try policy("LRU, exact"), share: 0.05)
        let weighted = CacheReplay.hitRatio(workload, try policy("weighted"), share: 0.05)
        #expect(weighted > lru + 0.01)
    }

    /// A loop that is one key too long: the textbook's worst case.
    @Test func exactLRUMissesEveryTurnOfALoop() throws {
        let loop = CacheWorkload(
            name: "loop", accesses: (0..<10_000).map { CacheWorkload.Access(key: UInt64($0 % 100)) })
        #expect(loop.keyCount == 100)
        #expect(CacheReplay.hitRatio(loop, try policy("LRU, exact"), share: 0.99) == 0)
        #expect(CacheReplay.hitRatio(loop, try policy("random"), share: 0.99) > 0.5)
        for policy in EvictionPolicy.all {
            #expect(CacheReplay.hitRatio(loop, policy, share: 1) == 0.99, "\(policy.name): all fits")
        }
    }

    @Test func ttlEvictsTheNextToExpire() throws {
        // No more entries than a sample has: it sees them all.
        let cache = Cache(try policy("TTL, sampled"), capacity: 5)
        for key in 1...5 as ClosedRange<UInt64> { _ = cache.access(key, now: 0, expiry: 1000 * Int64(key)) }
        _ = cache.access(6, now: 0, expiry: 10_000)
        #expect(!cache.contains(1) && (2...6).allSatisfy { cache.contains($0) })
    }

    @Test func whatIsDueIsAMiss() throws {
        for policy in EvictionPolicy.all {
            let cache = Cache(policy, capacity: 4)
            #expect(!cache.access(1, now: 0, expiry: 100))
            #expect(cache.access(1, now: 99))
            #expect(!cache.access(1, now: 100, expiry: 200), "\(policy.name)")
            cache.expire(1, now: 150)
            #expect(cache.contains(1))
            cache.expire(1, now: 200)
            #expect(cache.count == 0)
        }
    }

    /// Counts halve with time: a key that was popular long ago goes before one that is used now.
    @Test(arguments: ["LFU, sampled", "weighted"])
    func popularityFades(_ name: String) throws {
        let cache = Cache(try policy(name), capacity: 5)
        var now: Int64 = 0
        for _ in 0..<200 {
            now += 100
            _ = cache.access(1, now: now)
        }
        for _ in 0..<100 {
            now += 600_000
            for key in 2...4 as ClosedRange<UInt64> { _ = cache.access(key, now: now) }
        }
        _ = cache.access(5, now: now)
        _ = cache.access(6, now: now)
        _ = cache.access(5, now: now)
        #expect(!cache.contains(1))
    }

    @Test func mixesAreTheirSeeds() {
        let mixes = CacheWorkload.mixes(seed: 3, requests: 20_000)
        #expect(mixes.map(\.accesses) == CacheWorkload.mixes(seed: 3, requests: 20_000).map(\.accesses))
        #expect(mixes[0].accesses != CacheWorkload.mixes(seed: 4, requests: 20_000)[0].accesses)
        #expect(mixes.map(\.name) == ["zipf", "scans", "loop", "drift", "news", "sessions"])
        #expect(mixes.map(\.name) == CacheWorkload.Mix.allCases.map(\.rawValue))
        for mix in mixes {
            #expect((15_000...25_000).contains(mix.accesses.count), "\(mix.name): \(mix.accesses.count)")
            #expect(mix.hasExpiry == (mix.name == "sessions"))
        }
    }

    @Test func tracesAreRead() throws {
        let trace = try Trace(Array("0 3 0 0\n1 2 0 1\n".utf8), format: .arc)
        let workload = CacheWorkload(name: "arc", trace)
        #expect(workload.accesses.map(\.key) == [0, 1, 2, 1, 2])
        #expect(workload.keyCount == 3)
        #expect(CacheReplay.hitRatio(workload, try policy("LRU, exact"), share: 1) == 0.4)
    }

    /// A get, or a write, is a request for its key; what is deleted is gone, and nobody has asked for it.
    @Test func deletionsInATraceDelete() throws {
        let lines = (0..<100).flatMap { key in ["set", "get", "delete", "get"].map { "\(key),\($0)" } }
        let text = (["key,op"] + lines).joined(separator: "\n") + "\n"
        let workload = CacheWorkload(name: "ops", try Trace(Array(text.utf8), format: .csv))
        #expect(workload.requestCount == 300 && workload.keyCount == 100)
        for policy in EvictionPolicy.all where !policy.wantsExpiry {
            #expect(CacheReplay.hitRatio(workload, policy, share: 1) == 1 / 3.0, "\(policy.name)")
        }
        let cache = Cache(try policy("S3-FIFO"), capacity: 4)
        for key in 1...4 as ClosedRange<UInt64> { _ = cache.access(key, now: 0) }
        cache.remove(2)
        cache.remove(9)
        #expect(!cache.contains(2) && cache.count == 3 && cache.invariants == nil)
    }

    @Test func aTraceOfDeletionsHasNoRequests() throws {
        let workload = CacheWorkload(name: "gone", try Trace(Array("key,op\n1,delete\n".utf8), format: .csv))
        #expect(workload.requestCount == 0 && workload.keyCount == 0)
    }

    @Test func tracesAreNamedByTheirFiles() {
        let names = [
            "cluster.1.csv": "cluster.1", "/a/cluster.2.csv": "cluster.2", "OLTP.lis": "OLTP", "w106.trace": "w106",
            "t/cloudPhysicsIO.oracleGeneral.bin": "cloudPhysicsIO", "web12": "web12", ".csv": ".csv", "v1.5": "v1.5",
        ]
        for (file, name) in names { #expect(CacheWorkload.name(fileName: file) == name) }
    }

    @Test func costsKeepTheCachesSize() throws {
        for policy in EvictionPolicy.all {
            let costs = EvictionCosts(policy, entries: 5000)
            for _ in 0..<3 {
                costs.prepareHits()
                costs.hit()
                costs.evict()
                #expect(costs.count == 5000 - EvictionCosts.batch, "\(policy.name)")
                costs.prepareInsertions()
                costs.insert()
                #expect(costs.count == 5000 && costs.invariants == nil, "\(policy.name)")
            }
        }
    }
}
