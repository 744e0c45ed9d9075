// Typed arguments with Redis's error texts.

package import Memory
internal import RESP

extension Request {
    /// Argument `index` as an integer.
    package func integer(
        at index: Int, or error: CommandError = .notAnInteger
    ) throws(CommandError) -> Int {
        guard let value = arguments[index].integer else { throw error }
        return value
    }

    /// Argument `index` as a double.
    package func double(at index: Int, or error: CommandError = .notAFloat) throws(CommandError) -> Double {
        guard let value = arguments[index].double else { throw error }
        return value
    }

    /// The words from argument `index` on, to be read one by one as options.
    @_lifetime(copy self)
    package func options(from index: Int) -> Options { Options(self, from: index) }

    /// A cursor over a request's last words.
    @safe
    package struct Options: ~Escapable {
        private let request: Request
        /// The next word's index.
        package private(set) var index: Int

        @_lifetime(copy request)
        init(_ request: Request, from index: Int) {
            self.request = request
            self.index = index
        }

        /// Words left.
        package var remaining: Int { request.count - index }

        /// The next word, nil after the last.
        @_lifetime(copy self)
        package mutating func next() -> ByteView? {
            guard index < request.count else { return nil }
            let word = request[index]
            index += 1
            return word
        }

        /// The option's value; a syntax error if there is none.
        @_lifetime(copy self)
        package mutating func value() throws(CommandError) -> ByteView {
            guard let word = next() else { throw .syntax }
            return word
        }

        /// The option's value as an integer.
        package mutating func integer(or error: CommandError = .notAnInteger) throws(CommandError) -> Int {
            guard let number = try value().integer else { throw error }
            return number
        }
    }
}

/// A moment given in one of the protocol's four ways.
package enum ExpiryUnit: Sendable {
    case seconds, milliseconds, unixSeconds, unixMilliseconds

    /// EX, PX, EXAT or PXAT; nil for another word.
    package init?(option word: ByteView) {
        if word.isWord("EX") {
            self = .seconds
        } else if word.isWord("PX") {
            self = .milliseconds
        } else if word.isWord("EXAT") {
            self = .unixSeconds
        } else if word.isWord("PXAT") {
            self = .unixMilliseconds
        } else {
            return nil
        }
    }

    package var isRelative: Bool { self == .seconds || self == .milliseconds }

    /// The Unix millisecond that `amount` means; nil if it does not fit 64 bits.
    package func moment(_ amount: Int, nowMs: Int64) -> Int64? {
        var ms = Int64(amount)
        if self == .seconds || self == .unixSeconds {
            let (product, overflow) = ms.multipliedReportingOverflow(by: 1000)
            if overflow { return nil }
            ms = product
        }
        guard isRelative else { return ms }
        let (sum, overflow) = ms.addingReportingOverflow(nowMs)
        return overflow ? nil : sum
    }
}

extension ByteView {
    /// What C's atoi makes of the text: the digits behind any white space and sign, whatever follows them, cut to 32
    /// bits; 0 without any.
    var leadingInteger: Int {
        let (start, isNegative) = pastSign
        var index = start
        var value: Int64 = 0
        while index < count, case let digit = self[index] &- UInt8(ascii: "0"), digit < 10 {
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) =
                isNegative
                ? tens.subtractingReportingOverflow(Int64(digit)) : tens.addingReportingOverflow(Int64(digit))
            if isTooLarge || overflows { return isNegative ? 0 : -1 }  // the low half of the least and greatest
            value = sum
            index += 1
        }
        return Int(Int32(truncatingIfNeeded: value))
    }

    /// Where C's conversions begin to look for digits: behind any white space, and one sign.
    var pastSign: (index: Int, isNegative: Bool) {
        var index = 0
        while index < count, self[index] == UInt8(ascii: " ") || (9...13).contains(self[index]) { index += 1 }
        let isNegative = index < count && self[index] == UInt8(ascii: "-")
        let isSigned = isNegative || index < count && self[index] == UInt8(ascii: "+")
        return (isSigned ? index + 1 : index, isNegative)
    }
}
