// apus-benchmark: measures the encodings against their alternatives and says where they cross; the parts of the engine;
// the eviction policies (see tools/benchmark).

internal import BenchmarkReport
internal import Eviction
internal import FoundationEssentials
internal import Glibc
internal import LoadGenerator
internal import Platform
internal import Workloads

/// A mistake, told beside the output proper.
func fail(_ text: String) -> Never {
    LoadGenerator.StandardError.write("benchmark: \(text)\n")
    exit(2)
}

let options: Options
do {
    options = try Options(Array(Swift.CommandLine.arguments.dropFirst()))
} catch .helpWanted {
    print(Options.usage)
    exit(0)
} catch .wrong(let text) {
    fail("\(text) (--help tells more)")
}

let files = SystemFiles()

/// Figures that were kept.
func readRun(_ path: String) -> Results {
    let bytes: [UInt8]
    do { bytes = try files.read(path) } catch { fail("\(path): \(error.text)") }
    guard let results = try? JSONDecoder().decode(Results.self, from: Data(bytes)) else {
        fail("\(path) is no run that was kept")
    }
    return results
}

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

/// Prints what changed from one run to another, and ends: with 1 if a series is worse.
func conclude(_ baseline: Baseline) -> Never {
    guard !baseline.changes.isEmpty else { fail("the runs have nothing in common that could be compared") }
    print(baseline.lines.joined(separator: "\n"))
    exit(baseline.hasRegressions ? 1 : 0)
}

if let (earlier, later) = options.compared { conclude(Baseline(readRun(earlier), readRun(later))) }

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
func measureHitRatios() -> [HitRatio] {
    let mixes = CacheWorkload.mixes(seed: 1, requests: options.isQuick ? 200_000 : 1_000_000)
    return (mixes + traces).flatMap { workload in
        EvictionPolicy.all.filter { !$0.wantsExpiry || workload.hasExpiry }.flatMap { policy in
            CacheReplay.shares.map { share in
                HitRatio(
                    workload: workload.name, requests: workload.requestCount, keys: workload.keyCount,
                    policy: policy.name, share: share,
                    ratio: (CacheReplay.hitRatio(workload, policy, share: share) * 1e5).rounded() / 1e5)
            }
        }
    }
}

/// Measures and prints what is included.
func measure(_ bench: Bench, _ includes: (String) -> Bool) -> Results {
    var results = Results(machine: Machine.processor, day: Machine.day)
    results.measurements = measureComparisons(bench, includes)
    if includes("parts") {
        results.parts = bench.measureParts()
        print(PartsReport(results.parts).lines.joined(separator: "\n"), terminator: "\n\n")
    }
    if includes("eviction") {
        results.eviction.costs = bench.measureEviction()
        results.eviction.hitRatios = measureHitRatios()
        print(EvictionReport(results.eviction).lines.joined(separator: "\n"), terminator: "\n\n")
    }
    return results
}

/// Draws a picture, unless the one that is there shows more.
func draw(_ svg: String, to path: String) throws {
    if let old = try? files.read(path) {
        let missing = SVG.missing(from: svg, shownIn: String(decoding: old, as: UTF8.self))
        guard missing.isEmpty else {
            LoadGenerator.StandardError.write(
                "\(path) is left as it is: it shows what was not measured here, \(missing.joined(separator: ", "))\n")
            return
        }
    }
    try files.writeAtomically(Array(svg.utf8), to: path)
}

// What would fail at the end is told before minutes are spent.
let baselineRun = options.baselinePath.map(readRun)
let traces: [CacheWorkload] = options.traces.map { recorded in
    let workload: CacheWorkload
    do {
        workload = CacheWorkload(
            name: recorded.name, try Trace(FileBytes.read(recorded.path), format: recorded.format))
    } catch { fail("\(error)") }
    guard workload.requestCount > 0 else { fail("--trace \(recorded.path): there are no requests in it") }
    return workload
}
for path in [options.jsonPath, options.svgPath, options.evictionSVGPath].compactMap(\.self) {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let directory = folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder
    guard files.directoryIsWritable(directory) else { fail("\(path) cannot be written") }
}

do {
    let bench = Bench()
    let results = measure(bench, options.includes)

    var all = results
    if let path = options.jsonPath {
        // Another machine's figures are not to be mixed with this one's.
        if var earlier = kept(path), earlier.machine == results.machine {
            earlier.replace(with: results)
            all = earlier
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try files.writeAtomically(Array(encoder.encode(all)), to: path)
    }
    if let path = options.svgPath, !all.measurements.isEmpty {
        try draw(Chart(all, options.comparisons).svg, to: path)
    }
    if let path = options.evictionSVGPath, !all.eviction.isEmpty {
        try draw(EvictionChart(all.eviction).svg, to: path)
    }
    if let before = baselineRun {
        var baseline = Baseline(before, results, includes: options.includes)
        if baseline.hasRegressions {
            let suspects = baseline.suspects
            print("Measured again, to be sure: \(suspects.sorted().joined(separator: ", "))\n")
            baseline = baseline.confirmed(by: Baseline(before, measure(bench, suspects.contains)))
        }
        conclude(baseline)
    }
} catch {
    fail("\(error)")
}
