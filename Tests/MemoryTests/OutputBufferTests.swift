// OutputBuffer against an array of bytes: every operation, sizes around a chunk's, and positions to go back to.

import CAllocator
import Memory
import TestSupport
import Testing

@Suite struct OutputBufferTests {
    @Test func emptyBufferOwnsNothing() {
        var output = OutputBuffer()
        expect(output.isEmpty && output.count == 0)
        expect(output.takeChain().isEmpty)
        output.invariants()
    }

    @Test func appendsOfEveryKind() {
        var output = OutputBuffer()
        output.append("+OK\r\n" as StaticString)
        output.append(UInt8(ascii: "x"))
        output.append(array: [1, 2, 3])
        output.reserve(2).storeBytes(of: 0x4241, as: UInt16.self)
        output.advance(2)
        expect(output.copiedBytes() == Array("+OK\r\nx".utf8) + [1, 2, 3, 0x41, 0x42])
        output.invariants()
    }

    @Test func copyIsExactAtEverySize() {
        var random = SeededGenerator(seed: 1)
        for count in 0...80 {
            var output = OutputBuffer()
            let bytes = random.bytes(count)
            output.append(array: bytes)
            output.append(0xEE)
            expect(output.copiedBytes() == bytes + [0xEE])
        }
    }

    @Test func largeBlocksAreReferencedAndUnpinned() {
        let large = [UInt8](repeating: 7, count: OutputBuffer.referencedBytesMin)
        let block = Block(copying: ByteView(large.span.bytes))
        var output = OutputBuffer()
        output.append("$" as StaticString)
        output.append(referencing: block, range: 0..<block.count)
        expect(!block.isUnique)
        output.append("\r\n" as StaticString)
        output.invariants()
        expect(output.copiedBytes() == [0x24] + large + [13, 10])
        do { _ = output.takeChain() }
        expect(block.isUnique)
    }

    /// Beyond what it may hold, writing takes no more memory, and what was there before can be come back to.
    @Test func overflowKeepsTheBeginning() {
        let large = [UInt8](repeating: 7, count: OutputBuffer.referencedBytesMin)
        let block = Block(copying: ByteView(large.span.bytes))
        let first = [UInt8](repeating: 1, count: 1000), other = [UInt8](repeating: 2, count: 5000)
        var output = OutputBuffer()
        output.ownedBytesMax = 50_000
        output.append(array: first)
        let beginning = output.mark
        // What is referenced counts for nothing.
        for _ in 0..<10 { output.append(referencing: block, range: 0..<block.count) }
        output.append(array: other)
        expect(!output.hasOverflowed)
        // Chunks that the thread has kept of other tests would count as taken already.
        apus_chunk_release_kept()
        let before = apus_thread_memory()
        var atOverflow = before
        for round in 0..<2000 {
            let mark = output.mark
            output.append(array: other)
            output.append(UInt8(ascii: "x"))
            output.append("literal" as StaticString)
            output.append(referencing: block, range: 0..<block.count)
            _ = output.reserve(round)
            output.advance(round)
            if round % 2 == 0 { output.insert(ByteView(first.span.bytes), at: mark) }
            if round % 3 == 0 && output.hasOverflowed { output.rollback(to: output.mark) }
            if atOverflow == before && output.hasOverflowed { atOverflow = apus_thread_memory() }
            output.invariants()
        }
        expect(output.hasOverflowed)
        // Between referenced values each 5000 bytes have a chunk of 16 KiB.
        let taken = atOverflow - before
        expect(taken < 4 * 50_000, "\(taken) bytes")
        expect(apus_thread_memory() == atOverflow, "\(apus_thread_memory() - atOverflow) bytes more")
        // What goes another way is whole, even now.
        output.ownedBytesMax = .max
        for _ in 0..<3 {
            let mark = output.mark
            for _ in 0..<20 { output.append(array: other) }
            expect(output.takeBytes(from: mark) == [UInt8](repeating: 2, count: 20 * other.count))
            output.invariants()
        }
        output.ownedBytesMax = 50_000
        expect(output.hasOverflowed)
        output.rollback(to: beginning)
        expect(!output.hasOverflowed && output.copiedBytes() == first)
        output.append(array: other)
        expect(output.copiedBytes() == first + other)
        output.invariants()
    }

    @Test func overflowEndsWithTheChain() {
        var output = OutputBuffer()
        output.ownedBytesMax = 1000
        for _ in 0..<100 { output.append(array: [UInt8](repeating: 1, count: 1000)) }
        expect(output.hasOverflowed)
        do { _ = output.takeChain() }
        expect(!output.hasOverflowed && output.isEmpty)
        output.append(array: [1, 2])
        expect(output.copiedBytes() == [1, 2])
        output.invariants()
    }

    /// What lies between referenced values, a line end and a header, takes no standard chunk each.
    @Test func betweenReferencedBlocksThereIsLittle() {
        let large = [UInt8](repeating: 7, count: OutputBuffer.referencedBytesMin)
        let block = Block(copying: ByteView(large.span.bytes))
        let values = 100
        var output = OutputBuffer()
        var expected: [UInt8] = []
        apus_chunk_release_kept()
        let before = apus_thread_memory()
        for _ in 0..<values {
            output.append("$16384\r\n" as StaticString)
            output.append(referencing: block, range: 0..<block.count)
            output.append("\r\n" as StaticString)
            expected += Array("$16384\r\n".utf8) + large + [13, 10]
        }
        output.invariants()
        let taken = apus_thread_memory() - before
        expect(taken < 64 * 1024, "\(taken) bytes")
        expect(output.copiedBytes() == expected)
    }

    @Test func smallBlocksAreCopied() {
        let block = Block(copying: ByteView("small" as StaticString))
        var output = OutputBuffer()
        output.append(referencing: block, range: 0..<block.count)
        expect(block.isUnique)
        expect(output.copiedBytes() == Array("small".utf8))
    }

    @Test func insertBetweenReferencedChunks() {
        let large = [UInt8](repeating: 9, count: OutputBuffer.referencedBytesMin)
        let block = Block(copying: ByteView(large.span.bytes))
        var output = OutputBuffer()
        let front = output.mark
        output.append(referencing: block, range: 0..<block.count)
        let middle = output.mark
        output.append(referencing: block, range: 0..<block.count)
        output.insert(ByteView("|" as StaticString), at: middle)
        output.invariants()
        output.insert(ByteView("<" as StaticString), at: front)
        output.invariants()
        output.append(">" as StaticString)
        expect(output.copiedBytes() == [0x3C] + large + [0x7C] + large + [0x3E])
    }

    @Test(arguments: 0..<UInt64(20))
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var output = OutputBuffer()
        var model: [UInt8] = []
        var marks: [OutputBuffer.Mark] = []
        var positions: [Int] = []
        let block = Block(copying: ByteView([UInt8](repeating: 5, count: 20_000).span.bytes))
        for _ in 0..<400 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8:
                let bytes = random.bytes(Int.random(in: 0...40, using: &random))
                output.append(array: bytes)
                model += bytes
            case 8..<11:
                let bytes = random.bytes(Int.random(in: 0...20_000, using: &random))
                output.append(array: bytes)
                model += bytes
            case 11:
                output.append(referencing: block, range: 0..<block.count)
                model += [UInt8](repeating: 5, count: 20_000)
            case 12..<15:
                marks.append(output.mark)
                positions.append(model.count)
            case 15 where !marks.isEmpty:
                let index = Int.random(in: 0..<marks.count, using: &random)
                output.rollback(to: marks[index])
                model.removeSubrange(positions[index]...)
                marks.removeSubrange((index + 1)...)
                positions.removeSubrange((index + 1)...)
            case 16..<18 where !marks.isEmpty:
                let index = Int.random(in: 0..<marks.count, using: &random)
                let bytes = random.bytes(Int.random(in: 1...12, using: &random))
                output.insert(ByteView(bytes.span.bytes), at: marks[index])
                model.insert(contentsOf: bytes, at: positions[index])
                marks.removeSubrange((index + 1)...)
                positions.removeSubrange((index + 1)...)
            case 18:
                if Int.random(in: 0..<4, using: &random) == 0 {
                    expect(output.copiedBytes() == model, "seed \(seed)")
                    let chain = output.takeChain()
                    expect(chain.count == model.count, "seed \(seed)")
                    model = []
                    marks = []
                    positions = []
                }
            default:
                let room = output.reserve(300)
                for index in 0..<300 { room.storeBytes(of: UInt8(index & 255), toByteOffset: index, as: UInt8.self) }
                output.advance(300)
                model += (0..<300).map { UInt8($0 & 255) }
            }
            output.invariants()
            expect(output.count == model.count, "seed \(seed)")
        }
        expect(output.copiedBytes() == model, "seed \(seed)")
    }

    @Test func chainsJoin() {
        var output = OutputBuffer()
        output.append("abc" as StaticString)
        var pending = output.takeChain()
        output.append("de" as StaticString)
        pending.append(output.takeChain())
        expect(pending.count == 5)
        var bytes: [UInt8] = []
        let ends = unsafe pending.release()
        var chunk = unsafe ends.head
        while let current = unsafe chunk {
            for index in 0..<Int(current.pointee.count) { unsafe bytes.append(current.pointee.bytes[index]) }
            chunk = unsafe current.pointee.next
        }
        unsafe apus_chunk_release_all(ends.head)
        expect(bytes == Array("abcde".utf8))
    }
}
