// InlineRequest: a request typed by hand: words on a line, "quoted \x41\n" or 'quoted', as Redis splits them.
//
// Quotes may begin and end within a word: a"b c" is the word "ab c". Between double quotes a backslash escapes
// (\n \r \t \a \b \xHH, else the next byte); between single ones only \' is an escape; outside none is.
// Invariant: a word is never longer than its source, so it is unescaped in place, in front of the reading position.

internal import Glibc

/// The index of `byte` in `count` bytes at `start`.
@inline(__always)
func find(_ byte: UInt8, _ start: UnsafeRawPointer, _ count: Int) -> Int? {
    guard let found = unsafe memchr(start, Int32(byte), count) else { return nil }
    return unsafe UnsafeRawPointer(found) - start
}

@safe
struct InlineSplitter: ~Copyable {
    private let line: UnsafeMutablePointer<UInt8>
    private let count: Int
    private var position = 0

    /// Splits `count` bytes (up to the line feed). They are written to only if they hold quotes.
    init(_ line: UnsafeMutablePointer<UInt8>, _ count: Int) {
        unsafe self.line = line
        let endsWithReturn = unsafe count > 0 && line[count - 1] == 0x0D
        self.count = endsWithReturn ? count - 1 : count
    }

    /// Whether a line must be copied before it is split.
    static func hasQuotes(_ line: UnsafeRawPointer, _ count: Int) -> Bool {
        unsafe find(UInt8(ascii: "\""), line, count) != nil || find(UInt8(ascii: "'"), line, count) != nil
    }

    /// The next word's place, nil at the end of the line.
    mutating func next() throws(ProtocolError) -> Range<Int>? {
        while position < count, unsafe Self.isSpace(line[position]) { position += 1 }
        guard position < count else { return nil }
        let start = position
        var written = position
        while position < count {
            let byte = unsafe line[position]
            if Self.isSeparator(byte) { break }
            position += 1
            if byte == UInt8(ascii: "\"") {
                try readDoubleQuoted(&written)
            } else if byte == UInt8(ascii: "'") {
                try readSingleQuoted(&written)
            } else {
                put(byte, &written)
            }
        }
        return start..<written
    }

    private mutating func readDoubleQuoted(_ written: inout Int) throws(ProtocolError) {
        while position < count {
            let byte = unsafe line[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            // What ends the line is no escaped byte: a quote there closes.
            put(byte == UInt8(ascii: "\\") && position + 1 < count ? readEscape() : byte, &written)
        }
        throw .unbalancedQuotes
    }

    /// The byte that an escape stands for; its backslash is read.
    private mutating func readEscape() -> UInt8 {
        let byte = unsafe line[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "a"): return 0x07
        case UInt8(ascii: "x"):
            guard position + 2 <= count, let high = unsafe line[position].hexadecimalDigit,
                let low = unsafe line[position + 1].hexadecimalDigit
            else { return byte }
            position += 2
            return high << 4 | low
        default: return byte
        }
    }

    private mutating func readSingleQuoted(_ written: inout Int) throws(ProtocolError) {
        while position < count {
            let byte = unsafe line[position]
            position += 1
            if byte == UInt8(ascii: "'") { return }
            // Before a quote the backslash goes, and before anything else it stays. At the line's end a quote closes.
            let isEscape = unsafe byte == UInt8(ascii: "\\") && position + 1 < count
                && line[position] == UInt8(ascii: "'")
            if isEscape { position += 1 }
            put(isEscape ? UInt8(ascii: "'") : byte, &written)
        }
        throw .unbalancedQuotes
    }

    private func put(_ byte: UInt8, _ written: inout Int) {
        // Without quotes before it a byte stays where it is, and the bytes of a receive buffer are not touched.
        if unsafe line[written] != byte { unsafe line[written] = byte }
        written += 1
    }

    /// What is skipped between words.
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || byte == 0 }
    /// What ends a word: fewer bytes than are skipped between words, as in Redis.
    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D || byte == 0
    }
}
