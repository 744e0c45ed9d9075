// Logarithm: the few functions of the C library's mathematics that drawing needs.

internal import Glibc

enum Logarithm {
    static func ten(_ value: Double) -> Double { log10(value) }
    static func powerOfTen(_ exponent: Int) -> Double { pow(10, Double(exponent)) }
    static func isPowerOfTen(_ value: Double) -> Bool {
        let exponent = log10(value)
        return abs(exponent - exponent.rounded()) < 1e-9
    }
}
