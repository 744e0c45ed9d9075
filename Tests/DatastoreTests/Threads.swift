// What the tests of threads share: threads that are waited for, seeded randomness, memory for them to race on.

import Platform
import Synchronization

/// Runs `body` on `count` threads at once and waits until all have ended.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
    if count == 0 { return }
    let thread = try Thread.start(name: "racer-\(count)") { body(count - 1) }
    let rest = Result { try concurrently(count - 1, body) }
    thread.join()
    try rest.get()
}

/// Splitmix64.
struct SmallRandom {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (z ^ z >> 31) >> 1) % bound
    }
}

/// Plain words, a cache line each, that only the code under test keeps from being raced on.
final class PlainWords: @unchecked Sendable {
    private let words: UnsafeMutablePointer<Int>

    init(_ count: Int) {
        words = .allocate(capacity: count * 8)
        words.initialize(repeating: 0, count: count * 8)
    }

    deinit { words.deallocate() }

    subscript(index: Int) -> Int {
        get { words[index * 8] }
        set { words[index * 8] = newValue }
    }
}

/// Counts what must not happen.
final class Violations: Sendable {
    private let count = Atomic<Int>(0)
    func check(_ holds: Bool) { if !holds { count.add(1, ordering: .relaxed) } }
    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }
}
