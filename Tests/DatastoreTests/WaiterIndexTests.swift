// The lines of blocked clients against plain arrays.

import TestSupport
import Testing

@testable import Datastore

@Suite struct WaiterIndexTests {
    /// Waiters come into several lines, are served at their heads, give up in their midst, and end elsewhere without
    /// leaving: the lines keep the order in which the others came.
    @Test(arguments: [1, 2, 3])
    func linesAgainstArrays(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let keys = (0..<4).map { OwnedKey(database: $0 / 2, bytes: [UInt8($0)]) }
        let index = WaiterIndex()
        var model = keys.map { _ in [Waiter]() }
        for step in 0..<4_000 {
            let line = random.below(keys.count), key = keys[line]
            // Lines grow and shrink in turns.
            switch random.below(step / 500 % 2 == 0 ? 6 : 12) {
            case 0, 5:
                // The same waiter may stand in every line, once.
                let waiter = Waiter(keys: keys)
                for line in keys.indices where random.below(2) == 0 {
                    index.append(waiter, key: keys[line])
                    model[line].append(waiter)
                }
            case 1, 6, 7:
                guard let waiter = model[line].randomElement(using: &random) else { continue }
                for line in keys.indices {  // also where it does not stand
                    index.remove(waiter, key: keys[line])
                    model[line].removeAll { $0 === waiter }
                }
            case 2, 8:
                _ = model[line].randomElement(using: &random)?.claim()
            case 3:
                // What only first forgets still counts as waiting.
                #expect(index.hasWaiters(key) == !model[line].isEmpty, "seed \(seed), step \(step)")
            default:
                model[line].removeFirst(model[line].prefix { $0.isClaimed }.count)
                #expect(index.first(key) === model[line].first, "seed \(seed), step \(step)")
            }
            #expect(index.invariants(), "seed \(seed), step \(step)")
            #expect(index.isEmpty == model.allSatisfy(\.isEmpty), "seed \(seed), step \(step)")
            let first = keys.indices.filter { !model[$0].isEmpty && keys[$0].database == 0 }.map { keys[$0] }
            #expect(Set(index.keys(inDatabase: 0)) == Set(first), "seed \(seed), step \(step)")
        }
        for (line, key) in keys.enumerated() {
            for waiter in model[line] where !waiter.isClaimed {
                #expect(index.first(key) === waiter, "seed \(seed)")
                index.remove(waiter, key: key)
            }
            #expect(index.first(key) == nil, "seed \(seed)")
        }
        #expect(index.isEmpty && index.invariants(), "seed \(seed)")
    }
}
