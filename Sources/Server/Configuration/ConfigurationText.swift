// The text of a configuration: lines, and the words of a line.
//
// A line is a directive's name and its arguments, separated by blanks. Blank lines and lines whose first character is
// `#` say nothing; a `#` further on is an ordinary character. Quotes may stand anywhere in a word:
//
//     "a\x41\n"   escapes \xHH \n \r \t \b \a, any other escaped byte stands for itself
//     'it\'s'     everything literal but \'

internal import RESP

package enum ConfigurationText {
    /// Bytes of one line. A password or a path needs far fewer; longer input is not a configuration.
    package static let lineBytesMax = 64 << 10
    /// Files within files. Deeper nesting is a file that includes itself.
    package static let includeDepthMax = 16

    /// The lines of a text without blanks at their ends, numbered from 1 by their position.
    package static func lines(of text: [UInt8]) -> [[UInt8]] {
        text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            let start = line.firstIndex { !isBlank($0) } ?? line.endIndex
            let end = line.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? line.endIndex
            return start < end ? Array(line[start..<end]) : []
        }
    }

    /// The words of a line, or nil if its quotes do not balance. O(length).
    package static func words(of line: [UInt8]) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var at = 0
        while true {
            while at < line.count, isSpace(line[at]) { at += 1 }
            guard at < line.count else { return words }
            guard let word = word(in: line, at: &at) else { return nil }
            words.append(word)
        }
    }

    /// An argument of the command line as a word: quoted, with what is not printable escaped.
    package static func quoted(_ argument: [UInt8]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "\"")]
        for byte in argument {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): text += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): text += Array("\\n".utf8)
            case UInt8(ascii: "\r"): text += Array("\\r".utf8)
            case UInt8(ascii: "\t"): text += Array("\\t".utf8)
            case 0x07: text += Array("\\a".utf8)
            case 0x08: text += Array("\\b".utf8)
            case 0x20...0x7e: text.append(byte)
            default: text += Array("\\x".utf8) + hexadecimal(byte)
            }
        }
        return text + [UInt8(ascii: "\"")]
    }

    private static func word(in line: [UInt8], at: inout Int) -> [UInt8]? {
        var word: [UInt8] = []
        var quote: UInt8?
        while at < line.count {
            let byte = line[at]
            switch (quote, byte) {
            case (nil, UInt8(ascii: "\"")), (nil, UInt8(ascii: "'")): quote = byte
            case (nil, _) where isBlank(byte): return word
            case (byte?, _): quote = nil
            case (UInt8(ascii: "\""), UInt8(ascii: "\\")) where at + 1 < line.count:
                word.append(escaped(in: line, at: &at))
            case (UInt8(ascii: "'"), UInt8(ascii: "\\")) where at + 1 < line.count && line[at + 1] == 0x27:
                at += 1
                word.append(0x27)
            default: word.append(byte)
            }
            at += 1
        }
        return quote == nil ? word : nil
    }

    /// The byte that the escape at `at` stands for; leaves `at` at the escape's last byte.
    private static func escaped(in line: [UInt8], at: inout Int) -> UInt8 {
        if at + 3 < line.count, line[at + 1] == UInt8(ascii: "x"),
            let high = line[at + 2].hexadecimalDigit, let low = line[at + 3].hexadecimalDigit
        {
            at += 3
            return high << 4 | low
        }
        at += 1
        switch line[at] {
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "r"): return UInt8(ascii: "\r")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "a"): return 0x07
        default: return line[at]
        }
    }

    /// What ends a word and is taken from a line's ends.
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == 0x09 || byte == 0x0a || byte == 0x0d || byte == 0
    }

    /// What may stand before a word: C's isspace, whose vertical tab and form feed do not end one.
    private static func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || byte == 0x0b || byte == 0x0c }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
