// The timing wheel beside a plain list of nodes and their ticks.

import TestSupport
import Testing

@testable import Datastore

@Suite struct TimingWheelTests {
    /// Whatever is scheduled, moved and taken, near and far: exactly what is due comes out, and nothing is lost.
    @Test(arguments: 0..<8 as Range<UInt64>) func asAPlainListWould(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let nodeCount = [1, 2, 17, 300][random.below(4)]
        var now: UInt32 = [0, 1, 4095, 0x0fff_fff0, .max - 70_000][random.below(5)]
        var wheel = TimingWheel(nodeCount: nodeCount, now: now)
        var model: [Int: UInt32] = [:]
        /// From the past to the far future, mostly near.
        func someTick() -> UInt32 {
            let distance = UInt32(random.below(1 << (1 + random.below(31))))
            if random.below(8) == 0 { return now - min(now, distance) }
            return min(now.addingReportingOverflow(distance).overflow ? .max : now + distance, TimingWheel.never - 1)
        }
        for _ in 0..<2000 {
            for _ in 0..<random.below(20) {
                let node = random.below(nodeCount)
                let tick = random.below(6) == 0 ? TimingWheel.never : someTick()
                wheel.schedule(node, at: tick)
                model[node] = tick == TimingWheel.never ? nil : tick
                #expect(wheel.tick(of: node) == tick)
            }
            let soonest = model.values.min() ?? TimingWheel.never
            #expect(wheel.invariants() && wheel.soonest() <= max(soonest, now))
            #expect((wheel.soonest() == TimingWheel.never) == model.isEmpty)
            guard random.below(3) == 0 else { continue }
            let target = random.below(4) == 0 ? soonest : someTick()
            if target == TimingWheel.never { continue }
            var effort = random.below(4) == 0 ? random.below(4) : .max
            while let node = wheel.takeDue(by: target, effort: &effort) {
                #expect(model.removeValue(forKey: node)! <= target)
                #expect(wheel.tick(of: node) == TimingWheel.never)
            }
            #expect(wheel.invariants() && wheel.now >= now)
            // Time does not go back: what was before `now` comes when the clock is there again.
            if effort > 0 {
                #expect(wheel.now >= target && (target < now || model.values.allSatisfy { $0 > target }))
            }
            now = wheel.now
        }
    }

    /// A slot of many nodes is sorted in as many slices as its caller has patience for.
    @Test func sortingIsMetered() {
        var wheel = TimingWheel(nodeCount: 1000, now: 0)
        for node in 0..<1000 { wheel.schedule(node, at: 5000) }
        var calls = 0, taken = 0
        while taken < 1000 {
            var effort = 16
            while wheel.takeDue(by: 5000, effort: &effort) != nil { taken += 1 }
            calls += 1
            #expect(wheel.invariants() == true)
            if calls > 10_000 { break }
        }
        // Three levels down: 5000 has four digits.
        #expect(taken == 1000 && calls >= 3 * 1000 / 16)
    }

    @Test func aWheelOfNothingTakesNoMemory() {
        var wheel = TimingWheel(nodeCount: 0, now: 7), effort = 1
        #expect(wheel.byteCount == 0 && wheel.soonest() == TimingWheel.never && wheel.invariants())
        #expect(wheel.takeDue(by: 9, effort: &effort) == nil)
    }
}
