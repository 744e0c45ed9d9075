// LentSortedSets: the sorted sets of several keys at once, for commands that compare them.
//
// The database lends one entry at a time, since whoever has one may change it. These are for reading only, and while
// they are lent nothing else can be done with the database, so all of them stay where they are.
// Invariant: no set outlives the call of `withSortedSets` that lends it.

package import Memory

@safe
package struct LentSortedSets: ~Copyable, ~Escapable {
    private var sets: [(word: UnsafeMutableRawPointer, encoding: SortedSet.Encoding)?]

    @_lifetime(immortal)
    fileprivate init(capacity: Int) {
        unsafe sets = []
        unsafe sets.reserveCapacity(capacity)
    }

    fileprivate mutating func append(_ set: borrowing SortedSet) {
        unsafe sets.append((set.word, set.encoding))
    }

    fileprivate mutating func appendNone() { unsafe sets.append(nil) }

    /// Reads a set; nil if its key is not there.
    package borrowing func withSet<R>(_ index: Int, _ body: (borrowing SortedSet) -> R) -> R? {
        guard let (word, encoding) = unsafe sets[index] else { return nil }
        return unsafe body(SortedSet(_unchecked: word, encoding: encoding))
    }

    /// The score of a member in one of the sets. O(1), O(n) in a listpack.
    package borrowing func score(of member: ByteView, in index: Int) -> Double? {
        guard let (word, encoding) = unsafe sets[index] else { return nil }
        return unsafe SortedSet(_unchecked: word, encoding: encoding).score(of: member)
    }
}

extension Database {
    /// Lends the sorted sets of `count` keys, of which `key` passes one on for an index. A key that is not there, or is
    /// of another type, has none. Counts and renews nothing: the second look of a command.
    package mutating func withSortedSets(
        count: Int, key: (_ index: Int, _ find: (Key) -> Void) -> Void, _ body: (borrowing LentSortedSets) -> Void
    ) {
        var lent = LentSortedSets(capacity: count)
        for index in 0..<count {
            key(index) { key in
                if let entry = peek(key), case .sortedSet = entry.type {
                    entry.withSortedSet { set in lent.append(set) }
                } else {
                    lent.appendNone()
                }
            }
        }
        body(lent)
    }
}
