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
        append(digitsOf: UInt64(number.magnitude), atLeast: 1)
    }

    /// With so many digits after the point, at most six, rounded; 0 for what is no number.
    mutating func append(_ number: Double, digits: Int) {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = number.isFinite ? (number.magnitude * scale).rounded() : 0
        if number < 0 && scaled != 0 { append("-") }
        // Beyond 2^53 a double has no fraction left to round.
        guard scaled < 9e15 else { return append(Int64(min(number.magnitude, 9e18))) }
        let (whole, part) = UInt64(scaled).quotientAndRemainder(dividingBy: UInt64(scale))
        append(digitsOf: whole, atLeast: 1)
        append(".")
        append(digitsOf: part, atLeast: digits)
    }

    /// A number of bytes for people: "1017.93K", "23.54G".
    mutating func append(bytes count: Int) {
        guard count >= 1024 else {
            append(count)
            return append("B")
        }
        let units = ByteView("KMGTP")
        var value = Double(count) / 1024, unit = 0
        while value >= 1024 && unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        append(value, digits: 2)
        buffer.append(units[unit])
    }

    private mutating func append(digitsOf number: UInt64, atLeast count: Int) {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var first = digits.count, rest = number
        while rest > 0 {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        buffer.append(ByteView(digits.span.extracting(min(first, digits.count - count)...)))
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
