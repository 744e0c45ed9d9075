// ReplyScanner: counts the replies in what a server sends, without looking at what they say.
//
// A second reading of the protocol, which what Reply writes is held against. It keeps no bytes: a reply cut anywhere by
// a read goes on with the next one. RESP2 and RESP3; attributes belong to the value behind them, pushes are counted
// apart.
// Invariant: between bytes, `valuesLeft` values (with all they contain) end the current reply; 0 between replies.

import Memory

/// The server's bytes are not RESP. `offset` counts from the beginning of the input of the failed call.
struct ReplyFormatError: Error {
    let offset: Int
}

struct ReplyScanner {
    /// Replies that were completed, errors among them, pushes not.
    private(set) var replyCount = 0
    /// Replies that are errors.
    private(set) var errorCount = 0
    /// Out-of-band messages that were completed.
    private(set) var pushCount = 0

    private enum Place: UInt8 {
        case type
        case number
        case text
        case lineFeed
        case payload
    }

    private var place = Place.type
    /// The type byte of the line being read.
    private var type: UInt8 = 0
    private var isNegative = false
    private var isPush = false
    private var isError = false
    private var digits: UInt8 = 0
    private var number = 0
    /// Bytes of a bulk string and its line end still to come.
    private var payloadLeft = 0
    private var valuesLeft = 0

    init() {}

    /// Whether the bytes so far end between replies.
    var isAtBoundary: Bool { valuesLeft == 0 && place == .type }

    /// Reads all of `input`. Returns the number of replies completed by it. O(bytes), less for long strings.
    mutating func scan(_ input: ByteView) throws(ReplyFormatError) -> Int {
        let before = replyCount
        let end = input.count
        var index = 0
        while index < end {
            switch place {
            case .payload:
                let part = min(payloadLeft, end - index)
                payloadLeft -= part
                index += part
                if payloadLeft == 0 { endValue() }
                continue
            case .text:
                if input[index] == UInt8(ascii: "\r") { place = .lineFeed }
            case .type:
                guard beginValue(input[index]) else { throw ReplyFormatError(offset: index) }
            case .number:
                guard readNumber(input[index]) else { throw ReplyFormatError(offset: index) }
            case .lineFeed:
                guard input[index] == UInt8(ascii: "\n"), endLine() else { throw ReplyFormatError(offset: index) }
            }
            index += 1
        }
        return replyCount - before
    }

    private mutating func beginValue(_ byte: UInt8) -> Bool {
        if valuesLeft == 0 {
            valuesLeft = 1
            isPush = byte == UInt8(ascii: ">")
            isError = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "!")
        }
        type = byte
        switch byte {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "*"), UInt8(ascii: "%"),
            UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "|"):
            place = .number
            number = 0
            digits = 0
            isNegative = false
            return true
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "#"),
            UInt8(ascii: "("), UInt8(ascii: "_"):
            place = .text
            return true
        default:
            return false
        }
    }

    private mutating func readNumber(_ byte: UInt8) -> Bool {
        if byte == UInt8(ascii: "\r") {
            place = .lineFeed
            return digits > 0
        }
        if byte == UInt8(ascii: "-") {
            defer { isNegative = true }
            return digits == 0 && !isNegative
        }
        let digit = byte &- 0x30
        // Sixteen digits are more than any count, and twice their value still fits.
        guard digit <= 9 && digits < 16 else { return false }
        digits += 1
        number = number * 10 + Int(digit)
        return true
    }

    /// A line is complete: what follows depends on its type.
    private mutating func endLine() -> Bool {
        switch type {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            if isNegative {
                endValue()
            } else {
                payloadLeft = number + 2
                place = .payload
            }
            return true
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
            return endHeader(isNegative ? 0 : number)
        case UInt8(ascii: "%"):
            return endHeader(2 * number)
        case UInt8(ascii: "|"):
            // The value that the attribute belongs to is still to come.
            valuesLeft += 1
            return endHeader(2 * number)
        default:
            endValue()
            return true
        }
    }

    private mutating func endHeader(_ elements: Int) -> Bool {
        let (sum, overflow) = valuesLeft.addingReportingOverflow(elements)
        valuesLeft = sum
        endValue()
        return !overflow
    }

    private mutating func endValue() {
        place = .type
        valuesLeft -= 1
        guard valuesLeft == 0 else { return }
        if isPush {
            pushCount += 1
        } else {
            replyCount += 1
            if isError { errorCount += 1 }
        }
    }
}
