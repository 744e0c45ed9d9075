// The parts of the engine for `swift package benchmark`: parser, replies, table, hash, lock, gate. A measurement is one
// part's rounds, about a tenth of a millisecond.

internal import Benchmark
internal import Workloads

let benchmarks: @Sendable () -> Void = {
    let configuration = Benchmark.Configuration(
        metrics: [.cpuUser, .instructions, .throughput], warmupIterations: 3, maxDuration: .milliseconds(500))
    for part in EnginePart.all {
        Benchmark(part.name, configuration: configuration) { _ in part.run(part.rounds) }
    }
}
