// The encodings for `swift package benchmark`: fewer sizes than apus-benchmark, on both sides of the thresholds, with
// the package's statistics, thresholds and baselines.

internal import Benchmark
internal import Workloads

/// Queries of a batch: what the scaling factor makes the unit of. Iteration goes over whole collections, of which a
/// batch may be less than one: its name says how many elements a measurement is.
private let batchCount = 1000

let benchmarks: @Sendable () -> Void = {
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock, .instructions, .throughput], timeUnits: .nanoseconds, scalingFactor: .kilo,
        maxDuration: .milliseconds(200), maxIterations: 1000)
    for kind in CollectionKind.allCases {
        for subject in kind.subjects {
            for elements in [16, 128, 512, 4096, 1 << 20] where elements <= subject.elementsMax {
                for operation in CollectionOperation.allCases where subject.supports(operation) {
                    register(subject, elements, operation, configuration)
                }
            }
        }
    }
}

private func register(
    _ subject: EncodingSubject, _ elements: Int, _ operation: CollectionOperation,
    _ configuration: Benchmark.Configuration
) {
    var (name, configuration) = ("\(operation)", configuration)
    if operation == .iterate {
        name += " over \((batchCount + elements - 1) / elements * elements)"
        configuration.scalingFactor = .one
    }
    Benchmark(
        "\(subject.kind), \(subject.name), \(elements), \(name)", configuration: configuration,
        closure: { (benchmark: Benchmark, collections: Collections) in
            collections.population.prepare(batchCount)
            // What is inserted must have been deleted before, and the other way round.
            if operation == .insert { _ = collections.population.run(.delete) }
            Population.chill()
            benchmark.startMeasurement()
            _ = collections.population.run(operation)
            benchmark.stopMeasurement()
            if operation == .delete { _ = collections.population.run(.insert) }
        },
        setup: { Collections(subject, elements: elements) })
}

/// A population that the package can carry from setup to measurement.
private final class Collections {
    let population: Population
    init(_ subject: EncodingSubject, elements: Int) {
        population = Population(subject, elements: elements, elementBytes: 16)
    }
}
