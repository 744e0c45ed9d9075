// Collections: a size of a comparison, with all encodings in turns.
//
// A round runs each operation for every encoding, one after the other, on the same batches of queries.

internal import BenchmarkReport
internal import Workloads

extension Bench {
    /// All sizes are gone through this often, seconds apart: a busy neighbour on the machine stays for a while.
    /// Small collections, whose encodings are close to each other, more often than large ones, which take long.
    static func passes(elements: Int) -> Int { elements <= 4096 ? 4 : 3 }
    /// One size's samples so far: by encoding, operation, round.
    struct Point {
        fileprivate let comparison: Comparison
        fileprivate let subjects: [EncodingSubject]
        fileprivate let operations: [CollectionOperation]
        let elements: Int
        /// As the measurement names it, which is the value's size where that is what grows.
        fileprivate let elementBytes: Int
        fileprivate var samples: [[[Sample]]]
        fileprivate var units: [Double] = []

        /// All encodings of a kind that go up to this size, and the operations that they all have.
        init(_ comparison: Comparison, _ kind: CollectionKind, elements: Int, elementBytes: Int) {
            self.comparison = comparison
            let subjects = kind.subjects.filter { elements <= $0.elementsMax }
            self.subjects = subjects
            self.elements = elements
            self.elementBytes = elementBytes
            operations = CollectionOperation.allCases.filter { operation in
                subjects.allSatisfy { $0.supports(operation) }
            }
            samples = Array(
                repeating: Array(repeating: [], count: CollectionOperation.allCases.count), count: subjects.count)
        }

        private var isOfValues: Bool { comparison.axis == .elementBytes }

        /// Of hashes by their values' size, the fields stay short.
        private func nameBytes(_ subject: EncodingSubject) -> Int {
            isOfValues && subject.kind == .hash ? Comparison.fieldBytes : elementBytes
        }

        /// Of encodings that are chains of nodes, the largest node's.
        fileprivate var nodeElements: Int {
            subjects.map { $0.nodeElements(elementBytes: elementBytes) }.max() ?? 0
        }

        /// A round that goes through whole nodes is long.
        fileprivate var rounds: Int { nodeElements > 0 ? 1 : 2 }

        /// Elements of a population where their size is what grows: the same for all sizes, 64 MiB of the largest. And
        /// of chains of nodes.
        private static var elementsMinOfLarge: Int { 65536 }

        fileprivate func population(_ subject: EncodingSubject) -> Population {
            Population(
                subject, elements: elements, elementBytes: nameBytes(subject), valueBytes: elementBytes,
                elementsMin: isOfValues || nodeElements > 0 ? Self.elementsMinOfLarge : Population.elementsMin)
        }

        fileprivate mutating func add(_ operations: [CollectionOperation], _ taken: [[Sample]]) {
            for (operation, taken) in zip(operations, taken) {
                for index in taken.indices { samples[index][Int(operation.rawValue)].append(taken[index]) }
            }
        }

        /// Per element.
        fileprivate func bytes(_ subject: EncodingSubject) -> Double {
            subject.bytes(around: elements, elementBytes: nameBytes(subject), valueBytes: elementBytes)
        }
    }

    /// Adds a few rounds, on populations built anew.
    func sample(_ point: inout Point) {
        let populations = point.subjects.map { PopulationBox(point.population($0)) }
        let sampling = Sampling(
            collections: populations[0].population.collections, elements: point.elements,
            nodeElements: point.nodeElements)
        for _ in 0..<point.rounds {
            point.units.append(yardstickUnit())
            let reads = point.operations.filter { !$0.isChange }
            point.add(reads, take(reads, sampling.reads, populations))
            // What is inserted is what was deleted just before.
            point.add([.delete, .insert], take([.delete, .insert], sampling.changes, populations))
        }
    }

    /// A sample of each operation and population.
    private func take(
        _ operations: [CollectionOperation], _ series: Sampling.Series, _ populations: [PopulationBox]
    ) -> [[Sample]] {
        var sums = operations.map { _ in populations.map { _ in Sample() } }
        func missing() -> [Int] { sums.indices.filter { sums[$0][0].operations < series.operations } }
        while case let due = missing(), !due.isEmpty {
            for box in populations { box.population.prepare(series.batch) }
            for place in due {
                for index in populations.indices {
                    Population.chill()
                    sums[place][index] += time { populations[index].population.run(operations[place]) }
                }
            }
        }
        return sums
    }

    /// What the samples say.
    func measurements(_ point: Point) -> [Measurement] {
        var found: [Measurement] = []
        let bytes = point.subjects.map(point.bytes)
        for (index, subject) in point.subjects.enumerated() {
            func add(_ quantity: Quantity, _ value: Double, _ ratio: Double, _ instructions: Double? = nil) {
                found.append(
                    Measurement(
                        comparison: point.comparison.name, elementBytes: point.elementBytes, elements: point.elements,
                        quantity: quantity, encoding: subject.name, value: rounded(value), ratio: rounded(ratio),
                        instructions: instructions.map(rounded)))
            }
            for operation in point.operations {
                let taken = point.samples[index][Int(operation.rawValue)]
                let shortest = taken.map(\.nanoseconds).min()!
                let first = point.samples[0][Int(operation.rawValue)].map(\.nanoseconds)
                add(
                    operation.quantity, shortest, shortest / (index == 0 ? point.units : first).min()!,
                    instructions.isAvailable ? median(taken.map(\.instructions)) : nil)
            }
            add(.bytes, bytes[index], index == 0 ? bytes[0] : bytes[index] / bytes[0])
        }
        return found
    }
}

extension CollectionOperation {
    fileprivate var isChange: Bool { self == .insert || self == .delete }

    /// They have one name.
    fileprivate var quantity: Quantity { Quantity(rawValue: "\(self)")! }
}

/// A population in an array: it is noncopyable.
private final class PopulationBox {
    let population: Population
    init(_ population: consuming Population) { self.population = population }
}
