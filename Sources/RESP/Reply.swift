// Reply: what a command answers, written as RESP2 or RESP3 straight into the bytes to be sent.

package import Memory

package enum ProtocolVersion: UInt8, BitwiseCopyable, Sendable {
    case resp2 = 2
    case resp3 = 3
}

@safe
package struct Reply: ~Copyable {
    package var version: ProtocolVersion = .resp2
    /// Whether what is written is dropped (CLIENT REPLY OFF and SKIP).
    package var isSuppressed = false
    /// Errors written so far.
    package private(set) var errorCount = 0

    package init() {}

    package mutating func ok() {}
    package mutating func pong() {}
    package mutating func queued() {}
    package mutating func simpleString(_ text: StaticString) {}
    package mutating func simpleString(_ text: ByteView) {}
    /// An error from its whole text, code first and without the '-': "WRONGTYPE Operation against…".
    package mutating func error(_ text: StaticString) {}
    package mutating func error(_ text: ByteView) {}
    /// An error around a piece of input, such as "ERR unknown command '" + name + "'".
    package mutating func error(_ prefix: StaticString, _ middle: ByteView, _ suffix: StaticString) {}
    package mutating func integer(_ value: Int) {}
    package mutating func bulk(_ bytes: ByteView) {}
    package mutating func bulk(_ text: StaticString) {}
    /// An integer as a bulk string.
    package mutating func bulk(_ value: Int) {}
    package mutating func null() {}
    package mutating func nullArray() {}
    package mutating func array(_ count: Int) {}
    package mutating func emptyArray() {}
    package mutating func map(_ count: Int) {}
    package mutating func set(_ count: Int) {}
    package mutating func push(_ count: Int) {}
    package mutating func attribute(_ count: Int) {}
    package mutating func double(_ value: Double) {}
    package mutating func boolean(_ value: Bool) {}
    package mutating func bigNumber(_ digits: ByteView) {}
    /// Text with a three-letter format, such as "txt" or "mkd"; a plain bulk in RESP2.
    package mutating func verbatim(_ format: StaticString, _ text: ByteView) {}
    /// Bytes that are RESP already.
    package mutating func raw(_ bytes: ByteView) {}

    /// An aggregate whose count is known once its elements are written; nest them like brackets.
    package mutating func beginDeferred() -> DeferredCount { DeferredCount() }
    package mutating func endArray(_ mark: consuming DeferredCount, count: Int) {}
    package mutating func endMap(_ mark: consuming DeferredCount, count: Int) {}
    package mutating func endSet(_ mark: consuming DeferredCount, count: Int) {}
}

package struct DeferredCount: ~Copyable {}
