// Plan: which sizes a comparison is measured at.

internal import BenchmarkReport
internal import Workloads

struct Plan {
    let isQuick: Bool

    /// Elements and bytes of an element (of a hash's values, where these are what grows).
    typealias Size = (elements: Int, elementBytes: Int)

    /// Groups of points, one curve each.
    func groups(_ comparison: Comparison, _ kind: CollectionKind) -> [[Size]] {
        switch comparison.axis {
        case .elements:
            elementSizes(kind).map { bytes in counts(kind).map { ($0, bytes) } }
        case .elementBytes:
            (isQuick ? [128] : [32, 128]).map { elements in byteCounts.map { (elements, $0) } }
        }
    }

    /// 4, 8, 16, … 4096, then every fourth power of two up to 1 M. Nodes matter to lists of several.
    private func counts(_ kind: CollectionKind) -> [Int] {
        let large = [1 << 14, 1 << 16, 1 << 18, 1 << 20]
        switch kind {
        case .list, .stream, .streamBytes:
            return isQuick ? [1 << 10, 1 << 14] : [1 << 6, 1 << 8, 1 << 10, 1 << 12] + large
        default: return (2...12).filter { !isQuick || $0 % 2 == 1 }.map { 1 << $0 } + (isQuick ? [] : large)
        }
    }

    /// At 1 M elements, those of 256 bytes take a third of a gigabyte in each of five encodings.
    private func elementSizes(_ kind: CollectionKind) -> [Int] {
        switch kind {
        case .integerSet: [16]
        case .list: isQuick ? [16] : [16, 64, 256]
        case .streamBytes: isQuick ? [64] : [16, 64, 256]
        default: isQuick ? [16] : [16, 64]
        }
    }

    /// Names are unique from five bytes on.
    private var byteCounts: [Int] { (3...10).filter { !isQuick || $0 % 2 == 0 }.map { 1 << $0 } }
}
