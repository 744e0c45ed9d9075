// EncodingSubject: one encoding of one kind of collection, and populations of it; the safe face of workloads.h.

internal import CWorkloads

package enum CollectionKind: UInt32, CaseIterable, Sendable {
    case hash, set, integerSet, sortedSet, list, stream, streamBytes

    /// The encodings that compete; the first is the one whose threshold is in question.
    package var subjects: [EncodingSubject] {
        var found: [EncodingSubject] = []
        while let subject = unsafe bench_subject_of(bench_kind(rawValue), UInt32(found.count)) {
            unsafe found.append(EncodingSubject(kind: self, subject: subject))
        }
        return found
    }
}

package enum CollectionOperation: UInt32, CaseIterable, Sendable {
    case lookup, insert, delete, rank, range, rangeByScore, iterate, random
}

@safe
package struct EncodingSubject {
    package let kind: CollectionKind
    let subject: OpaquePointer

    package var name: String { unsafe String(cString: bench_subject_name(subject)) }

    /// Beyond, an answer takes longer to get than it is worth.
    package var elementsMax: Int { unsafe Int(bench_subject_elements_max(subject)) }

    /// Elements that a node takes, or a few more, where the encoding is a chain of nodes of a given size; else 0.
    package func nodeElements(elementBytes: Int) -> Int {
        unsafe Int(bench_subject_node_elements(subject, UInt32(elementBytes)))
    }

    /// The allocator's bytes per element, payload included, of collections of each of `counts` elements, which ascend;
    /// in the mean over a few collections. The same in every process. O(the last count) insertions into each.
    package func footprints(_ counts: [Int], elementBytes: Int, valueBytes: Int? = nil) -> [Double] {
        guard let most = counts.last else { return [] }
        let collections = max(1, min(64, Population.elementsMin / 2 / most))
        var bytes = counts.map { _ in UInt64(0) }
        unsafe bench_footprints(
            subject, bench_kind(kind.rawValue), UInt32(collections), counts.map { UInt32($0) }, UInt32(counts.count),
            UInt32(elementBytes), kind == .hash ? UInt32(valueBytes ?? elementBytes) : 0, &bytes)
        return zip(bytes, counts).map { Double($0) / Double($1 * collections) }
    }

    /// The mean over the sizes around one.
    package func bytes(around elements: Int, elementBytes: Int, valueBytes: Int? = nil) -> Double {
        let bytes = footprints(
            Sampling.footprintCounts(around: elements), elementBytes: elementBytes, valueBytes: valueBytes)
        return bytes.reduce(0, +) / Double(bytes.count)
    }

    package func supports(_ operation: CollectionOperation) -> Bool {
        unsafe bench_subject_supports(subject, bench_operation(operation.rawValue))
    }
}

/// Collections of equal size in one encoding (see workloads.h for why many).
@safe
package struct Population: ~Copyable {
    /// Elements of all collections together, if one collection has fewer: in most encodings more than a
    /// second-level cache holds.
    package static var elementsMin: Int { 131072 }

    private let population: OpaquePointer
    package let elements: Int
    package let collections: Int

    /// Builds the collections: O(all elements) insertions in random order. `valueBytes`: of a hash's values.
    /// `elementsMin`: of all collections together.
    package init(
        _ subject: EncodingSubject, elements: Int, elementBytes: Int, valueBytes: Int? = nil,
        elementsMin: Int = elementsMin
    ) {
        self.elements = elements
        let valueBytes = valueBytes ?? elementBytes
        collections = max(1, elementsMin / elements)
        unsafe population = bench_population_create(
            subject.subject, bench_kind(subject.kind.rawValue), UInt32(collections), UInt32(elements),
            UInt32(elementBytes), subject.kind == .hash ? UInt32(valueBytes) : 0)
    }

    deinit { unsafe bench_population_free(population) }

    /// A batch of queries; at most an eighth of the elements, so that collections without them are still of their size.
    package func prepare(_ count: Int) {
        unsafe bench_population_prepare(population, UInt32(max(1, min(count, elements * collections / 8))))
    }

    /// Empties the caches next to the core, between timed runs.
    package static func chill() { bench_chill() }

    /// Runs the batch; returns the operations done. A deletion must be followed by an insertion.
    package func run(_ operation: CollectionOperation) -> Int {
        var checksum: UInt64 = 0
        return run(operation, &checksum)
    }

    /// Adds to `checksum` what was read.
    package func run(_ operation: CollectionOperation, _ checksum: inout UInt64) -> Int {
        unsafe Int(bench_population_run(population, bench_operation(operation.rawValue), &checksum))
    }
}

/// What the calling thread has used of a processor: what others do on the machine in between does not count.
package enum ThreadTime {
    package static var cpuNs: Int64 { bench_thread_cpu_ns() }
}

/// Instructions in user mode of the calling thread, where the machine counts them.
package struct InstructionCounter {
    package let isAvailable: Bool
    package init() { isAvailable = bench_instructions_open() }
    package var count: Int { Int(bench_instructions()) }
}
