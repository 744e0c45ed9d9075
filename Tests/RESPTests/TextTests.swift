import CText
import TestSupport
import Testing

private func format(_ value: Double) -> String {
    var text = [UInt8](repeating: 0, count: APUS_DOUBLE_TEXT_MAX)
    let count = apus_format_double(value, &text)
    return String(decoding: text[..<count], as: UTF8.self)
}

private func parse(_ text: String) -> Double? {
    var value = 0.0
    let bytes = Array(text.utf8)
    return apus_parse_double(bytes, bytes.count, &value) ? value : nil
}

private func bound(_ text: String) -> Double? {
    var value = 0.0
    let bytes = Array(text.utf8)
    return apus_parse_bound(bytes, bytes.count, &value) ? value : nil
}

private func increment(_ current: String?, _ step: String) -> (apus_increment_status, String) {
    var out = [UInt8](repeating: 0, count: APUS_LONG_DOUBLE_TEXT_MAX)
    var count = 0
    let step = Array(step.utf8)
    let status =
        current.map { apus_increment_by_float(Array($0.utf8), $0.utf8.count, step, step.count, &out, &count) }
        ?? apus_increment_by_float(nil, 0, step, step.count, &out, &count)
    return (status, String(decoding: out[..<count], as: UTF8.self))
}

private func matches(_ pattern: String, _ text: String, ignoreCase: Bool = false) -> Bool {
    let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
    return apus_glob_matches(pattern, pattern.count, text, text.count, ignoreCase)
}

@Suite struct TextTests {
    /// What the reference server answers to ZSCORE after ZADD of these values to a large set.
    @Test(arguments: [
        (0, "0"), (-0.0, "-0"), (0.1, "0.1"), (3, "3"), (-3, "-3"), (1e15, "1000000000000000"),
        (1e18, "1000000000000000000"), (4_611_686_018_427_387_904, "4611686018427387904"),
        (-4_611_686_018_427_387_904, "-4611686018427387904"), (4.7e18, "4.7e+18"), (9e18, "9e+18"),
        (9_223_372_036_854_775_808, "9223372036854776000"), (9_223_372_036_854_774_784, "9223372036854775000"),
        (1e19, "1e+19"), (1e20, "1e+20"), (1.5e20, "1.5e+20"), (123_456_789_012_345_683_968, "123456789012345680000"),
        (1.2345678901234567e19, "12345678901234567000"), (1.2345678901234567e25, "1.2345678901234566e+25"),
        (0.001, "0.001"), (0.000001, "0.000001"), (1e-7, "1e-7"), (1.5e-5, "0.000015"), (1.5e-7, "1.5e-7"),
        (1.23456789e-6, "1.23456789e-6"), (1.5e-10, "1.5e-10"), (-1e-5, "-0.00001"), (123456.789, "123456.789"),
        (1.7976931348623157e308, "1.7976931348623157e+308"), (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (.leastNonzeroMagnitude, "5e-324"), (4503599627370496.5, "4503599627370496"),
        (12345678901234567.5, "12345678901234568"),
        (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
    ]) func doublesPrintAsTheReferenceDoes(sample: (value: Double, text: String)) {
        #expect(format(sample.value) == sample.text)
    }

    @Test(arguments: [
        (0.1, "0.10000000000000001"), (3, "3"), (-0.0, "-0"), (1e20, "1e+20"), (1e-7, "9.9999999999999995e-08"),
        (1.2345678901234567e19, "1.2345678901234567e+19"), (.leastNonzeroMagnitude, "4.9406564584124654e-324"),
        (-.infinity, "-inf"),
    ]) func seventeenDigitsAreThoseOfPrintf(sample: (value: Double, text: String)) {
        var text = [UInt8](repeating: 0, count: APUS_DOUBLE_TEXT_MAX)
        let count = apus_format_double_17(sample.value, &text)
        #expect(String(decoding: text[..<count], as: UTF8.self) == sample.text)
    }

    @Test(arguments: [
        ("1e400", .infinity), ("-1e400", -.infinity), ("+1e400", .infinity), ("1e-400", 0), ("-1e-400", -0.0),
        ("1e99999999999999999999", .infinity), ("1e-99999999999999999999", 0),
        ("0." + String(repeating: "0", count: 400) + "1", 0), ("1" + String(repeating: "0", count: 400), .infinity),
        ("0." + String(repeating: "0", count: 400) + "1e800", .infinity), ("", 0), ("1\0x", 1), ("inf", .infinity),
        ("0x10", nil), ("nan", nil), (" 1", nil), ("1 ", nil), ("1e", nil), ("(", nil),
    ] as [(String, Double?)]) func boundsMayOverflow(sample: (text: String, value: Double?)) {
        #expect(bound(sample.text) == sample.value, "\(sample.text)")
    }

    @Test func doublesReadBackAsTheSame() {
        for seed in UInt64(1)...20000 {
            var random = SeededGenerator(seed: seed)
            let value = Double(bitPattern: random.next())
            if !value.isNaN { #expect(parse(format(value)) == value, "seed \(seed)") }
        }
    }

    @Test func doublesAreReadAsTheReferenceDoes() {
        for text in ["inf", "+inf", "INF", "Infinity", "infinity"] { #expect(parse(text) == .infinity) }
        #expect(parse("-INF") == -.infinity)
        let doubles = [("+5", 5), (".5", 0.5), ("5.", 5), ("1e5", 1e5), ("+.5e1", 5), ("1e-320", Double("1e-320")!)]
        for (text, value) in doubles {
            #expect(parse(text) == value)
        }
        for text in [
            "", "hoge", "nan", "-nan", " 1", "1 ", "0x10", "0x1p3", "1e400", "1e-400", "1e", "+-1", "-+1", "0x",
            "1_0", "infi", "1,5", "nan(1)", ".", "+", "-", "(1",
        ] {
            #expect(parse(text) == nil, "\(text)")
        }
    }

    @Test func incrementsAreThoseOfTheReference() {
        for (current, step, sum) in [
            (nil, "0x10", "16"), (nil, "1e19", "10000000000000000000"), (nil, "1e-30", "0"), (nil, "-0", "0"),
            (nil, "12345678901234567890123", "12345678901234567889920"), ("1e3", "0.1", "1000.09999999999999998"),
            ("3.0e3", "0.1", "3000.10000000000000009"), ("15", "0.1", "15.1"), ("3", "-3", "0"),
            ("3", "-0.00000000000000000001", "3"),
        ] as [(String?, String, String)] {
            let result = increment(current, step)
            #expect(result.0 == APUS_INCREMENT_OK && result.1 == sum)
        }
        let long = String(repeating: "1", count: 6000)
        for text in ["", " 1", "1 ", "nan", "1e5000", "1e-5000", ".", "1e", "+-5", long] {
            #expect(increment(nil, text).0 == APUS_INCREMENT_NOT_A_FLOAT)
            #expect(increment(text, "1").0 == APUS_INCREMENT_CURRENT_NOT_A_FLOAT)
        }
        #expect(increment("1", "inf").0 == APUS_INCREMENT_NAN_OR_INFINITY)
        #expect(increment("1e4932", "1e4932").0 == APUS_INCREMENT_NAN_OR_INFINITY)
    }

    @Test func integersAreCanonical() {
        for value in [Int64.min, .max, 0, -1, 9, 10, 99, 100, 12345] + (0..<63).map({ Int64(1) << $0 }) {
            var out = [UInt8](repeating: 0, count: 20)
            let count = apus_format_int64(value, &out)
            #expect(String(decoding: out[..<count], as: UTF8.self) == "\(value)")
            #expect(apus_int64_text_count(value) == count)
            var back: Int64 = 0
            #expect(apus_parse_int64(out, count, &back) && back == value)
        }
        for exponent in 0..<20 {
            let power = (0..<exponent).reduce(UInt64(1)) { value, _ in value * 10 }
            for value in [power - 1, power, power + 1] {
                #expect(apus_uint64_text_count(value) == "\(value)".utf8.count)
                var back: UInt64 = 0
                let text = Array("\(value)".utf8)
                #expect(apus_parse_uint64(text, text.count, &back) && back == value)
            }
        }
        for text in ["", "-", "-0", "+1", "01", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1a", "a",
            "18446744073709551616", "100000000000000000000", "--1"] {
            var value: Int64 = 7
            #expect(!apus_parse_int64(Array(text.utf8), text.utf8.count, &value) && value == 7, "\(text)")
        }
        var value: UInt64 = 0
        #expect(apus_parse_uint64(Array("18446744073709551615".utf8), 20, &value) && value == .max)
        #expect(!apus_parse_uint64(Array("18446744073709551616".utf8), 20, &value))
    }

    @Test func globsMatchAsTheReferenceDoes() {
        for (pattern, text) in [("h?llo", "hello"), ("h*llo", "hllo"), ("h*llo", "heeello"), ("h[ae]llo", "hallo"),
            ("h[^e]llo", "hallo"), ("h[a-c]llo", "hbllo"), ("h[c-a]llo", "hbllo"), ("a\\*b", "a*b"), ("[\\]]", "]"),
            ("[^]", "x"), ("[a", "a"), ("a\\", "a\\"), ("*a*b", "xxaxxb"), ("", ""), ("a**", "a"), ("**", "x")] {
            #expect(matches(pattern, text), "\(pattern) \(text)")
        }
        for (pattern, text) in [("h[^e]llo", "hello"), ("h?llo", "hllo"), ("[]", "x"), ("*", ""), ("**", ""),
            ("a\\*b", "axb"), ("*a*b", "xxbxxa"), ("", "a"), ("A", "a")] {
            #expect(!matches(pattern, text), "\(pattern) \(text)")
        }
        #expect(matches("H[A-C]L\\Lo", "hbllO", ignoreCase: true))
        // The reference gives up beyond a thousand stars with something behind them.
        let letters = String(repeating: "a", count: 3000)
        #expect(matches(String(repeating: "*?", count: 1000) + "*", letters))
        #expect(!matches(String(repeating: "*?", count: 1001), letters))
        // Backtracking into every star would need 2^60 steps.
        let stars = String(repeating: "a*", count: 60) + "b"
        #expect(!matches(stars, String(repeating: "a", count: 20000)))
    }
}
