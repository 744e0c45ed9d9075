// HeaderLine: the lines that announce counts: "*3\r\n" and "$11\r\n".
//
// Counts of one or two digits, which is nearly all of them, are read with one four-byte load; up to eighteen by a plain
// loop. Everything else (an incomplete line, a sign, a wrong byte) is the slow path's, which alone knows the errors.
// Invariant: a fast read either consumes exactly a valid line or nothing.

internal import CText

/// What reading a line found.
enum LineOutcome {
    case count(Int)
    case incomplete
    case error(ProtocolError)
}

@safe
enum HeaderLine {
    static let carriageReturn = UInt8(ascii: "\r")
    static let lineFeed = UInt8(ascii: "\n")

    /// Reads a line of `type` and a number without a sign, and moves the cursor behind it; -1, and the cursor
    /// unmoved, if it takes the slow path to say what is there.
    @inline(__always)
    static func read(_ type: UInt8, _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer) -> Int {
        guard unsafe end - cursor >= 5 else { return -1 }
        let word = unsafe UInt32(littleEndian: cursor.loadUnaligned(as: UInt32.self))
        if word & 0xFFFF_00FF == 0x0A0D_0000 | UInt32(type) {  // type, digit, \r, \n
            let digit = (word >> 8 & 0xFF) &- 0x30
            guard digit <= 9 else { return -1 }
            unsafe cursor += 4
            return Int(digit)
        }
        let fifth = unsafe cursor.load(fromByteOffset: 4, as: UInt8.self)
        if word & 0xFF00_00FF == 0x0D00_0000 | UInt32(type) && fifth == lineFeed {  // type, two digits, \r, \n
            let tens = (word >> 8 & 0xFF) &- 0x30
            let ones = (word >> 16 & 0xFF) &- 0x30
            guard tens &- 1 <= 8 && ones <= 9 else { return -1 }
            unsafe cursor += 5
            return Int(tens &* 10 &+ ones)
        }
        return unsafe readDigits(type, &cursor, end)
    }

    /// The same for three to eighteen digits: what fits an Int without a check.
    private static func readDigits(
        _ type: UInt8, _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer
    ) -> Int {
        guard unsafe cursor.load(as: UInt8.self) == type else { return -1 }
        var place = unsafe cursor + 1
        let last = unsafe min(end, place + 18)
        let first = unsafe place.load(as: UInt8.self)
        guard first != UInt8(ascii: "0") else { return -1 }
        var value = 0
        while unsafe place < last {
            let digit = unsafe place.load(as: UInt8.self) &- 0x30
            guard digit <= 9 else { break }
            value = value &* 10 &+ Int(digit)
            unsafe place += 1
        }
        guard unsafe end - place >= 2 && place - cursor > 1 else { return -1 }
        guard unsafe place.loadUnaligned(as: UInt16.self) == UInt16(0x0A0D).littleEndian else { return -1 }
        unsafe cursor = place + 2
        return value
    }

    /// A request's first line, "*count", with any valid count (0 and less mean an empty request).
    static func readMultibulk(
        _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer, _ limits: ParserLimits
    ) -> LineOutcome {
        let line = unsafe findEnd(cursor, end, .tooBigMultibulkCountString)
        guard case .count(let length) = line else { return line }
        guard unsafe cursor.load(fromByteOffset: length + 1, as: UInt8.self) == lineFeed else {
            return .error(.invalidLineEnd)
        }
        guard let count = unsafe number(cursor + 1, length - 1), count <= ParserLimits.argumentsMax else {
            return .error(.invalidMultibulkLength)
        }
        if limits.isUnauthenticated && count > ParserLimits.unauthenticatedArgumentsMax {
            return .error(.unauthenticatedMultibulkLength)
        }
        unsafe cursor += length + 2
        return .count(count)
    }

    /// An argument's line, "$count".
    static func readBulk(
        _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer, _ limits: ParserLimits
    ) -> LineOutcome {
        let line = unsafe findEnd(cursor, end, .tooBigBulkCountString)
        guard case .count(let length) = line else { return line }
        let type = unsafe cursor.load(as: UInt8.self)
        guard type == UInt8(ascii: "$") else { return .error(.expectedBulk(got: type)) }
        guard unsafe cursor.load(fromByteOffset: length + 1, as: UInt8.self) == lineFeed else {
            return .error(.invalidLineEnd)
        }
        guard let count = unsafe number(cursor + 1, length - 1), count >= 0, count <= limits.bulkBytesMax else {
            return .error(.invalidBulkLength)
        }
        if limits.isUnauthenticated && count > ParserLimits.unauthenticatedBulkBytesMax {
            return .error(.unauthenticatedBulkLength)
        }
        unsafe cursor += length + 2
        return .count(count)
    }

    /// Bytes before the line's '\r', once the byte behind it is there too. What a line without '\r' means, the caller
    /// says.
    private static func findEnd(
        _ start: UnsafeRawPointer, _ end: UnsafeRawPointer, _ tooBig: ProtocolError
    ) -> LineOutcome {
        let looked = unsafe min(end - start, ParserLimits.lineBytesMax + 1)
        guard let length = unsafe find(carriageReturn, start, looked) else {
            return looked > ParserLimits.lineBytesMax ? .error(tooBig) : .incomplete
        }
        return unsafe start + length + 1 < end ? .count(length) : .incomplete
    }

    private static func number(_ text: UnsafeRawPointer, _ count: Int) -> Int? {
        var value: Int64 = 0
        guard count > 0, unsafe apus_parse_int64(text.assumingMemoryBound(to: UInt8.self), count, &value) else {
            return nil
        }
        return Int(value)
    }
}
