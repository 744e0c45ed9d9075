// The listpack against the naive model, against the reference's bytes, and against damaged bytes.
import CEncodings
import TestSupport
import Testing

@testable import Encodings

@Suite struct ListpackTests {
    /// The invariants, the model's texts in both directions, the counters, and the exact bytes.
    func check(_ listpack: borrowing Listpack, _ model: ListpackModel, _ step: String) {
        listpack.invariants()
        let view = listpack.view
        verify(view.count == model.texts.count, step)
        verify(view.isEmpty == model.texts.isEmpty, step)
        verify(view.bytes.array == model.bytes, step)
        verify(view.byteCount == model.bytes.count, step)
        verify(view.texts == model.texts, step)
        verify(view.textsReversed == model.texts.reversed(), step)
    }

    @Test(arguments: 0..<60) func modelled(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var listpack = Listpack()
        var model = ListpackModel()
        for step in 0..<150 {
            let operation = Int.random(in: 0..<15, using: &random)
            mutate(&listpack, &model, operation, &random)
            check(listpack, model, "seed \(seed) step \(step) operation \(operation)")
            query(listpack, model, &random, "seed \(seed) step \(step)")
        }
    }

    /// One random change, to both.
    func mutate(
        _ listpack: inout Listpack, _ model: inout ListpackModel, _ operation: Int, _ random: inout SeededGenerator
    ) {
        let text = random.text(), other = random.text()
        let count = model.texts.count
        let index = count == 0 ? 0 : Int.random(in: 0..<count, using: &random)
        let position = listpack.view.position(atIndex: index)
        switch operation {
        case 0, 1:
            verify(listpack.append(text.span.bytes) != nil)
            model.texts.append(text)
        case 2:
            verify(listpack.prepend(text.span.bytes) == listpack.start)
            model.texts.insert(text, at: 0)
        case 3:
            let value = Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
            listpack.append(value)
            model.texts.append(Array(String(value).utf8))
        case 4:
            listpack.append(text.span.bytes, other.span.bytes)
            model.texts += [text, other]
        case 5 where position != nil:
            verify(listpack.insert(text.span.bytes, at: position!) == position)
            model.texts.insert(text, at: index)
        case 6 where position != nil:
            let new = listpack.insert(text.span.bytes, after: position!)
            verify(listpack.view.text(at: new!) == text)
            model.texts.insert(text, at: index + 1)
        case 7 where position != nil, 8 where position != nil:
            guard let position else { break }
            verify(listpack.replace(at: position, with: text.span.bytes))
            model.texts[index] = text
        case 9 where position != nil:
            verify(listpack.replace(at: position!, with: Int64(index)))
            model.texts[index] = Array(String(index).utf8)
        case 10 where position != nil:
            let next = listpack.delete(at: position!)
            model.texts.remove(at: index)
            verify((next == nil) == (index == model.texts.count))
        case 11:
            let start = Int.random(in: -count - 1...count, using: &random)
            let length = Int.random(in: 0..<6, using: &random)
            let first = start < 0 ? count + start : start
            let expected = first < 0 ? 0 : min(length, count - first)
            verify(listpack.delete(fromIndex: start, count: length) == expected)
            if expected > 0 { model.texts.removeSubrange(first..<first + expected) }
        case 12:
            deleteSample(&listpack, &model, stride: Int.random(in: 1...2, using: &random), random.next())
        case 13:
            var second = Listpack()
            second.append(text.span.bytes, other.span.bytes)
            if Bool.random(using: &random) {
                verify(listpack.merge(second))
                model.texts += [text, other]
            } else {
                verify(second.merge(listpack))
                listpack = second
                model.texts = [text, other] + model.texts
            }
        default:
            let copy = Listpack(copying: listpack.view)
            var pointer = copy.release()
            _ = Listpack.withStored(&pointer) { $0.append(text.span.bytes) }
            listpack = Listpack(adopting: pointer)
            model.texts.append(text)
        }
    }

    func deleteSample(_ listpack: inout Listpack, _ model: inout ListpackModel, stride: Int, _ seed: UInt64) {
        let chosen = [ListpackPosition](capacity: 3) { span in
            listpack.view.sample(stride: stride, seed: seed, into: &span)
        }
        verify(chosen.count == min(3, model.texts.count / stride))
        verify(zip(chosen, chosen.dropFirst()).allSatisfy { $0 < $1 })
        var indexes: [Int] = []
        var at = listpack.view.first
        for index in model.texts.indices {
            if chosen.contains(at!) { indexes.append(index) }
            at = listpack.view.position(after: at!)
        }
        verify(indexes.count == chosen.count && indexes.allSatisfy { $0 % stride == 0 })
        listpack.delete(at: chosen.span, stride: stride)
        for index in indexes.reversed() { model.texts.removeSubrange(index..<index + stride) }
    }

    /// Everything that only reads, with one text that may be there and each index.
    func query(
        _ listpack: borrowing Listpack, _ model: ListpackModel, _ random: inout SeededGenerator, _ step: String
    ) {
        let view = listpack.view
        let text = Bool.random(using: &random) ? random.text() : model.texts.randomElement(using: &random) ?? []
        for skip in 0...2 {
            let expected = stride(from: 0, to: model.texts.count, by: skip + 1).first { model.texts[$0] == text }
            let found = view.find(text.span.bytes, skipping: skip)
            verify(found == expected.flatMap { view.position(atIndex: $0) }, step)
            verify(found.map { view.equals(text.span.bytes, at: $0) } ?? true, step)
        }
        for (index, expected) in model.texts.enumerated() {
            let position = view.position(atIndex: index)!
            verify(view.position(atIndex: index - model.texts.count) == position, step)
            verify(view.text(at: position) == expected, step)
            verify(view.textByteCount(at: position) == expected.count, step)
            verify(view.integer(at: position) == ListpackModel.canonicalInteger(expected), step)
            verify(view.equals(text.span.bytes, at: position) == (text == expected), step)
        }
        verify(view.position(atIndex: model.texts.count) == nil, step)
        verify(view.position(atIndex: -model.texts.count - 1) == nil, step)
        let picked = view.randomPosition(stride: 2, random: random.next())
        verify((picked == nil) == (model.texts.count < 2), step)
    }

    @Test func lengthBoundaries() {
        // 16378, 2097147: the back-length grows to three, to four bytes, since five bytes of encoding come in front.
        for length in [0, 1, 7, 8, 9, 63, 64, 126, 127, 128, 4095, 4096, 16377, 16378, 16379, 16383, 16384, 65535,
            65536, 2_097_146, 2_097_147] {
            var listpack = Listpack()
            let text = [UInt8](repeating: 0x78, count: length)
            listpack.append(1)
            let position = listpack.append(text.span.bytes)
            listpack.append(2)
            let model = ListpackModel(texts: [[0x31], text, [0x32]])
            listpack.invariants()
            verify(listpack.view.bytes.array == model.bytes)
            verify(listpack.view.find(text.span.bytes) == position)
            verify(listpack.view.position(before: listpack.view.last!) == position)
        }
    }

    @Test func integerBoundaries() {
        var edges: [Int64] = [.min, .min + 1, .max - 1, .max]
        for edge: Int64 in [0, 127, 4095, -4096, 32767, -32768, 8_388_607, -8_388_608, 2_147_483_647, -2_147_483_648] {
            edges += [edge - 1, edge, edge + 1]
        }
        for value in edges {
            let text = Array(String(value).utf8)
            var fromInteger = Listpack(), fromText = Listpack()
            fromInteger.append(value)
            fromText.append(text.span.bytes)
            verify(fromInteger.view.bytes.array == ListpackModel(texts: [text]).bytes)
            verify(fromText.view.bytes.array == fromInteger.view.bytes.array)
            verify(fromText.view.integer(at: fromText.start) == value)
            verify(fromText.view.find(text.span.bytes) == fromText.start)
        }
    }

    @Test func countBecomesUnknown() {
        var listpack = Listpack()
        var model = ListpackModel(texts: Array(repeating: [0x35], count: 65_534))
        for _ in 0..<65_534 { listpack.append(5) }
        verify(listpack.view.bytes.array == model.bytes)
        listpack.append(5)
        model.texts.append([0x35])
        model.countIsUnknown = true
        check(listpack, model, "65535 entries")
        verify(listpack.view.position(atIndex: -65_535) == listpack.start)
        listpack.delete(at: listpack.start)
        model.texts.removeFirst()
        check(listpack, model, "65534 entries after more")
    }

    @Test func limit() {
        var listpack = Listpack()
        listpack.append(7)
        // These spans claim more bytes than there are: a refusal must come before any byte is read.
        let text: [UInt8] = [0x61]
        text.withUnsafeBytes { one in
            let half = RawSpan(_unsafeStart: one.baseAddress!, byteCount: 1 << 29)
            let whole = RawSpan(_unsafeStart: one.baseAddress!, byteCount: 1 << 30)
            let beyond = RawSpan(_unsafeStart: one.baseAddress!, byteCount: 1 << 40)
            verify(listpack.append(whole) == nil)
            verify(listpack.append(beyond) == nil)
            verify(listpack.append(half, half) == nil)
            verify(!listpack.replace(at: listpack.start, with: whole))
            verify(!listpack.replace(at: listpack.start, with: beyond))
        }
        check(listpack, ListpackModel(texts: [[0x37]]), "unchanged")
    }

    @Test(arguments: referenceListpacks) func sameBytesAsReference(_ reference: ReferenceListpack) {
        var listpack = Listpack()
        for element in reference.elements {
            switch element {
            case .integer(let value): listpack.append(value)
            case .text(let text): listpack.append(Array(text.utf8).span.bytes)
            case .bytes(let bytes): listpack.append(bytes.span.bytes)
            }
        }
        verify(listpack.view.bytes.array == reference.bytes)
        verify(Listpack(validating: reference.bytes.span.bytes) != nil)
    }
}
