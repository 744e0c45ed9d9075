// What a server relies on: bytes arrive once, in order and unharmed, whatever peers do; nothing leaks, nothing hangs.

import Glibc
import Memory
import Network
import Testing

/// Serial, since the tests count descriptors and time.
@Suite(.serialized)
enum NetworkTests {}

extension NetworkTests {
@Suite struct ConnectionTests {
    @Test(arguments: backends)
    func echoesManyConnections(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        harness.echoes = true
        let port = try harness.listen()
        let clients = try (0..<200).map { _ in try Client(port: port) }
        var replies = [[UInt8]](repeating: [], count: clients.count)
        for round in 0..<5 {
            for (index, client) in clients.enumerated() { client.send("round \(round) of client \(index);") }
            try harness.run("echo") {
                for (index, client) in clients.enumerated() { replies[index] += client.receive() ?? [] }
                return replies.indices.allSatisfy { replies[$0].text.hasSuffix("round \(round) of client \($0);") }
            }
        }
        #expect(harness.loop.statistics.connections == 200)
    }

    @Test(arguments: backends)
    func slowReaderGetsAllBytes(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen(), receiveBuffer: 32768)
        let sent = pattern(1_500_000)
        for start in stride(from: 0, to: sent.count, by: 30_000) {
            harness.loop.send(copying: ByteView(sent[start..<start + 30_000].span.bytes), to: connection)
        }
        let pending = harness.loop.pendingOutputBytes(connection)
        #expect(pending == 1_500_000)
        var got: [UInt8] = []
        try harness.run("all bytes") {
            for _ in 0..<8 { got += client.receive(max: 3000) ?? [] }
            return got.count == sent.count
        }
        #expect(got == sent)
        try harness.run("nothing pending") { harness.loop.pendingOutputBytes(connection) == 0 }
        #expect(harness.loop.waker.refusedOutputBytes(connection) == 0)
        // What has not been tried has not been refused.
        harness.loop.send(copying: ByteView(sent[0..<100].span.bytes), to: connection)
        #expect(harness.loop.waker.refusedOutputBytes(connection) == 0)
    }

    /// A message has no limit but memory, and a chunk that of 32 bits: long ones are cut.
    @Test func aLongMessageIsCut() throws {
        let harness = try Harness(.epoll)
        let (client, connection) = try harness.client(port: harness.listen())
        let count = 3 << 29
        // Address space only, all of it zeroes.
        let place = try #require(mmap(nil, count, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))
        defer { munmap(place, count) }
        harness.loop.send(copying: ByteView(_unchecked: place, count: count), to: connection)
        #expect(harness.loop.pendingOutputBytes(connection) == UInt64(count))
        #expect(harness.loop.pendingOutputChunks(connection) == 2)
        harness.loop.close(connection)
        _ = client
    }

    /// What one send has no room for goes out when that is done, not when something else happens next.
    @Test(arguments: backends)
    func longRepliesWaitForNothing(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let piece = pattern(16 << 10), count = 64 << 20
        for _ in 0..<count / piece.count { harness.loop.send(copying: ByteView(piece.span.bytes), to: connection) }
        let descriptor = client.descriptor
        let reader = Thread {
            var buffer = [UInt8](repeating: 0, count: 1 << 20), left = count
            _ = fcntl(descriptor, F_SETFL, 0)
            while left > 0 {
                let n = recv(descriptor, &buffer, buffer.count, 0)
                if n <= 0 { return }
                left -= n
            }
        }
        let began = RunLoop.now, nap: UInt64 = 1_000_000_000
        while harness.loop.pendingOutputBytes(connection) > 0 && RunLoop.now < began + patience {
            _ = try harness.loop.wait(until: RunLoop.now + nap)
            while harness.loop.next() != nil {}
        }
        #expect(harness.loop.pendingOutputBytes(connection) == 0, "one send for each nap")
        shutdown(descriptor, Int32(SHUT_RDWR))
        reader.join()
    }

    /// However many short replies wait, and whether or not a send is under way, they lie close together.
    @Test(arguments: backends)
    func whatWaitsIsKeptClose(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen(), receiveBuffer: 32768)
        let sent = pattern(8_000_000)
        var position = 0
        while position < sent.count {
            for _ in 0..<100 where position < sent.count {
                let end = min(position + 1 + position % 1999, sent.count)
                harness.loop.send(copying: ByteView(sent[position..<end].span.bytes), to: connection)
                position = end
            }
            try harness.turn()
        }
        let pending = Int(harness.loop.pendingOutputBytes(connection))
        #expect(pending > 1_000_000, "the peer's buffers take less")
        #expect(harness.loop.waker.refusedOutputBytes(connection) == pending)
        #expect(harness.loop.pendingOutputChunks(connection) <= pending / 15_000 + 2)
        var got: [UInt8] = []
        try harness.run("all bytes") {
            for _ in 0..<8 { got += client.receive(max: 60_000) ?? [] }
            return got.count == sent.count
        }
        #expect(got == sent)
    }

    /// More completions at once than their queue holds: sends that came to nothing or were short are among them.
    @Test(arguments: backends)
    func completionsMayOverflow(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend, queueEntries: 2)
        let port = try harness.listen()
        let clients = try (0..<24).map { _ in try harness.client(port: port, receiveBuffer: 8192) }
        let sent = pattern(6_000_000)
        for (_, connection) in clients { harness.loop.send(copying: ByteView(sent.span.bytes), to: connection) }
        for (client, _) in clients { client.send("more") }
        for _ in 0..<4 { try harness.turn() }
        for (client, connection) in clients {
            client.widen()
            var got: [UInt8] = []
            try harness.run("all bytes") {
                for _ in 0..<8 { got += client.receive(max: 1 << 20) ?? [] }
                return got.count >= sent.count
            }
            #expect(got == sent)
            #expect(harness.received[connection]?.text == "more")
        }
    }

    /// The same while the readers go on and on, and each send has many pieces.
    @Test(arguments: backends)
    func completionsMayOverflowForLong(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend, queueEntries: 2)
        let port = try harness.listen()
        let clients = try (0..<32).map { _ in try harness.client(port: port, receiveBuffer: 8192) }
        let piece = pattern(16 << 10), pieceCount = 80
        for (_, connection) in clients {
            var narrow: Int32 = 65536
            setsockopt(harness.descriptors[connection]!, SOL_SOCKET, SO_SNDBUF, &narrow, 4)
            for _ in 0..<pieceCount { harness.loop.send(copying: ByteView(piece.span.bytes), to: connection) }
        }
        for _ in 0..<4 { try harness.turn() }
        for (client, _) in clients { client.widen() }
        var got = [[UInt8]](repeating: [], count: clients.count)
        try harness.run("all bytes") {
            for (index, (client, _)) in clients.enumerated() { got[index] += client.receive(max: 100_000) ?? [] }
            return got.allSatisfy { $0.count == pieceCount * piece.count }
        }
        let sent = [UInt8]((0..<pieceCount).map { _ in piece }.joined())
        for bytes in got {
            let isWhole = bytes == sent
            #expect(isWhole)
        }
    }

    @Test(arguments: backends)
    func fewBuffersManySenders(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend, bufferBytes: 256, bufferCount: 2)
        let port = try harness.listen()
        let clients = try (0..<40).map { _ in try Client(port: port) }
        try harness.run("accept") { harness.open.count == 40 }
        let sent = pattern(3000)
        for client in clients { #expect(client.send(sent[...]) == 3000) }
        try harness.run("all bytes") { harness.open.allSatisfy { harness.received[$0]?.count == 3000 } }
        for connection in harness.open { #expect(harness.received[connection] == sent) }
        #expect(harness.loop.statistics.buffersExhausted > 0)
    }

    @Test(arguments: backends)
    func churnReusesSlotsAndNeverMixesThem(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let port = try harness.listen()
        var slotMax = 0
        for round in 0..<60 {
            let clients = try (0..<10).map { _ in try Client(port: port) }
            for client in clients { client.send("round \(round)") }
            let first = harness.open.count
            try harness.run("accept") { harness.open.count == first + 10 }
            // Half are closed with their bytes possibly on the way, the others once they have told.
            for connection in harness.open[first..<first + 5] { harness.loop.close(connection) }
            try harness.run("bytes") { harness.open[(first + 5)...].allSatisfy { harness.received[$0] != nil } }
            for connection in harness.open[(first + 5)...] {
                #expect(harness.received[connection]?.text == "round \(round)")
                slotMax = max(slotMax, connection.slot)
                harness.loop.close(connection)
            }
        }
        try harness.run("all freed") { harness.loop.statistics.connections == 0 }
        #expect(slotMax < 40, "slots are reused")
        #expect(Set(harness.open).count == 600, "names are not")
    }

    @Test(arguments: backends)
    func pauseKeepsBytesAndOrder(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let sent = pattern(400_000)
        var offset = 0, random: UInt64 = 42
        try harness.run("all bytes through pauses") {
            offset += client.send(sent[offset..<min(offset + 9000, sent.count)])
            random = random &* 6_364_136_223_846_793_005 &+ 1
            if random >> 62 == 0 { harness.loop.pauseReceive(connection) }
            if random >> 62 > 1 { harness.loop.resumeReceive(connection) }
            return harness.received[connection]?.count == sent.count
        }
        #expect(harness.received[connection] == sent)
        harness.loop.pauseReceive(connection)
        for _ in 0..<3 { try harness.turn() }
        client.send("held")
        for _ in 0..<5 { try harness.turn() }
        #expect(harness.received[connection]?.count == sent.count)
        harness.loop.resumeReceive(connection)
        try harness.run("resumed") { harness.received[connection]?.suffix(4) == Array("held".utf8)[...] }
    }

    @Test(arguments: backends)
    func connectsAndIsRefused(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        harness.echoes = true
        let port = try harness.listen()
        let outgoing = try harness.loop.connect(to: SocketAddress(host: "127.0.0.1", port: port))
        try harness.run("connected") { harness.connected == [outgoing] && harness.open.count == 1 }
        harness.echoes = false
        harness.loop.send(copying: ByteView("hello"), to: outgoing)
        try harness.run("hello") { harness.received[harness.open[0]]?.text == "hello" }
        let address200 = harness.loop.address(of: outgoing, peer: true)
        #expect(address200 == "127.0.0.1:\(port)")
        let free = try ListeningSocket(address: SocketAddress(host: "127.0.0.1", port: 0)).port
        let refused = try harness.loop.connect(to: SocketAddress(host: "127.0.0.1", port: free))
        try harness.run("refused") { harness.ended[refused] == ECONNREFUSED }
    }

    @Test(arguments: backends)
    func listensOnSeveralFamilies(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        harness.echoes = true
        let path = "/tmp/apus-network-\(getpid())-\(backend.rawValue).sock"
        for _ in 0..<2 {  // the second replaces a stale socket
            let socket = try ListeningSocket(path: path, permissions: 0o700)
            try harness.loop.listen(on: socket, token: 2)
        }
        _ = try harness.listen(token: 1)
        let address = try SocketAddress(path: path)
        let connection = try harness.loop.connect(to: address)
        try harness.run("unix") { harness.tokens == [2] && harness.connected == [connection] }
        let address220 = harness.loop.address(of: harness.open[0], peer: false)
        #expect(address220 == path + ":0")
        if let port = try? harness.listen(host: "::1", token: 3) {
            let v6 = try harness.loop.connect(to: SocketAddress(host: "::1", port: port))
            try harness.run("IPv6") { harness.tokens == [2, 3] && harness.connected.contains(v6) }
            let address225 = harness.loop.address(of: v6, peer: true)
            #expect(address225 == "[::1]:\(port)")
        }
        harness.loop.stopListening(token: 2)
        for _ in 0..<3 { try harness.turn() }
        let late: SocketError? = {
            do throws(SocketError) { _ = try harness.loop.connect(to: address) } catch { return error }
            return nil
        }()
        #expect(late == SocketError(errno: ECONNREFUSED))
        unlink(path)
    }

    @Test(arguments: backends)
    func watchesOtherDescriptors(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        try harness.loop.watch(descriptor: ends[0], token: 9)
        try harness.turn()
        #expect(harness.readable.isEmpty)
        #expect(write(ends[1], "x", 1) == 1)
        try harness.run("level-triggered") { harness.readable.count >= 3 }
        harness.loop.unwatch(token: 9)
        for _ in 0..<2 { try harness.turn() }
        let count = harness.readable.count
        for _ in 0..<3 { try harness.turn() }
        #expect(harness.readable.count == count)
    }

    @Test(arguments: backends)
    func opensMoreThanTheQueueBeforeTheFirstTurn(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        var clients: [Client] = [], closed: [ConnectionID] = []
        for index in 0..<1500 {
            var ends: [Int32] = [0, 0]
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            clients.append(Client(adopting: ends[0]))
            clients[index].send("\(index)")
            let connection = try harness.loop.adopt(descriptor: ends[1])
            if index % 3 == 0 { harness.loop.close(connection); closed.append(connection) }
            else { harness.open.append(connection) }
        }
        try harness.run("all bytes") { harness.received.count == 1000 && harness.loop.statistics.connections == 1000 }
        #expect(closed.allSatisfy { harness.received[$0] == nil })
        #expect(harness.open.allSatisfy { harness.received[$0] != nil })
    }

    /// When buffers run out, who found none comes first as soon as there are some: nobody is overtaken for ever.
    @Test(arguments: backends)
    func scarceBuffersAreShared(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend, bufferBytes: 1024, bufferCount: 4)
        let port = try harness.listen()
        var clients: [Client] = []
        for _ in 0..<24 {
            let (client, connection) = try harness.client(port: port)
            harness.loop.pauseReceive(connection, watchingHangup: false)
            clients.append(client)
        }
        for _ in 0..<3 { try harness.turn() }
        // All of it lies ready before the first byte is received.
        let sent = pattern(60_000)
        for client in clients { #expect(client.send(sent[...]) == sent.count) }
        for connection in harness.open { harness.loop.resumeReceive(connection) }
        try harness.run("one is through") { harness.received.values.contains { $0.count == sent.count } }
        for connection in harness.open { #expect(harness.received[connection, default: []].count > sent.count / 2) }
        try harness.run("all are") { harness.open.allSatisfy { harness.received[$0] == sent } }
    }

    /// Connections that close while they wait in line for a buffer, and those that come into their slots.
    @Test(arguments: backends)
    func closingInLineForABuffer(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend, bufferBytes: 256, bufferCount: 2)
        let port = try harness.listen()
        let sent = pattern(2000)
        var clients: [Client] = [], closed: Set<ConnectionID> = []
        for round in 0..<6 {
            for _ in 0..<30 { clients.append(try Client(port: port)) }
            try harness.run("accept") { harness.open.count == clients.count }
            for client in clients[(30 * round)...] { #expect(client.send(sent[...]) == sent.count) }
            for _ in 0..<2 { try harness.turn() }
            for connection in harness.open where connection.slot % 3 == round % 3 {
                if closed.insert(connection).inserted { harness.loop.close(connection) }
            }
        }
        let left = harness.open.filter { !closed.contains($0) }
        try harness.run("all bytes") { left.allSatisfy { harness.received[$0] == sent } }
        try harness.run("slots freed") { harness.loop.statistics.connections == left.count }
        #expect(harness.loop.statistics.buffersExhausted > 0)
    }

    /// In a process of its own: the limit on descriptors is the whole process's.
    @Test func acceptSurvivesDescriptorExhaustion() async {
        await #expect(processExitsWith: .success) {
            for backend in backends { try exhaustDescriptors(backend) }
        }
    }
}
}

private func exhaustDescriptors(_ backend: RunLoop.Backend) throws {
    let harness = try Harness(backend)
    // It waits in the backlog: io_uring keeps the limit of the time when it is told to accept, so there is no turn yet.
    let client = try Client(port: harness.listen())
    // Below all that is open: whatever the process's other threads open or close, there is none for the server's end.
    var usual = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
    var none = rlimit(rlim_cur: 0, rlim_max: usual.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
    try harness.run("error of accept") { harness.loop.statistics.acceptErrors > 0 }
    let errors = harness.loop.statistics.acceptErrors
    let start = RunLoop.now
    for _ in 0..<10 { try harness.turn() }
    // It rests 20 ms after each failure.
    precondition(harness.loop.statistics.acceptErrors - errors <= 2 + (RunLoop.now - start) / 20_000_000, "spins")
    precondition(harness.open.isEmpty)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
    try harness.run("accept resumes") { harness.open.count == 1 }
    withExtendedLifetime(client) {}
}
