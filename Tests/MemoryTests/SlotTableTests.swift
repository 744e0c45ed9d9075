// SlotTable against a dictionary.

import Memory
import TestSupport
import Testing

@Suite struct SlotTableTests {
    /// Counts how many of it live.
    private struct Tracked: ~Copyable {
        nonisolated(unsafe) static var alive = 0
        var value: Int
        init(_ value: Int) {
            self.value = value
            Tracked.alive += 1
        }
        deinit { Tracked.alive -= 1 }
    }

    @Test func model() {
        let seed: UInt64 = 4
        var random = SeededGenerator(seed: seed)
        do {
            var table = SlotTable<Tracked>()
            var model: [Int: Int] = [:]
            for step in 0..<3000 {
                // Slots near each other and far apart, so that pages between are missing.
                let index = Int.random(in: 0..<200, using: &random) * (Bool.random(using: &random) ? 1 : 37)
                switch (model[index], Int.random(in: 0..<3, using: &random)) {
                case (nil, _):
                    expect(!table.contains(index), "seed \(seed)")
                    table.insert(Tracked(step), at: index)
                    model[index] = step
                case (let value?, 0):
                    expect(table.remove(index).value == value, "seed \(seed)")
                    model[index] = nil
                case (let value?, _):
                    expect(table[index].value == value, "seed \(seed)")
                    table[index].value += 1
                    model[index] = value + 1
                }
                expect(table.count == model.count && Tracked.alive == model.count, "seed \(seed)")
                if step % 50 == 0 { expect(table.invariants(), "seed \(seed)") }
            }
            var visited: [Int: Int] = [:]
            var next = table.firstOccupied(from: 0)
            while let index = next {
                visited[index] = table[index].value
                next = table.firstOccupied(from: index + 1)
            }
            expect(visited == model, "seed \(seed)")
        }
        expect(Tracked.alive == 0)
    }

    @Test func anyIndexMayBeAskedAbout() {
        var table = SlotTable<Int>()
        expect(!table.contains(0) && table.firstOccupied(from: 0) == nil)
        table.insert(7, at: 65)
        for index in [-1, 0, 64, 66, table.capacity, Int.min, Int.max] { expect(!table.contains(index), "\(index)") }
        expect(table.contains(65) && table[65] == 7)
        expect(table.firstOccupied(from: 65) == 65 && table.firstOccupied(from: 66) == nil)
        expect(table.firstOccupied(from: table.capacity) == nil)
    }

    @Test func addressesAreStable() {
        var table = SlotTable<Int>()
        table.insert(1, at: 0)
        let address = withUnsafePointer(to: &table[0]) { UInt(bitPattern: $0) }
        for index in 1..<1000 { table.insert(index, at: index) }
        expect(withUnsafePointer(to: &table[0]) { UInt(bitPattern: $0) } == address)
    }
}
