// Numbers and texts in arguments, as Redis reads them.

internal import CText
package import Memory

extension ByteView {
    /// A canonical decimal 64-bit integer: no plus, no leading zeros, no spaces; nil otherwise.
    package var integer: Int? {
        var value: Int64 = 0
        guard unsafe apus_parse_int64(base.assumingMemoryBound(to: UInt8.self), count, &value) else { return nil }
        return Int(value)
    }

    /// A double as Redis accepts it for scores ("inf" included, NaN not); nil otherwise.
    package var double: Double? {
        var value = 0.0
        guard unsafe apus_parse_double(base.assumingMemoryBound(to: UInt8.self), count, &value) else { return nil }
        return value
    }

    /// A double as Redis accepts it for the bounds of ranges, where nothing is 0 and too much is infinite.
    package var bound: Double? {
        var value = 0.0
        guard unsafe apus_parse_bound(base.assumingMemoryBound(to: UInt8.self), count, &value) else { return nil }
        return value
    }

    /// A timeout in seconds as the milliseconds that it means, rounded up; infinite if it is too large; nil if it is no
    /// number.
    package var timeoutMs: Double? {
        var value = 0.0
        guard unsafe apus_parse_timeout(base.assumingMemoryBound(to: UInt8.self), count, &value) else { return nil }
        return value
    }

    /// The bytes before the first NUL: what Redis prints of a text, and looks at in some.
    package var upToNUL: ByteView {
        @_lifetime(copy self)
        get {
            var end = 0
            while end < count && self[end] != 0 { end += 1 }
            return self[0..<end]
        }
    }

    /// Whether the bytes match a glob pattern as KEYS has it.
    package func matches(glob pattern: ByteView, ignoringCase: Bool = false) -> Bool {
        unsafe apus_glob_matches(
            pattern.base.assumingMemoryBound(to: UInt8.self), pattern.count,
            base.assumingMemoryBound(to: UInt8.self), count, ignoringCase)
    }
}

extension [UInt8] {
    /// ASCII letters in lower case; other bytes stay. Names on the wire and in configurations are compared so: Unicode
    /// takes a Kelvin sign for a k.
    package func lowercased() -> [UInt8] { map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 } }

    /// ASCII letters in upper case; other bytes stay.
    package func uppercased() -> [UInt8] { map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 ? $0 & ~0x20 : $0 } }
}

extension UInt8 {
    /// What the byte stands for as a hexadecimal digit, in either case; nil if it is none.
    package var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
