// The hash table against a Swift dictionary: every operation, at sizes around each growth and shrink step, with kind
// and with hostile hashes; then the promises of the header that a dictionary cannot check: scans, uniformity, bytes.
import CAllocator
import CEncodings
import Glibc
import TestSupport
import Testing

/// How a test's hashes are spread.
enum Spread: CaseIterable {
    case uniform, sharded, oneFingerprint, onePosition, oneHash

    var shift: UInt8 { self == .sharded ? 10 : 0 }
    func hash(_ random: UInt64) -> UInt64 {
        switch self {
        case .uniform: random
        case .sharded: random >> 10 | 0x2a40_0000_0000_0000
        case .oneFingerprint: random & ~0xff | 0x80
        case .onePosition: random & 0xffff_ffff | 0xffff_ffff_0000_0000
        case .oneHash: 0
        }
    }
}

/// A table whose items are blocks of 16 bytes, (hash, id), and the model that it must agree with.
private final class Model {
    typealias Item = UnsafeMutableRawPointer

    var table = apus_table()
    private(set) var items: [UInt64: Item] = [:]
    private(set) var ids: [UInt64] = []
    private var places: [UInt64: Int] = [:]
    private var nextID: UInt64 = 0
    var random: SeededGenerator
    let spread: Spread

    init(_ spread: Spread, seed: UInt64) {
        self.spread = spread
        random = SeededGenerator(seed: seed)
        apus_table_init(&table, spread.shift) { $0.load(as: UInt64.self) }
    }

    deinit {
        for item in items.values { apus_free(item, 16) }
        apus_table_destroy(&table)
    }

    static func id(_ item: Item) -> UInt64 { item.load(fromByteOffset: 8, as: UInt64.self) }
    static func hash(_ item: Item) -> UInt64 { item.load(as: UInt64.self) }

    private func makeItem(_ hash: UInt64, _ id: UInt64) -> Item {
        let item = apus_allocate(16)
        item.storeBytes(of: hash, as: UInt64.self)
        item.storeBytes(of: id, toByteOffset: 8, as: UInt64.self)
        return item
    }

    /// The walk that a caller does: candidates, then its own comparison.
    func probe(_ hash: UInt64, _ id: UInt64) -> apus_probe? {
        var probe = apus_table_probe(&table, hash)
        while let candidate = apus_probe_next(&probe) {
            if Model.id(candidate) == id { return probe }
        }
        return nil
    }

    @discardableResult
    func insert() -> UInt64 {
        let id = nextID
        nextID += 1
        let hash = spread.hash(random.next())
        let item = makeItem(hash, id)
        apus_table_insert(&table, hash, item)
        items[id] = item
        places[id] = ids.count
        ids.append(id)
        return id
    }

    /// Removes by pointer or at the probe, by the coin.
    func remove(_ id: UInt64) -> Bool {
        let item = items.removeValue(forKey: id)!
        let place = places.removeValue(forKey: id)!
        if let last = ids.popLast(), last != id {
            ids[place] = last
            places[last] = place
        }
        defer { apus_free(item, 16) }
        if Bool.random(using: &random) { return apus_table_remove(&table, Model.hash(item), item) }
        guard var probe = probe(Model.hash(item), id) else { return false }
        apus_probe_remove(&table, &probe)
        return true
    }

    func replace(_ id: UInt64) -> Bool {
        let old = items[id]!
        let new = makeItem(Model.hash(old), id)
        items[id] = new
        defer { apus_free(old, 16) }
        return apus_table_replace(&table, Model.hash(old), old, new)
    }

    func randomID() -> UInt64? { ids.randomElement(using: &random) }

    func isFound(_ id: UInt64) -> Bool {
        guard let item = items[id], let probe = probe(Model.hash(item), id) else { return false }
        if probe.node == probe.root { return apus_table_prefetch_item(&table, Model.hash(item)) != nil }
        guard apus_table_has_child(&table, Model.hash(item)) else { return false }
        let isInFirstChild = probe.node == apus_node_link(probe.root, false)
        return !isInFirstChild || apus_table_prefetch_child_item(&table, Model.hash(item)) != nil
    }

    /// Everything that holds between operations; O(items).
    func isConsistent() -> Bool {
        apus_table_invariants(&table) && apus_table_count(&table) == UInt64(items.count)
    }

    func settle() { while apus_table_step(&table, 1000) {} }

    var bytesPerItem: Double { Double(apus_table_bytes(&table)) / Double(items.count) }
}

/// What a scan has seen since it began, against the items that were there all along.
private struct Scan {
    var position: UInt64 = 0
    var seen: Set<UInt64> = []
    var expected: Set<UInt64>

    init(_ model: Model) { expected = Set(model.ids) }

    /// One call; the ids that should have come and did not, once the end is reached.
    mutating func advance(_ model: Model, buckets: Int, items: Int) -> Set<UInt64>? {
        var out = apus_items()
        defer { apus_items_release(&out) }
        position = apus_table_scan(&model.table, position, buckets, items, &out)
        for index in 0..<out.count { seen.insert(Model.id(out.items![index])) }
        return position == APUS_TABLE_END ? expected.subtracting(seen) : nil
    }
}

@Suite struct TableTests {
    @Test(arguments: Spread.allCases, [1, 2] as [UInt64])
    func agreesWithADictionary(spread: Spread, seed: UInt64) throws {
        let model = Model(spread, seed: seed)
        let isHostile = spread == .onePosition || spread == .oneHash
        let peak = isHostile ? 400 : 6000
        var isGrowing = true
        var scan = Scan(model)
        for step in 0..<(isHostile ? 6000 : 40_000) {
            if model.ids.count >= peak { isGrowing = false }
            if model.ids.isEmpty { isGrowing = true }
            let isInsertion = Int.random(in: 0..<100, using: &model.random) < (isGrowing ? 65 : 25)
            if isInsertion {
                model.insert()
            } else if let id = model.randomID() {
                if Int.random(in: 0..<4, using: &model.random) == 0 {
                    #expect(model.replace(id), "replace, seed \(seed) step \(step)")
                } else {
                    #expect(model.remove(id), "remove, seed \(seed) step \(step)")
                    scan.expected.remove(id)
                }
            }
            if let id = model.randomID() { #expect(model.isFound(id), "find, seed \(seed) step \(step)") }
            #expect(model.probe(spread.hash(model.random.next()), .max) == nil)
            if step % 7 == 0, let missing = scan.advance(model, buckets: 10, items: 12) {
                #expect(missing.isEmpty, "scan, seed \(seed) step \(step)")
                scan = Scan(model)
            }
            if step % 31 == 0 { apus_table_step(&model.table, Int.random(in: 0..<4, using: &model.random)) }
            guard step % (model.ids.count > 200 ? 97 : 1) == 0 else { continue }
            try #require(model.isConsistent(), "invariants, seed \(seed) step \(step)")
        }
    }

    /// Up through every capacity and down through every shrink limit, checked after each operation next to a change.
    @Test func holdsAtEveryResize() throws {
        let model = Model(.uniform, seed: 3)
        var resizes = 0
        func check(_ before: (UInt32, UInt32)) -> Bool {
            let isChanged = before != (model.table.bucket_count, model.table.moved)
            if isChanged { resizes += before.0 == model.table.bucket_count ? 0 : 1 }
            return !isChanged || model.isConsistent()
        }
        while model.ids.count < 4000 {
            let before = (model.table.bucket_count, model.table.moved)
            model.insert()
            try #require(check(before), "growing at \(model.ids.count)")
        }
        #expect(resizes >= 15)
        resizes = 0
        while let id = model.randomID() {
            let before = (model.table.bucket_count, model.table.moved)
            #expect(model.remove(id))
            try #require(check(before), "shrinking at \(model.ids.count)")
        }
        #expect(resizes >= 5)
        #expect(model.table.bucket_count <= 1)
    }

    /// The moves are metered: no insertion or removal handles more than a bounded number of buckets.
    @Test func movesALittlePerWrite() {
        let model = Model(.uniform, seed: 4)
        while model.ids.count < 30_000 {
            let moved = model.table.moved
            let wasResizing = apus_table_is_resizing(&model.table)
            model.insert()
            if wasResizing && apus_table_is_resizing(&model.table) { #expect(model.table.moved - moved <= 16) }
            // The old array is gone long before the new one is full.
            if apus_table_is_resizing(&model.table) {
                #expect(apus_table_count(&model.table) < 9 * UInt64(model.table.bucket_count))
            }
        }
    }

    /// Of a large array, what has been moved is the kernel's again before the rest is, and the table works on.
    @Test func largeArraysGoPieceByPiece() throws {
        #expect(apus_allocator_start())
        let model = Model(.uniform, seed: 16)
        apus_table_reserve(&model.table, 900_000)
        for _ in 0..<3000 { model.insert() }
        #expect(model.remove(0))
        let buckets = Int(model.table.source_count), bytes = buckets * Int(APUS_BUCKET_BYTES)
        try #require(bytes >= 8 << 20)
        let array = model.table.source!
        while apus_table_is_resizing(&model.table) {
            try #require(model.isConsistent(), "at \(model.table.moved)")
            apus_table_step(&model.table, buckets / 2)
            guard apus_table_is_resizing(&model.table), apus_owns_pages(bytes) else { continue }
            let page = Int(sysconf(Int32(_SC_PAGESIZE)))
            let begin = (Int(bitPattern: array) + page - 1) / page * page, end = Int(bitPattern: array) + bytes
            var residency = [UInt8](repeating: 0, count: (end - begin) / page)
            #expect(mincore(UnsafeMutableRawPointer(bitPattern: begin)!, residency.count * page, &residency) == 0)
            let moved = residency.prefix(4 << 20 / page - 4), rest = residency.suffix(residency.count / 3)
            #expect(moved.count { $0 & 1 == 1 } <= moved.count / 100, "but for pages that cross the pieces' borders")
            #expect(rest.contains { $0 & 1 == 1 })
        }
        #expect(model.isConsistent())
    }

    /// A nearly empty table shrinks in steps, so that a burst of insertions cannot fill the small array before the move
    /// to it has ended.
    @Test(arguments: [1, 30, 3000])
    func burstDuringAShrinkFindsRoom(start: Int) {
        let model = Model(.uniform, seed: 15)
        apus_table_reserve(&model.table, 100_000)
        for _ in 0...start { model.insert() }
        #expect(model.remove(0))
        #expect(apus_table_is_resizing(&model.table) && model.isConsistent())
        while model.ids.count < 60_000 {
            model.insert()
            guard apus_table_is_resizing(&model.table) else { continue }
            #expect(apus_table_count(&model.table) < 9 * UInt64(model.table.bucket_count))
        }
        #expect(model.isConsistent())
    }

    /// A scan that begins in a small table and ends in a large one, or the other way round, misses nothing that stayed.
    @Test(arguments: [5, 6, 7] as [UInt64])
    func scanMissesNothingWhileTheTableResizes(seed: UInt64) {
        for (start, writes, isGrowing) in [(500, 40, true), (20_000, 60, false), (3000, 3, true), (3000, 3, false)] {
            let model = Model(.uniform, seed: seed)
            while model.ids.count < start { model.insert() }
            var scan = Scan(model)
            while true {
                if let missing = scan.advance(model, buckets: 3, items: 10) {
                    #expect(missing.isEmpty, "seed \(seed) start \(start)")
                    break
                }
                for _ in 0..<writes {
                    if isGrowing {
                        model.insert()
                    } else if model.ids.count > 10, let id = model.randomID() {
                        #expect(model.remove(id))
                        scan.expected.remove(id)
                    }
                }
            }
        }
    }

    /// At rest a scan returns each item exactly once, in order of position, and stops where it is told to.
    @Test func scanReturnsEachItemOnceAndInOrder() {
        let model = Model(.sharded, seed: 8)
        while model.ids.count < 2500 { model.insert() }
        model.settle()
        var out = apus_items()
        defer { apus_items_release(&out) }
        var position: UInt64 = 0
        var calls = 0
        while position != APUS_TABLE_END {
            let begin = out.count
            let next = apus_table_scan(&model.table, position, 2, .max, &out)
            for index in begin..<out.count {
                let itemPosition = UInt64(apus_table_position(&model.table, Model.hash(out.items![index])))
                #expect(position..<next ~= itemPosition)
            }
            position = next
            calls += 1
        }
        #expect(calls == (Int(model.table.bucket_count) + 1) / 2)
        #expect(Set((0..<out.count).map { Model.id(out.items![$0]) }) == Set(model.ids))
        #expect(out.count == model.ids.count)
    }

    @Test func drainsInSlicesAlsoDuringAResize() {
        let model = Model(.uniform, seed: 9)
        while !apus_table_is_resizing(&model.table) || model.ids.count < 3000 { model.insert() }
        var detached = model.table
        apus_table_init(&model.table, 0, detached.hash_of!)
        var out = apus_items()
        defer { apus_items_release(&out) }
        var position: UInt64 = 0
        while position != APUS_TABLE_END {
            position = apus_table_drain(&detached, position, 20, &out)
            #expect(apus_table_invariants(&detached))
            #expect(UInt64(out.count) + apus_table_count(&detached) == UInt64(model.items.count))
        }
        #expect(Set((0..<out.count).map { Model.id(out.items![$0]) }) == Set(model.ids))
        #expect(apus_table_count(&detached) == 0)
        apus_table_destroy(&detached)
        #expect(apus_table_bytes(&detached) == 0)
    }

    /// Chi-square over all items, at rest and halfway through a resize.
    @Test(arguments: [false, true])
    func randomItemIsUniform(isResizing: Bool) {
        let model = Model(.uniform, seed: 10)
        while model.ids.count < 400 || apus_table_is_resizing(&model.table) != isResizing { model.insert() }
        var state = model.random.next()
        let draws = model.ids.count * 200
        var counts: [UInt64: Double] = [:]
        for _ in 0..<draws { counts[Model.id(apus_table_random(&model.table, &state)!), default: 0] += 1 }
        let expected = Double(draws) / Double(model.ids.count)
        let chiSquare = model.ids.reduce(0) { $0 + (counts[$1, default: 0] - expected).squared / expected }
        // Mean n - 1, variance 2 (n - 1): five deviations above is one failure in a million seeds.
        let freedom = Double(model.ids.count - 1)
        #expect(chiSquare < freedom + 5 * (2 * freedom).squareRoot(), "\(chiSquare) of \(freedom)")
    }

    /// Samples are different items, and over many samples no item is neglected, whatever its slot.
    @Test func samplesReachEveryItem() {
        let model = Model(.uniform, seed: 11)
        while model.ids.count < 1000 { model.insert() }
        var sample = [UnsafeMutableRawPointer?](repeating: nil, count: 5)
        var counts: [UInt64: Int] = [:]
        for _ in 0..<60_000 {
            let found = apus_table_sample(&model.table, model.random.next(), &sample, 5)
            #expect(found == 5 && Set(sample).count == 5)
            for item in sample { counts[Model.id(item!), default: 0] += 1 }
        }
        let least = model.ids.map { counts[$0, default: 0] }.min()!
        #expect(least > 300 / 4, "an item was drawn \(least) times, 300 expected")
    }

    @Test func sparseTablesStillGiveRandomItems() {
        let model = Model(.uniform, seed: 12)
        var state: UInt64 = 1
        var item: UnsafeMutableRawPointer?
        #expect(apus_table_random(&model.table, &state) == nil)
        #expect(apus_table_sample(&model.table, 1, &item, 1) == 0)
        apus_table_reserve(&model.table, 100_000)
        model.insert()
        #expect(apus_table_random(&model.table, &state) == model.items[0])
        #expect(apus_table_sample(&model.table, 1, &item, 1) == 1 && item == model.items[0])
    }

    @Test func reservedTableNeverResizes() {
        let model = Model(.uniform, seed: 13)
        apus_table_reserve(&model.table, 5000)
        let buckets = model.table.bucket_count
        while model.ids.count < 5000 { model.insert() }
        #expect(model.table.bucket_count == buckets && !apus_table_is_resizing(&model.table))
        apus_table_reserve(&model.table, 50_000)
        #expect(apus_table_is_resizing(&model.table) && model.isConsistent())
        apus_table_reserve(&model.table, 500_000)
        model.settle()
        #expect(model.isConsistent() && model.table.bucket_count >= 500_000 / 9)
    }

    /// The header's arithmetic holds from a thousand to a million items: at rest, on average over sizes, and in the
    /// short time when both arrays exist.
    @Test func staysWithinItsBytes() {
        let bytesPerItemMax = 13.4
        let bytesPerItemMean = 11.6
        let bytesPerItemResizingMax = 23.5
        let model = Model(.uniform, seed: 14)
        #expect(apus_table_bytes(&model.table) == 0)
        model.insert()
        #expect(apus_table_bytes(&model.table) == 64)
        var size = 1000.0
        var sum = 0.0
        var worst = 0.0
        var samples = 0.0
        var worstResizing = 0.0
        while size <= 1_000_000 {
            while Double(model.ids.count) < size {
                model.insert()
                if model.ids.count > 1000 { worstResizing = max(worstResizing, model.bytesPerItem) }
            }
            model.settle()
            worst = max(worst, model.bytesPerItem)
            sum += model.bytesPerItem
            samples += 1
            size *= 1.02
        }
        #expect(worst <= bytesPerItemMax, "worst \(worst)")
        #expect(sum / samples <= bytesPerItemMean, "mean \(sum / samples)")
        #expect(worstResizing <= bytesPerItemResizingMax, "worst while resizing \(worstResizing)")
        // And it gives memory back: a table shrinks before less than a quarter of it is in use.
        while model.ids.count > 20_000 { _ = model.remove(model.ids[model.ids.count - 1]) }
        model.settle()
        #expect(model.bytesPerItem < 4 * bytesPerItemMean)
    }
}

extension Double {
    fileprivate var squared: Double { self * self }
}
