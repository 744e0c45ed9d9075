import BenchmarkReport
import FoundationEssentials
import LoadGenerator
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
        for comparison in BenchmarkReport.Comparison.all where comparison.axis == .elements {
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

    private func fixed(_ value: Double) -> String { LoadGenerator.Format.fixed(value, 2) }
    private func number(_ value: Double) -> String { BenchmarkReport.Format.number(value) }

    /// What README says in numbers.
    @Test func readmeTellsTheKeptRun() throws {
        let kept = try kept(), eviction = kept.eviction
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let readme = String(decoding: try Data(contentsOf: root.appending(path: "README.md")), as: UTF8.self)
        let policies = [
            "weighted": "weighted (10 samples, ghosts)", "weighted, no ghosts": "weighted without ghosts",
            "LRU, sampled": "LRU of 5 samples", "LFU, sampled": "LFU of 5 samples", "random": "random",
            "S3-FIFO": "S3-FIFO, a yardstick with queues", "SIEVE": "SIEVE, a yardstick with a list",
        ]
        for (policy, name) in policies {
            let summary = try #require(eviction.summary(policy)), cost = try #require(eviction.cost(policy))
            let row = "| \(name) | \(fixed(summary.mean))× | \(summary.better) of \(summary.points)"
                + " | \(fixed(summary.worst))× | \(number(cost.hit)) / \(number(cost.evict)) |"
            #expect(readme.contains(row), "\(row)")
        }
        func part(_ name: String) throws -> String {
            number(try #require(kept.parts.first { $0.name == name }).nanoseconds)
        }
        let (prefetched, single) = (try part("table, 1 M keys, prefetched"), try part("table, 1 M keys, one by one"))
        #expect(readme.contains("\(prefetched) ns for \(single)"))
        #expect(readme.contains("(\(try part("lock, one")) and \(try part("gate, enter and leave")) ns)"))
        let hash = BenchmarkReport.Comparison.all[0]
        func lookup(_ encoding: String) throws -> Double {
            try #require(kept.curve(hash, 16, .lookup, encoding).value(at: 512))
        }
        let times = "(\(fixed(try lookup("listpack") / 1000)) µs for \(number(try lookup("table"))) ns)"
        #expect(readme.contains(times), "\(times)")
    }

    @Test func everyEncodingIsInTheKeptRun() throws {
        let kept = try kept()
        for comparison in BenchmarkReport.Comparison.all {
            let kind = try #require(CollectionKind.allCases.first { "\($0)" == comparison.kind })
            #expect(kept.encodings(comparison.name) == kind.subjects.map(\.name), "\(comparison.name)")
        }
    }
}
