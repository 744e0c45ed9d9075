// TextBuffer: the text of INFO and CLIENT LIST while it is written.
//
// Bytes, literals and numbers are appended where String's interpolation would make a text of its own of each.

internal import Memory

struct TextBuffer: ~Copyable {
    private var buffer = ByteBuffer()

    /// `capacity`: bytes it has room for at first.
    init(capacity: Int) { buffer.reserve(capacity) }

    var isEmpty: Bool { buffer.isEmpty }
    var bytes: [UInt8] { buffer.view.copied() }

    mutating func append(_ literal: StaticString) { buffer.append(literal) }

    mutating func append(_ text: String) { buffer.append(ByteView(text.utf8.span)) }

    mutating func append(_ text: ArraySlice<UInt8>) { buffer.append(ByteView(text.span)) }

    /// In decimal.
    mutating func append(_ number: some FixedWidthInteger) {
        if number < 0 { buffer.append(UInt8(ascii: "-")) }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = digits.count, rest = UInt64(number.magnitude)
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for place in first..<digits.count { buffer.append(digits[place]) }
    }

    mutating func field(_ name: StaticString, _ value: String) {
        append(name)
        append(value)
    }

    mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        append(name)
        append(value)
    }
}
