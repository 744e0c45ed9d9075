// Error replies: one line of text whose first word is the code, counted for the statistics.

package import Memory
internal import CText

/// The first word of an error ("ERR", "WRONGTYPE"), cut at 16 bytes, which is more than any code of Redis has.
package struct ErrorCode: BitwiseCopyable, Hashable, Sendable {
    package static var bytesMax: Int { 16 }
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    /// Bytes of the code.
    package private(set) var count = 0

    package init() {}

    package init(_ text: StaticString) {
        let view = ByteView(text)
        for index in 0..<view.count { append(view[index]) }
    }

    mutating func append(_ byte: UInt8) {
        guard count < Self.bytesMax else { return }
        let shifted = UInt64(byte) << UInt64(8 * (count & 7))
        if count < 8 { low |= shifted } else { high |= shifted }
        count += 1
    }

    /// Byte `index` of the code.
    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        return UInt8(truncatingIfNeeded: (index < 8 ? low : high) >> UInt64(8 * (index & 7)))
    }
}

extension Reply {
    /// The errors written so far have been counted.
    package mutating func resetErrorCount() { errorCount = 0 }

    /// An error that is another client's reply, and counts as this one's too.
    package mutating func noteError(elsewhere code: StaticString) {
        errorCount &+= 1
        lastErrorCode = ErrorCode(code)
    }

    /// An error from its whole text, code first and without the dash: "WRONGTYPE Operation against a key…".
    package mutating func error(_ text: StaticString) { error(ByteView(text)) }

    /// The same from bytes, whose line ends become spaces.
    package mutating func error(_ text: ByteView) {
        beginError()
        errorText(text)
        endError()
    }

    /// An error around a piece of input, which ends at a NUL as in Redis: "ERR unknown subcommand '", name, "'". With
    /// nothing behind it, it also ends before its last line ends, instead of in spaces.
    package mutating func error(_ prefix: StaticString, _ middle: ByteView, _ suffix: StaticString) {
        beginError()
        errorText(prefix)
        var middle = middle.upToNUL
        if suffix.utf8CodeUnitCount == 0 {
            var end = middle.count
            while end > 0, middle[end - 1] == 0x0D || middle[end - 1] == 0x0A { end -= 1 }
            middle = middle[0..<end]
        }
        errorText(middle)
        errorText(suffix)
        endError()
    }

    /// Starts an error of several pieces: then `errorText` for each, code first, and `endError`.
    package mutating func beginError() {
        errorCount &+= 1
        lastErrorCode = ErrorCode()
        isInErrorCode = true
        output.append(UInt8(ascii: "-"))
    }

    /// A piece of the error that `beginError` started.
    package mutating func errorText(_ text: StaticString) { errorText(ByteView(text)) }

    /// The same from bytes, whose line ends become spaces.
    package mutating func errorText(_ text: ByteView) {
        if isInErrorCode {
            for index in 0..<text.count {
                if text[index] == UInt8(ascii: " ") {
                    isInErrorCode = false
                    break
                }
                lastErrorCode.append(text[index])
            }
        }
        appendLine(text)
    }

    /// The same from an integer.
    package mutating func errorText(_ value: Int) {
        let place = unsafe output.reserve(Self.numberLineMax)
        unsafe output.advance(Int(apus_format_int64(Int64(value), place.assumingMemoryBound(to: UInt8.self))))
    }

    /// Ends the error that `beginError` started.
    package mutating func endError() {
        isInErrorCode = false
        output.append("\r\n")
    }

    /// The reply to bytes that are not a request. Nothing is written when the connection is to be closed silently.
    package mutating func protocolError(_ error: ProtocolError) {
        guard error != .queryBufferExceeded else { return }
        beginError()
        errorText("ERR Protocol error: ")
        errorText(error.text)
        if case .expectedBulk(let got) = error {
            errorText(", got '")
            output.append(got == 0x0D || got == 0x0A ? UInt8(ascii: " ") : got)
            errorText("'")
        }
        endError()
    }
}
