// HitRatio, EvictionCost, EvictionResults: what a run says about eviction policies.
//
// Contract: hit ratios are functions of seeds and files, the same on every machine. Costs are times of one run; what
// may be compared between runs is their ratio to the first policy's.

#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

package struct HitRatio: Codable, Equatable, Sendable {
    package var workload: String
    package var requests: Int
    /// Different keys in the workload.
    package var keys: Int
    package var policy: String
    /// The cache's entries as a share of the keys.
    package var share: Double
    /// Hits over requests, cold misses included.
    package var ratio: Double

    package init(workload: String, requests: Int, keys: Int, policy: String, share: Double, ratio: Double) {
        self.workload = workload
        self.requests = requests
        self.keys = keys
        self.policy = policy
        self.share = share
        self.ratio = ratio
    }
}

package struct EvictionCost: Codable, Equatable, Sendable {
    package var policy: String
    /// Nanoseconds: a look-up that is a hit, an insertion, and an eviction.
    package var hit: Double
    package var insert: Double
    package var evict: Double
    /// Of an entry, pointers included; and of each evicted entry that is remembered.
    package var entryBits: Int
    package var ghostBits: Int

    package init(policy: String, hit: Double, insert: Double, evict: Double, entryBits: Int, ghostBits: Int) {
        self.policy = policy
        self.hit = hit
        self.insert = insert
        self.evict = evict
        self.entryBits = entryBits
        self.ghostBits = ghostBits
    }

    /// Bytes for each entry of the cache, with as many remembered ones.
    package var bytes: Double { Double(entryBits + ghostBits) / 8 }

    /// The server's entry has a word of 32 bits to spare, and no pointers.
    package var fitsEntry: Bool { entryBits <= 32 }
}

package struct EvictionResults: Codable, Equatable, Sendable {
    package var hitRatios: [HitRatio] = []
    package var costs: [EvictionCost] = []

    package init() {}

    package var isEmpty: Bool { hitRatios.isEmpty && costs.isEmpty }

    /// Takes over what `newer` has measured anew: costs, and its workloads' hits. Traces are not at hand each time.
    package mutating func replace(with newer: EvictionResults) {
        let replayed = Set(newer.workloads)
        hitRatios = newer.hitRatios + hitRatios.filter { !replayed.contains($0.workload) }
        if !newer.costs.isEmpty { costs = newer.costs }
    }

    package var workloads: [String] { Self.distinct(hitRatios.map(\.workload)) }
    package var policies: [String] { Self.distinct(hitRatios.map(\.policy)) }
    package var shares: [Double] { Set(hitRatios.map(\.share)).sorted() }

    /// What the others are compared with.
    package var reference: String? { policies.first }

    package func hitRatio(_ workload: String, _ policy: String, _ share: Double) -> Double? {
        point(workload, policy, share)?.ratio
    }

    func point(_ workload: String, _ policy: String, _ share: Double) -> HitRatio? {
        hitRatios.first { $0.workload == workload && $0.policy == policy && $0.share == share }
    }

    package func cost(_ policy: String) -> EvictionCost? { costs.first { $0.policy == policy } }

    /// A policy's misses over the reference's: below 1 is better.
    package func relativeMisses(_ workload: String, _ policy: String, _ share: Double) -> Double? {
        guard let reference, let its = hitRatio(workload, reference, share),
            let own = hitRatio(workload, policy, share), its < 1, own < 1
        else { return nil }
        return (1 - own) / (1 - its)
    }

    /// A policy over all workloads and sizes that it was measured on.
    package struct Summary: Equatable, Sendable {
        package let policy: String
        /// Geometric mean of the relative misses.
        package let mean: Double
        package let points: Int
        /// Points with fewer misses than the reference, by more than a thousandth.
        package let better: Int
        package let worst: Double
        package let worstPlace: String
    }

    package func summary(_ policy: String) -> Summary? {
        var points: [(misses: Double, place: String)] = []
        for workload in workloads {
            for share in shares {
                guard let misses = relativeMisses(workload, policy, share) else { continue }
                points.append((misses, "\(workload) at \(Format.percent(share))"))
            }
        }
        guard let worst = points.max(by: { $0.misses < $1.misses }) else { return nil }
        let mean = exp(points.reduce(0) { $0 + log(max($1.misses, 1e-9)) } / Double(points.count))
        return Summary(
            policy: policy, mean: mean, points: points.count, better: points.count { $0.misses < 0.999 },
            worst: worst.misses, worstPlace: worst.place)
    }

    private static func distinct(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
