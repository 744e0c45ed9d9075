// ScanOptions: the words that SCAN and its kin have in common.

internal import Memory
internal import RESP

struct ScanOptions {
    /// What a step should find: COUNT.
    private(set) var wanted = 10
    /// The argument of MATCH; nil if everything matches.
    private var patternIndex: Int?

    /// Takes an option with its value; false if it is none that all of them have.
    mutating func take(_ word: ByteView, _ words: inout Request.Options) throws(CommandError) -> Bool {
        if word.isWord("NOVALUES") { throw .reply("ERR NOVALUES option can only be used in HSCAN") }
        if word.isWord("COUNT") {
            wanted = try words.integer()
            if wanted < 1 { throw .syntax }
        } else if word.isWord("MATCH") {
            let index = words.index
            // "*" is no pattern: as one, it would leave out what is empty.
            patternIndex = try words.value() == ByteView("*") ? nil : index
        } else {
            return false
        }
        return true
    }

    /// What names must match; nil if any does.
    @_lifetime(copy request)
    func pattern(in request: Request) -> ByteView? {
        guard let patternIndex else { return nil }
        return request[patternIndex]
    }
}

extension ByteView {
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
