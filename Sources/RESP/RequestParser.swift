// RequestParser: a connection's bytes to requests, without sockets.

package import Memory

@safe
package struct RequestParser: ~Copyable {
    package init() {}

    /// Parses as many requests of `input` as the batch takes. The slices point into `input`, which must stay until the
    /// batch is cleared. O(bytes), however they are split over calls.
    package mutating func parse(
        _ input: ByteView, into batch: inout RequestBatch, limits: ParserLimits
    ) -> ParseOutcome {
        ParseOutcome(consumed: 0, stop: .inputExhausted)
    }

    /// Where the missing bytes of a large argument may be received, after `parse` stopped with `.bulk`; empty if none
    /// are missing.
    @unsafe
    package var bulkDestination: UnsafeMutableRawBufferPointer { unsafe .init(start: nil, count: 0) }

    /// Says that `count` bytes were received into `bulkDestination`.
    package mutating func bulkReceived(_ count: Int) {}

    /// Bytes that the connection's unfinished request occupies.
    package var footprint: Int { 0 }
}
