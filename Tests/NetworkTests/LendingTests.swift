// Large values leave without a copy, and whatever becomes of their memory meanwhile, the peer gets what was sent.
// In the serial suite, since experience with lending is the process's.

import Glibc
import Memory
import Network
import Testing

extension NetworkTests {
@Suite struct LendingTests {
    /// More sends than are copied before a block is lent.
    static let sends = 8

    init() {
        _ = Allocator.start()
        Block.forgetLendingExperience()
    }

    /// Queues what a reply with a value looks like: a header, the value, a line end.
    func send(_ block: borrowing Block, times: Int = 1, on harness: Harness, to connection: ConnectionID) {
        var output = OutputBuffer()
        for _ in 0..<times {
            output.append("$header\r\n" as StaticString)
            output.append(referencing: block, range: 0..<block.count)
            output.append("\r\n" as StaticString)
        }
        harness.loop.send(output.takeChain(), to: connection)
    }

    func reply(_ value: [UInt8]) -> [UInt8] { Array("$header\r\n".utf8) + value + Array("\r\n".utf8) }

    func expect(_ expected: [UInt8], from client: Client, _ harness: Harness, step: Int = 1 << 20) throws {
        var got: [UInt8] = []
        got.reserveCapacity(expected.count)
        try harness.run("all \(expected.count) bytes") {
            got += client.receive(max: step) ?? []
            return got.count >= expected.count
        }
        let isEqual = got == expected  // a difference of megabytes would take the report for ever
        #expect(isEqual)
    }

    /// Sends the value until it has been lent, and reads it each time.
    func exchange(
        _ block: borrowing Block, _ value: [UInt8], _ client: Client, _ harness: Harness, _ connection: ConnectionID
    ) throws {
        for _ in 0..<Self.sends {
            send(block, on: harness, to: connection)
            try expect(reply(value), from: client, harness)
        }
    }

    func block(_ bytes: [UInt8]) -> Block { Block(copying: ByteView(bytes.span.bytes)) }

    @Test(arguments: backends, [32_768, 32_769, 65_000, 300_000])
    func repliesArriveWhole(_ backend: RunLoop.Backend, _ count: Int) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let value = pattern(count)
        let block = block(value)
        try exchange(block, value, client, harness, connection)
        send(block, times: 20, on: harness, to: connection)
        try expect([UInt8](repeatElement(reply(value), count: 20).joined()), from: client, harness)
        let lent = harness.loop.statistics.bytesLent
        // What finds the socket full is copied: how much that is, the peer's speed decides.
        #expect(lent > UInt64(count))
        try harness.run("nothing pending") { harness.loop.pendingOutputBytes(connection) == 0 }
        let isUnique = block.isUnique
        #expect(!isUnique, "what was lent is frozen, whoever else has let go of it")
    }

    /// The peer reads only after the value is gone and its memory holds others.
    @Test(arguments: backends)
    func memoryMayBeUsedAgainBeforeThePeerHasRead(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let count = 100_000
        for round in 1...6 as ClosedRange<UInt64> {
            Block.forgetLendingExperience()
            let value = pattern(count, seed: round)
            do {
                let block = block(value)
                for _ in 0..<Self.sends {
                    send(block, on: harness, to: connection)
                    try harness.turn()
                }
                try harness.run("all is with the kernel") { harness.loop.pendingOutputBytes(connection) == 0 }
            }
            for other in 0..<20 as Range<UInt64> { _ = block(pattern(count, seed: 1000 + other)) }
            try expect([UInt8](repeatElement(reply(value), count: Self.sends).joined()), from: client, harness)
        }
        #expect(harness.loop.statistics.bytesLent >= UInt64(6 * count))
    }

    /// Values that fill the peer's buffers: what does not fit goes the ordinary way.
    @Test(arguments: backends)
    func slowReadersGetAllBytes(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let port = try harness.listen()
        let value = pattern(5_000_000)
        let block = block(value)
        do {
            let (client, connection) = try harness.client(port: port)
            try exchange(block, value, client, harness, connection)
        }
        let (client, connection) = try harness.client(port: port, receiveBuffer: 32768)
        send(block, times: 3, on: harness, to: connection)
        for _ in 0..<4 { try harness.turn() }
        #expect(harness.loop.waker.refusedOutputBytes(connection) > 0)
        try expect([UInt8](repeatElement(reply(value), count: 3).joined()), from: client, harness, step: 100_000)
    }

    /// Frames are used up and renewed while the peer has yet to read the first.
    @Test(arguments: backends)
    func framesAreNotOverwritten(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let value = pattern(16_384)
        let block = block(value)
        var expected: [UInt8] = []
        for number in 0..<40 {
            var output = OutputBuffer()
            for part in 0..<3 {
                let frame = pattern(3000, seed: UInt64(number * 3 + part + 7))
                output.append(ByteView(frame.span.bytes))
                output.append(referencing: block, range: 0..<block.count)
                expected += frame + value
            }
            harness.loop.send(output.takeChain(), to: connection)
            try harness.turn()
        }
        try expect(expected, from: client, harness)
        #expect(harness.loop.statistics.bytesLent > UInt64(expected.count / 2))
    }

    @Test(arguments: backends)
    func lendingCanBeTurnedOff(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend, lendsLargeValues: false)
        let (client, connection) = try harness.client(port: harness.listen())
        let value = pattern(100_000)
        let block = block(value)
        try exchange(block, value, client, harness, connection)
        #expect(harness.loop.statistics.bytesLent == 0)
        let isUnique = block.isUnique
        #expect(isUnique)
    }

    @Test(arguments: backends)
    func unixSocketsAreLentTo(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        let client = Client(adopting: ends[0])
        let connection = try harness.loop.adopt(descriptor: ends[1])
        let value = pattern(50_000)
        let block = block(value)
        try exchange(block, value, client, harness, connection)
        #expect(harness.loop.statistics.bytesLent > 0)
    }

    @Test(arguments: backends)
    func aGonePeerEndsTheConnection(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let port = try harness.listen()
        let value = pattern(50_000)
        let block = block(value)
        for _ in 0..<20 {
            let connection: ConnectionID
            do {
                let (client, id) = try harness.client(port: port)
                connection = id
                harness.loop.pauseReceive(id)
                try harness.turn()
                client.reset()
            }
            try harness.run("error of send") {
                if harness.ended[connection] == nil { send(block, on: harness, to: connection) }
                return harness.ended[connection] != nil
            }
            #expect(harness.ended[connection] != 0)
        }
        try harness.run("slots freed") { harness.loop.statistics.connections == 0 }
    }

    @Test(arguments: backends)
    func closingAfterTheOutputLosesNothing(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let value = pattern(6_000_000)
        let block = block(value)
        try exchange(block, value, client, harness, connection)
        send(block, on: harness, to: connection)
        harness.loop.closeAfterFlush(connection, lingerNanoseconds: patience)
        try expect(reply(value), from: client, harness)
        try harness.run("slot freed") { harness.loop.statistics.connections == 0 }
    }

    /// How often a new block is sent before it is lent.
    func copiesBeforeLending(of block: borrowing Block) -> Int {
        var copies = 0
        while !block.lend() { copies += 1 }
        return copies
    }

    func lends(of block: borrowing Block, in sends: Int) -> Int {
        var lends = 0
        for _ in 0..<sends where block.lend() { lends += 1 }
        return lends
    }

    @Test func lendingFollowsExperience() {
        let value = pattern(20_000)
        for expected in [4, 8, 16, 32, 64, 128, 256, 256] {
            let copies = copiesBeforeLending(of: block(value))  // and goes without a further send
            #expect(copies == expected)
        }
        for expected in [256, 128, 64, 32, 16, 8, 4, 4] {
            let block = block(value)
            let copies = copiesBeforeLending(of: block)
            #expect(copies == expected)
            #expect(lends(of: block, in: 100) == 100)
        }
    }

    @Test func whatIsWrittenAnewIsCountedAnew() {
        var block = block(pattern(20_000))
        #expect(lends(of: block, in: 3) == 0)
        block.append(ByteView("more" as StaticString))
        let copies = copiesBeforeLending(of: block)
        #expect(copies == 4)
        let isUnique = block.isUnique
        #expect(!isUnique)
    }

    @Test func smallBlocksShareTheirPagesAndAreNotLent() {
        let block = block(pattern(8000))
        #expect(lends(of: block, in: 1000) == 0)
    }
}
}
