// Numbers and byte counts as a configuration writes them.

internal import RESP

/// A decimal number in its one canonical spelling: no plus sign, no leading zeros, no spaces.
func decimal(_ text: [UInt8]) -> Int? {
    guard let number = Int(String(decoding: text, as: UTF8.self)), Array(String(number).utf8) == text else {
        return nil
    }
    return number
}

/// A byte count with an optional unit. Digits may be missing, which counts as 0; what is more than can be counted is
/// the most that can.
func byteCount(_ text: [UInt8]) -> UInt64? {
    let digits = text.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    let unit: UInt64
    switch String(decoding: Array(text[digits.endIndex...]).lowercased(), as: UTF8.self) {
    case "", "b": unit = 1
    case "k": unit = 1000
    case "kb": unit = 1 << 10
    case "m": unit = 1_000_000
    case "mb": unit = 1 << 20
    case "g": unit = 1_000_000_000
    case "gb": unit = 1 << 30
    default: return nil
    }
    guard let number = digits.isEmpty ? 0 : UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow ? .max : bytes
}

/// A byte count in the largest unit that it is whole in: "512mb".
func byteCountText(_ count: Int) -> String {
    for (shift, unit) in [(30, "gb"), (20, "mb"), (10, "kb")] where count > 0 && count % (1 << shift) == 0 {
        return "\(count >> shift)\(unit)"
    }
    return String(count)
}
