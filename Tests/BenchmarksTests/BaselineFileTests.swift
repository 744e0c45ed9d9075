import BenchmarkReport
import FoundationEssentials
import Testing
import Workloads

/// The figures that README and `tools/benchmark ask` tell from must be this tree's. Times are another day's, but bytes
/// are the same everywhere: an encoding that has changed shows in them.
@Suite("The kept run")
struct BaselineFileTests {
    private func kept() throws -> Results {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let bytes = try Data(contentsOf: root.appending(path: "Benchmarks/Baselines/epyc-2-cores.json"))
        return try JSONDecoder().decode(Results.self, from: bytes)
    }

    @Test func bytesAreThisTrees() throws {
        let kept = try kept()
        for comparison in Comparison.all where comparison.axis == .elements {
            let kind = try #require(CollectionKind.allCases.first { "\($0)" == comparison.kind })
            for (elements, subject) in [8, 16, 64].flatMap({ count in kind.subjects.map { (count, $0) } }) {
                let figure = kept.measurements.first {
                    $0.comparison == comparison.name && $0.elements == elements && $0.encoding == subject.name
                        && $0.elementBytes == comparison.groupShown && $0.quantity == .bytes
                }
                guard let figure else { continue }
                let own = subject.bytes(around: elements, elementBytes: comparison.groupShown)
                #expect(
                    abs(own / figure.value - 1) < 0.01,
                    "\(comparison.name), \(subject.name), \(elements): \(own) bytes; kept are \(figure.value)")
            }
        }
    }

    @Test func everyEncodingIsInTheKeptRun() throws {
        let kept = try kept()
        for comparison in Comparison.all {
            let kind = try #require(CollectionKind.allCases.first { "\($0)" == comparison.kind })
            #expect(kept.encodings(comparison.name) == kind.subjects.map(\.name), "\(comparison.name)")
        }
    }
}
