// The parts of the engine for `swift package benchmark`: parser, replies, table, hash, lock, gate.

internal import Benchmark
internal import Workloads

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.cpuUser, .instructions, .throughput], timeUnits: .nanoseconds, maxDuration: .milliseconds(500))
    for (index, part) in EnginePart.all.enumerated() {
        Benchmark(part.name) { benchmark in
            let part = EnginePart.all[index]
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { part.run(part.rounds) }
            benchmark.stopMeasurement()
        }
    }
}
