// Decimal: numbers as digits into memory: of fixed width with leading zeros, or as wide as they are.

package enum Decimal {
    /// Digits of keys and integers, as redis-benchmark writes them, and the largest number that they hold.
    package static var narrow: Int { 12 }
    package static var narrowMax: UInt64 { 999_999_999_999 }
    /// Digits of times and of what must never be the same twice: all that 64 bits can hold.
    static var wide: Int { 20 }

    /// `narrow` digits with leading zeros; the value's lower ones if it has more.
    @inline(__always)
    static func writeNarrow(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        let high = UInt32(truncatingIfNeeded: value / 100_000_000 % 10_000)
        let low = UInt32(truncatingIfNeeded: value % 100_000_000)
        let words = UnsafeMutableRawPointer(target)
        unsafe words.storeBytes(of: four(high), as: UInt32.self)
        unsafe words.storeBytes(of: eight(low), toByteOffset: 4, as: UInt64.self)
    }

    /// The digits of a number below 10^4, as bytes in the order of writing (little-endian machines only, as all here).
    @inline(__always)
    private static func four(_ value: UInt32) -> UInt32 {
        if value == 0 { return 0x3030_3030 }
        return UInt32(truncatingIfNeeded: eight(value) >> 32)
    }

    /// The digits of a number below 10^8: halves, quarters and digits are split side by side in one word. The factors
    /// are reciprocals of 100 and 10 that are exact in the ranges that occur.
    @inline(__always)
    private static func eight(_ value: UInt32) -> UInt64 {
        let high = value / 10_000
        let halves = UInt64(high) | UInt64(value &- high &* 10_000) << 32
        let hundreds = ((halves &* 10_486) >> 20) & 0x7F_0000_007F
        let pairs = hundreds | (halves &- hundreds &* 100) << 16
        let tens = ((pairs &* 103) >> 10) & 0x000F_000F_000F_000F
        return (tens | (pairs &- tens &* 10) << 8) | 0x3030_3030_3030_3030
    }

    /// `wide` digits with leading zeros.
    static func writeWide(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        var rest = value
        for index in stride(from: wide - 1, through: 0, by: -1) {
            unsafe target[index] = UInt8(truncatingIfNeeded: rest % 10 &+ 48)
            rest /= 10
        }
    }

    /// What fixed width wrote; nil where something else than a digit is.
    static func number(in digits: some Sequence<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for byte in digits {
            guard byte &- 48 <= 9 else { return nil }
            number = number &* 10 &+ UInt64(byte &- 48)
        }
        return number
    }

    static func digits(_ value: UInt64) -> Int {
        var (rest, count) = (value / 10, 1)
        while rest > 0 { (rest, count) = (rest / 10, count + 1) }
        return count
    }

    /// Without leading zeros; returns how many.
    static func write(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let count = digits(value)
        var rest = value
        for index in stride(from: count - 1, through: 0, by: -1) {
            unsafe target[index] = UInt8(truncatingIfNeeded: rest % 10 &+ 48)
            rest /= 10
        }
        return count
    }
}
