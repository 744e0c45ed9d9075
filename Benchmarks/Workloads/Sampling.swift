// Sampling: how many queries are put to collections between two emptyings of the caches, how many of them make a
// sample, and at which sizes bytes are read.
//
// Contract: a function of the collections, never of their encoding: a larger batch finds more of them warm, so
// encodings that get different ones cannot be compared.

#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

package struct Sampling: Equatable, Sendable {
    package struct Series: Equatable, Sendable {
        /// Queries between two emptyings of the caches.
        package let batch: Int
        /// Operations of a sample, at least: as many batches as it takes.
        package let operations: Int
    }

    package let reads: Series
    /// Of insertions and deletions.
    package let changes: Series

    /// One query for each collection, on average, so that each meets a cold one, as in a server. Of large collections
    /// there are few: those meet more, of which each still finds little of what the others brought.
    private static var batchSizes: ClosedRange<Int> { 16...4096 }
    private static var operationsMin: Int { 512 }
    private static var nodeBatchesMax: Int { 64 }

    /// Of `collections` collections of `elements` elements each. `nodeElements`: what the largest node takes among the
    /// encodings that are compared, if they are chains of nodes. What a push or a pop costs depends on how full the
    /// node is, so a sample goes through all of a node in every collection, in batches as a queue has them.
    package init(collections: Int, elements: Int, nodeElements: Int = 0) {
        let batch = min(max(collections, Self.batchSizes.lowerBound), Self.batchSizes.upperBound)
        reads = Series(batch: batch, operations: Self.operationsMin)
        let cycle = min(nodeElements, elements) * collections
        changes = Series(
            batch: max(batch, cycle / Self.nodeBatchesMax), operations: max(cycle, Self.operationsMin))
    }

    /// The numbers of elements, ascending, over which bytes per element are averaged to stand for `elements`: the
    /// octave around it in equal steps. An allocator's size classes, and the steps in which a table grows, repeat from
    /// octave to octave, so sizes of powers of two all meet them at the same point.
    package static func footprintCounts(around elements: Int) -> [Int] {
        let steps = 8
        let counts = (0..<steps).map { step in
            Int((Double(elements) * pow(2, (Double(step) + 0.5) / Double(steps) - 0.5)).rounded())
        }
        return Set(counts).sorted()
    }
}
