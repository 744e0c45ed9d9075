// What tests of random steps and of threads share: a generator whose run can be repeated, and threads that are waited
// for.

import Platform

/// SplitMix64: one seed, one sequence for ever, so that the seed that a failed test prints repeats it.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: some BinaryInteger) { state = UInt64(truncatingIfNeeded: seed) }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A number in 0 ..< bound; the bounds of tests are small enough for the remainder to be fair.
    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

/// Runs `body` on `count` threads at once, with 0 ..< count, and waits until all have ended.
public func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
    if count == 0 { return }
    let thread = try Thread.start(name: "racer-\(count)") { body(count - 1) }
    let rest = Result { try concurrently(count - 1, body) }
    thread.join()
    try rest.get()
}
