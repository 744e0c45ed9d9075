// Block against an array of bytes, around the size from which on blocks have room for a frame, and its frame.

import CAllocator
import Memory
import TestSupport
import Testing

@Suite struct BlockTests {
    static let framedMin = Int(APUS_BLOCK_FRAMED_MIN)

    func block(_ bytes: [UInt8]) -> Block { Block(copying: ByteView(bytes.span.bytes)) }

    func framed(_ block: borrowing Block) -> [UInt8] {
        var output = OutputBuffer()
        output.append(framed: block)
        output.invariants()
        return output.copiedBytes()
    }

    @Test func sharedBlocksAreFrozenUntilReleased() {
        var block = Block(copying: ByteView("hello" as StaticString))
        do {
            let other = block.shared()
            expect(!block.isUnique)
            expect(other.view.copied() == Array("hello".utf8))
        }
        expect(block.isUnique)
        block.append(ByteView(" world" as StaticString))
        expect(block.view.copied() == Array("hello world".utf8))
        var bytes = block.mutableBytes
        bytes.storeBytes(of: UInt8(ascii: "J"), as: UInt8.self)
        expect(block.view.copied() == Array("Jello world".utf8))
    }

    @Test func rawReferencesRoundTrip() {
        let raw = unsafe Block(copying: ByteView("kept" as StaticString)).release()
        let again = unsafe Block(adopting: raw)
        expect(again.isUnique && again.view.copied() == Array("kept".utf8))
    }

    @Test(arguments: [framedMin, framedMin + 1, 20_000, 1 << 20])
    func theFrameStandsAroundTheBytes(_ count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let bytes = random.bytes(count)
        let block = block(bytes)
        let head = "$\(count)\r\n"
        expect(!block.isFramed)
        for _ in 0..<2 {
            expect(block.frame(head: ByteView(Array(head.utf8).span.bytes)) && block.isFramed)
            expect(framed(block) == Array(head.utf8) + bytes + [13, 10])
        }
        expect(block.isUnique)
    }

    @Test func thereIsRoomForTheWidestHead() {
        let bytes = [UInt8](repeating: 1, count: Self.framedMin)
        let widest = [UInt8](repeating: 2, count: Int(APUS_BLOCK_HEAD_BYTES) - 1)
        for tooWide in [[UInt8](), widest + [3]] {
            expect(!block(bytes).frame(head: ByteView(tooWide.span.bytes)))
        }
        let block = block(bytes)
        expect(block.frame(head: ByteView(widest.span.bytes)))
        expect(framed(block) == widest + bytes + [13, 10])
    }

    @Test func smallBlocksHaveNoFrame() {
        let block = block([UInt8](repeating: 1, count: 10_000))
        expect(!block.frame(head: ByteView("$10000\r\n" as StaticString)) && !block.isFramed)
    }

    @Test func aChangeEndsTheFrame() {
        let bytes = [UInt8](repeating: 1, count: 20_000)
        var block = block(bytes)
        expect(block.frame(head: ByteView("$20000\r\n" as StaticString)))
        block.append(ByteView("xyz" as StaticString))
        expect(!block.isFramed)
        expect(block.frame(head: ByteView("$20003\r\n" as StaticString)))
        expect(framed(block) == Array("$20003\r\n".utf8) + bytes + Array("xyz\r\n".utf8))
    }

    /// Every capacity asked for is there, whichever kind of block it makes, and its memory is accounted to the byte.
    @Test func everySizeAroundTheFirstFrame() {
        for capacity in Self.framedMin - 100...Self.framedMin + 100 {
            let before = apus_thread_memory()
            do {
                var block = Block(capacity: capacity)
                expect(block.capacity >= capacity && block.footprint > block.capacity)
                expect(apus_thread_memory() - before == Int64(apus_usable_size(block.footprint)))
                let bytes = [UInt8](repeating: 3, count: block.capacity)
                block.append(ByteView(bytes.span.bytes))
                if block.frame(head: ByteView("$\r\n" as StaticString)) {
                    expect(framed(block) == Array("$\r\n".utf8) + bytes + [13, 10])
                } else {
                    expect(block.capacity < Self.framedMin)
                }
            }
            expect(apus_thread_memory() == before)
        }
    }

    @Test func growthKeepsBytes() {
        var random = SeededGenerator(seed: 3)
        var block = Block(capacity: 0)
        var model: [UInt8] = []
        for _ in 0..<200 {
            let bytes = random.bytes(Int.random(in: 0...2000, using: &random))
            block.append(ByteView(bytes.span.bytes))
            model += bytes
            expect(block.count <= block.capacity && block.footprint > block.capacity)
        }
        expect(block.view.copied() == model)
    }

    @Test(arguments: 0..<UInt64(10))
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var block = Block(capacity: 0)
        var model: [UInt8] = []
        for step in 0..<200 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let bytes = random.bytes(Int.random(in: 0...300, using: &random))
                block.append(ByteView(bytes.span.bytes))
                model += bytes
            case 2: block.reserve(block.capacity + Int.random(in: 0...200, using: &random))
            default:
                if block.frame(head: ByteView("head" as StaticString)) {
                    expect(framed(block) == Array("head".utf8) + model + [13, 10], "seed \(seed)")
                }
            }
            expect(block.count == model.count && block.capacity >= model.count)
            if step % 20 == 0 { expect(block.view.copied() == model, "seed \(seed)") }
        }
        expect(model.count > Self.framedMin / 2)
    }
}
