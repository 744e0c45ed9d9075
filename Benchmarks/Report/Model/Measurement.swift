// Measurement: one figure of a run, and what a run is made of.
//
// Contract: a figure comes from rounds in which all encodings took turns, with the same batches of queries. A time is
// the mean of a round's operations in the shortest of the rounds, the one that others on the machine disturbed least.
// Times of different runs are never compared, ratios of one run are: the first encoding's to the yardstick (dependent
// multiplications), every other one's to the first encoding's. Bytes are the mean over the sizes around the one that
// they are told of (see Sampling).
// Invariant: value > 0.

/// What is measured of a collection. All but `bytes` are nanoseconds per operation.
package enum Quantity: String, Codable, CaseIterable, Sendable {
    case lookup, insert, delete, rank, range, rangeByScore, iterate, random, bytes

    package var isTime: Bool { self != .bytes }

    /// What a chart's panel is called.
    package var title: String {
        switch self {
        case .range: "range of 10"
        case .rangeByScore: "range of 10 by score"
        case .iterate: "iterate, per element"
        case .bytes: "bytes per element"
        default: rawValue
        }
    }
}

package struct Measurement: Codable, Equatable, Sendable {
    /// A name in `Comparison.all`.
    package var comparison: String
    package var elementBytes: Int
    package var elements: Int
    package var quantity: Quantity
    package var encoding: String
    /// Nanoseconds per operation, or bytes per element.
    package var value: Double
    /// See above; for bytes, to the first encoding's, and the first's is its value.
    package var ratio: Double
    /// In user mode, per operation; nil where the machine does not count.
    package var instructions: Double?

    package init(
        comparison: String, elementBytes: Int, elements: Int, quantity: Quantity, encoding: String, value: Double,
        ratio: Double, instructions: Double? = nil
    ) {
        self.comparison = comparison
        self.elementBytes = elementBytes
        self.elements = elements
        self.quantity = quantity
        self.encoding = encoding
        self.value = value
        self.ratio = ratio
        self.instructions = instructions
    }
}

/// A part of the engine, not of a collection.
package struct PartMeasurement: Codable, Equatable, Sendable {
    package var name: String
    package var alternativeTo: String?
    package var nanoseconds: Double
    /// To the part that it is an alternative to, or to the yardstick.
    package var ratio: Double
    package var instructions: Double?
    /// Whether other threads took part.
    package var isContended: Bool

    package init(
        name: String, alternativeTo: String?, nanoseconds: Double, ratio: Double, instructions: Double? = nil,
        isContended: Bool = false
    ) {
        self.name = name
        self.alternativeTo = alternativeTo
        self.nanoseconds = nanoseconds
        self.ratio = ratio
        self.instructions = instructions
        self.isContended = isContended
    }
}

/// A run, as it is kept.
package struct Results: Codable, Equatable, Sendable {
    /// The processor's name and the day: for the reader only.
    package var machine: String
    package var day: String
    package var measurements: [Measurement]
    package var parts: [PartMeasurement]
    package var eviction: EvictionResults

    package init(
        machine: String, day: String, measurements: [Measurement] = [], parts: [PartMeasurement] = [],
        eviction: EvictionResults = EvictionResults()
    ) {
        self.machine = machine
        self.day = day
        self.measurements = measurements
        self.parts = parts
        self.eviction = eviction
    }

    /// Takes over what `newer` has measured anew, so that a run may be done in pieces.
    package mutating func replace(with newer: Results) {
        let comparisons = Set(newer.measurements.map(\.comparison))
        measurements.removeAll { comparisons.contains($0.comparison) }
        measurements += newer.measurements
        if !newer.parts.isEmpty { parts = newer.parts }
        eviction.replace(with: newer.eviction)
        machine = newer.machine
        day = newer.day
    }

    /// A curve over the comparison's axis, ascending.
    package func curve(_ comparison: Comparison, _ group: Int, _ quantity: Quantity, _ encoding: String) -> Curve {
        Curve(
            measurements.filter {
                $0.comparison == comparison.name && comparison.group($0) == group && $0.quantity == quantity
                    && $0.encoding == encoding
            }.map { Curve.Point(elements: Double(comparison.place($0)), value: $0.value) })
    }

    /// The groups of a comparison, ascending: its element sizes or, if these are the axis, its numbers of elements.
    package func groups(_ comparison: Comparison) -> [Int] {
        Set(measurements.lazy.filter { $0.comparison == comparison.name }.map(comparison.group)).sorted()
    }

    /// The places on a comparison's axis in a group, ascending.
    package func places(_ comparison: Comparison, _ group: Int) -> [Int] {
        Set(
            measurements.lazy.filter { $0.comparison == comparison.name && comparison.group($0) == group }
                .map(comparison.place)
        ).sorted()
    }

    /// From where on the encoding beyond the threshold is the better one.
    package func crossover(_ comparison: Comparison, _ group: Int, _ quantity: Quantity) -> Crossover {
        let encodings = encodings(comparison.name)
        guard comparison.threshold != nil, encodings.count > 1 else { return .unknown }
        return Crossover(
            from: curve(comparison, group, quantity, encodings[0]),
            to: curve(comparison, group, quantity, encodings[comparison.successor(encodings)]))
    }

    /// The quantities measured in a comparison, in their order.
    package func quantities(_ comparison: String) -> [Quantity] {
        let found = Set(measurements.lazy.filter { $0.comparison == comparison }.map(\.quantity))
        return Quantity.allCases.filter(found.contains)
    }

    /// The encodings of a comparison, in the order of their measurement.
    package func encodings(_ comparison: String) -> [String] {
        var found: [String] = []
        for measurement in measurements where measurement.comparison == comparison {
            if !found.contains(measurement.encoding) { found.append(measurement.encoding) }
        }
        return found
    }
}
