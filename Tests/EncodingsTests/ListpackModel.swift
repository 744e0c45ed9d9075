// The naive listpack: an array of texts, and an encoder written from the format's description, not from the code.
import TestSupport
import Testing

@testable import Encodings

/// `#expect` for expressions with noncopyable or nonescapable parts, which the macro cannot take apart, and for checks
/// by the million.
func verify(
    _ condition: Bool, _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    if !condition { Issue.record(Comment(rawValue: comment()), sourceLocation: sourceLocation) }
}

struct ListpackModel {
    var texts: [[UInt8]] = []
    /// Once 65535 entries were in it, the header's count says nothing any more.
    var countIsUnknown = false

    static func canonicalInteger(_ text: [UInt8]) -> Int64? {
        guard let value = Int64(String(decoding: text, as: UTF8.self)), Array(String(value).utf8) == text else {
            return nil
        }
        return value
    }

    static func body(of text: [UInt8]) -> [UInt8] {
        guard let value = canonicalInteger(text) else {
            switch text.count {
            case 0..<64: return [0x80 | UInt8(text.count)] + text
            case 64..<4096: return [0xE0 | UInt8(text.count >> 8), UInt8(text.count & 255)] + text
            default: return [0xF0] + littleEndian(UInt64(text.count), 4) + text
            }
        }
        let bits = UInt64(bitPattern: value)
        switch value {
        case 0...127: return [UInt8(value)]
        case -4096...4095: return [0xC0 | UInt8(bits >> 8 & 0x1F), UInt8(bits & 255)]
        case -32768...32767: return [0xF1] + littleEndian(bits, 2)
        case -8_388_608...8_388_607: return [0xF2] + littleEndian(bits, 3)
        case -2_147_483_648...2_147_483_647: return [0xF3] + littleEndian(bits, 4)
        default: return [0xF4] + littleEndian(bits, 8)
        }
    }

    static func littleEndian(_ bits: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }

    static func backLength(_ body: Int) -> [UInt8] {
        var groups = [UInt8(body & 127)]
        var rest = body >> 7
        while rest > 0 {
            groups[0] |= 128
            groups.insert(UInt8(rest & 127), at: 0)
            rest >>= 7
        }
        // Every group but the first carries the continuation bit.
        for i in groups.indices { groups[i] = i == 0 ? groups[i] & 127 : groups[i] | 128 }
        return groups
    }

    /// The exact bytes of a listpack of these texts.
    var bytes: [UInt8] {
        var entries: [UInt8] = []
        for text in texts {
            let body = Self.body(of: text)
            entries += body
            entries += Self.backLength(body.count)
        }
        let count = countIsUnknown ? 65535 : texts.count
        return Self.littleEndian(UInt64(entries.count + 7), 4) + Self.littleEndian(UInt64(count), 2) + entries + [0xFF]
    }
}

extension SeededGenerator {
    /// A text of the kinds that matter: short, at the length boundaries, integers of every width, almost integers.
    mutating func text() -> [UInt8] {
        switch Int.random(in: 0..<13, using: &self) {
        case 0: return Array(String(Int64.random(in: -5...130, using: &self)).utf8)
        case 1:
            let width = Int64.random(in: 0..<64, using: &self)
            return Array(String(Int64(bitPattern: next()) >> width).utf8)
        case 2:
            let edge: Int64 = [127, 4095, -4096, 32767, -32768, 8_388_607, -8_388_608, 2_147_483_647].randomElement(
                using: &self)!
            return Array(String(edge + Int64.random(in: -1...1, using: &self)).utf8)
        case 3: return Array(["-0", "01", "+5", " 7", "-", "", "9223372036854775808"].randomElement(using: &self)!.utf8)
        case 4:
            let length = [62, 63, 64, 124, 125, 126, 127, 4095, 4096].randomElement(using: &self)!
            return Array(repeating: UInt8.random(in: 97...99, using: &self), count: length)
        case 5: return (0..<Int.random(in: 0..<20, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
        case 6: return Array("\(["a", "b", "ab", "-1", ""].randomElement(using: &self)!):the same end".utf8)
        default: return Array("field:\(Int.random(in: 0..<40, using: &self))".utf8)
        }
    }
}

extension ListpackView {
    /// The element's text.
    func text(at position: ListpackPosition) -> [UInt8] {
        switch element(at: position) {
        case .integer(let value): return Array(String(value).utf8)
        case .bytes(let span): return span.array
        }
    }

    /// All texts, from the front.
    var texts: [[UInt8]] {
        var texts: [[UInt8]] = []
        var at = first
        while let position = at {
            texts.append(text(at: position))
            at = self.position(after: position)
        }
        return texts
    }

    /// All texts, from the back.
    var textsReversed: [[UInt8]] {
        var texts: [[UInt8]] = []
        var at = last
        while let position = at {
            texts.append(text(at: position))
            at = self.position(before: position)
        }
        return texts
    }
}

extension RawSpan {
    var array: [UInt8] { withUnsafeBytes { Array($0) } }
}
