import Memory
import Testing

@testable import LoadGenerator

/// YCSB's workloads and the patterns against a server that stores, and one that loses something.
@Suite(.serialized) struct WorkloadTests {
    typealias Test = LoadGenerator.Test

    static var options: WorkloadOptions {
        var options = WorkloadOptions()
        (options.connections, options.keyCount, options.isChecked) = (8, 200, true)
        return options
    }

    static func run(
        _ test: Test, on server: StoringServer, requests: UInt64 = 2000, threads: Int = 1
    ) throws -> RunResult {
        var runner = TestRunner(endpoint: server.endpoint, extent: Extent(requests: requests))
        runner.settings.threads = threads
        return try runner.run(test)
    }

    // MARK: Keys that are added

    @Test func insertsAreThereInTheOrderOfTheirKeys() {
        var insertions = Insertions(keyCount: 100, lane: 1, lanes: 3)
        let keys = (0..<300).map { _ in insertions.next() }
        #expect(keys[0] == 101 && keys[299] == 998 && insertions.newest == 998 && insertions.bound == 101)
        insertions.acknowledge(keys[2], count: 2)
        #expect(insertions.bound == 101)
        insertions.acknowledge(keys[0], count: 1)
        #expect(insertions.bound == 110)
        // Far ahead, so that the ring grows.
        for key in keys[4...] { insertions.acknowledge(key, count: 1) }
        #expect(insertions.bound == 110)
        insertions.acknowledge(keys[3], count: 1)
        #expect(insertions.bound == 1001)
        insertions.acknowledge(keys[3], count: 1)
        #expect(insertions.bound == 1001)
    }

    /// The newest keys were another lane's, or still on their way.
    @Test func latestReadsWhatIsAcknowledged() throws {
        let (keyCount, lane, lanes) = (10 as UInt64, 1 as UInt64, 4 as UInt64)
        let prefix = Array("key:".utf8)
        let insert = try EncodedTemplate(CommandTemplate(line: "SET {newkey} x"), sizes: .fixed(3), keyPrefix: prefix)
        let read = try EncodedTemplate(CommandTemplate(line: "GET {key}"), sizes: .fixed(3), keyPrefix: prefix)
        var renderer = Renderer(
            popularity: .latest(exponent: 0.99), keyCount: keyCount, sizes: .fixed(3), pool: ValuePool(seed: 1),
            seed: 1, lane: Int(lane), lanes: Int(lanes))
        var output = OutputBuffer()
        var there = Set(0..<keyCount)
        var underWay: [UInt64] = []
        var added: Set<UInt64> = []
        for round in 0..<2000 {
            renderer.render(insert, into: &output)
            underWay.append(renderer.newestKey)
            // Some are always on their way, and answers overtake each other.
            if underWay.count > 4 {
                let key = underWay.remove(at: round % 3)
                renderer.acknowledge(newKey: key, count: 1)
                there.insert(key)
            }
            renderer.render(read, into: &output)
            #expect(there.contains(renderer.lastKey), "round \(round)")
            if renderer.lastKey >= keyCount { added.insert(renderer.lastKey) }
        }
        #expect(added.count > 100)
    }

    /// Read one after another from a server that has them all, no record is missing.
    @Test(arguments: [1, 2]) func ycsbReadsNothingThatIsNotThere(threads: Int) throws {
        let server = try StoringServer()
        for letter in ["a", "d", "e"] {
            let test = try StandardWorkloads.ycsb(letter, Self.options)
            let result = try Self.run(test, on: server, requests: letter == "e" ? 300 : 2000, threads: threads)
            #expect(!result.hasProblems && result.misses == 0, "\(letter), \(threads) threads")
        }
    }

    @Test func aRecordWithoutFieldsIsAMiss() throws {
        for resp3 in [false, true] {
            let server = try StoringServer { words, _ in
                words[0] == "HGETALL" ? resp3 ? "%0\r\n" : "*0\r\n" : nil
            }
            var options = Self.options
            for isChecked in [false, true] {
                options.isChecked = isChecked
                let result = try Self.run(try StandardWorkloads.ycsb("c", options), on: server, requests: 100)
                #expect(result.misses == 100 && result.mismatches == (isChecked ? 100 : 0))
            }
        }
    }

    // MARK: Checks

    /// Losing a field, exchanging two, and losing a record that the next update brings back with one field.
    @Test(arguments: ["a", "e", "f"]) func checksFindWhatARecordLost(letter: String) throws {
        typealias Damage = @Sendable (inout StoringServer.Data, String) -> Void
        let damages: [Damage] = [
            { $0.hashes[$1]?.removeLast() },
            { data, key in
                guard let fields = data.hashes[key], fields.count > 1 else { return }
                data.hashes[key]?[0].value = fields[1].value
                data.hashes[key]?[1].value = fields[0].value
            },
            { $0.hashes[$1] = nil },
        ]
        for (index, damage) in damages.enumerated() {
            let server = try StoringServer { words, data in
                // Once, when all has been loaded.
                if words[0] == "HGETALL", data.asked["HGETALL"] == 1 {
                    for key in data.hashes.keys.sorted() { damage(&data, key) }
                }
                return nil
            }
            let test = try StandardWorkloads.ycsb(letter, Self.options)
            let result = try Self.run(test, on: server, requests: letter == "e" ? 100 : 2000)
            #expect(result.mismatches > 100, "damage \(index)")
        }
    }

    /// Without a preload nil may be what nobody has written yet; who reads the summary must know that it passed.
    @Test func nilThatPassesIsTold() throws {
        let server = try StoringServer { words, _ in words[0] == "GET" ? "$-1\r\n" : nil }
        for isComplete in [false, true] {
            var test = try StandardWorkloads.test("get", Self.options)
            test.workload.groups[0].isComplete = isComplete
            let result = try Self.run(test, on: server, requests: 50)
            #expect(result.hasProblems == isComplete && result.notes.isEmpty == isComplete)
            #expect(Report.text(result).contains("50 replies were nil, which passed") == !isComplete)
        }
        // A cache is there to be filled.
        let cache = try Self.run(try StandardWorkloads.pattern("cache", Self.options), on: server, requests: 50)
        #expect(cache.notes.isEmpty)
    }

    // MARK: Consumers

    /// An item tells when it was sent, and that in days to come: had the wait been timed, the latency would not be 0.
    static let future = "09999999999999999999abc"

    @Test func consumersAreTimedByWhatTheyAreGiven() throws {
        let server = try StoringServer { words, _ in
            words[0] == "BLPOP" ? StoringServer.array(["queue", Self.future]) : nil
        }
        let result = try Self.run(try StandardWorkloads.pattern("queue", Self.options), on: server)
        let pop = try #require(result.commands.last)
        #expect(pop.name == "BLPOP (delivery)" && pop.requests > 0 && pop.latency.totalCount == pop.requests)
        #expect(pop.latency.maxRecorded == 0)
    }

    /// Waiting in vain is no latency, and what stays behind is told.
    @Test func whatConsumersLeaveBehindIsTold() throws {
        for isStarved in [false, true] {
            let server = try StoringServer { words, _ in isStarved && words[0] == "BLPOP" ? "*-1\r\n" : nil }
            let result = try Self.run(try StandardWorkloads.pattern("queue", Self.options), on: server)
            let pop = try #require(result.commands.last)
            #expect(pop.latency.totalCount == pop.requests - pop.misses)
            // A last BLPOP of who is gone may come after it.
            let left = server.data.withLock { $0.listCount }
            #expect(isStarved ? left == 2000 : left <= 2000)
            let note = "\(Format.count(left, "item")) left in the list at the end"
            #expect(Report.text(result).contains(note) == (left > 0), "\(note)")
        }
    }

    @Test(arguments: [12_345, 100_000]) func eachEntryOfAStreamIsTimed(lag: Int) throws {
        let fields = StoringServer.array(["time", String(Self.future.prefix(20)), "value", "x"])
        let entry = { (id: String) in "*2\r\n" + StoringServer.bulk(id) + fields }
        let entries = "*1\r\n*2\r\n" + StoringServer.bulk("stream") + "*2\r\n" + entry("7-1") + entry("7-2")
        let server = try StoringServer { words, _ in
            switch words[0] {
            case "XREADGROUP": entries
            case "XADD": StoringServer.bulk("7-3")
            case "XACK": words.suffix(2) == ["7-1", "7-2"] ? ":2\r\n" : "-ERR wrong ids\r\n"
            case "XGROUP": "+OK\r\n"
            case "XINFO": "*1\r\n*4\r\n" + StoringServer.bulk("name") + StoringServer.bulk("w")
                + StoringServer.bulk("lag") + ":\(lag)\r\n"
            default: nil
            }
        }
        let result = try Self.run(try StandardWorkloads.pattern("stream", Self.options), on: server)
        let read = result.commands[1]
        #expect(result.errors == 0 && read.requests > 0 && read.latency.totalCount == 2 * read.requests)
        #expect(read.latency.maxRecorded == 0)
        let note = "\(Format.count(lag, "item")) left unread in the stream at the end, in none of these latencies"
        #expect(result.notes.count == 1 && result.notes[0].hasPrefix(note))
        #expect(result.notes[0].hasSuffix("dropped unread") == (lag == 100_000))
    }

    // MARK: Requests of several steps

    /// The write waits for the read, and both are one request.
    @Test func aReadModifyWriteIsOneRequest() throws {
        let server = try StoringServer()
        let result = try Self.run(try StandardWorkloads.ycsb("f", Self.options), on: server, threads: 2)
        #expect(!result.hasProblems && result.misses == 0 && result.requests == 2000)
        #expect(result.commands.map(\.name) == ["READ", "READ-MODIFY-WRITE"])
        #expect(result.commands.allSatisfy { $0.latency.totalCount == $0.requests })
        let asked = server.data.withLock { $0.asked }
        #expect(asked["HGETALL"] == 2000 && asked["HSET"]! == 200 + Int(result.commands[1].requests))
    }

    /// A write that was sent along with its read would be sent although the read is refused.
    @Test func aRequestWhoseFirstStepFailsEndsThere() throws {
        let server = try StoringServer { words, _ in words[0] == "HGETALL" ? "-ERR no\r\n" : nil }
        let result = try Self.run(try StandardWorkloads.ycsb("f", Self.options), on: server, requests: 300)
        #expect(result.errors == 300 && result.requests == 300 && result.latency.totalCount == 300)
        #expect(server.data.withLock { $0.asked["HSET"] } == 200)
    }

    @Test(arguments: [1, 16], [false, true]) func aScanReadsWhatItFinds(pipeline: Int, isChecked: Bool) throws {
        let server = try StoringServer()
        var options = Self.options
        (options.isChecked, options.pipeline) = (isChecked, pipeline)
        let result = try Self.run(try StandardWorkloads.ycsb("e", options), on: server, requests: 500)
        #expect(!result.hasProblems && result.misses == 0 && result.requests == 500)
        #expect(result.commands.map(\.name) == ["SCAN", "INSERT"])
        let data = server.data.withLock { $0 }
        #expect(data.asked["ZRANGE"] == Int(result.commands[0].requests))
        // 50 on the average, less where the index ends.
        #expect(data.asked["HGETALL"]! > 10 * data.asked["ZRANGE"]!)
        // Neighbours by number are none in the index.
        let order = data.scores.sorted { $0.value < $1.value }.map(\.key)
        #expect(zip(order, order.dropFirst()).filter { $0 < $1 }.count < order.count * 2 / 3)
    }

    @Test func aScanThatFindsNothingIsARequest() throws {
        let server = try StoringServer { words, _ in words[0] == "ZRANGE" ? "*0\r\n" : nil }
        let result = try Self.run(try StandardWorkloads.ycsb("e", Self.options), on: server, requests: 300)
        #expect(!result.hasProblems && result.requests == 300 && result.misses == result.commands[0].requests)
    }

    // MARK: Messages

    /// A hundred thousand messages in a second looked like a hundred times the offered rate.
    @Test func aRateIsOfferedOfWhatIsPublished() throws {
        let server = try StoringServer()
        var options = Self.options
        options.rate = 1000
        let messages = try Self.run(try StandardWorkloads.pattern("pubsub", options), on: server, requests: 20)
        #expect(Report.text(messages).contains("(offered: 1,000 of PUBLISH)"))
        let all = try Self.run(try StandardWorkloads.test("set", options), on: server, requests: 20)
        #expect(Report.text(all).contains("(offered: 1,000)"))
    }

    /// What PUBLISH says to have sent is what subscribers must hear; those of others are none of the run's.
    @Test(arguments: [1, 2]) func checksFindLostMessages(threads: Int) throws {
        for isLossy in [false, true] {
            let server = try StoringServer { words, data in
                let isLost = isLossy && words[0] == "PUBLISH" && data.asked["PUBLISH"]! % 10 == 0
                return isLost ? ":\(data.subscribers.count)\r\n" : nil
            }
            let other = try BlockingClient(server.endpoint, timeoutMs: 5000)
            _ = try other.call(["SUBSCRIBE", "channel"])
            var options = Self.options
            for isChecked in [true, false] {
                options.isChecked = isChecked
                let test = try StandardWorkloads.pattern("pubsub", options)
                let result = try Self.run(test, on: server, requests: 200, threads: threads)
                let expected = isLossy && isChecked ? "160 messages lost of the 1,600 that PUBLISH counted" : nil
                #expect(result.failure == expected)
                #expect(result.commands.map(\.requests) == [200, isLossy ? 1440 : 1600])
            }
        }
    }
}
