// The intset against a sorted array, the reference's bytes, and damaged bytes.
import CAllocator
import CEncodings
import TestSupport
import Testing

@testable import Encodings

@Suite struct IntSetTests {
    /// The invariants, the order, and the exact bytes: the width never shrinks.
    func check(_ set: borrowing IntSet, _ model: [Int64], width: Int, _ step: String) {
        set.invariants()
        let view = set.view
        verify(view.count == model.count && view.isEmpty == model.isEmpty, step)
        verify((0..<view.count).map { view[$0] } == model, step)
        verify(view.min == model.first && view.max == model.last, step)
        var bytes = ListpackModel.littleEndian(UInt64(width), 4) + ListpackModel.littleEndian(UInt64(model.count), 4)
        for value in model { bytes += ListpackModel.littleEndian(UInt64(bitPattern: value), width) }
        verify(view.bytes.array == bytes && view.byteCount == bytes.count, step)
    }

    func width(of value: Int64) -> Int { Int16(exactly: value) != nil ? 2 : Int32(exactly: value) != nil ? 4 : 8 }

    @Test(arguments: 0..<60) func modelled(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var set = IntSet()
        var model: [Int64] = []
        var width = 2
        // Values crowd, so that adding what is there and removing what is not happen often.
        let shifts = [58, 50, 45, 30, 0].prefix(1 + seed % 5)
        for step in 0..<400 {
            let comment: String = "seed \(seed) step \(step)"
            let value = Int64(bitPattern: random.next()) >> Int64(shifts.randomElement(using: &random)!)
            let index = model.firstIndex { $0 >= value } ?? model.count
            let exists = index < model.count && model[index] == value
            verify(set.view.contains(value) == exists && set.view.lowerBound(value) == index, comment)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                verify(set.remove(value) == exists, comment)
                if exists { model.remove(at: index) }
            case 1 where !model.isEmpty:
                let victim = Int.random(in: 0..<model.count, using: &random)
                set.remove(atIndex: victim)
                model.remove(at: victim)
            default:
                verify(set.add(value) == (exists ? .exists : .added), comment)
                if !exists { model.insert(value, at: index) }
                width = max(width, exists ? 2 : self.width(of: value))
            }
            check(set, model, width: width, comment)
            verify(set.view.randomElement(random: random.next()).map(model.contains) ?? model.isEmpty, comment)
        }
        var pointer = IntSet(copying: set.view).release()
        verify(IntSet.withStored(&pointer) { $0.add(.min) } == .added)
        let copy = IntSet(adopting: pointer)
        check(copy, [.min] + model, width: 8, "a copy, widened by its smallest value")
    }

    @Test func boundaries() {
        let edges: [Int64] = [.min, -2_147_483_649, -2_147_483_648, -32769, -32768, 32767, 32768, 2_147_483_647,
            2_147_483_648, .max]
        for first in edges {
            for second in edges where second != first {
                var set = IntSet()
                set.add(first)
                verify(!set.view.contains(second))
                verify(set.add(second) == .added)
                let expected = max(width(of: first), width(of: second))
                check(set, [first, second].sorted(), width: expected, "\(first) \(second)")
            }
        }
    }

    @Test(arguments: referenceIntSets) func sameBytesAsReference(_ reference: ReferenceIntSet) {
        if let set = IntSet(validating: reference.bytes.span.bytes) {
            verify((0..<set.view.count).map { set.view[$0] } == reference.values.sorted())
        } else {
            Issue.record("refused")
        }
        guard !reference.name.hasPrefix("widened") else { return }
        var set = IntSet()
        for value in reference.values { set.add(value) }
        verify(set.view.bytes.array == reference.bytes)
    }

    @Test func widthStaysAfterRemoval() {
        var set = IntSet()
        for value: Int64 in [1, 2, 100_000] { set.add(value) }
        set.remove(100_000)
        verify(set.view.bytes.array == referenceIntSets.first { $0.name.hasPrefix("widened") }!.bytes)
    }

    /// What is removed gives its memory back, and the allocator is told of the size that it gave.
    @Test func memoryFollowsTheCount() {
        let before = apus_thread_memory()
        var set = IntSet()
        for value in 0..<1000 as Range<Int64> { set.add(value) }
        for value in 0..<990 as Range<Int64> {
            set.remove(value)
            let held = Int64(apus_usable_size(apus_capacity(set.view.byteCount)))
            verify(apus_thread_memory() - before == held, "\(value)")
        }
        _ = consume set
        verify(apus_thread_memory() == before)
    }

    @Test func damaged() {
        for reference in referenceIntSets {
            let bytes = reference.bytes
            for count in bytes.indices { verify(IntSet(validating: Array(bytes[..<count]).span.bytes) == nil) }
            for index in bytes.indices {
                for value in UInt8.min...UInt8.max {
                    var damaged = bytes
                    damaged[index] = value
                    guard var set = IntSet(validating: damaged.span.bytes) else { continue }
                    let values = (0..<set.view.count).map { set.view[$0] }
                    verify(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
                    verify(values.allSatisfy { set.view.contains($0) })
                    set.add(77)
                    set.remove(values.first ?? 0)
                    set.invariants()
                }
            }
        }
    }
}
