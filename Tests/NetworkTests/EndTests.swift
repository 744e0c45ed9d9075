// How connections end: half-closed, reset, gone without a word, too slow; nobody is forgotten, and each slot is freed.

import Glibc
import Memory
import Network
import Testing

extension NetworkTests {
@Suite struct EndTests {
    @Test(arguments: backends)
    func halfClosedPeerStillGetsReplies(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        harness.closesEnded = false
        let (client, connection) = try harness.client(port: harness.listen())
        client.send("last words")
        client.finishSending()
        try harness.run("end") { harness.ended[connection] == 0 }
        #expect(harness.received[connection]?.text == "last words")
        let reply = pattern(500_000)
        harness.loop.send(copying: ByteView(reply.span.bytes), to: connection)
        harness.loop.closeAfterFlush(connection, lingerNanoseconds: patience)
        var got: [UInt8] = []
        try harness.run("reply, then the end") {
            guard let more = client.receive() else { return true }
            got += more
            return false
        }
        #expect(got == reply)
        try harness.run("slot freed") { harness.loop.statistics.connections == 0 }
    }

    @Test(arguments: backends)
    func lingerIsBounded(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        harness.loop.send(copying: ByteView([UInt8](repeating: 1, count: 20_000_000).span.bytes), to: connection)
        harness.loop.closeAfterFlush(connection, lingerNanoseconds: 30_000_000)
        try harness.run("close of a peer that does not read") { harness.loop.statistics.connections == 0 }
        withExtendedLifetime(client) {}
    }

    /// Who reads slowly, but reads, gets everything.
    @Test(arguments: backends)
    func lingerIsForTheIdle(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen(), receiveBuffer: 32768)
        let sent = pattern(6_000_000), linger: UInt64 = 500_000_000, began = RunLoop.now
        harness.loop.send(copying: ByteView(sent.span.bytes), to: connection)
        harness.loop.closeAfterFlush(connection, lingerNanoseconds: linger)
        var got: [UInt8] = [], isOver = false
        try harness.run("all bytes, then the end") {
            // No faster than in three times as long as it may linger.
            while !isOver && got.count < Int((RunLoop.now - began) * UInt64(sent.count) / (3 * linger)) {
                guard let more = client.receive(max: 30_000) else { isOver = true; break }
                if more.isEmpty { break }
                got += more
            }
            return isOver
        }
        let isWhole = got == sent
        #expect(isWhole, "\(got.count) of \(sent.count) bytes")
        try harness.run("slot freed") { harness.loop.statistics.connections == 0 }
    }

    @Test(arguments: backends)
    func resetIsAnError(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let port = try harness.listen()
        let connection: ConnectionID
        do {
            let (client, id) = try harness.client(port: port)
            connection = id
            client.reset()
        }
        try harness.run("reset") { harness.ended[connection] == ECONNRESET }
        try harness.run("slot freed") { harness.loop.statistics.connections == 0 }
    }

    /// Of a reset that is there with the bytes before it, the kernel may report the bytes only.
    @Test(arguments: backends)
    func resetBehindBytesIsFound(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let port = try harness.listen()
        for _ in 0..<20 {
            let client = try Client(port: port)
            client.send("last words")
            client.reset()
        }
        try harness.run("bytes") { harness.open.count == 20 && harness.received.count == 20 }
        for connection in harness.open { harness.loop.lookForReset(connection) }
        try harness.run("resets") { harness.ended.count == 20 }
        #expect(harness.ended.values.allSatisfy { $0 == ECONNRESET })
        #expect(harness.received.values.allSatisfy { $0.text == "last words" })
        try harness.run("slots freed") { harness.loop.statistics.connections == 0 }
    }

    /// Of an end that is there with the bytes before it, the kernel may report the bytes only, on a Unix socket.
    @Test(arguments: backends, [true, false])
    func endBehindBytesIsFound(_ backend: RunLoop.Backend, closes: Bool) throws {
        let harness = try Harness(backend)
        for round in 0..<20 {
            let isAdoptedFirst = round % 2 == 1
            var ends: [Int32] = [0, 0]
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            let client = Client(adopting: ends[0])
            if isAdoptedFirst {
                harness.open.append(try harness.loop.adopt(descriptor: ends[1]))
                try harness.turn()
            }
            client.send("last words")
            if closes { shutdown(ends[0], Int32(SHUT_RDWR)) } else { client.finishSending() }
            if !isAdoptedFirst { harness.open.append(try harness.loop.adopt(descriptor: ends[1])) }
            try harness.run("end") { harness.ended.count == round + 1 }
        }
        #expect(harness.ended.values.allSatisfy { $0 == 0 })
        #expect(harness.received.count == 20 && harness.received.values.allSatisfy { $0.text == "last words" })
        try harness.run("slots freed") { harness.loop.statistics.connections == 0 }
    }

    @Test(arguments: backends)
    func sendingToAGonePeerEnds(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let connection: ConnectionID
        do {
            let (client, id) = try harness.client(port: harness.listen())
            connection = id
            harness.loop.pauseReceive(id)
            try harness.turn()
            client.reset()
        }
        let bytes = pattern(100_000)
        try harness.run("error of send") {
            if harness.ended[connection] == nil {
                harness.loop.send(copying: ByteView(bytes.span.bytes), to: connection)
            }
            return harness.ended[connection] != nil
        }
        #expect(harness.ended[connection] != 0)
        try harness.run("slot freed") { harness.loop.statistics.connections == 0 }
    }

    @Test(arguments: backends)
    func pausedConnectionSeesHangup(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        harness.loop.pauseReceive(connection, watchingHangup: true)
        try harness.turn()
        client.finishSending()
        try harness.run("hangup") { harness.ended[connection] == 0 }
        try harness.run("slot freed") { harness.loop.statistics.connections == 0 }
    }
}
}
