// Numbers as the C library's conversions read them, which some arguments of the reference still go through.

internal import Memory
internal import RESP

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

    /// A cursor as SCAN and its kin take it: what strtoull makes of the text before a NUL, that is, 64 bits behind any
    /// white space and sign. Only a plain negative integer is refused as one, as other text is: nil.
    var scanCursor: UInt64? {
        if let integer { return UInt64(exactly: integer) }
        let text = upToNUL
        let (start, isNegative) = text.pastSign
        var index = start
        guard index < text.count else { return nil }
        var cursor: UInt64 = 0
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            let (tens, isTooLarge) = cursor.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(UInt64(digit))
            guard digit < 10, !isTooLarge, !overflows else { return nil }
            cursor = sum
            index += 1
        }
        return isNegative ? 0 &- cursor : cursor
    }
}
