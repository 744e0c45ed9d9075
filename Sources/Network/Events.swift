// Events: what a turn of the run loop brings. Trivial values; the bytes of a received event are borrowed from the loop.

/// Names one connection of one run loop for as long as it is open; stale names are harmless.
@usableFromInline
package struct ConnectionID: Hashable, Sendable, BitwiseCopyable {
    /// Slot in the low half, generation in the high half.
    @usableFromInline package let rawValue: UInt64

    @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Small and dense: index for state kept beside the loop. Reused after the connection has been closed.
    @inlinable package var slot: Int { Int(UInt32(truncatingIfNeeded: rawValue)) }
}

/// One thing that happened to a listener, a connection or the loop itself.
package enum Event: BitwiseCopyable {
    /// A listener took a connection. The descriptor is to be adopted (by any loop) or closed.
    case accepted(descriptor: Int32, token: UInt32)
    /// Bytes came: `loop.bytes(received)` until the next wait.
    case received(Received)
    /// No more bytes will come: end of stream when `error` is 0, else the errno. Once; closing is now due.
    case ended(ConnectionID, error: Int32)
    /// The block given to `receiveBulk` has its bytes.
    case bulkReceived(ConnectionID)
    /// `connect` succeeded.
    case connected(ConnectionID)
    /// A `Waker` was used.
    case woken
    /// A watched descriptor is readable.
    case readable(token: UInt32)
}

/// Where received bytes lie. Good until the next wait.
@safe
package struct Received: BitwiseCopyable {
    package let connection: ConnectionID
    package let count: Int
    let base: UnsafePointer<UInt8>
}
