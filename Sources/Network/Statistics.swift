// Statistics: what a run loop has done since it was made, for INFO and tests. Counted in C, where
// apus_reactor_statistics says what each figure counts.

internal import CReactor

/// Counts since the loop was made.
package struct Statistics: Sendable, BitwiseCopyable {
    package let turns: UInt64
    package let events: UInt64
    package let receives: UInt64
    package let sends: UInt64
    package let bytesIn: UInt64
    package let bytesOut: UInt64
    /// Of those, sent without a copy.
    package let bytesLent: UInt64
    /// Receives that found no free buffer and waited for one.
    package let buffersExhausted: UInt64
    package let acceptErrors: UInt64
    /// The errno of the last of them.
    package let acceptError: Int32
    package let stale: UInt64
    /// Open now, including those that are closing.
    package let connections: UInt32

    init(_ raw: apus_reactor_statistics) {
        turns = raw.turns
        events = raw.events
        receives = raw.receives
        sends = raw.sends
        bytesIn = raw.bytes_in
        bytesOut = raw.bytes_out
        bytesLent = raw.bytes_lent
        buffersExhausted = raw.buffers_exhausted
        acceptErrors = raw.accept_errors
        acceptError = raw.accept_error
        stale = raw.stale
        connections = raw.connections
    }
}
