import Foundation
import LoadGenerator
import Testing

@Suite struct TraceTests {
    @Test func arcExpandsBlocks() throws {
        let trace = try Trace(Array("10 3 0 1\n7 1 0 2\n".utf8), format: .arc)
        #expect(trace.accesses.map(\.key) == [10, 11, 12, 7])
        #expect(try Trace(Array("10 3 0 1\n".utf8), format: .arc, limit: 2).accesses.count == 2)
        #expect(try Trace(Array("10 3 0 1\n20 9 0 2\n".utf8), format: .arc, limit: 5).accesses.count == 5)
        #expect(try Trace(Array("10\t2\t0\t1\r\n".utf8), format: .arc).accesses.map(\.key) == [10, 11])
        #expect(throws: Trace.ParseError.self) { try Trace(Array("x y\n".utf8), format: .arc) }
    }

    @Test func oracleGeneral() throws {
        var bytes: [UInt8] = [2, 0, 0, 0]
        bytes += [5, 1, 0, 0, 0, 0, 0, 0] + [0, 2, 0, 0] + [255, 255, 255, 255, 255, 255, 255, 255]
        let trace = try Trace(bytes, format: .oracleGeneral)
        #expect(trace.accesses == [.init(key: 261, size: 512)])
        #expect(throws: Trace.ParseError.self) { try Trace([1, 2, 3], format: .oracleGeneral) }
        bytes.replaceSubrange(12..<16, with: [255, 255, 255, 255])
        #expect(try Trace(bytes, format: .oracleGeneral).accesses[0].size == Int32(SizeDistribution.sizesMax))
    }

    @Test func packedIDs() throws {
        #expect(try Trace([0, 0, 1, 2], format: .u32be).accesses[0].key == 258)
        #expect(try Trace([2, 1, 0, 0], format: .u32le).accesses[0].key == 258)
        #expect(try Trace([0, 0, 0, 0, 0, 0, 1, 2], format: .i64be).accesses[0].key == 258)
    }

    @Test func csvWithAndWithoutHeading() throws {
        let headed = try Trace(Array("time,obj_id,size,op\n1,77,100,get\n2,abc,5,set\n".utf8), format: .csv)
        #expect(headed.accesses[0] == .init(key: 77, size: 100))
        #expect(headed.accesses[1].operation == .write && headed.accesses[1].size == 5)
        // Times count from the first record: clocks may be of any epoch.
        #expect(headed.accesses[1].timeNs == 1_000_000_000 && headed.hasTimes)
        let twitter = try Trace(Array("0,key1,4,222,9,set,60\n1,key1,4,0,9,get,0\n".utf8), format: .csv)
        #expect(twitter.distinctCount == 1 && twitter.accesses[0].size == 222)
        #expect(twitter.accesses[0].operation == .write)
    }

    @Test(arguments: [
        "timestamp,anonymized key,key size,value size,client id,operation,TTL\n7,k,1,9,0,set,60\n8,k,1,9,0,get,0\n",
        "\"time\",\"key\",\"size\",\"op\"\r\n\"7.25\",\"k\",\"9\",\"SET\"\r\n\"8.25\",\"k\",\"9\",\"GET\"\r\n",
        "real_time, obj_id, obj_size, op\n0.5, k, 9, write\n1.500123, k, 9, read\n",
    ])
    func csvAsItIsFound(text: String) throws {
        let trace = try Trace(Array(text.utf8), format: .csv)
        #expect(trace.accesses.map(\.operation) == [.write, .read] && trace.accesses.map(\.size) == [9, 9])
        #expect(trace.accesses.map(\.timeNs) == [0, 1_000_000_000] && trace.distinctCount == 1)
    }

    @Test func blankLinesAreNoRecordsButCount() throws {
        #expect(try Trace(Array("time,key\r\n\r\n1,2\r\n\r\n".utf8), format: .csv).accesses.map(\.key) == [2])
        #expect(throws: Trace.ParseError(description: "line 3: not \"time id size\"")) {
            try Trace(Array("1 2 3\n\nx\n".utf8), format: .ids)
        }
        #expect(throws: Trace.ParseError(description: "line 2: not \"time id size\"")) {
            try Trace(Array("1 2 3\n18446744073709552 2 3\n".utf8), format: .ids)
        }
        #expect(throws: Trace.ParseError(description: "line 4: not a line of MONITOR")) {
            try Capture(Array("OK\n\n1.0 [0 a:1] \"GET\" \"a\"\n1.0 GET\n".utf8))
        }
    }

    @Test func idsWithSizes() throws {
        let trace = try Trace(Array("1 10 300\n2 11 5\n".utf8), format: .ids)
        #expect(trace.accesses.map(\.size) == [300, 5])
    }

    /// A clock of whole seconds does not mean that all came at once at each second's beginning.
    @Test func timesAreSpreadOverTheClocksTick() throws {
        let lines = [10, 10, 12, 12, 12, 12, 13, 60, 60].map { "\($0) 1 2\n" }.joined()
        let trace = try Trace(Array(lines.utf8), format: .ids)
        #expect(trace.accesses.map { $0.timeNs / 1_000_000 } == [0, 500, 2000, 2250, 2500, 2750, 3000, 50_000, 50_500])
        // Without two times there is no tick.
        #expect(try !Trace(Array("7 1 2\n7 1 2\n".utf8), format: .ids).hasTimes)
    }

    /// The whole files are not part of the repository: `APUS_TRACES` names the folder that has both.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["APUS_TRACES"] != nil)) func documentedCounts() throws {
        let folder = ProcessInfo.processInfo.environment["APUS_TRACES"]!
        let bytes = try FileBytes.read("\(folder)/cloudPhysicsIO.oracleGeneral.bin")
        let trace = try Trace(bytes, format: .oracleGeneral)
        #expect(trace.accesses.count == 113_872)
        #expect(trace.distinctCount == 48_974)
        let oltp = try Trace(FileBytes.read("\(folder)/OLTP.lis"), format: .arc)
        #expect(oltp.accesses.count == 914_145)
        #expect(oltp.distinctCount == 186_880)
    }

    @Test func captures() throws {
        let text = """
            OK
            1339518083.107412 [0 127.0.0.1:60866] "set" "a\\"b" "x\\\\ny\\x00"
            1339518083.207412 [0 lua] "get" "inner"
            1339518083.307412 [0 unix:/tmp/a.sock] "auth" "secret"
            1339518083.607412 [0 [::1]:1] "GET" "k"
            """
        let capture = try Capture(Array(text.utf8))
        #expect(capture.names == ["SET", "GET"])
        #expect(capture.requests.map(\.timeNs) == [0, 500_000_000])
        let expected = "*3\r\n$3\r\nset\r\n$3\r\na\"b\r\n$5\r\nx\\ny\0\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
        #expect(String(decoding: capture.bytes, as: UTF8.self) == expected)
        #expect(capture.clientCount == 2 && capture.requests.map(\.client) == [0, 1])
        #expect(throws: Trace.ParseError.self) { try Capture(Array("12.5 [0 x] \"open\n".utf8)) }
    }

    /// Each name has counters of its own; a file of 70,000 had more of them than a command's number can be.
    @Test func aCapturesNamesAreLimited() throws {
        let lines = (0..<70_000).map { "1.0 [0 a:1] \"C\($0)\" \"k\"\n" }.joined()
        let capture = try Capture(Array((lines + "1.0 [0 a:1] \"c0\"\n").utf8))
        #expect(capture.names.count == Capture.namesMax && capture.names.last == Capture.others)
        #expect(capture.requests.count == 70_001 && capture.requests.last?.name == 0)
        #expect(capture.requests[69_999].name == Capture.namesMax - 1 && capture.requests[510].name == 510)
    }

    @Test func capturesMayBeCutShort() throws {
        let capture = try Capture(Array("1.0 [0 a:1] \"GET\" \"a\"\n1.1 [0 b:1] \"GET\" \"a\"\n".utf8), limit: 1)
        #expect(capture.requests.count == 1 && capture.clientCount == 1)
    }

    /// The packed formats take any bytes for accesses, so a compressed file was replayed as if it were a trace.
    @Test func compressedFilesAreKnownByTheirFirstBytes() {
        #expect(FileBytes.unpacker(of: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4]) == "xz -dc")
        #expect(FileBytes.unpacker(of: [0x1F, 0x8B, 8]) == "gzip -dc")
        #expect(FileBytes.unpacker(of: [0, 0, 0, 1]) == nil && FileBytes.unpacker(of: []) == nil)
    }

    /// Without their writers in time they would wait for ever, as blocking pops would.
    @Test func readersOfStreamsThatMayWaitAreLeftOut() throws {
        let text = """
            1.0 [0 a:1] "XREAD" "BLOCK" "0" "STREAMS" "s" "$"
            1.1 [0 a:1] "xreadgroup" "group" "g" "block" "count" "1" "streams" "block" ">"
            1.2 [0 a:1] "XREADGROUP" "GROUP" "g" "c" "COUNT" "1" "block" "9" "STREAMS" "s" ">"
            1.3 [0 a:1] "WAITAOF" "1" "0" "0"
            """
        let capture = try Capture(Array(text.utf8))
        #expect(capture.requests.count == 1 && capture.names == ["XREADGROUP"])
    }

    @Test func onlyScriptsCallsAreInner() throws {
        let text = "1.0 [0 unix:/tmp/lua] \"GET\" \"k\"\n1.1 [0 lua] \"GET\" \"k\"\n"
        #expect(try Capture(Array(text.utf8)).requests.count == 1)
    }

    @Test func capturesKeepDatabasesAndTransactions() throws {
        let text = """
            1.0 [3 a:1] "GET" "k"
            1.1 [0 a:2] "EXEC"
            1.2 [0 a:2] "MULTI"
            1.3 [3 a:1] "GET" "k"
            1.4 [0 a:2] "INCR" "n"
            1.5 [0 a:2] "EXEC"
            1.6 [0 a:1] "GET" "k"
            """
        let capture = try Capture(Array(text.utf8))
        // A SELECT when a client's database is another than before; no EXEC without its MULTI.
        let sent = capture.requests.map { "\(capture.names[$0.name]) \($0.client)" }
        #expect(sent == ["SELECT 0", "GET 0", "MULTI 1", "GET 0", "INCR 1", "EXEC 1", "SELECT 0", "GET 0"])
    }

    @Test func streamRepliesGiveTheirIDs() {
        func ids(_ text: String) -> [String] {
            let found = Array(text.utf8).withUnsafeBufferPointer { StreamReply.ids(in: $0) }
            return found.map { String(decoding: $0, as: UTF8.self) }
        }
        let entry = "*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$5\r\na-1-2\r\n"
        #expect(ids("*1\r\n*2\r\n$6\r\nstream\r\n*2\r\n\(entry)*2\r\n$4\r\n12-7\r\n*0\r\n") == ["1-0", "12-7"])
        #expect(ids("*-1\r\n").isEmpty && ids("$9\r\n1-").isEmpty)
    }
}
