// apus-benchmark: measures the encodings against their alternatives and says where they cross; the parts of the engine;
// the eviction policies (see tools/benchmark).

internal import BenchmarkReport
internal import Eviction
internal import FoundationEssentials
internal import Glibc
internal import LoadGenerator
internal import Platform
internal import Workloads

let options: Options
do {
    options = try Options(Array(Swift.CommandLine.arguments.dropFirst()))
} catch .helpWanted {
    print(Options.usage)
    exit(0)
} catch .unknown(let text) {
    print("benchmark: \(text)?\n\n\(Options.usage)")
    exit(2)
}

let files = SystemFiles()

/// Figures that were kept; nil if there are none, or of an older form.
func kept(_ path: String) -> Results? {
    (try? files.read(path)).flatMap { try? JSONDecoder().decode(Results.self, from: Data($0)) }
}

if let question = options.question {
    // What was measured here is the better answer.
    let found = options.askedPaths.lazy.compactMap(kept).first { !$0.groups(question.comparison).isEmpty }
    print(question.lines(found ?? Results(machine: "", day: "")).joined(separator: "\n"))
    exit(found == nil ? 1 : 0)
}

if let (earlier, later) = options.compared {
    guard let earlier = kept(earlier), let later = kept(later) else {
        print("benchmark: no runs in \(earlier), \(later)")
        exit(2)
    }
    let baseline = Baseline(earlier, later)
    print(baseline.lines.joined(separator: "\n"))
    exit(baseline.hasRegressions ? 1 : 0)
}

func measureComparisons(_ bench: Bench, _ includes: (String) -> Bool) -> [Measurement] {
    var measurements: [Measurement] = []
    let plan = Plan(isQuick: options.isQuick)
    for comparison in options.comparisons where includes(comparison.name) {
        guard let kind = CollectionKind.allCases.first(where: { "\($0)" == comparison.kind }) else { continue }
        var measured = Results(machine: "", day: "")
        for group in plan.groups(comparison, kind) {
            var points = group.map {
                Bench.Point(comparison, kind, elements: $0.elements, elementBytes: $0.elementBytes)
            }
            for pass in 0..<Bench.passes(elements: 1) {
                for index in points.indices where pass < Bench.passes(elements: points[index].elements) {
                    bench.sample(&points[index])
                }
            }
            measured.measurements += points.flatMap(bench.measurements)
        }
        print(ComparisonReport(measured, comparison).lines.joined(separator: "\n"), terminator: "\n\n")
        measurements += measured.measurements
    }
    return measurements
}

/// The mixes and the traces under every policy.
func measureHitRatios() throws -> [HitRatio] {
    var workloads = CacheWorkload.mixes(seed: 1, requests: options.isQuick ? 200_000 : 1_000_000)
    for trace in options.traces {
        let name = trace.path.split(separator: "/").last?.prefix { $0 != "." } ?? "trace"
        let read = try Trace(FileBytes.read(trace.path), format: trace.format)
        workloads.append(CacheWorkload(name: String(name), read))
    }
    return workloads.flatMap { workload in
        EvictionPolicy.all.filter { !$0.wantsExpiry || workload.hasExpiry }.flatMap { policy in
            CacheReplay.shares.map { share in
                HitRatio(
                    workload: workload.name, requests: workload.accesses.count, keys: workload.keyCount,
                    policy: policy.name, share: share,
                    ratio: (CacheReplay.hitRatio(workload, policy, share: share) * 1e5).rounded() / 1e5)
            }
        }
    }
}

/// Measures and prints what is included.
func measure(_ bench: Bench, _ includes: (String) -> Bool) throws -> Results {
    var results = Results(machine: Machine.processor, day: Machine.day)
    results.measurements = measureComparisons(bench, includes)
    if includes("parts") {
        results.parts = bench.measureParts()
        print(PartsReport(results.parts).lines.joined(separator: "\n"), terminator: "\n\n")
    }
    if includes("eviction") {
        results.eviction.costs = bench.measureEviction()
        results.eviction.hitRatios = try measureHitRatios()
        print(EvictionReport(results.eviction).lines.joined(separator: "\n"), terminator: "\n\n")
    }
    return results
}

do {
    let bench = Bench()
    let results = try measure(bench, options.includes)

    if let path = options.jsonPath {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var all = kept(path) ?? results
        all.replace(with: results)
        try files.writeAtomically(Array(encoder.encode(all)), to: path)
        if let path = options.svgPath {
            try files.writeAtomically(Array(Chart(all, options.comparisons).svg.utf8), to: path)
        }
        if let path = options.evictionSVGPath, !all.eviction.isEmpty {
            try files.writeAtomically(Array(EvictionChart(all.eviction).svg.utf8), to: path)
        }
    }
    if let path = options.baselinePath {
        let before = try JSONDecoder().decode(Results.self, from: Data(files.read(path)))
        var baseline = Baseline(before, results)
        if baseline.hasRegressions {
            let suspects = baseline.suspects
            print("Measured again, to be sure: \(suspects.sorted().joined(separator: ", "))\n")
            baseline = baseline.confirmed(by: Baseline(before, try measure(bench, suspects.contains)))
        }
        print(baseline.lines.joined(separator: "\n"))
        if baseline.hasRegressions { exit(1) }
    }
} catch {
    print("benchmark: \(error)")
    exit(2)
}
