// Reply: what a command answers, written as RESP2 or RESP3 straight into the bytes to be sent.
//
// One per thread serves all connections in turn. A command says what it answers (a map, a double, nothing); the
// protocol version of the connection decides the bytes. The order of calls is the order on the wire, and an aggregate's
// count is the caller's promise of what follows.
// Invariant: what was written since the output was last taken is a sequence of complete RESP values, save for the
// aggregates that are still being filled.

public import Memory
internal import CAllocator
internal import CText

/// What a connection speaks: HELLO changes it.
@usableFromInline
package enum ProtocolVersion: UInt8, BitwiseCopyable, Sendable {
    case resp2 = 2
    case resp3 = 3
}

@safe
@usableFromInline
package struct Reply: ~Copyable {
    /// The bytes written; the server takes the chain from here.
    @usableFromInline package var output = OutputBuffer()
    /// The protocol of the connection that is being answered.
    @usableFromInline package var version: ProtocolVersion = .resp2
    /// Errors written so far, also suppressed ones.
    package internal(set) var errorCount = 0
    /// The code of the last error, for statistics.
    package internal(set) var lastErrorCode = ErrorCode()
    var isInErrorCode = false
    var suppressedSince: OutputBuffer.Mark?

    package init() {}

    // MARK: Constants

    /// "OK", the answer of commands that have nothing to tell.
    @inlinable package mutating func ok() { constant(0x0A0D_4B4F_2B, 5) }  // +OK
    /// PING's answer.
    package mutating func pong() { output.append("+PONG\r\n") }
    /// What MULTI answers for a command that is to run with EXEC.
    package mutating func queued() { output.append("+QUEUED\r\n") }

    /// No value: a missing key or member.
    @inlinable
    package mutating func null() {
        if version == .resp2 { constant(0x0A0D_312D_24, 5) } else { constant(0x0A0D_5F, 3) }  // $-1, _
    }

    /// No value where an array would stand.
    @inlinable
    package mutating func nullArray() {
        if version == .resp2 { constant(0x0A0D_312D_2A, 5) } else { constant(0x0A0D_5F, 3) }  // *-1, _
    }

    /// An array of nothing.
    @inlinable package mutating func emptyArray() { constant(0x0A0D_302A, 4) }  // *0

    /// A truth value: the integer 1 or 0 in RESP2.
    @inlinable
    package mutating func boolean(_ value: Bool) {
        if version == .resp2 {
            constant(value ? 0x0A0D_313A : 0x0A0D_303A, 4)  // :1, :0
        } else {
            constant(value ? 0x0A0D_7423 : 0x0A0D_6623, 4)  // #t, #f
        }
    }

    // MARK: Numbers

    /// A signed 64-bit integer.
    @inlinable package mutating func integer(_ value: Int) { line(UInt8(ascii: ":"), value) }

    /// A double: a bulk string in RESP2. The text is the shortest that reads back as the same value.
    package mutating func double(_ value: Double) {
        let place = unsafe output.reserve(Self.numberLineMax)
        // The count stands in front of the text, so the text is written behind the widest header and moved up.
        let text = unsafe place + 8
        let count = unsafe Int(apus_format_double(value, text.assumingMemoryBound(to: UInt8.self)))
        var header = 1
        if version == .resp3 {
            unsafe place.storeBytes(of: UInt8(ascii: ","), as: UInt8.self)
        } else {
            header = unsafe Self.putHeader(place, UInt8(ascii: "$"), count)
        }
        unsafe (place + header).copyMemory(from: text, byteCount: count)
        unsafe end(place + header + count)
    }

    /// A double with 17 significant digits, as a bulk string in either protocol.
    package mutating func bulk(seventeenDigitsOf value: Double) {
        unsafe withUnsafeTemporaryAllocation(byteCount: Int(APUS_DOUBLE_TEXT_MAX), alignment: 8) { text in
            let start = text.baseAddress!
            let count = unsafe Int(apus_format_double_17(value, start.assumingMemoryBound(to: UInt8.self)))
            unsafe bulk(ByteView(_unchecked: start, count: count))
        }
    }

    /// An integer of any size from its digits; a bulk string in RESP2.
    package mutating func bigNumber(_ digits: ByteView) {
        guard version == .resp3 else { return bulk(digits) }
        output.append(UInt8(ascii: "("))
        output.append(digits)
        output.append("\r\n")
    }

    // MARK: Strings

    /// A constant line of text.
    package mutating func simpleString(_ text: StaticString) { simpleString(ByteView(text)) }

    /// One line of text; line ends within it become spaces.
    package mutating func simpleString(_ text: ByteView) {
        output.append(UInt8(ascii: "+"))
        appendLine(text)
        output.append("\r\n")
    }

    /// A string of any bytes.
    package mutating func bulk(_ bytes: ByteView) {
        if bytes.count <= Self.unsplitBulkMax { return bulk(unsplit: bytes) }
        line(UInt8(ascii: "$"), bytes.count)
        output.append(bytes)
        constant(0x0A0D, 2)
    }

    /// The same with one look at the room for all three parts: most of the work of a GET's reply.
    @inline(__always)
    private mutating func bulk(unsplit bytes: ByteView) {
        // Sixteen more: for the header, which one store of a word writes, and the line end.
        let place = unsafe output.reserve(bytes.count &+ 16)
        let header = unsafe Self.putHeader(place, UInt8(ascii: "$"), bytes.count)
        unsafe apus_copy(place + header, bytes.base, bytes.count)
        unsafe (place + header + bytes.count).storeBytes(of: UInt16(0x0A0D).littleEndian, as: UInt16.self)
        unsafe output.advance(header &+ bytes.count &+ 2)
    }

    /// A constant as a bulk string.
    package mutating func bulk(_ text: StaticString) { bulk(ByteView(text)) }

    /// An integer as a bulk string.
    package mutating func bulk(_ value: Int) {
        let text = unsafe output.reserve(Self.numberLineMax)
        let count = apus_int64_text_count(Int64(value))
        let header = unsafe Self.putHeader(text, UInt8(ascii: "$"), count)
        _ = unsafe apus_format_int64(Int64(value), (text + header).assumingMemoryBound(to: UInt8.self))
        unsafe end(text + header + count)
    }

    /// A block's bytes, by reference when they are many: the block is frozen until they are sent. Header and line end
    /// then stand around them in the block itself.
    package mutating func bulk(referencing block: borrowing Block) {
        if Self.frame(block) { return output.append(framed: block) }
        bulk(referencing: block, range: 0..<block.count)
    }

    /// Puts the header and the line end around a block that is sent by reference; false if it is copied, or too large
    /// to leave in one piece.
    private static func frame(_ block: borrowing Block) -> Bool {
        if block.isFramed { return true }
        guard block.count >= OutputBuffer.referencedBytesMin, block.count <= OutputBuffer.framedBytesMax else {
            return false
        }
        return unsafe withUnsafeTemporaryAllocation(byteCount: numberLineMax, alignment: 8) { room in
            let count = unsafe putHeader(room.baseAddress!, UInt8(ascii: "$"), block.count)
            return unsafe block.frame(head: ByteView(_unchecked: room.baseAddress!, count: count))
        }
    }

    /// Bytes `range` of a block, in the same way.
    package mutating func bulk(referencing block: borrowing Block, range: Range<Int>) {
        line(UInt8(ascii: "$"), range.count)
        output.append(referencing: block, range: range)
        constant(0x0A0D, 2)
    }

    /// Text with a format of three letters ("txt", "mkd"); a plain bulk string in RESP2.
    package mutating func verbatim(_ format: StaticString, _ text: ByteView) {
        precondition(format.utf8CodeUnitCount == 3)
        guard version == .resp3 else { return bulk(text) }
        line(UInt8(ascii: "="), text.count + 4)
        output.append(format)
        output.append(UInt8(ascii: ":"))
        output.append(text)
        output.append("\r\n")
    }

    /// Bytes that are RESP already.
    @inlinable package mutating func raw(_ bytes: ByteView) { output.append(bytes) }

    // MARK: Aggregates
    //
    // This is the protocol's vocabulary, complete, and each kind knows how RESP2 says it. With some of it only DEBUG
    // PROTOCOL answers yet (attributes, pushes, big numbers), with a set that is counted at its end nobody.

    /// The next `count` values are its elements.
    @inlinable package mutating func array(_ count: Int) { line(UInt8(ascii: "*"), count) }

    /// The next `count` pairs of values are its keys and values; a flat array in RESP2.
    @inlinable
    package mutating func map(_ count: Int) {
        if version == .resp2 { line(UInt8(ascii: "*"), 2 * count) } else { line(UInt8(ascii: "%"), count) }
    }

    /// The next `count` values are its elements; an array in RESP2.
    @inlinable
    package mutating func set(_ count: Int) {
        line(version == .resp2 ? UInt8(ascii: "*") : UInt8(ascii: "~"), count)
    }

    /// An out-of-band message of `count` values; an array in RESP2.
    @inlinable
    package mutating func push(_ count: Int) {
        line(version == .resp2 ? UInt8(ascii: "*") : UInt8(ascii: ">"), count)
    }

    /// `count` pairs that say something about the value behind them. RESP3 only: RESP2 has no place for them.
    package mutating func attribute(_ count: Int) {
        precondition(version == .resp3)
        line(UInt8(ascii: "|"), count)
    }

    // MARK: Dropping

    /// From here on what is written is dropped (CLIENT REPLY OFF and SKIP), until `endSuppressing`. Errors still count.
    package mutating func beginSuppressing() { suppressedSince = output.mark }

    /// Whether what is written is being dropped.
    package var isSuppressing: Bool { suppressedSince != nil }

    /// Drops what was written since `beginSuppressing`.
    package mutating func endSuppressing() {
        guard let mark = suppressedSince else { return }
        output.rollback(to: mark)
        suppressedSince = nil
    }

    // MARK: Leaves

    /// Strings up to here are not cut at a chunk's end: what stays unused of it is small.
    private static var unsplitBulkMax: Int { 128 }
    /// Room for a type byte, 20 digits and a line end.
    @inlinable static var headerLineMax: Int { 24 }
    /// Room for a type byte, 20 digits or a double, a bulk header before it, and line ends.
    @inlinable static var numberLineMax: Int { 64 }

    /// Up to eight constant bytes, lowest first.
    @inlinable
    mutating func constant(_ bytes: UInt64, _ count: Int) {
        let place = unsafe output.reserve(8)
        unsafe place.storeBytes(of: bytes.littleEndian, as: UInt64.self)
        unsafe output.advance(count)
    }

    /// A line of a type byte and a number.
    @inlinable
    mutating func line(_ type: UInt8, _ value: Int) {
        let place = unsafe output.reserve(Self.headerLineMax)
        unsafe output.advance(Self.putHeader(place, type, value))
    }

    /// Writes type, number and line end and returns their count. Numbers up to 999 take one store.
    @inlinable
    static func putHeader(_ place: UnsafeMutableRawPointer, _ type: UInt8, _ value: Int) -> Int {
        let number = UInt64(truncatingIfNeeded: value)
        let type = UInt64(type)
        if number < 10 {
            unsafe place.storeBytes(of: (0x0A0D_3000 + (number << 8) | type).littleEndian, as: UInt64.self)
            return 4
        }
        if number < 100 {
            let tens = number / 10
            let digits = (tens << 8) + ((number &- 10 &* tens) << 16)
            unsafe place.storeBytes(of: (0x0A_0D30_3000 + digits | type).littleEndian, as: UInt64.self)
            return 5
        }
        if number < 1000 {
            let hundreds = number / 100
            let tens = number / 10
            let digits = (hundreds << 8) + ((tens &- 10 &* hundreds) << 16) + ((number &- 10 &* tens) << 24)
            unsafe place.storeBytes(of: (0x0A0D_3030_3000 + digits | type).littleEndian, as: UInt64.self)
            return 6
        }
        return unsafe putLongHeader(place, UInt8(type), value)
    }

    @usableFromInline
    static func putLongHeader(_ place: UnsafeMutableRawPointer, _ type: UInt8, _ value: Int) -> Int {
        unsafe place.storeBytes(of: type, as: UInt8.self)
        let count = unsafe Int(apus_format_int64(Int64(value), (place + 1).assumingMemoryBound(to: UInt8.self)))
        unsafe (place + 1 + count).storeBytes(of: UInt16(0x0A0D).littleEndian, as: UInt16.self)
        return count + 3
    }

    /// Ends the value whose last byte lies before `place`, which lies in the reserved room.
    private mutating func end(_ place: UnsafeMutableRawPointer) {
        unsafe place.storeBytes(of: UInt16(0x0A0D).littleEndian, as: UInt16.self)
        unsafe output.advance(place + 2 - output.reserve(0))
    }

    /// Appends text of a line: line ends within it would end the value early, so they become spaces.
    mutating func appendLine(_ text: ByteView) {
        for index in 0..<text.count {
            let byte = text[index]
            output.append(byte == 0x0D || byte == 0x0A ? UInt8(ascii: " ") : byte)
        }
    }
}
