// The parts of the engine for `swift package benchmark`: parser, replies, table, hash, lock, gate; and the eviction
// policies. A measurement is one part's rounds, about a tenth of a millisecond, or a policy's batch; of contended
// exclusive sections it includes the pauses between them.

internal import Benchmark
internal import Eviction
internal import Workloads

let benchmarks: @Sendable () -> Void = {
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock, .instructions, .throughput], warmupIterations: 3, maxDuration: .milliseconds(500))
    for part in EnginePart.all {
        Benchmark(part.name, configuration: configuration) { _ in part.run(part.rounds) }
    }
    for policy in EvictionPolicy.all { register(policy) }
}

/// A hit, an insertion and an eviction, per operation of a batch.
private func register(_ policy: EvictionPolicy) {
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock, .instructions, .throughput], timeUnits: .nanoseconds, scalingFactor: .kilo,
        maxDuration: .milliseconds(300), maxIterations: 500)
    for operation in ["hit", "insert", "evict"] {
        Benchmark(
            "eviction, \(policy.name), \(operation)", configuration: configuration,
            closure: { (benchmark: Benchmark, costs: EvictionCosts) in
                if operation == "hit" { costs.prepareHits() } else { costs.prepareInsertions() }
                if operation == "insert" { costs.evict() }
                benchmark.startMeasurement()
                switch operation {
                case "hit": costs.hit()
                case "insert": costs.insert()
                default: costs.evict()
                }
                benchmark.stopMeasurement()
                // What went is made up for, so that the cache keeps its size.
                if operation == "evict" { costs.insert() }
            },
            setup: { EvictionCosts(policy) })
    }
}
