// Slab: storage for values that are found by a small integer and never move: connections, clients, timers.
//
// It grows by pages of 64 slots; a slot's number is given out by `insert`, is valid until `remove`, and may be given
// out again after that. Pages are kept until the slab goes: its size is that of its busiest moment. Access is an
// address computation, an occupancy check, and nothing else: no reference counting, no exclusivity call.
// Invariant: slot i is initialised exactly when bit i % 64 of page i / 64 is set; the `vacant` stack holds all others.
//
//   pages ─► [ page 0 | page 1 | … ]     page ─► | occupied u64 | pad | slot 0 | slot 1 | … | slot 63 |
//   vacant ─► [ slot numbers free to use ]

public import CAllocator

@safe
@usableFromInline
package struct Slab<Element: ~Copyable>: ~Copyable {
    /// A page's occupancy is one word.
    @usableFromInline static var slotsPerPage: Int { 64 }
    /// Keeps slots 16-byte aligned, as the allocator's blocks are.
    @usableFromInline static var headerBytes: Int { 16 }
    /// Slot numbers fit 32 bits: they are kept so in `vacant` and packed into completions by the network.
    @usableFromInline package static var slotsMax: Int { Int(UInt32.max) }

    @usableFromInline var pages: UnsafeMutablePointer<UnsafeMutableRawPointer>
    @usableFromInline var vacant: UnsafeMutablePointer<UInt32>
    @usableFromInline var vacantCount: Int
    @usableFromInline var pagesCount: Int
    @usableFromInline var pagesCapacity: Int

    @inlinable
    package init() {
        precondition(MemoryLayout<Element>.alignment <= 16)
        unsafe pages = UnsafeMutablePointer(bitPattern: 8)!
        unsafe vacant = UnsafeMutablePointer(bitPattern: 8)!
        vacantCount = 0
        pagesCount = 0
        pagesCapacity = 0
    }

    @inlinable
    deinit {
        for page in 0..<pagesCount {
            let base = unsafe pages[page]
            var occupied = unsafe base.load(as: UInt64.self)
            while occupied != 0 {
                unsafe Self.slot(base, occupied.trailingZeroBitCount).deinitialize(count: 1)
                occupied &= occupied &- 1
            }
            unsafe apus_free(base, Self.pageBytes)
        }
        guard pagesCapacity != 0 else { return }
        unsafe apus_free(pages, pagesCapacity * 8)
        unsafe apus_free(vacant, pagesCapacity * Self.slotsPerPage * 4)
    }

    @usableFromInline static var pageBytes: Int { headerBytes + slotsPerPage * MemoryLayout<Element>.stride }

    @inlinable @inline(__always)
    static func slot(_ page: UnsafeMutableRawPointer, _ index: Int) -> UnsafeMutablePointer<Element> {
        unsafe (page + headerBytes + index &* MemoryLayout<Element>.stride).assumingMemoryBound(to: Element.self)
    }

    /// Occupied slots.
    @inlinable package var count: Int { pagesCount * Self.slotsPerPage - vacantCount }

    /// Slots that exist: occupied indices are below it.
    @inlinable package var capacity: Int { pagesCount * Self.slotsPerPage }

    /// Whether `index` is an occupied slot. Any value may be asked about.
    @inlinable @inline(__always)
    package func contains(_ index: Int) -> Bool {
        // Unsigned, so that one compare covers negative numbers too.
        guard UInt(bitPattern: index) >> 6 < UInt(bitPattern: pagesCount) else { return false }
        return unsafe (pages[index >> 6].load(as: UInt64.self) >> UInt64(index & 63)) & 1 == 1
    }

    @inlinable @inline(__always)
    func address(of index: Int) -> UnsafeMutablePointer<Element> {
        precondition(contains(index), "vacant slot")
        return unsafe Self.slot(pages[index >> 6], index & 63)
    }

    /// The element in occupied slot `index`, in place.
    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(of: index)) }
        @inline(__always) unsafeMutableAddress { unsafe address(of: index) }
    }

    /// The slot's address, which is stable until `remove(index)`: for the C side, which keeps it as user data.
    @inlinable @unsafe
    package func pointer(to index: Int) -> UnsafeMutablePointer<Element> { unsafe address(of: index) }

    /// Moves `element` into a vacant slot and returns its number, preferring the slot vacated last. Amortised O(1).
    @inlinable
    package mutating func insert(_ element: consuming Element) -> Int {
        if vacantCount == 0 { addPage() }
        vacantCount &-= 1
        let index = unsafe Int(vacant[vacantCount])
        let base = unsafe pages[index >> 6]
        unsafe Self.slot(base, index & 63).initialize(to: element)
        let occupied = unsafe base.load(as: UInt64.self)
        unsafe base.storeBytes(of: occupied | 1 << UInt64(index & 63), as: UInt64.self)
        return index
    }

    /// Moves the element out of occupied slot `index`. O(1).
    @inlinable @discardableResult
    package mutating func remove(_ index: Int) -> Element {
        let element = unsafe address(of: index).move()
        let base = unsafe pages[index >> 6]
        let occupied = unsafe base.load(as: UInt64.self)
        unsafe base.storeBytes(of: occupied & ~(1 << UInt64(index & 63)), as: UInt64.self)
        unsafe vacant[vacantCount] = UInt32(truncatingIfNeeded: index)
        vacantCount &+= 1
        return element
    }

    /// The first occupied slot at or after `index`, for visiting all of them. O(slots / 64) in all.
    @inlinable
    package func firstOccupied(from index: Int) -> Int? {
        precondition(index >= 0)
        var page = index >> 6
        guard page < pagesCount else { return nil }
        var occupied = unsafe pages[page].load(as: UInt64.self) & (~0 << UInt64(index & 63))
        while occupied == 0 {
            page += 1
            guard page < pagesCount else { return nil }
            occupied = unsafe pages[page].load(as: UInt64.self)
        }
        return page << 6 + occupied.trailingZeroBitCount
    }

    @inlinable
    mutating func addPage() {
        precondition(capacity + Self.slotsPerPage <= Self.slotsMax)
        if pagesCount == pagesCapacity { growTables() }
        let base = unsafe apus_allocate(Self.pageBytes)
        unsafe base.storeBytes(of: 0, as: UInt64.self)
        unsafe pages[pagesCount] = base
        let first = capacity
        pagesCount += 1
        // Downwards, so that the lowest number is given out first.
        for index in stride(from: first + Self.slotsPerPage - 1, through: first, by: -1) {
            unsafe vacant[vacantCount] = UInt32(truncatingIfNeeded: index)
            vacantCount &+= 1
        }
    }

    @inlinable
    mutating func growTables() {
        let grown = max(4, pagesCapacity * 2)
        let freshPages = unsafe apus_allocate(grown * 8).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
        let freshVacant = unsafe apus_allocate(grown * Self.slotsPerPage * 4).assumingMemoryBound(to: UInt32.self)
        if pagesCapacity != 0 {
            unsafe freshPages.update(from: pages, count: pagesCount)
            unsafe freshVacant.update(from: vacant, count: vacantCount)
            unsafe apus_free(pages, pagesCapacity * 8)
            unsafe apus_free(vacant, pagesCapacity * Self.slotsPerPage * 4)
        }
        unsafe pages = freshPages
        unsafe vacant = freshVacant
        pagesCapacity = grown
    }

    /// Checks the invariant. O(slots).
    package func invariants() {
        precondition(pagesCount <= pagesCapacity)
        precondition(vacantCount <= capacity)
        for position in 0..<vacantCount { precondition(unsafe !contains(Int(vacant[position]))) }
        var occupied = 0
        for page in 0..<pagesCount { occupied += unsafe pages[page].load(as: UInt64.self).nonzeroBitCount }
        precondition(occupied == count)
    }
}
