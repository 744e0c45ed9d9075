// Bench: the clock that everything is measured with, and the engine's parts.
//
// The clock is the thread's processor time, so that what others do on the machine in between does not count (though the
// caches that they share with us do).

internal import BenchmarkReport
internal import Platform
internal import Workloads

struct Bench {
    /// Parts need no building, and are small enough to be disturbed.
    private static let partRounds = 21

    let instructions = InstructionCounter()
    private let yardstick = EnginePart.yardstick
    /// What reading the clock takes: as much as a few queries.
    private var clockNs: Int64 = 0

    init() {
        clockNs = (0..<1000).map { _ in time { 0 }.totalNs }.min()!
    }

    /// What some operations took; instructions, if they are counted.
    struct Sample {
        var operations = 0
        var totalNs: Int64 = 0
        var totalInstructions = 0

        /// Per operation.
        var nanoseconds: Double { Double(totalNs) / Double(operations) }
        var instructions: Double { Double(totalInstructions) / Double(operations) }

        static func += (sum: inout Sample, sample: Sample) {
            sum.operations += sample.operations
            sum.totalNs += sample.totalNs
            sum.totalInstructions += sample.totalInstructions
        }
    }

    /// `isContended`: others take part, so that it is the wall's clock that counts, less the pauses.
    func time(isContended: Bool = false, _ body: () -> Int) -> Sample {
        func clock() -> Int64 { isContended ? Clock.system.monotonicNs - EnginePart.pausesNs : ThreadTime.cpuNs }
        let (started, instructionsBefore) = (clock(), instructions.count)
        let operations = body()
        return Sample(
            operations: operations, totalNs: max(1, clock() - started - (isContended ? 0 : clockNs)),
            totalInstructions: instructions.count - instructionsBefore)
    }

    func yardstickUnit() -> Double {
        time {
            yardstick.run(yardstick.rounds)
            return yardstick.rounds
        }.nanoseconds
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
