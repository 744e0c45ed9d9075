// Large arguments: whatever part of them was already on its way, the block gets exactly its bytes and nobody else's.

import Glibc
import Memory
import Network
import Testing

extension NetworkTests {
@Suite struct BulkTests {
    /// `header` bytes, then a bulk, then `tail` bytes; sent in two parts cut at `cut`. The bulk is asked for once the
    /// header was seen.
    func exchange(_ backend: RunLoop.Backend, bulkCount: Int, cut: Int, tail: Int) throws {
        let harness = try Harness(backend, bufferBytes: 64, bufferCount: 16)
        let (client, connection) = try harness.client(port: harness.listen())
        let header = 10
        let sent = pattern(header + bulkCount + tail, seed: UInt64(cut + 1))
        let block = Block(capacity: bulkCount)
        var started = false
        var early: [UInt8] = []
        harness.onReceived = { loop, connection, bytes in
            guard !started else { return }
            early += bytes
            guard early.count >= header else { return }
            started = true
            let prefix = min(early.count - header, bulkCount)
            if prefix == bulkCount { return }
            loop.receiveBulk(connection, into: block, count: bulkCount - prefix)
        }
        var offset = client.send(sent[..<cut])
        for _ in 0..<(cut % 3) { try harness.turn() }
        try harness.run("bulk of \(bulkCount) cut at \(cut)") {
            offset += client.send(sent[offset...])
            let total = (harness.received[connection]?.count ?? 0) + block.count
            return total == sent.count
        }
        let before = early
        let after = Array(harness.received[connection]![before.count...])
        let middle = block.view.copied()
        #expect(before + middle + after == sent, "cut \(cut)")
        #expect(harness.bulks.count <= 1)
    }

    @Test(arguments: backends)
    func everySplit(_ backend: RunLoop.Backend) throws {
        for cut in 1..<180 { try exchange(backend, bulkCount: 150, cut: cut, tail: 25) }
    }

    @Test(arguments: backends)
    func sixtyFourMebibytes(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let count = 64 << 20
        let block = Block(capacity: count)
        harness.loop.receiveBulk(connection, into: block, count: count)
        let part = pattern(1 << 20)
        var offset = 0
        try harness.run("64 MiB") {
            while offset < count {
                let n = client.send(part[(offset & (1 << 20 - 1))...])
                offset += n
                if n == 0 { break }
            }
            return harness.bulks == [connection]
        }
        let blockCount = block.count
        #expect(blockCount == count)
        for start in stride(from: 0, to: count, by: 1 << 20) {
            let isEqual = block.view[start..<start + (1 << 20)] == ByteView(part.span.bytes)
            #expect(isEqual)
        }
        let isUnique = block.isUnique
        #expect(isUnique)
        client.send("after")
        try harness.run("after") { harness.received[connection]?.text == "after" }
    }

    @Test(arguments: backends)
    func endInTheMiddle(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let block = Block(capacity: 1000)
        harness.loop.receiveBulk(connection, into: block, count: 1000)
        client.send("only this")
        client.finishSending()
        try harness.run("end") { harness.ended[connection] == 0 }
        #expect(harness.bulks.isEmpty)
        try harness.run("freed") { harness.loop.statistics.connections == 0 && block.isUnique }
    }

    @Test(arguments: backends)
    func closedWhileReceiving(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let port = try harness.listen()
        for turns in 0..<6 {
            let (client, connection) = try harness.client(port: port)
            let block = Block(capacity: 1 << 20)
            harness.loop.receiveBulk(connection, into: block, count: 1 << 20)
            client.send("part")
            for _ in 0..<turns { try harness.turn() }
            harness.loop.close(connection)
            try harness.run("freed") { harness.loop.statistics.connections == 0 && block.isUnique }
        }
        #expect(harness.bulks.isEmpty)
    }

    /// Closed at the moment when the kernel sees whether it has to wait for more: it must not wait for a peer that
    /// waits for the close.
    @Test(arguments: backends)
    func closedWhileBytesArrive(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let port = try harness.listen()
        for round in 0..<2000 {
            let (client, connection) = try harness.client(port: port)
            let descriptor = client.descriptor
            let sender = Thread {
                let piece = [UInt8](repeating: 1, count: 100)
                for _ in 0..<5000 where Glibc.send(descriptor, piece, piece.count, Int32(MSG_NOSIGNAL)) < 0 { break }
            }
            let block = Block(capacity: 1 << 20)
            var started = false
            harness.onReceived = { loop, connection, _ in
                if !started { loop.receiveBulk(connection, into: block, count: 1 << 20) }
                started = true
            }
            try harness.run("bytes") { started }
            try harness.turn()
            harness.loop.close(connection)
            try harness.run("freed in round \(round)") { harness.loop.statistics.connections == 0 && block.isUnique }
            sender.join()
        }
    }
}
}
