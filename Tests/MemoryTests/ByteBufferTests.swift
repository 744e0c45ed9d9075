// ByteBuffer against an array.

import Memory
import TestSupport
import Testing

@Suite struct ByteBufferTests {
    @Test func emptyIsSmallAndFree() {
        expect(MemoryLayout<ByteBuffer>.size <= 24)
        let buffer = ByteBuffer()
        expect(buffer.capacity == 0 && buffer.isEmpty)
        buffer.invariants()
    }

    @Test(arguments: 0..<UInt64(20))
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        for _ in 0..<500 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let bytes = random.bytes(Int.random(in: 0...300, using: &random))
                buffer.append(array: bytes)
                model += bytes
            case 4:
                buffer.append(UInt8(42))
                model.append(42)
            case 5..<9:
                let n = Int.random(in: 0...model.count, using: &random)
                buffer.removeFirst(n)
                model.removeFirst(n)
            default:
                buffer.removeAll()
                model = []
            }
            buffer.invariants()
            expect(buffer.view.copied() == model, "seed \(seed)")
        }
    }

    @Test func fillsFromOutside() {
        var buffer = ByteBuffer()
        buffer.append(1)
        let room = unsafe buffer.room(100)
        expect(room.count >= 100)
        unsafe room[0] = 2
        unsafe buffer.didAppend(1)
        expect(buffer.view.copied() == [1, 2])
        var span = buffer.mutableBytes
        span.storeBytes(of: 9, as: UInt8.self)
        expect(buffer[0] == 9)
    }
}
