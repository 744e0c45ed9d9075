// SlotTable: values found by a small integer that someone else gives out, and never moved: what the server keeps beside
// each of the network's connections.
//
// It grows by pages of 64 slots, made when first used. Access is an address computation, an occupancy check, and
// nothing else: no reference counting, no exclusivity call.
// Invariant: slot i is initialised exactly when bit i % 64 of page i / 64 is set; `count` is the number of set bits.
//
//   pages ─► [ page 0 | page 1 | … ]     page ─► | occupied u64 | pad | slot 0 | slot 1 | … | slot 63 |

internal import CAllocator

@safe @frozen
@usableFromInline
package struct SlotTable<Element: ~Copyable>: ~Copyable {
    /// A page's occupancy is one word.
    @usableFromInline static var slotsPerPage: Int { 64 }
    /// Keeps slots 16-byte aligned, as the allocator's blocks are.
    @usableFromInline static var headerBytes: Int { 16 }

    @usableFromInline var pages: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    @usableFromInline var pagesCount: Int
    /// Occupied slots.
    @usableFromInline package private(set) var count: Int

    package init() {
        precondition(MemoryLayout<Element>.alignment <= 16)
        unsafe pages = UnsafeMutablePointer(bitPattern: 8)!
        pagesCount = 0
        count = 0
    }

    deinit {
        for index in 0..<pagesCount {
            guard let page = unsafe pages[index] else { continue }
            var occupied = unsafe page.load(as: UInt64.self)
            while occupied != 0 {
                unsafe Self.slot(page, occupied.trailingZeroBitCount).deinitialize(count: 1)
                occupied &= occupied &- 1
            }
            unsafe apus_free(page, Self.pageBytes)
        }
        if pagesCount != 0 { unsafe apus_free(pages, pagesCount * 8) }
    }

    @usableFromInline static var pageBytes: Int { headerBytes + slotsPerPage * MemoryLayout<Element>.stride }

    @inlinable
    static func slot(_ page: UnsafeMutableRawPointer, _ index: Int) -> UnsafeMutablePointer<Element> {
        unsafe (page + headerBytes + index &* MemoryLayout<Element>.stride).assumingMemoryBound(to: Element.self)
    }

    /// Slots below which all occupied ones are.
    @inlinable package var capacity: Int { pagesCount * Self.slotsPerPage }

    /// Whether `index` is occupied. Any value may be asked about.
    @inlinable @inline(__always)
    package func contains(_ index: Int) -> Bool {
        guard index >= 0 && index < capacity, let page = unsafe pages[index >> 6] else { return false }
        return unsafe (page.load(as: UInt64.self) >> UInt64(index & 63)) & 1 == 1
    }

    @inlinable @inline(__always)
    func address(of index: Int) -> UnsafeMutablePointer<Element> {
        precondition(contains(index), "vacant slot")
        return unsafe Self.slot(pages[index >> 6]!, index & 63)
    }

    /// The element in occupied slot `index`, in place.
    @inlinable
    package subscript(index: Int) -> Element {
        unsafeAddress { unsafe UnsafePointer(address(of: index)) }
        unsafeMutableAddress { unsafe address(of: index) }
    }

    /// Moves `element` into vacant slot `index`. O(1), O(pages) when the table grows.
    package mutating func insert(_ element: consuming Element, at index: Int) {
        precondition(index >= 0 && !contains(index), "occupied slot")
        if index >> 6 >= pagesCount { grow(toPages: max(index >> 6 + 1, pagesCount * 2)) }
        if unsafe pages[index >> 6] == nil {
            let page = unsafe apus_allocate(Self.pageBytes)
            unsafe page.storeBytes(of: 0, as: UInt64.self)
            unsafe pages[index >> 6] = page
        }
        let page = unsafe pages[index >> 6]!
        unsafe Self.slot(page, index & 63).initialize(to: element)
        unsafe page.storeBytes(of: page.load(as: UInt64.self) | 1 << UInt64(index & 63), as: UInt64.self)
        count += 1
    }

    /// Moves the element out of occupied slot `index`. O(1).
    package mutating func remove(_ index: Int) -> Element {
        let element = unsafe address(of: index).move()
        let page = unsafe pages[index >> 6]!
        unsafe page.storeBytes(of: page.load(as: UInt64.self) & ~(1 << UInt64(index & 63)), as: UInt64.self)
        count -= 1
        return element
    }

    /// The first occupied slot at or after `index`; nil if there is none. O(pages) at worst.
    package func firstOccupied(from index: Int) -> Int? {
        var page = index >> 6
        var mask = ~UInt64(0) << UInt64(index & 63)
        while page < pagesCount {
            if let base = unsafe pages[page] {
                let occupied = unsafe base.load(as: UInt64.self) & mask
                if occupied != 0 { return page << 6 + occupied.trailingZeroBitCount }
            }
            mask = ~0
            page += 1
        }
        return nil
    }

    private mutating func grow(toPages wanted: Int) {
        let new = unsafe apus_allocate(wanted * 8).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        for index in 0..<wanted { unsafe new[index] = index < pagesCount ? pages[index] : nil }
        if pagesCount != 0 { unsafe apus_free(pages, pagesCount * 8) }
        unsafe pages = new
        pagesCount = wanted
    }

    /// Checks occupancy against the count. For tests.
    package func invariants() -> Bool {
        var found = 0
        var index = 0
        while let occupied = firstOccupied(from: index) {
            found += 1
            index = occupied + 1
        }
        return found == count
    }
}
