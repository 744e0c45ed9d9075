import Memory
import RESP
import TestSupport
import Testing

private func written(_ version: ProtocolVersion = .resp2, _ write: (inout Reply) -> Void) -> String {
    var reply = Reply()
    reply.version = version
    write(&reply)
    reply.output.invariants()
    return String(decoding: reply.output.copiedBytes(), as: UTF8.self)
}

@Suite struct ReplyTests {
    @Test func everyTypeInBothProtocols() {
        func check(_ two: String, _ three: String, _ write: (inout Reply) -> Void) {
            #expect(written(.resp2, write) == two)
            #expect(written(.resp3, write) == three)
        }
        check("+OK\r\n", "+OK\r\n") { $0.ok() }
        check("+PONG\r\n", "+PONG\r\n") { $0.pong() }
        check("+QUEUED\r\n", "+QUEUED\r\n") { $0.queued() }
        check("+a  b\r\n", "+a  b\r\n") { $0.simpleString("a\r\nb") }
        check("$-1\r\n", "_\r\n") { $0.null() }
        check("*-1\r\n", "_\r\n") { $0.nullArray() }
        check("*0\r\n", "*0\r\n") { $0.emptyArray() }
        check(":1\r\n:0\r\n", "#t\r\n#f\r\n") {
            $0.boolean(true)
            $0.boolean(false)
        }
        check("$3\r\n1.5\r\n", ",1.5\r\n") { $0.double(1.5) }
        check("$3\r\ninf\r\n", ",inf\r\n") { $0.double(.infinity) }
        check("$24\r\n-1.7976931348623157e+308\r\n", ",-1.7976931348623157e+308\r\n") {
            $0.double(-Double.greatestFiniteMagnitude)
        }
        check("$2\r\n12\r\n", "(12\r\n") { $0.bigNumber(ByteView("12")) }
        check("$2\r\nhi\r\n", "$2\r\nhi\r\n") { $0.bulk("hi") }
        check("$3\r\n-12\r\n", "$3\r\n-12\r\n") { $0.bulk(-12) }
        check("$20\r\n-9223372036854775808\r\n", "$20\r\n-9223372036854775808\r\n") { $0.bulk(Int.min) }
        check("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n") { $0.verbatim("txt", ByteView("hi")) }
        check("*2\r\n", "*2\r\n") { $0.array(2) }
        check("*4\r\n", "%2\r\n") { $0.map(2) }
        check("*2\r\n", "~2\r\n") { $0.set(2) }
        check("*2\r\n", ">2\r\n") { $0.push(2) }
        #expect(written(.resp3) { $0.attribute(1) } == "|1\r\n")
    }

    @Test func headersOfEveryWidth() {
        for value in Array(0...1100) + [9999, 10000, 123_456, Int.max] {
            #expect(written { $0.integer(value) } == ":\(value)\r\n")
            #expect(written { $0.integer(-value) } == ":\(-value)\r\n")
            #expect(written { $0.array(value) } == "*\(value)\r\n")
        }
        #expect(written { $0.integer(Int.min) } == ":\(Int.min)\r\n")
    }

    @Test func errorsAreOneLineAndCounted() {
        var reply = Reply()
        reply.error("WRONGTYPE Operation\r\nagainst")
        #expect(reply.lastErrorCode == ErrorCode("WRONGTYPE"))
        reply.error("ERR unknown subcommand '", ByteView("a\nb"), "'")
        #expect(reply.lastErrorCode == ErrorCode("ERR"))
        reply.beginError()
        reply.errorText("LONGERTHANSIXTEENBYTES ")
        reply.errorText(-42)
        reply.endError()
        #expect(reply.lastErrorCode == ErrorCode("LONGERTHANSIXTEE"))
        #expect(reply.errorCount == 3)
        let text = String(decoding: reply.output.copiedBytes(), as: UTF8.self)
        #expect(
            text == "-WRONGTYPE Operation  against\r\n-ERR unknown subcommand 'a b'\r\n-LONGERTHANSIXTEENBYTES -42\r\n")
    }

    @Test func suppressedRepliesVanishButErrorsCount() {
        var reply = Reply()
        reply.ok()
        reply.beginSuppressing()
        reply.bulk("x")
        reply.error("ERR x")
        reply.endSuppressing()
        reply.integer(1)
        #expect(reply.output.copiedBytes() == Array("+OK\r\n:1\r\n".utf8))
        #expect(reply.errorCount == 1)
    }

    @Test func deferredCountsNestAndStayFlat() throws {
        for count in [0, 1, 9, 10, 5000] {
            let text = written(.resp3) {
                $0.ok()
                let outer = $0.beginDeferred()
                for _ in 0..<count {
                    let inner = $0.beginDeferred()
                    $0.bulk("key")
                    $0.integer(1)
                    $0.endMap(inner, count: 1)
                }
                $0.endArray(outer, count: count)
                $0.integer(7)
            }
            let one = "%1\r\n$3\r\nkey\r\n:1\r\n"
            #expect(text == "+OK\r\n*\(count)\r\n" + String(repeating: one, count: count) + ":7\r\n")
        }
        let set = written(.resp2) {
            let mark = $0.beginDeferred()
            $0.integer(1)
            $0.endSet(mark, count: 1)
        }
        #expect(set == "*1\r\n:1\r\n")
    }

    @Test func largeBlocksAreReferenced() {
        let value = [UInt8](repeating: 0x61, count: 20000)
        let block = Block(copying: ByteView(value.span.bytes))
        var reply = Reply()
        reply.bulk(referencing: block)
        #expect(block.isUnique == false)
        reply.bulk(referencing: block, range: 3..<5)
        #expect(reply.output.copiedBytes() == Array("$20000\r\n".utf8) + value + Array("\r\n$2\r\naa\r\n".utf8))
    }

    @Test func theScannerCountsWhatTheWriterWrites() throws {
        for seed in UInt64(1)...40 {
            var random = SeededGenerator(seed: seed)
            var reply = Reply()
            reply.version = .resp3
            let count = Int.random(in: 1...60, using: &random)
            for _ in 0..<count { writeRandom(&reply, &random, depth: 0) }
            reply.push(1)
            reply.bulk("message")
            let bytes = reply.output.copiedBytes()
            let values = try ReplyValue.parseAll(bytes)
            #expect(values.count == count + 1, "seed \(seed)")
            var scanner = ReplyScanner()
            var sum = 0
            var position = 0
            while position < bytes.count {
                let end = min(bytes.count, position + Int.random(in: 1...40, using: &random))
                let piece = Array(bytes[position..<end])
                sum += try scanner.scan(ByteView(piece.span.bytes))
                position = end
            }
            #expect(sum == count && scanner.pushCount == 1 && scanner.isAtBoundary, "seed \(seed)")
            #expect(scanner.errorCount == values.filter { if case .error = $0 { true } else { false } }.count)
        }
        for bad in ["?", "*\r\n", "$1x", "+a\rb", "*99999999999999999\r\n"] {
            var scanner = ReplyScanner()
            let bytes = Array(bad.utf8)
            #expect(throws: ReplyFormatError.self) { try scanner.scan(ByteView(bytes.span.bytes)) }
        }
    }

    private func writeRandom(_ reply: inout Reply, _ random: inout SeededGenerator, depth: Int) {
        switch Int.random(in: 0..<(depth < 3 ? 13 : 8), using: &random) {
        case 0: reply.ok()
        case 1: reply.error("ERR no")
        case 2: reply.integer(Int.random(in: .min ... .max, using: &random))
        case 3: reply.bulk("some\r\nbytes")
        case 4: reply.null()
        case 5: reply.double(Double.random(in: -1e9...1e9, using: &random))
        case 6: reply.boolean(true)
        case 7: reply.verbatim("txt", ByteView("text"))
        case 8: reply.emptyArray()
        case 9:
            reply.array(3)
            for _ in 0..<3 { writeRandom(&reply, &random, depth: depth + 1) }
        case 10:
            reply.map(1)
            for _ in 0..<2 { writeRandom(&reply, &random, depth: depth + 1) }
        case 11:
            reply.set(1)
            writeRandom(&reply, &random, depth: depth + 1)
        default:
            reply.attribute(1)
            for _ in 0..<3 { writeRandom(&reply, &random, depth: depth + 1) }
        }
    }
}
