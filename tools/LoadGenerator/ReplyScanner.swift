// ReplyScanner: counts replies in a connection's bytes without keeping or interpreting them. RESP2 and RESP3.
//
// A reply is one item and the items inside it. `owed` counts the items that the reply being read still lacks, so that
// nesting needs no stack: each item pays one and an aggregate of n orders n more. Pushes are counted beside the
// replies. Lines of the usual forms are taken at one look; one that the input cuts is followed byte by byte.
// Invariant: between calls all input is consumed or `limit` replies were found; owed > 0 or no reply has begun.

internal import Glibc

/// What a scan found.
package struct ReplyCounts: BitwiseCopyable, Equatable, Sendable {
    package var replies = 0
    /// Errors: replies, and items of replies (EXEC's). Told when the reply is complete, as all is.
    package var errors = 0
    /// Replies that are nil: what a GET of a missing key gets.
    package var nils = 0
    /// Replies that are arrays or maps of nothing: what a HGETALL of a missing key gets.
    package var empties = 0
    /// Out-of-band messages of RESP3.
    package var pushes = 0

    package init() {}
}

package struct ReplyScanner: BitwiseCopyable, Sendable {
    private enum Phase: UInt8 { case type, sign, text, number, payload }

    private var phase = Phase.type
    private var type: UInt8 = 0
    private var isNegative = false
    private var isPush = false
    /// Whether the reply being read has items inside it.
    private var isNested = false
    private var isOutOfForm = false
    /// Whether the reply being read is an aggregate of nothing.
    private var isEmpty = false
    /// Of the reply being read.
    private var errors: UInt32 = 0
    /// Items that the reply being read still lacks; 0 between replies.
    private var owed: UInt64 = 0
    /// The number being read, or bytes of a payload left with its line end.
    private var number: UInt64 = 0

    package init() {}

    /// Set when the bytes were no replies; nothing is counted any more.
    package var hasFailed: Bool { isOutOfForm }

    /// Whether the reply being read holds an error, which is counted when that is complete.
    package var hasErrorToTell: Bool { errors > 0 }

    /// Counts replies from `cursor` on until `limit` are complete or the input ends, and moves the cursor behind them.
    /// `pushesToo`: a push counts towards the limit as well.
    @unsafe
    package mutating func scan(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, limit: Int, pushesToo: Bool = false,
        counts: inout ReplyCounts
    ) {
        var left = limit
        while left > 0, unsafe cursor < end {
            if phase != .type {
                unsafe resume(&cursor, end)
                if phase == .type && owed == 0 { finish(&counts, &left, pushesToo) }
                continue
            }
            let first = unsafe cursor.pointee
            // The commonest replies in full: +OK and the like, and short bulk strings.
            if owed == 0 {
                if first == UInt8(ascii: "$"), unsafe scanBulk(&cursor, end) {
                    counts.replies &+= 1
                    left &-= 1
                    continue
                }
                if first == UInt8(ascii: "$"), unsafe scanNil(&cursor, end) {
                    counts.replies &+= 1
                    counts.nils &+= 1
                    left &-= 1
                    continue
                }
                if unsafe first == UInt8(ascii: "+") || first == UInt8(ascii: ":") && isInteger(cursor, end),
                    unsafe scanLine(&cursor, end)
                {
                    counts.replies &+= 1
                    left &-= 1
                    continue
                }
                owed = 1
                isPush = first == UInt8(ascii: ">")
                if first == UInt8(ascii: "_") { isNegative = true }
            } else if first == UInt8(ascii: "$"), unsafe scanBulk(&cursor, end) {
                owed &-= 1
                if owed == 0 { finish(&counts, &left, pushesToo) }
                continue
            }
            if first == UInt8(ascii: "-") || first == UInt8(ascii: "!") { errors &+= 1 }
            begin(first)
            unsafe cursor += 1
        }
    }

    @inline(__always)
    private mutating func finish(_ counts: inout ReplyCounts, _ left: inout Int, _ pushesToo: Bool) {
        isNested = false
        counts.errors &+= Int(errors)
        errors = 0
        if isNegative {
            counts.nils &+= 1
            isNegative = false
        }
        if isEmpty {
            counts.empties &+= 1
            isEmpty = false
        }
        if isPush {
            counts.pushes &+= 1
            isPush = false
            if pushesToo { left &-= 1 }
        } else {
            counts.replies &+= 1
            left &-= 1
        }
    }

    /// A whole bulk string whose length has at most three digits and which is all there.
    @inline(__always)
    private func scanBulk(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        let available = unsafe end - cursor
        guard available >= 6 else { return false }
        var length = unsafe Int(cursor[1]) &- 48
        guard length >= 0 && length <= 9 else { return false }
        var index = 2
        while index < 4, unsafe cursor[index] != 13 {
            let digit = unsafe Int(cursor[index]) &- 48
            guard digit >= 0 && digit <= 9 else { return false }
            length = length &* 10 &+ digit
            index &+= 1
        }
        let total = index &+ 4 &+ length
        guard unsafe cursor[index] == 13, available >= total, unsafe cursor[total &- 2] == 13,
            unsafe cursor[total &- 1] == 10
        else { return false }
        unsafe cursor += total
        return true
    }

    /// The nil of RESP2, whole.
    @inline(__always)
    private func scanNil(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        guard unsafe end - cursor >= 5, unsafe cursor[1] == UInt8(ascii: "-") else { return false }
        unsafe cursor += 5
        return true
    }

    /// Whether what follows the sign begins as an integer does.
    @inline(__always)
    private func isInteger(_ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        unsafe end - cursor > 1 && Self.beginsInteger(cursor[1])
    }

    private static func beginsInteger(_ byte: UInt8) -> Bool {
        byte &- 48 <= 9 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
    }

    /// A whole line, such as "+OK" or ":1", which is all there and short.
    @inline(__always)
    private func scanLine(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        let available = unsafe min(end - cursor, 32)
        var index = 2
        while index < available {
            if unsafe cursor[index] == 10 {
                unsafe cursor += index &+ 1
                return true
            }
            index &+= 1
        }
        return false
    }

    private mutating func begin(_ first: UInt8) {
        type = first
        number = 0
        switch first {
        case UInt8(ascii: ":"):
            phase = .sign
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "#"), UInt8(ascii: ","),
            UInt8(ascii: "("):
            phase = .text
        case UInt8(ascii: "$"), UInt8(ascii: "*"), UInt8(ascii: "%"), UInt8(ascii: "~"), UInt8(ascii: ">"),
            UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "|"):
            phase = .number
        default: fail()
        }
    }

    /// What follows is passed over, whatever it is.
    private mutating func fail() {
        isOutOfForm = true
        phase = .payload
        number = .max
    }

    /// Goes on within a line or a payload.
    private mutating func resume(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        switch phase {
        case .type: return
        case .payload:
            let available = unsafe UInt64(end - cursor)
            let step = isOutOfForm ? available : min(number > 2 ? number &- 2 : 1, available)
            // The last two bytes are the line's end, and come one by one.
            if !isOutOfForm && number <= 2, unsafe cursor.pointee != (number == 2 ? 13 : 10) { return fail() }
            unsafe cursor += Int(step)
            number &-= step
            if number == 0 { payItem() }
        case .sign:
            guard unsafe Self.beginsInteger(cursor.pointee) else { return fail() }
            phase = .text
        case .text:
            if let found = unsafe memchr(cursor, 10, end - cursor) {
                unsafe cursor = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) + 1
                payItem()
            } else {
                unsafe cursor = end
            }
        case .number:
            while unsafe cursor < end {
                let byte = unsafe cursor.pointee
                unsafe cursor += 1
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    number = number &* 10 &+ UInt64(byte &- 48)
                case UInt8(ascii: "-"): isNegative = true
                case 13: break
                case 10:
                    endNumber()
                    return
                default: return fail()
                }
            }
        }
    }

    private mutating func endNumber() {
        let count = number
        let isNil = isNegative
        // Only the nil of a whole reply is told, at its end.
        isNegative = isNil && !isNested
        switch type {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            if isNil { return payItem() }
            number = count &+ 2
            phase = .payload
        case UInt8(ascii: "|"):
            // An attribute stands before the item it describes and pays for none.
            isNegative = false
            owed &+= 2 &* count
            phase = .type
        case UInt8(ascii: "%"):
            isEmpty = count == 0 && !isNested
            owed &+= 2 &* count
            isNested = true
            payItem()
        default:
            if !isNil {
                isEmpty = count == 0 && !isNested
                owed &+= count
                isNested = true
            }
            payItem()
        }
    }

    @inline(__always)
    private mutating func payItem() {
        owed &-= 1
        phase = .type
    }
}
