// What the eviction policies cost, all in turns.

internal import BenchmarkReport
internal import Eviction
internal import Workloads

extension Bench {
    private static var evictionRounds: Int { 15 }

    /// Each policy's costs.
    func measureEviction() -> [EvictionCost] {
        let models = EvictionPolicy.all.map { EvictionCosts($0) }
        var hits = Array(repeating: [Sample](), count: models.count)
        var (insertions, evictions) = (hits, hits)
        func run(_ body: () -> Void) -> Sample {
            Population.chill()
            return time {
                body()
                return EvictionCosts.batch
            }
        }
        for _ in 0..<Self.evictionRounds {
            for (index, model) in models.enumerated() {
                model.prepareHits()
                hits[index].append(run(model.hit))
                evictions[index].append(run(model.evict))
                model.prepareInsertions()
                insertions[index].append(run(model.insert))
            }
        }
        func shortest(_ samples: [Sample]) -> Double { rounded(samples.map(\.nanoseconds).min()!) }
        return models.indices.map { index in
            EvictionCost(
                policy: models[index].policy.name, hit: shortest(hits[index]), insert: shortest(insertions[index]),
                evict: shortest(evictions[index]), entryBits: models[index].policy.entryBits,
                ghostBits: models[index].policy.ghostBits)
        }
    }
}
