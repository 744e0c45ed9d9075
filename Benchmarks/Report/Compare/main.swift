// apus-benchmark: measures the encodings against their alternatives and says where they cross (see tools/benchmark).

internal import BenchmarkReport
internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Workloads

let options: Options
do {
    options = try Options(Array(CommandLine.arguments.dropFirst()))
} catch .helpWanted {
    print(Options.usage)
    exit(0)
} catch .unknown(let text) {
    print("benchmark: \(text)?\n\n\(Options.usage)")
    exit(2)
}

/// 4, 8, 16, … 4096, then every fourth power of two up to 1 M.
func sizes(_ kind: CollectionKind) -> [Int] {
    let large = [1 << 14, 1 << 16, 1 << 18, 1 << 20]
    switch kind {
    case .list, .stream: return options.isQuick ? [1 << 10, 1 << 14] : [1 << 6, 1 << 8, 1 << 10, 1 << 12] + large
    default: return (2...12).filter { !options.isQuick || $0 % 2 == 1 }.map { 1 << $0 } + (options.isQuick ? [] : large)
    }
}

func elementSizes(_ kind: CollectionKind) -> [Int] {
    if options.isQuick || kind == .integerSet { return [16] }
    return kind == .list ? [16, 256] : [16, 64]
}

/// Beyond, the larger elements say nothing new and take a gigabyte.
let largeElementsMax = 1 << 16

let bench = Bench()
var results = Results(machine: Machine.processor, day: Machine.day)
for (kind, comparison) in zip(CollectionKind.allCases, options.comparisons) where options.includes(comparison.name) {
    for bytes in elementSizes(kind) {
        var points = sizes(kind).filter { bytes == 16 || $0 <= largeElementsMax }.map {
            Bench.Point(kind, elements: $0, elementBytes: bytes)
        }
        for _ in 0..<Bench.passes {
            for index in points.indices { bench.sample(&points[index]) }
        }
        results.measurements += points.flatMap(bench.measurements)
    }
    let report = ComparisonReport(results, comparison)
    print(report.lines.joined(separator: "\n"), terminator: "\n\n")
}
if options.includes("parts") {
    results.parts = bench.measureParts()
    print(PartsReport(results.parts).lines.joined(separator: "\n"), terminator: "\n\n")
}

let files = SystemFiles()
do {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    if let path = options.jsonPath { try files.writeAtomically(Array(encoder.encode(results)), to: path) }
    if let path = options.svgPath { try files.writeAtomically(Array(Chart(results, options.comparisons).svg.utf8), to: path) }
    if let path = options.baselinePath {
        let baseline = try Baseline(JSONDecoder().decode(Results.self, from: Data(files.read(path))), results)
        print(baseline.lines.joined(separator: "\n"))
        if baseline.hasRegressions { exit(1) }
    }
} catch {
    print("benchmark: \(error)")
    exit(2)
}
