// The encodings for `swift package benchmark`: fewer sizes than apus-benchmark, on both sides of the thresholds, with
// the package's statistics, thresholds and baselines.

internal import Benchmark
internal import Workloads

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.cpuUser, .instructions, .throughput], timeUnits: .nanoseconds, scalingFactor: .kilo,
        maxDuration: .milliseconds(200), maxIterations: 1000)
    for kind in CollectionKind.allCases {
        for (index, subject) in kind.subjects.enumerated() {
            for elements in [16, 128, 512, 4096] where elements <= subject.elementsMax {
                for operation in CollectionOperation.allCases where subject.supports(operation) {
                    register(kind, index, elements, operation, subject.name)
                }
            }
        }
    }
}

/// Queries of a batch: what `.kilo` makes the unit of.
private let batchCount = 1000

private func register(
    _ kind: CollectionKind, _ index: Int, _ elements: Int, _ operation: CollectionOperation, _ encoding: String
) {
    Benchmark("\(kind), \(encoding), \(elements), \(operation)") { benchmark in
        let population = Population(kind.subjects[index], elements: elements, elementBytes: 16)
        while benchmark.measuring {
            population.prepare(batchCount)
            // What is inserted must have been deleted before, and the other way round.
            if operation == .insert { _ = population.run(.delete) }
            Population.chill()
            benchmark.startMeasurement()
            _ = population.run(operation)
            benchmark.stopMeasurement()
            if operation == .delete { _ = population.run(.insert) }
        }
    }
}
