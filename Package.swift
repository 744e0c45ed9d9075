// swift-tools-version: 6.2
import PackageDescription

// A sanitizer replaces the process's allocator, so such builds must not link jemalloc over it:
// CAllocator then maps to the system's malloc and the sanitizer sees every byte.
let isSanitized = Context.environment["APUS_SANITIZE"] != nil

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]
let c: [CSetting] = [.treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra")]
let cxx: [CXXSetting] = [.treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra")]

/// A room of the house: a Swift module under Sources/ and what it may import.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of a room: a mirror of its folder under Tests/.
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        swiftSettings: [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")])
}

let package = Package(
    name: "apus",
    products: [
        .executable(name: "apus-server", targets: ["apus-server"]),
        .executable(name: "apus-bench", targets: ["apus-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Both serve the load generator only; the server depends on neither.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // The C core.
        .target(
            name: "CAllocator", path: "CSources/CAllocator", cSettings: c,
            linkerSettings: isSanitized ? [] : [.linkedLibrary("jemalloc")]),
        // Its one C++ file borrows the standard library's shortest round-trip conversion of doubles.
        .target(
            name: "CText", path: "CSources/CText", cSettings: c, cxxSettings: cxx,
            linkerSettings: [.linkedLibrary("stdc++")]),
        .target(name: "CEncodings", dependencies: ["CAllocator", "CText"], path: "CSources/CEncodings", cSettings: c),
        .target(
            name: "CReactor", dependencies: ["CAllocator"], path: "CSources/CReactor", cSettings: c,
            linkerSettings: [.linkedLibrary("uring")]),
        .target(
            name: "CDatastore", dependencies: ["CEncodings", "CAllocator"], path: "CSources/CDatastore", cSettings: c),
        .target(
            name: "CPlatform", path: "CSources/CPlatform", cSettings: c, linkerSettings: [.linkedLibrary("md")]),

        // The rooms, lower ones first; arrows point upwards only.
        room("Platform", ["CPlatform"]),
        room("Memory", ["CAllocator"]),
        room("Encodings", ["CEncodings", "CText"]),
        room("RESP", ["Memory", "CAllocator", "CText"]),
        room("Network", ["CReactor", "CPlatform", "Memory", "CAllocator"]),
        room("Datastore", ["Memory", "Platform", "CDatastore", "CEncodings", "CAllocator", "CPlatform", "CText"]),
        room("Commands", ["Datastore", "RESP", "Memory", "Platform"]),
        room("Transactions", ["Commands", "Datastore", "RESP"]),
        room(
            "Server",
            [
                "Transactions", "Commands", "Datastore", "RESP", "Network", "Memory", "Platform",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(name: "apus-server", dependencies: ["Server"], swiftSettings: strict),

        // The load generator.
        .target(
            name: "LoadGenerator",
            dependencies: ["Network", "Memory", "Platform", .product(name: "Histogram", package: "hdrhistogram-swift")],
            path: "tools/LoadGenerator", swiftSettings: strict),
        .executableTarget(
            name: "apus-bench",
            dependencies: [
                "LoadGenerator", "Network", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            path: "tools/apus-bench", swiftSettings: strict),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["Memory", "Platform"], path: "Tests/TestSupport",
            swiftSettings: [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")]),
        tests(of: "Platform"),
        tests(of: "Memory"),
        tests(of: "Encodings", ["CEncodings", "CAllocator", "CText", "Memory"]),
        tests(of: "RESP", ["Memory", "CText"]),
        tests(of: "Network", ["CReactor", "Memory", "Platform"]),
        tests(of: "Datastore", ["Encodings", "Memory", "Platform", "CEncodings"]),
        tests(of: "Commands", ["Datastore", "RESP", "Memory", "Platform"]),
        tests(
            of: "LoadGenerator",
            [
                "apus-bench", "Network", "Memory", .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        tests(of: "Server", ["Commands", "Datastore", "RESP", "Network", "Memory", "Platform"]),

        // The benchmarks: what is measured, what a run says, and the program of `tools/benchmark`. The suites for
        // `swift package benchmark` are at the end of this file.
        .target(
            name: "CWorkloads", dependencies: ["CEncodings", "CAllocator", "CDatastore", "CPlatform"],
            path: "Benchmarks/CWorkloads", cSettings: c),
        .target(
            name: "Workloads", dependencies: ["CWorkloads", "RESP", "Memory"], path: "Benchmarks/Workloads",
            swiftSettings: strict),
        .target(name: "BenchmarkReport", path: "Benchmarks/Report/Model", swiftSettings: strict),
        // Models of eviction policies, and their replay; traces are read and keys drawn as the load generator does.
        .target(
            name: "CEviction", dependencies: ["CEncodings", "CAllocator"], path: "Benchmarks/Eviction/Models",
            cSettings: c),
        .target(
            name: "Eviction", dependencies: ["CEviction", "LoadGenerator"], path: "Benchmarks/Eviction/Replay",
            swiftSettings: strict),
        .executableTarget(
            name: "apus-benchmark",
            dependencies: ["Workloads", "BenchmarkReport", "Eviction", "LoadGenerator", "Platform"],
            path: "Benchmarks/Report/Compare", swiftSettings: strict),
        .testTarget(
            name: "BenchmarksTests",
            dependencies: ["BenchmarkReport", "Eviction", "LoadGenerator", "Server", "Workloads"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ],
    cxxLanguageStandard: .cxx17
)

// The suites see `package` symbols, hence live in this package; the package that they depend on must not burden the
// server, hence the variable.
if Context.environment["APUS_BENCHMARKS"] != nil {
    // Without its traits the package replaces neither malloc nor the Swift runtime's entry points.
    package.dependencies.append(
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))

    /// A suite for `swift package benchmark`, which takes the executables directly under Benchmarks/ for such.
    func suite(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
        .executableTarget(
            name: name, dependencies: dependencies + [.product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/" + name, swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    }
    package.targets += [suite("EncodingSuite", ["Workloads"]), suite("EngineSuite", ["Workloads", "Eviction"])]
}
