// Sequences: what the threads of a group count together.
//
// Threads get unequal shares of a run, so a thread that counted for itself would leave numbers out, and the hot keys of
// one would drift away from another's.
// Invariant: every number is given once, and none is left out.

internal import Synchronization

package final class Sequences: Sendable {
    private let keys = Atomic<UInt64>(0)
    private let numbers = Atomic<UInt64>(0)
    private let uniques: Atomic<UInt64>

    /// `uniqueFrom`: where `{unique}` begins.
    package init(uniqueFrom: UInt64 = 0) { uniques = Atomic(uniqueFrom) }

    /// The draws of keys before this one.
    func nextKey() -> UInt64 { keys.add(1, ordering: .relaxed).oldValue }
    /// For `{seq}`.
    func nextNumber() -> UInt64 { numbers.add(1, ordering: .relaxed).oldValue }
    /// For `{unique}`.
    func nextUnique() -> UInt64 { uniques.add(1, ordering: .relaxed).oldValue }
}
