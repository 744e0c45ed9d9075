import LoadGenerator
import Testing

@Suite struct ReplyScannerTests {
    /// Replies with what they count as.
    static let corpus: [(String, replies: Int, errors: Int, nils: Int, pushes: Int)] = [
        ("+OK\r\n", 1, 0, 0, 0), (":12\r\n", 1, 0, 0, 0), ("-ERR no\r\n", 1, 1, 0, 0), ("$-1\r\n", 1, 0, 1, 0),
        ("$0\r\n\r\n", 1, 0, 0, 0), ("$3\r\na\r\n\r\n", 1, 0, 0, 0), ("*-1\r\n", 1, 0, 1, 0), ("*0\r\n", 1, 0, 0, 0),
        ("*2\r\n$1\r\na\r\n$-1\r\n", 1, 0, 0, 0), ("*2\r\n*1\r\n:1\r\n*2\r\n+a\r\n-b\r\n", 1, 1, 0, 0),
        ("_\r\n", 1, 0, 1, 0),
        ("#t\r\n", 1, 0, 0, 0), (",1.5\r\n", 1, 0, 0, 0), ("(123456789012345678901\r\n", 1, 0, 0, 0),
        ("%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n$2\r\nxy\r\n", 1, 0, 0, 0), ("~2\r\n:1\r\n:2\r\n", 1, 0, 0, 0),
        ("=5\r\ntxt:a\r\n", 1, 0, 0, 0), ("!5\r\nERR x\r\n", 1, 1, 0, 0),
        (">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n", 0, 0, 0, 1),
        ("|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n", 1, 0, 0, 0),
        ("$1005\r\n\(String(repeating: "z", count: 1005))\r\n", 1, 0, 0, 0),
        ("+\(String(repeating: "long ", count: 20))\r\n", 1, 0, 0, 0),
        ("%1\r\n$7\r\nmodules\r\n*0\r\n", 1, 0, 0, 0), ("%0\r\n", 1, 0, 0, 0),
    ]
    static let empties: Set = ["*0\r\n", "%0\r\n"]

    @Test func countsEachForm() {
        for (text, replies, errors, nils, pushes) in Self.corpus {
            let counts = count(Array(text.utf8))
            #expect(counts.replies == replies && counts.errors == errors, "\(text)")
            #expect(counts.nils == nils && counts.pushes == pushes, "\(text)")
            #expect(counts.empties == (Self.empties.contains(text) ? 1 : 0), "\(text)")
        }
    }

    /// Whoever asks about a reply asks when it is complete.
    @Test(arguments: ["-ERR no\r\n", "!5\r\nERR x\r\n", "_\r\n", "*1\r\n-ERR\r\n"])
    func whatACutReplyIsIsToldAtItsEnd(text: String) {
        for cut in 1..<text.utf8.count {
            var (scanner, before, after) = (ReplyScanner(), ReplyCounts(), ReplyCounts())
            Array(text.utf8).withUnsafeBufferPointer { bytes in
                var cursor = bytes.baseAddress!
                scanner.scan(&cursor, bytes.baseAddress! + cut, limit: 1, counts: &before)
                scanner.scan(&cursor, bytes.baseAddress! + bytes.count, limit: 1, counts: &after)
            }
            #expect(before == ReplyCounts(), "cut at \(cut)")
            #expect(after.replies == 1 && after.errors + after.nils == 1, "cut at \(cut)")
        }
    }

    @Test func countsThemCutAnywhere() {
        for (text, _, _, _, _) in Self.corpus {
            let bytes = Array((text + "+NEXT\r\n").utf8)
            let whole = count(bytes)
            for cut in 1..<bytes.count { #expect(count(bytes, cutAt: [cut]) == whole, "\(text) at \(cut)") }
            #expect(count(bytes, cutAt: Array(1..<bytes.count)) == whole, "\(text) in bytes")
        }
    }

    @Test func randomStreams() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = RandomSource(seed: seed)
            var text = ""
            var expected = ReplyCounts()
            for _ in 0..<30 {
                let pick = Self.corpus[Int(random.below(UInt64(Self.corpus.count)))]
                text += pick.0
                expected.replies += pick.replies
                expected.errors += pick.errors
                expected.nils += pick.nils
                expected.pushes += pick.pushes
                expected.empties += Self.empties.contains(pick.0) ? 1 : 0
            }
            let bytes = Array(text.utf8)
            let cuts = (0..<10).map { _ in Int(random.below(UInt64(bytes.count))) }
            #expect(count(bytes, cutAt: cuts) == expected, "seed \(seed)")
        }
    }

    @Test func stopsAtItsLimit() {
        var scanner = ReplyScanner()
        var counts = ReplyCounts()
        let bytes = Array("+OK\r\n$1\r\na\r\n:3\r\n".utf8)
        bytes.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress!
            scanner.scan(&cursor, cursor + buffer.count, limit: 2, counts: &counts)
            #expect(cursor - buffer.baseAddress! == 12)
        }
        #expect(counts.replies == 2)
    }

    /// However it is cut.
    @Test(arguments: [
        "HTTP/1.1 400\r\n", ":abc\r\n", ":\r\n", "$3\r\nabcXX", "$3\r\nabc\rX", "$3\r\nabcdef\r\n", "$0\r\nX\r\n",
        "$x\r\n", "*2\r\n:1\r\n:abc\r\n", "*1\r\n$1\r\naX\n", "=5\r\ntxt:aX\r\n",
        "$1002\r\n\(String(repeating: "z", count: 1004))",
    ])
    func noticesWhatIsNoReply(text: String) {
        let bytes = Array(text.utf8)
        for cut in 1...bytes.count {
            var (scanner, counts) = (ReplyScanner(), ReplyCounts())
            bytes.withUnsafeBufferPointer { buffer in
                var cursor = buffer.baseAddress!
                for end in [cut, buffer.count] {
                    scanner.scan(&cursor, buffer.baseAddress! + end, limit: 1, counts: &counts)
                }
                #expect(cursor == buffer.baseAddress! + buffer.count)
            }
            #expect(scanner.hasFailed && counts.replies == 0, "cut at \(cut)")
        }
    }
}
