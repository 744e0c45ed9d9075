// Decimal text and integers: the bijection, at its edges and at random.
import CEncodings
import CText
import TestSupport
import Testing

@Suite struct IntegerTextTests {
    func parse(_ text: [UInt8]) -> Int64? {
        var value: Int64 = 0
        return text.withUnsafeBufferPointer { apus_parse_int64($0.baseAddress, $0.count, &value) } ? value : nil
    }

    func format(_ value: Int64) -> [UInt8] {
        var text = [UInt8](repeating: 0, count: Int(APUS_INT64_TEXT_MAX))
        let count = apus_format_int64(value, &text)
        verify(apus_int64_text_count(value) == count)
        return Array(text[..<count])
    }

    @Test func roundTrip() {
        var random = SeededGenerator(seed: 7)
        var values: [Int64] = [.min, .min + 1, .max - 1, .max, 0]
        var power: Int64 = 1
        for _ in 0..<19 {
            values += [power - 1, power, power + 1, -power, 1 - power, -1 - power]
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        for _ in 0..<20_000 {
            values.append(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        }
        for value in values {
            let text = Array(String(value).utf8)
            verify(format(value) == text)
            verify(parse(text) == value)
        }
    }

    @Test func onlyCanonicalTextParses() {
        let refused = [
            "", "-", "+", "-0", "00", "007", "+1", " 1", "1 ", "1.0", "1e3", "--1", "1-", "1\u{0}",
            "9223372036854775808", "-9223372036854775809", "9999999999999999999", "18446744073709551616",
            "123456789012345678901",
        ]
        for text in refused { verify(parse(Array(text.utf8)) == nil, "\(text)") }
        // Each position of each length, with each byte: exactly what the model accepts.
        var random = SeededGenerator(seed: 8)
        for length in 1...20 {
            for position in 0..<length {
                var text = (0..<length).map { _ in UInt8.random(in: 0x31...0x38, using: &random) }
                for byte in UInt8.min...UInt8.max {
                    text[position] = byte
                    verify(parse(text) == ListpackModel.canonicalInteger(text), "\(text)")
                }
            }
        }
    }
}
