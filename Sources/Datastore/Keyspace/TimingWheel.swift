// TimingWheel: numbered nodes, each with a tick; those whose tick has come are found without a look at the others.
//
// Hierarchical (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987): a slot of level l is 16^l ticks
// long, and a level has 16 of them. A node lies at the lowest level at which its tick and the wheel's `now` share all
// higher digits, base 16, in the slot of its own digit; when `now` arrives there, the slot is sorted into the levels
// below. So each node moves 7 times at most, however far away its tick was.
//
// Nodes are links of lists in one array, by their number: scheduling allocates nothing. Zeros are a node that is not
// scheduled, so the memory of a large wheel costs nothing until it is written.
//
// Invariants: a slot's bit in `occupied` says whether its list has a node; the node of tick t in slot d of level l
// agrees with `now` in all digits above l, and d is the digit l of max(t, now); no occupied slot lies before `now`
// except those that have yet to be sorted into the levels below.

internal import CAllocator

@safe
struct TimingWheel: ~Copyable {
    /// The tick of a node that is not scheduled.
    static let never = UInt32.max
    private static let digitBits: UInt32 = 4
    private static let slotsPerLevel = 16
    private static let levels = 8
    private static let slotCount = slotsPerLevel * levels

    private struct Node {
        /// The tick's complement: 0 is not scheduled.
        var invertedTick: UInt32
        /// The list's next node, plus one; 0 at its end.
        var next: UInt32
        /// The node before, or for a list's first node the complement of its slot, which no node's number is.
        var previous: UInt32
    }

    /// What stands before the nodes. Besides their count, all zero is a wheel that begins at 0 with nothing in it.
    private struct Header {
        var nodeCount: UInt32
        var now: UInt32
        /// For each level the slots that have nodes, one bit each.
        var occupied: InlineArray<8, UInt16>
        /// The first node of each slot, plus one; 0 in an empty slot.
        var first: InlineArray<128, UInt32>
    }

    /// One word, so that a table's header has room for it; `none` without nodes.
    private let header: UnsafeMutablePointer<Header>

    private static var none: UnsafeMutablePointer<Header> {
        unsafe UnsafeMutablePointer(bitPattern: MemoryLayout<Header>.alignment).unsafelyUnwrapped
    }

    private var nodeCount: Int { unsafe header == Self.none ? 0 : Int(header.pointee.nodeCount) }

    private var nodes: UnsafeMutablePointer<Node> {
        unsafe UnsafeMutableRawPointer(header + 1).assumingMemoryBound(to: Node.self)
    }

    private static func bytesWanted(_ nodeCount: Int) -> Int {
        MemoryLayout<Header>.stride + nodeCount * MemoryLayout<Node>.stride
    }

    /// A wheel of so many nodes, none of them scheduled, whose time is `now`. Allocates nothing for none. O(1).
    init(nodeCount: Int, now: UInt32) {
        guard nodeCount > 0 else {
            unsafe header = Self.none
            return
        }
        let block = unsafe apus_allocate_zeroed(Self.bytesWanted(nodeCount))
        unsafe header = block.bindMemory(to: Header.self, capacity: 1)
        unsafe UnsafeMutableRawPointer(header + 1).bindMemory(to: Node.self, capacity: nodeCount)
        unsafe header.pointee.nodeCount = UInt32(nodeCount)
        unsafe header.pointee.now = now
    }

    deinit {
        if nodeCount > 0 { unsafe apus_free(header, Self.bytesWanted(nodeCount)) }
    }

    /// The bytes it occupies.
    var byteCount: Int { nodeCount == 0 ? 0 : apus_usable_size(Self.bytesWanted(nodeCount)) }

    /// The time up to which all is taken; 0 without nodes.
    var now: UInt32 { nodeCount == 0 ? 0 : unsafe header.pointee.now }

    /// The node's tick; `never` if it is not scheduled.
    func tick(of node: Int) -> UInt32 { unsafe ~nodes[node].invertedTick }

    /// Puts a node at a tick, wherever it was before; `never` takes it out. O(1).
    mutating func schedule(_ node: Int, at tick: UInt32) {
        if unsafe nodes[node].invertedTick != 0 { unlink(node) }
        unsafe nodes[node].invertedTick = ~tick
        if tick != Self.never { link(node) }
    }

    /// Takes out a node whose tick is `tick` or before; nil if there is none, or if `effort` is used up, from which
    /// each node that had to be sorted into a lower level takes one. Time goes on to `tick` once no such node is left.
    /// O(levels) for each node taken or sorted.
    mutating func takeDue(by tick: UInt32, effort: inout Int) -> Int? {
        guard nodeCount > 0 else { return nil }
        while let (slot, start) = firstOccupied(), start <= tick {
            guard effort > 0 else { return nil }
            unsafe header.pointee.now = max(header.pointee.now, start)
            let node = unsafe Int(header.pointee.first[slot]) - 1
            unlink(node)
            if slot < Self.slotsPerLevel {
                unsafe nodes[node].invertedTick = 0
                return node
            }
            effort -= 1
            link(node)
        }
        unsafe header.pointee.now = max(header.pointee.now, tick)
        return nil
    }

    /// A tick that no node's is before, and which is some node's as soon as that is near; `never` if none is scheduled.
    /// O(levels).
    func soonest() -> UInt32 { nodeCount == 0 ? Self.never : firstOccupied()?.start ?? Self.never }

    // MARK: Slots

    /// The occupied slot that begins first, and its first tick.
    private func firstOccupied() -> (slot: Int, start: UInt32)? {
        var found: (slot: Int, start: UInt32)?
        for level in 0..<Self.levels {
            let shift = UInt32(level) * Self.digitBits
            let digit = unsafe header.pointee.now >> shift & 15
            let ahead = unsafe header.pointee.occupied[level] >> UInt16(digit)
            if ahead == 0 { continue }
            let slotDigit = digit + UInt32(ahead.trailingZeroBitCount)
            // The digits above are those of `now`, the ones below zero. A shift by all 32 bits leaves nothing.
            let digitsAbove = unsafe header.pointee.now >> (shift + Self.digitBits)
            let start = (digitsAbove << Self.digitBits | slotDigit) << shift
            if found == nil || start <= found!.start {
                found = (level * Self.slotsPerLevel + Int(slotDigit), start)
            }
        }
        return found
    }

    /// Where a node of this tick lies: that of one whose tick has come is the present one of the lowest level.
    private func slot(for tick: UInt32) -> Int {
        let now = unsafe header.pointee.now, tick = max(tick, now)
        let level = UInt32(31 - (tick ^ now | 1).leadingZeroBitCount) / Self.digitBits
        return Int(level * UInt32(Self.slotsPerLevel) + tick >> (level * Self.digitBits) & 15)
    }

    private func link(_ node: Int) {
        let slot = unsafe slot(for: ~nodes[node].invertedTick)
        let next = unsafe header.pointee.first[slot]
        if next != 0 { unsafe nodes[Int(next) - 1].previous = UInt32(node) }
        unsafe nodes[node].next = next
        unsafe nodes[node].previous = ~UInt32(slot)
        unsafe header.pointee.first[slot] = UInt32(node + 1)
        unsafe header.pointee.occupied[slot / Self.slotsPerLevel] |= 1 << UInt16(slot % Self.slotsPerLevel)
    }

    private func unlink(_ node: Int) {
        let next = unsafe nodes[node].next, previous = unsafe nodes[node].previous
        if next != 0 { unsafe nodes[Int(next) - 1].previous = previous }
        guard previous >= ~UInt32(Self.slotCount - 1) else {
            unsafe nodes[Int(previous)].next = next
            return
        }
        let slot = Int(~previous)
        unsafe header.pointee.first[slot] = next
        if next == 0 {
            unsafe header.pointee.occupied[slot / Self.slotsPerLevel] &= ~(1 << UInt16(slot % Self.slotsPerLevel))
        }
    }

    /// Checks every list. O(nodes); for tests.
    func invariants() -> Bool {
        var linked = 0
        for slot in 0..<(nodeCount == 0 ? 0 : Self.slotCount) {
            let level = slot / Self.slotsPerLevel, shift = UInt32(level) * Self.digitBits
            var previous = ~UInt32(slot), next = unsafe header.pointee.first[slot]
            let bit = unsafe header.pointee.occupied[level] >> UInt16(slot % Self.slotsPerLevel) & 1
            guard (bit == 1) == (next != 0) else { return false }
            while next != 0 {
                let node = unsafe nodes[Int(next) - 1]
                let place = max(~node.invertedTick, now)
                guard node.invertedTick != 0, node.previous == previous, linked < nodeCount,
                    place >> (shift + Self.digitBits) == now >> (shift + Self.digitBits),
                    Int(place >> shift & 15) == slot % Self.slotsPerLevel
                else { return false }
                linked += 1
                previous = next - 1
                next = node.next
            }
        }
        return linked == (0..<nodeCount).count { tick(of: $0) != Self.never }
    }
}
