// Bench: measures comparisons and parts, all encodings in turns.
//
// A round runs each operation once for every encoding, one after the other.
// The clock is the thread's processor time, so that what others do on the machine in between does not count (though the
// caches that they share with us do).

internal import BenchmarkReport
internal import Eviction
internal import Platform
internal import Workloads

struct Bench {
    /// All sizes are gone through this often, seconds apart: a busy neighbour on the machine stays for a while.
    /// Small collections, whose encodings are close to each other, more often than large ones, which take long.
    static func passes(elements: Int) -> Int { elements <= 4096 ? 4 : 3 }
    static let rounds = 2
    /// Parts need no building, and are small enough to be disturbed.
    private static let partRounds = 21
    private static let evictionRounds = 15
    /// Elements of a population where their size is what grows: the same for all sizes, 64 MiB of the largest.
    private static let elementsMinOfValues = 65536

    private let instructions = InstructionCounter()
    private let yardstick = EnginePart.yardstick

    /// Nanoseconds (and instructions, if they are counted) of `count` operations.
    fileprivate struct Sample {
        var nanoseconds: Double
        var instructions: Double
    }

    /// `isContended`: others take part, so that it is the wall's clock that counts, less the pauses.
    private func time(isContended: Bool = false, _ body: () -> Int) -> Sample {
        func clock() -> Int64 { isContended ? Clock.system.monotonicNs - EnginePart.pausesNs : ThreadTime.cpuNs }
        let (started, instructionsBefore) = (clock(), instructions.count)
        let operations = Double(body())
        return Sample(
            nanoseconds: Double(clock() - started) / operations,
            instructions: Double(instructions.count - instructionsBefore) / operations)
    }

    // MARK: Collections

    /// Queries of a batch: the linear encodings get fewer when they are large, so that rounds stay short.
    private func batchCount(_ subject: EncodingSubject, _ elements: Int) -> Int {
        switch subject.kind {
        case .list, .stream, .streamBytes: 512
        default: subject.elementsMax < 1 << 20 && elements > 64 ? max(128, 262_144 / elements) : 4096
        }
    }

    /// One size's samples so far: by encoding, operation, round.
    struct Point {
        fileprivate let subjects: [EncodingSubject]
        fileprivate let operations: [CollectionOperation]
        let elements: Int
        /// As the measurement names it, which is the value's size where that is what grows.
        fileprivate let elementBytes: Int
        fileprivate let comparison: Comparison
        fileprivate var samples: [[[Sample]]]
        fileprivate var units: [Double] = []
        fileprivate var bytes: [Double] = []

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
    }

    /// Adds a few rounds, on populations built anew.
    func sample(_ point: inout Point) {
        // Of hashes by their values' size, the fields stay short.
        let isOfValues = point.comparison.axis == .elementBytes
        let populations = point.subjects.map { subject in
            PopulationBox(
                Population(
                    subject, elements: point.elements,
                    elementBytes: isOfValues && subject.kind == .hash ? Comparison.fieldBytes : point.elementBytes,
                    valueBytes: point.elementBytes,
                    elementsMin: isOfValues ? Self.elementsMinOfValues : Population.elementsMin))
        }
        point.bytes = populations.map { $0.population.bytesPerElement }
        // What is inserted is what was deleted just before.
        let order = point.operations.filter { $0 != .delete && $0 != .insert } + [.delete, .insert]
        for _ in 0..<Self.rounds {
            point.units.append(yardstickUnit())
            for (index, subject) in point.subjects.enumerated() {
                populations[index].population.prepare(batchCount(subject, point.elements))
            }
            for operation in order {
                for index in point.subjects.indices {
                    Population.chill()
                    let sample = time { populations[index].population.run(operation) }
                    point.samples[index][Int(operation.rawValue)].append(sample)
                }
            }
        }
    }

    private func yardstickUnit() -> Double {
        time {
            yardstick.run(yardstick.rounds)
            return yardstick.rounds
        }.nanoseconds
    }

    /// What the samples say.
    func measurements(_ point: Point) -> [Measurement] {
        var found: [Measurement] = []
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
                    Quantity(rawValue: "\(operation)")!, shortest,
                    shortest / (index == 0 ? point.units : first).min()!,
                    instructions.isAvailable ? median(taken.map(\.instructions)) : nil)
            }
            let bytes = point.bytes[index]
            add(.bytes, bytes, index == 0 ? bytes : bytes / point.bytes[0])
        }
        return found
    }

    // MARK: Parts

    func measureParts() -> [PartMeasurement] {
        let parts = EnginePart.all
        var samples: [[Sample]] = Array(repeating: [], count: parts.count)
        var units: [Double] = []
        for part in parts { part.run(part.rounds) }  // caches, pages, predictors
        for _ in 0..<Self.partRounds {
            units.append(yardstickUnit())
            for (index, part) in parts.enumerated() {
                samples[index].append(
                    time(isContended: part.isContended) {
                        part.run(part.rounds)
                        return part.rounds * part.operationsPerRound
                    })
            }
        }
        return parts.indices.map { index in
            let other = parts.firstIndex { $0.name == parts[index].alternativeTo }
            let references = other.map { samples[$0].map(\.nanoseconds) } ?? units
            let shortest = samples[index].map(\.nanoseconds).min()!
            return PartMeasurement(
                name: parts[index].name, alternativeTo: parts[index].alternativeTo,
                nanoseconds: rounded(shortest),
                ratio: rounded(shortest / references.min()!),
                instructions: instructions.isAvailable ? rounded(median(samples[index].map(\.instructions))) : nil,
                isContended: parts[index].isContended)
        }
    }
}

extension Bench {
    // MARK: Eviction

    /// What the policies cost, all in turns.
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
                model.prepareInsertions()
                insertions[index].append(run(model.insert))
                evictions[index].append(run(model.evict))
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

/// A population in an array: it is noncopyable.
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
