// Bench: measures one size of one comparison, all encodings in turns.

internal import BenchmarkReport
internal import Platform
internal import Workloads

struct Bench: ~Copyable {
    /// Odd, so that a median is a round's own figure.
    static let rounds = 7

    private let instructions = InstructionCounter()
    private let yardstick = EnginePart.yardstick

    /// Nanoseconds (and instructions, if they are counted) of `count` operations.
    private struct Sample {
        var nanoseconds: Double
        var instructions: Double
    }

    private func time(_ body: () -> Int) -> Sample {
        // The thread's own time: what others do on this machine in between does not count.
        let (started, instructionsBefore) = (ProcessFacts.threadCpuNs, instructions.count)
        let operations = Double(body())
        return Sample(
            nanoseconds: Double(ProcessFacts.threadCpuNs - started) / operations,
            instructions: Double(instructions.count - instructionsBefore) / operations)
    }

    // MARK: Collections

    /// Queries of a batch: the linear encodings get fewer when they are large, so that rounds stay short.
    private func batchCount(_ subject: EncodingSubject, _ elements: Int) -> Int {
        switch subject.kind {
        case .list, .stream: 512
        default: subject.elementsMax < 1 << 20 && elements > 64 ? max(128, 262_144 / elements) : 4096
        }
    }

    /// All quantities of all encodings that go up to this size.
    func measure(_ kind: CollectionKind, elements: Int, elementBytes: Int) -> [Measurement] {
        let subjects = kind.subjects.filter { elements <= $0.elementsMax }
        let operations = CollectionOperation.allCases.filter { operation in
            subjects.allSatisfy { $0.supports(operation) }
        }
        let populations = PopulationRow(subjects, elements: elements, elementBytes: elementBytes)
        var samples: [[[Sample]]] = Array(
            repeating: Array(repeating: [], count: CollectionOperation.allCases.count), count: subjects.count)
        var units: [Double] = []
        for _ in 0..<Self.rounds {
            units.append(yardstickUnit())
            for (index, subject) in subjects.enumerated() {
                populations.prepare(index, batchCount(subject, elements))
            }
            // Deletion and insertion follow each other, in the order that the operations have.
            for operation in operations where operation != .delete && operation != .insert {
                for index in subjects.indices {
                    samples[index][Int(operation.rawValue)].append(time { populations.run(index, operation) })
                }
            }
            for operation in [CollectionOperation.delete, .insert] {
                for index in subjects.indices {
                    samples[index][Int(operation.rawValue)].append(time { populations.run(index, operation) })
                }
            }
        }
        return figures(subjects, populations, samples, units, elements, elementBytes)
    }

    private func yardstickUnit() -> Double {
        time {
            yardstick.run(yardstick.rounds)
            return yardstick.rounds
        }.nanoseconds
    }

    private func figures(
        _ subjects: [EncodingSubject], _ populations: borrowing PopulationRow, _ samples: [[[Sample]]],
        _ units: [Double], _ elements: Int, _ elementBytes: Int
    ) -> [Measurement] {
        var found: [Measurement] = []
        for (index, subject) in subjects.enumerated() {
            func add(_ quantity: Quantity, _ value: Double, _ ratio: Double, _ instructions: Double? = nil) {
                found.append(
                    Measurement(
                        comparison: "\(subject.kind)", elementBytes: elementBytes, elements: elements,
                        quantity: quantity, encoding: subject.name, value: rounded(value), ratio: rounded(ratio),
                        instructions: instructions.map(rounded)))
            }
            for operation in CollectionOperation.allCases {
                let taken = samples[index][Int(operation.rawValue)]
                guard !taken.isEmpty else { continue }
                let other = index == 0 ? units : samples[0][Int(operation.rawValue)].map(\.nanoseconds)
                let ratios = zip(taken, other).map { $0.nanoseconds / $1 }
                add(
                    Quantity(rawValue: "\(operation)")!, median(taken.map(\.nanoseconds)), median(ratios),
                    instructions.isAvailable ? median(taken.map(\.instructions)) : nil)
            }
            let bytes = populations.bytesPerElement(index)
            add(.bytes, bytes, index == 0 ? bytes : bytes / populations.bytesPerElement(0))
        }
        return found
    }

    // MARK: Parts

    func measureParts() -> [PartMeasurement] {
        let parts = EnginePart.all
        var samples: [[Sample]] = Array(repeating: [], count: parts.count)
        var units: [Double] = []
        for part in parts { part.run(part.rounds) }  // caches, pages, predictors
        for _ in 0..<2 * Self.rounds + 1 {
            units.append(yardstickUnit())
            for (index, part) in parts.enumerated() {
                samples[index].append(
                    time {
                        part.run(part.rounds)
                        return part.rounds * part.operationsPerRound
                    })
            }
        }
        return parts.indices.map { index in
            let other = parts.firstIndex { $0.name == parts[index].alternativeTo }
            let references = other.map { samples[$0].map(\.nanoseconds) } ?? units
            return PartMeasurement(
                name: parts[index].name, alternativeTo: parts[index].alternativeTo,
                nanoseconds: rounded(median(samples[index].map(\.nanoseconds))),
                ratio: rounded(median(zip(samples[index], references).map { $0.nanoseconds / $1 })),
                instructions: instructions.isAvailable ? rounded(median(samples[index].map(\.instructions))) : nil)
        }
    }
}

/// The populations of one size, one per encoding; noncopyable elements, hence not an array.
struct PopulationRow: ~Copyable {
    private var populations: [PopulationBox] = []

    init(_ subjects: [EncodingSubject], elements: Int, elementBytes: Int) {
        populations = subjects.map {
            PopulationBox(Population($0, elements: elements, elementBytes: elementBytes))
        }
    }

    func prepare(_ index: Int, _ count: Int) { populations[index].population.prepare(count) }
    func run(_ index: Int, _ operation: CollectionOperation) -> Int { populations[index].population.run(operation) }
    func bytesPerElement(_ index: Int) -> Double { populations[index].population.bytesPerElement }
}

private final class PopulationBox {
    let population: Population
    init(_ population: consuming Population) { self.population = population }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted[sorted.count / 2]
}

/// Four significant digits: what a file is to keep.
func rounded(_ value: Double) -> Double {
    guard value > 0 else { return 0 }
    var scale = 1.0
    while value * scale < 1000 { scale *= 10 }
    return (value * scale).rounded() / scale
}
