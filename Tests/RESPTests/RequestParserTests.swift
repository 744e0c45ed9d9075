import Memory
import TestSupport
import Testing

@testable import RESP

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func words(_ text: String...) -> [[UInt8]] { text.map { Array($0.utf8) } }

@Suite struct RequestParserTests {
    /// Requests and errors of every kind, as a client may send them.
    static let samples: [[UInt8]] = [
        bytes("*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n"),
        bytes("*3\r\n$3\r\nSET\r\n$10\r\n0123456789\r\n$0\r\n\r\n*0\r\n*-1\r\n*1\r\n$1\r\nx\r\n"),
        bytes("PING\r\nset a \"b \\x41\\n\" 'c d'\r\n\r\n  \nGET x\n*1\r\n$1\r\nx\r\n"),
        bytes("*12\r\n") + (0..<12).flatMap { bytes("$2\r\n\($0 + 10)\r\n") },
        bytes("*1\r\n$104\r\n") + [UInt8](repeating: 0x0D, count: 104) + bytes("\r\nPING \"a\r\n"),
        bytes("*1\r\n$4\r\nPING\r\n*x\r\nmore"),
        bytes("*1\r\n$4\r\nPINGxx"),
        bytes("*2\r\n$4\r\nECHO\r\n:3\r\n"),
        bytes("*2\r\n$4\r\nECHO\r\n$-1\r\n"),
        bytes("*2\r\n$4\r\nECHO\r\n$3\r\nab"),
        bytes("*1\rx"),
        bytes("*1\r\n$1\rx"),
        bytes("a\"b\"c 'it\\'s' \"\\\"\" tail\\ \r\n*2\r\n$1\r\n"),
        bytes("a\rb \t c\r\n"),
    ]

    @Test(arguments: samples) func everySplitGivesTheSame(sample: [UInt8]) {
        let whole = parse(sample)
        for first in 0...sample.count {
            #expect(parse(sample, cuts: [first]) == whole, "cut at \(first)")
            for second in first...sample.count where sample.count < 60 {
                #expect(parse(sample, cuts: [first, second]) == whole, "cuts at \(first), \(second)")
            }
        }
        #expect(parse(sample, cuts: Array(1..<sample.count)) == whole)
    }

    @Test func requestsAreWhatWasSent() {
        #expect(parse(Self.samples[0]).requests == [words("PING"), words("GET", "a")])
        #expect(parse(Self.samples[1]).requests == [words("SET", "0123456789", ""), words("x")])
        #expect(
            parse(Self.samples[2]).requests
                == [words("PING"), words("set", "a", "b A\n", "c d"), words("GET", "x"), words("x")])
        #expect(parse(Self.samples[12]).requests == [words("abc", "it's", "\"", "tail\\")])
        #expect(parse(Self.samples[12]).isWithinRequest)
        #expect(parse(Self.samples[13]).requests == [words("a", "b", "c")])
    }

    @Test func randomRequestsRoundTrip() {
        for seed in UInt64(1)...60 {
            var random = SeededGenerator(seed: seed)
            var requests: [[[UInt8]]] = []
            for _ in 0..<Int.random(in: 1...150, using: &random) {
                requests.append(
                    (0..<Int.random(in: 1...14, using: &random)).map { _ in
                        let count = [0, 1, 3, 9, 10, 99, 100, 1000].randomElement(using: &random)!
                        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                    })
            }
            let sent = requests.flatMap(encode)
            let cuts = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                Int.random(in: 0...sent.count, using: &random)
            }
            let parsed = parse(sent, cuts: cuts.sorted())
            #expect(parsed.requests == requests, "seed \(seed)")
            #expect(parsed.error == nil && !parsed.isWithinRequest)
        }
    }

    @Test(arguments: [false, true]) func largeArgumentsTravelInBlocks(direct: Bool) {
        for count in [ParserLimits.blockBytesMin - 1, ParserLimits.blockBytesMin, 100_000] {
            let value = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let sent = encode([bytes("SET"), bytes("k"), value, value]) + encode([bytes("PING")])
            let header = bytes("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n").count
            for cuts in [[header + 3], [header + 8, header + 9], [header + 200, header + count],
                [header + 8 + count], [header + 8 + count + 1], [10, header + 20, header + count + 30]] {
                let parsed = parse(sent, cuts: cuts, direct: direct)
                #expect(parsed.requests == [[bytes("SET"), bytes("k"), value, value], [bytes("PING")]])
                #expect((parsed.blocks > 0) == (count >= ParserLimits.blockBytesMin), "\(count) at \(cuts)")
            }
        }
    }

    @Test func aBlockOutlivesItsBatchOnlyIfTaken() {
        var parser = RequestParser()
        var batch = RequestBatch()
        let value = [UInt8](repeating: 7, count: 40000)
        let sent = encode([value])
        let first = Array(sent[..<100])
        var outcome = parser.parse(ByteView(first.span.bytes), into: &batch, limits: ParserLimits())
        #expect(outcome == ParseOutcome(consumed: 100, stop: .bulk(missing: 40000 - (100 - 12))))
        #expect(parser.footprint > 40000)
        let rest = Array(sent[100...])
        outcome = parser.parse(ByteView(rest.span.bytes), into: &batch, limits: ParserLimits())
        #expect(outcome == ParseOutcome(consumed: rest.count, stop: .inputExhausted))
        #expect(batch.count == 1)
        #expect(parser.footprint == 0)
        guard let block = batch.arguments(of: 0).takeBlock(0) else {
            Issue.record("no block")
            return
        }
        #expect(block.isUnique == false)
        batch.clear()
        #expect(block.isUnique == true)
        let isSame = block.view == ByteView(value.span.bytes)
        #expect(isSame)
    }

    @Test func manyArgumentsByteByByteTakeLinearWork() {
        // Quadratic work would need hours for this one.
        let request = [[UInt8]](repeating: [0x61], count: 200_000)
        let sent = encode(request)
        #expect(parse(sent, cuts: Array(1..<sent.count)).requests == [request])
        #expect(parse(sent).requests == [request])
    }

    @Test func batchesHoldSixtyFour() {
        var parser = RequestParser()
        var batch = RequestBatch()
        let sent = [[UInt8]](repeating: encode([bytes("PING")]), count: 65).flatMap { $0 }
        let outcome = parser.parse(ByteView(sent.span.bytes), into: &batch, limits: ParserLimits())
        #expect(outcome == ParseOutcome(consumed: 64 * 14, stop: .batchFull))
        #expect(batch.isFull == true)
        #expect(MemoryLayout<RequestParser>.size <= 40)
    }

    @Test func limitsHoldToTheByte() {
        let large = ParserLimits(bulkBytesMax: 1000)
        #expect(parse(encode([[UInt8](repeating: 1, count: 1000)]), limits: large).error == nil)
        #expect(parse(encode([[UInt8](repeating: 1, count: 1001)]), limits: large).error == .invalidBulkLength)
        #expect(parse(bytes("*2147483647\r\n")).error == nil)
        #expect(parse(bytes("*2147483648\r\n")).error == .invalidMultibulkLength)
        #expect(parse(bytes("*1\r\n$003\r\nabc\r\n")).error == .invalidBulkLength)
        let stranger = ParserLimits(isUnauthenticated: true)
        #expect(parse(bytes("*10\r\n"), limits: stranger).error == nil)
        #expect(parse(bytes("*11\r\n"), limits: stranger).error == .unauthenticatedMultibulkLength)
        #expect(parse(bytes("*1\r\n$16384\r\n"), limits: stranger).error == nil)
        #expect(parse(bytes("*1\r\n$16385\r\n"), limits: stranger).error == .unauthenticatedBulkLength)
        #expect(parse(bytes("*1\r\n$999999999999\r\n"), limits: stranger).error == .invalidBulkLength)
        // What the first request does may change the limits for the next one.
        var parser = RequestParser()
        var batch = RequestBatch()
        let pipeline = encode([bytes("AUTH")]) + encode([[UInt8]](repeating: bytes("x"), count: 11))
        let first = parser.parse(ByteView(pipeline.span.bytes), into: &batch, limits: stranger)
        #expect(first.stop == .batchFull && batch.count == 1)
        let line = [UInt8](repeating: 0x31, count: 65536)
        for cuts in [[], [1], [65535], [65536], [65537]] {
            #expect(parse(line + bytes("\n"), cuts: cuts).error == nil)
            #expect(parse(line + bytes("1"), cuts: cuts).error == .tooBigInlineRequest)
            #expect(parse(bytes("*") + line, cuts: cuts).error == .tooBigMultibulkCountString)
            #expect(parse(bytes("*") + line[1...], cuts: cuts).error == nil)
            #expect(parse(bytes("*") + line[1...] + bytes("\r\n"), cuts: cuts).error == .invalidMultibulkLength)
            #expect(parse(bytes("*1\r\n$") + line, cuts: cuts).error == .tooBigBulkCountString)
            #expect(parse(bytes("*1\r\n$") + line[1...], cuts: cuts).error == nil)
        }
        // The query buffer holds one argument and its line end at a time, however many the request has.
        let value = [UInt8](repeating: 1, count: 60000)
        for cuts in [[200_500], Array(stride(from: 1, to: 240_000, by: 1777))] {
            let request = encode([value, value, value, value])
            #expect(parse(request, cuts: cuts, limits: ParserLimits(queryBufferBytesMax: 60002)).error == nil)
            let parsed = parse(request, cuts: cuts, limits: ParserLimits(queryBufferBytesMax: 60001))
            #expect(parsed.error == .queryBufferExceeded)
        }
        let small = ParserLimits(queryBufferBytesMax: 200_000)
        #expect(parse(bytes("*1\r\n$300000\r\n"), limits: small).error == .queryBufferExceeded)
    }

    /// Each text as the reference server sends it for these bytes.
    @Test(arguments: [
        ("*abc\r\n", "invalid multibulk length"), ("*\r\n", "invalid multibulk length"),
        ("*01\r\n", "invalid multibulk length"), ("*+1\r\n", "invalid multibulk length"),
        ("*9999999999999999999999\r\n", "invalid multibulk length"),
        ("*1\r\nX4\r\n", "expected '$', got 'X'"), ("*1\r\n\r\n", "expected '$', got ' '"),
        ("*1\r\n\n\r\n", "expected '$', got ' '"), ("*1\r\n\u{1}\r\n", "expected '$', got '\u{1}'"),
        ("*1\r\n\0\r\n", "expected '$', got '\0'"), ("*1\r\nz4\rX", "expected '$', got 'z'"),
        ("*1\r\n$-1\r\n", "invalid bulk length"), ("*1\r\n$\r\n", "invalid bulk length"),
        ("*1\r\n$04\r\nPING\r\n", "invalid bulk length"), ("*1\r\n$536870913\r\n", "invalid bulk length"),
        ("*1\rX", "invalid CRLF in request"), ("*abc\rX", "invalid CRLF in request"),
        ("*1\r\n$z\rX", "invalid CRLF in request"), ("*1\r\n$4\r\nPINGx\n", "invalid CRLF in request"),
        ("*1\r\n$4\r\nPING\rx", "invalid CRLF in request"),
        ("PING \"a\r\n", "unbalanced quotes in request"), ("PING '\r\n", "unbalanced quotes in request"),
        ("PING \"abc\\\r\n", "unbalanced quotes in request"), ("PING a\\\"b\r\n", "unbalanced quotes in request"),
    ]) func errorsHaveTheReferenceTexts(sample: (sent: String, text: String)) throws {
        let error = try #require(parse(bytes(sample.sent)).error)
        var reply = Reply()
        reply.protocolError(error)
        #expect(reply.output.copiedBytes() == bytes("-ERR Protocol error: \(sample.text)\r\n"))
    }

    @Test(arguments: [
        ("PING 'a'b", ["PING", "ab"]), ("PING a\"b c\"", ["PING", "ab c"]), ("PI\"NG\"", ["PING"]),
        ("PING \"\"", ["PING", ""]), ("PING \"\\x41\\n\\t\\a\\b\\r\\q\\\"\" ", ["PING", "A\n\t\u{7}\u{8}\rq\""]),
        ("PING 'a\\'b\\n'", ["PING", "a'b\\n"]), ("PING 'a\\\\''", ["PING", "a\\'"]), ("PING '\\'", ["PING", "\\"]),
        ("PING \"\\\"", ["PING", "\\"]), ("PING \\x41", ["PING", "\\x41"]),
        ("PING \"\\X41\"", ["PING", "X41"]), ("PING \"\\x4G\"", ["PING", "x4G"]), ("PING \"\\x4\"", ["PING", "x4"]),
        ("PING '\\\\'", ["PING", "\\\\"]), ("PING \"\\\\\"", ["PING", "\\"]), ("PING \"\"\"\"", ["PING", ""]),
        ("PING 'a\"b'", ["PING", "a\"b"]), ("PING \u{7F}\u{1F}\u{B}a", ["PING", "\u{7F}\u{1F}\u{B}a"]),
        ("\u{B} PING", ["PING"]), ("PING \tx\u{B}", ["PING", "x\u{B}"]), ("\"\" x", ["", "x"]),
    ]) func inlineWordsAreSplitAsTheReferenceDoes(sample: (line: String, words: [String])) {
        #expect(parse(bytes(sample.line + "\r\n")).requests == [sample.words.map { Array($0.utf8) }])
    }

    @Test func queuedRequestsOutliveTheirBytes() {
        var queue = RequestQueue()
        for index in 0..<100 {
            var parser = RequestParser()
            var batch = RequestBatch()
            let line = bytes("SET key:\(index) \(String(repeating: "v", count: index))\r\n")
            _ = parser.parse(ByteView(line.span), into: &batch, limits: ParserLimits())
            queue.append(batch.arguments(of: 0))
        }
        #expect(queue.count == 100)
        for index in 0..<100 {
            let words = queue.withArguments(of: index) { arguments in
                (0..<arguments.count).map { arguments[$0].copied() }
            }
            let expected = index == 0 ? ["SET", "key:0"] : ["SET", "key:\(index)", String(repeating: "v", count: index)]
            #expect(words == expected.map { Array($0.utf8) })
        }
    }

    @Test func aQueueRefusesWhatItCannotCount() {
        var queue = RequestQueue()
        func append(_ words: [[UInt8]]) -> Bool {
            var parser = RequestParser()
            var batch = RequestBatch()
            _ = parser.parse(ByteView(encode(words).span), into: &batch, limits: ParserLimits())
            return queue.append(batch.arguments(of: 0))
        }
        #expect(append(words("SET", "a", "1")))
        // Refused by its size alone: nothing lies there.
        var slices = [Slice](repeating: Slice(base: UnsafeRawPointer(bitPattern: 1)!, count: 1 << 31), count: 2)
        let isKept = slices.withUnsafeMutableBufferPointer {
            queue.append(Arguments(_unchecked: $0.baseAddress!, count: $0.count))
        }
        #expect(!isKept && queue.count == 1 && queue.byteCount == 5)
        #expect(append(words("PING")))
        #expect(queue.withArguments(of: 1) { $0[0].copied() } == bytes("PING"))
    }

    /// Large requests of several connections are not gathered: no array would hold the arguments of all.
    @Test func aBatchTakesNoRequestBehindAHugeOne() {
        let request = Array("*\(RequestBatch.slicesMax + 1)\r\n".utf8)
            + [[UInt8]](repeating: Array("$0\r\n\r\n".utf8), count: RequestBatch.slicesMax + 1).joined()
        let start = Array(request.dropLast()), end = [UInt8](request.suffix(1)), small = encode([bytes("PING")])
        var parser = RequestParser(), other = RequestParser(), batch = RequestBatch()
        func parse(_ bytes: [UInt8], _ parser: inout RequestParser, _ batch: inout RequestBatch) -> ParseOutcome {
            let outcome = parser.parse(ByteView(bytes.span), into: &batch, limits: ParserLimits())
            batch.invariants()
            return outcome
        }
        let full = ParseOutcome(consumed: 0, stop: .batchFull)
        _ = parse(start, &parser, &batch)
        _ = parse(start, &other, &batch)
        #expect(parse(end, &parser, &batch).consumed == 1 && batch.count == 1)
        #expect(batch.arguments(of: 0).count == RequestBatch.slicesMax + 1)
        #expect(parse(end, &other, &batch) == full)
        #expect(parse(small, &parser, &batch) == full)
        batch.clear()
        #expect(parse(end, &other, &batch).consumed == 1 && batch.count == 1)
        batch.clear()
        #expect(parse(small + small, &parser, &batch).consumed == 2 * small.count && batch.count == 2)
        batch.clear()
    }

    @Test func aLineOfManyWordsOutgrowsTheSlices() {
        let words = (0..<5000).map { Array("w\($0)".utf8) }
        let line = Array(words.joined(separator: [0x20])) + [0x0A]
        let sent = encode([bytes("PING")]) + line
        for cuts in [[], [20], [sent.count - 1]] {
            #expect(parse(sent, cuts: cuts).requests == [[bytes("PING")], words])
        }
    }

    @Test func nothingIsParsedAfterAnError() {
        let parsed = parse(bytes("*1\r\n$4\r\nPING\r\n*x\r\n*1\r\n$4\r\nPING\r\n"))
        #expect(parsed.requests == [words("PING")] && parsed.error == .invalidMultibulkLength)
    }
}
