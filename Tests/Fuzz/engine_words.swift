// The words that the engine's fuzz target puts into commands: what tends to lie at an edge, by what it is meant as.

import Commands

struct EngineWords {
    /// What the grammar's kinds of argument mostly are.
    let keys, integers, doubles, strings, patterns, times: [[UInt8]]
    /// Keys that mostly have the type of value that the commands of a group are about.
    let homes: [CommandGroup: [[UInt8]]]
    /// All of them, and every word of every command's grammar.
    let all: [[UInt8]]

    init(_ commands: CommandTable) {
        keys = Self.bytes(["k0", "k1", "k2", "k3", "z0", "z1", "z2", "z3", "n6", "n99", "", "key \0\r\n\u{ff}"])
        homes = [.string: Self.bytes(["k0", "k1", "k2"]), .sortedSet: Self.bytes(["z0", "z1", "z2"])]
        let extremes = [Int.min, .min + 1, .max, .max - 1, 1 << 17, 1 << 31, -1 << 31, 1 << 32, 1 << 62, -1 << 62]
        integers = Self.bytes(((-4...10) + extremes).map(String.init) + ["9223372036854775808", "-0", "abc"])
        doubles = Self.bytes((-3...4).map(String.init) + Self.doubles)
        let members = (0..<12).map { "m\($0)" } + [
            "", "n6", "n99", "-", "+", "[", "(", "[m5", "(m5", "[m", "(5", "(-1", "(inf",
        ]
        let lengths = Self.lengths.map { [UInt8](repeating: UInt8(ascii: "x"), count: $0) }
        strings = Self.bytes(members + Self.strayIntegers) + lengths + [[0x80, 0xFF, 0, 0x0D, 0x0A]]
        patterns = Self.bytes([
            "*", "", "k*", "z?", "k[0-2]", "[^k]*", "[", "[^", "[a", "\\", "k\\", "*\\*", "[]", "[z-a]?", "?",
            "***k***0", "m[5-", "*m*1*", "[\\]]", "[--0]",
        ])
        times = Self.bytes(Self.times)
        all = keys + integers + doubles + strings + patterns + times + Self.bytes(Self.aroundPowersOfTwo())
            + Self.bytes(Set(commands.records.flatMap { Self.tokens($0.spec.arguments) }).sorted())
    }

    private static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static func tokens(_ arguments: [ArgumentSpec]) -> [String] {
        arguments.flatMap { ($0.token.map { [$0] } ?? []) + tokens($0.arguments) }
    }

    /// Where strings change their encoding, their allocation's class, their block, or how they are sent.
    private static let lengths = [
        43, 44, 45, 63, 64, 65, 113, 127, 128, 129, 254, 255, 256, 257, 4095, 4096, 16383, 16384, 16385, 32767, 32768,
        32769, 70000,
    ]

    private static func aroundPowersOfTwo() -> [String] {
        var numbers: [Int] = []
        for power in [7, 8, 12, 15, 16, 17, 23, 24, 29, 31, 32, 52, 53, 61, 62] {
            for number in (1 << power) - 1...(1 << power) + 1 { numbers += [number, -number] }
        }
        return numbers.map(String.init)
    }

    /// Too large ones, and what is nearly an integer.
    private static let strayIntegers = [
        "9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
        String(repeating: "9", count: 40), "-" + String(repeating: "9", count: 21), "", "+1", " 1", "1 ", "01", "-0",
        "1e3", "0x10", "1.0", "-", "abc",
    ]

    private static let doubles = [
        "-0", "0.1", "0.30000000000000004", "1.5", "-2.25", "3.0e2", "1e17", "1e300", "1e308", "-1e308",
        "1.7976931348623157e308", "1e309", "-1e-5", "2.2250738585072014e-308", "1e-320", "5e-324", "inf", "-inf",
        "+inf", "infinity", "nan", "-nan", "9007199254740991", "9007199254740992",
        "9007199254740993", "-9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "9223372036854774784", "4503599627370496.5", "123456789.123456789", "0x1p3", "1e", ".5", "5.", "", " 1", "1 ",
        "--1", "abc",
        "0." + String(repeating: "1", count: 60), String(repeating: "9", count: 60), "(1", "(1.5", "(inf",
    ]

    /// Moments around the start of the simulated time, and where units and sums overflow.
    private static let times: [String] = {
        let start = Int(CommandHarness.start)
        var numbers = [0, 1, 2, 31, 32, 33, 99, 100, 101, 1000, 1001, 86_400, 4_000_000_000, 200_000_000_000, -1, -1000]
        for edge in [start, start / 1000, .max / 1000, (.max - start) / 1000, .max - start, .max, .min / 1000] {
            for step in [-1000, -1, 0, 1, 32, 1000] { numbers.append(edge.addingReportingOverflow(step).partialValue) }
        }
        return numbers.map(String.init)
    }()
}
