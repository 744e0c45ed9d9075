// What the tests of threads share: memory for them to race on, and a count of what went wrong.

import Synchronization

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
