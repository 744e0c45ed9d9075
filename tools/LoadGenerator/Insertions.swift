// Insertions: the keys that one thread adds above the key count, and how many of them the server has for certain.
//
// Requests of many connections are answered in any order, so what is acknowledged ahead of its turn waits in a ring:
//
//   insert     0   1   2 | 3   4   5   6 |        known = 3, begun = 7: 0 to 2 may be read, 5 waits for 3 and 4
//   answered   x   x   x | .   .   x   . |
//
// Invariant: inserts below `known` are acknowledged, insert `known` is not; known <= begun. The ring marks what is
// acknowledged from `known` on, which is less than its size ahead.

struct Insertions {
    private let first: UInt64
    private let stride: UInt64
    private var begun: UInt64 = 0
    private var known: UInt64 = 0
    /// A power of two, more than the requests on their way.
    private var ring = [Bool](repeating: false, count: 64)

    /// `lane` of `lanes`: this thread's share of the keys from `keyCount` on.
    init(keyCount: UInt64, lane: UInt64, lanes: UInt64) {
        first = keyCount &+ lane
        stride = lanes
    }

    /// A key that no other insert has.
    mutating func next() -> UInt64 {
        begun &+= 1
        return newest
    }

    /// The key that `next` gave last.
    var newest: UInt64 { first &+ (begun &- 1) &* stride }

    /// Of this lane's keys, all below are there.
    var bound: UInt64 { first &+ known &* stride }

    /// The server has answered the request that inserted `key` and the `count` - 1 before it. Amortised O(count).
    mutating func acknowledge(_ key: UInt64, count: Int) {
        let end = (key &- first) / stride + 1
        guard end <= begun, end >= known + UInt64(count) else { return }
        while end - known > UInt64(ring.count) { grow() }
        for insert in end - UInt64(count)..<end { ring[place(insert)] = true }
        while ring[place(known)] {
            ring[place(known)] = false
            known += 1
        }
    }

    private func place(_ insert: UInt64) -> Int { Int(truncatingIfNeeded: insert) & (ring.count - 1) }

    private mutating func grow() {
        let old = ring
        ring = [Bool](repeating: false, count: old.count * 2)
        for ahead in 0..<UInt64(old.count) {
            ring[place(known + ahead)] = old[Int(truncatingIfNeeded: known + ahead) & (old.count - 1)]
        }
    }
}
