import Testing
import Workloads

@Suite("What is sampled")
struct SamplingTests {
    /// A batch that asks a collection again finds it warm.
    @Test(arguments: (2...20).map { 1 << $0 })
    func aBatchMeetsColdCollections(elements: Int) {
        let collections = max(1, Population.elementsMin / elements)
        let sampling = Sampling(collections: collections, elements: elements)
        #expect(sampling.reads == sampling.changes)
        #expect((16...max(collections, 16)).contains(sampling.reads.batch))
        #expect(sampling.reads.operations >= 512)
    }

    /// What a pop costs depends on how much is left of its node.
    @Test func aSampleGoesThroughANode() {
        let sampling = Sampling(collections: 8, elements: 16384, nodeElements: 4000)
        #expect(sampling.reads == Sampling(collections: 8, elements: 16384).reads)
        #expect(sampling.changes.operations == 32_000 && sampling.changes.batch == 500)
        // A collection that is smaller than a node is renewed.
        #expect(Sampling(collections: 128, elements: 1000, nodeElements: 4000).changes.operations == 128_000)
    }

    /// The same queries, whatever the encoding: one with fewer of them would find its collections colder.
    @Test(arguments: CollectionKind.allCases)
    func allEncodingsAnswerAsManyQueries(_ kind: CollectionKind) throws {
        for elements in [16, 1024] {
            let sampling = Sampling(collections: 16384 / elements, elements: elements)
            let counts = kind.subjects.map { subject in
                let population = Population(subject, elements: elements, elementBytes: 16, elementsMin: 16384)
                population.prepare(sampling.reads.batch)
                let order: [CollectionOperation] = [.lookup, .delete, .insert, .iterate]
                return order.map { population.run($0) }
            }
            #expect(counts.allSatisfy { $0 == counts[0] }, "\(counts)")
            #expect(counts[0][0] == sampling.reads.batch)
        }
    }

    /// Ranges by index and by score end where they should in all three.
    @Test(arguments: [CollectionOperation.lookup, .rank, .range, .rangeByScore, .iterate])
    func sortedSetsReadTheSame(_ operation: CollectionOperation) {
        let sums = CollectionKind.sortedSet.subjects.map { subject in
            let population = Population(subject, elements: 300, elementBytes: 16, elementsMin: 16384)
            population.prepare(1000)
            var sum: UInt64 = 0
            _ = population.run(operation, &sum)
            return sum
        }
        #expect(sums.count == 3 && sums[0] > 0 && sums.allSatisfy { $0 == sums[0] }, "\(sums)")
    }

    @Test func nodesTakeWhatTheirNameSays() {
        #expect(CollectionKind.list.subjects.map { $0.nodeElements(elementBytes: 64) } == [128, 64, 256, 512, 1024])
        #expect(CollectionKind.stream.subjects.map { $0.nodeElements(elementBytes: 64) } == [100, 25, 50, 200, 400])
        let byBytes = CollectionKind.streamBytes.subjects.map { $0.nodeElements(elementBytes: 64) }
        #expect(byBytes == [64, 16, 32, 128, 256])
        let others: [CollectionKind] = [.hash, .set, .integerSet, .sortedSet]
        #expect(others.flatMap(\.subjects).allSatisfy { $0.nodeElements(elementBytes: 64) == 0 })
    }

    /// Size classes come in fours to an octave: a size alone would always meet them at the same point.
    @Test func footprintsAreReadAllOverAnOctave() {
        #expect(Sampling.footprintCounts(around: 4) == [3, 4, 5])
        let counts = Sampling.footprintCounts(around: 1024)
        #expect(counts.count == 8 && counts == counts.sorted())
        #expect(counts.first! > 724 && counts.first! < 800 && counts.last! > 1300 && counts.last! < 1449)
    }

    /// What a collection takes, and how it grows: never less than its elements' bytes.
    @Test(arguments: CollectionKind.allCases)
    func footprintsAreWhatTheAllocatorGave(_ kind: CollectionKind) {
        let counts = [4, 64, 500]
        for subject in kind.subjects {
            let bytes = subject.footprints(counts, elementBytes: 16)
            #expect(bytes.count == 3 && bytes == subject.footprints(counts, elementBytes: 16), "\(subject.name)")
            let least = kind == .integerSet ? 4.0 : kind == .hash ? 32 : 16
            #expect(bytes.allSatisfy { $0 > least && $0 < 400 }, "\(subject.name): \(bytes)")
        }
    }
}
