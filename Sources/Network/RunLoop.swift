// RunLoop: one thread's reactor. Waits, tells what happened, sends; knows no protocol.
//
// A turn: `wait(until:)`, then `next()` until nil. Everything but `wait` is non-mutating, so that views of received
// bytes (`bytes(of:)`) may be held while replies are handed over; the compiler ends them at the next wait.
// Invariant: the thread that waits first is the only one that uses the loop from then on. Others hold a `Waker`.

internal import CReactor
package import Memory

@safe
package struct RunLoop: ~Copyable {
    let reactor: OpaquePointer
    /// Set when `backend: .automatic` had to settle for epoll.
    package let refusal: Refusal?

    /// How the loop talks to the kernel; `automatic`: io_uring, or epoll where that is refused.
    package enum Backend: UInt8, Sendable { case automatic = 0, ioUring = 1, epoll = 2 }

    /// What the kernel refused, and with which errno.
    package struct Refusal: Error, Sendable {
        package let step: StaticText
        package let error: Int32
    }

    /// What a loop is made with.
    package struct Options: Sendable {
        package var backend = Backend.automatic
        /// 0 for the measured default.
        package var receiveBufferBytes: UInt32 = 0
        package var receiveBufferCount: UInt32 = 0
        /// Requests that io_uring takes at once; four times as many completions fit.
        package var queueEntries: UInt32 = 0
        /// Large values are sent without a copy where that pays and the kernel can.
        package var lendsLargeValues = true
        /// Of a load generator: cheaper per exchange.
        package var isClient = false
        package init(backend: Backend = .automatic) { self.backend = backend }
    }

    /// Throws what the kernel refused when not even the fallback, if one was allowed, could be made.
    package init(_ options: Options = Options()) throws(Refusal) {
        let wanted = apus_reactor_options(
            backend: options.backend.rawValue, receive_buffer_bytes: options.receiveBufferBytes,
            receive_buffer_count: options.receiveBufferCount, queue_entries: options.queueEntries,
            copies_large_values: !options.lendsLargeValues, is_client: options.isClient)
        var refused = unsafe apus_reactor_refusal()
        let created = unsafe withUnsafePointer(to: wanted) { unsafe apus_reactor_create($0, &refused) }
        var refusal: Refusal?
        if let step = unsafe refused.step {
            refusal = Refusal(step: unsafe StaticText(start: step), error: unsafe refused.error)
        }
        guard let created = unsafe created else { throw refusal! }
        unsafe self.reactor = created
        self.refusal = refusal
    }

    deinit { unsafe apus_reactor_destroy(reactor) }

    /// The one in use, never `automatic`.
    package var backend: Backend { Backend(rawValue: unsafe apus_reactor_backend(reactor))! }

    // MARK: The loop

    /// Submits what was queued, then sleeps until something happens or the deadline (monotonic ns; 0: only look).
    /// Ends the views of the last turn. Returns whether `next()` may have events; throws only what no loop survives.
    package mutating func wait(until deadline: UInt64 = .max) throws(SocketError) -> Bool {
        let result = unsafe apus_reactor_wait(reactor, deadline)
        if result < 0 { throw SocketError(errno: -result) }
        return result > 0
    }

    /// The next event of this turn.
    package func next() -> Event? {
        var event = unsafe apus_event()
        guard unsafe apus_reactor_next(reactor, &event) else { return nil }
        let connection = ConnectionID(rawValue: unsafe event.connection)
        switch unsafe Int(event.kind) {
        case APUS_EVENT_RECEIVED:
            return unsafe .received(Received(connection: connection, count: event.count, base: event.bytes!))
        case APUS_EVENT_ACCEPTED: return unsafe .accepted(descriptor: event.fd, token: event.token)
        case APUS_EVENT_ENDED: return unsafe .ended(connection, error: event.error)
        case APUS_EVENT_BULK_RECEIVED: return .bulkReceived(connection)
        case APUS_EVENT_CONNECTED: return .connected(connection)
        case APUS_EVENT_WOKEN: return .woken
        case APUS_EVENT_READABLE: return unsafe .readable(token: event.token)
        default: preconditionFailure("the reactor reported an unknown event")
        }
    }

    /// The bytes of a received event of this turn.
    @_lifetime(borrow self)
    package func bytes(of received: Received) -> ByteView {
        unsafe _overrideLifetime(ByteView(_unchecked: received.base, count: received.count), borrowing: self)
    }

    /// A handle by which other threads wake this loop. It must not be used once the loop is gone.
    package var waker: Waker { unsafe Waker(reactor: reactor) }

    /// Wakes another loop from this one's thread: the message rides on this loop's next submission.
    package func wake(_ other: Waker) { unsafe apus_reactor_wake(other.reactor, reactor) }

    /// The clock of all deadlines: monotonic nanoseconds.
    package static var now: UInt64 { apus_reactor_now() }

    // MARK: Listeners and other descriptors

    /// Accepts on a listening socket for ever. The loop owns the socket from now on.
    package func listen(on socket: consuming ListeningSocket, token: UInt32) throws(SocketError) {
        let descriptor = socket.release()
        let result = unsafe apus_reactor_listen(reactor, descriptor, token)
        if result < 0 { throw SocketError(errno: -result) }
    }

    /// Stops accepting and closes the listeners with this token.
    package func stopListening(token: UInt32) { unsafe apus_reactor_stop_listening(reactor, token) }

    /// Reports `.readable(token)` each turn while the descriptor is readable; the caller keeps owning it.
    package func watch(descriptor: Int32, token: UInt32) throws(SocketError) {
        let result = unsafe apus_reactor_watch(reactor, descriptor, token)
        if result < 0 { throw SocketError(errno: -result) }
    }

    /// Stops watching that descriptor; no event names the token any more.
    package func unwatch(token: UInt32) { unsafe apus_reactor_unwatch(reactor, token) }

    // MARK: Connections

    /// Makes a connection of an accepted socket (this or another loop accepted it) and starts receiving.
    /// When it throws, the descriptor is closed.
    package func adopt(descriptor: Int32, keepaliveSeconds: UInt32 = 0) throws(SocketError) -> ConnectionID {
        let id = unsafe apus_reactor_adopt(reactor, descriptor, keepaliveSeconds)
        if id == 0 {
            let error = SocketError.current
            SocketError.close(descriptor)
            throw error
        }
        return ConnectionID(rawValue: id)
    }

    /// Starts to connect; `.connected` or `.ended` follows.
    package func connect(to address: SocketAddress) throws(SocketError) -> ConnectionID {
        let id = unsafe withUnsafePointer(to: address.raw) { unsafe apus_reactor_connect(reactor, $0) }
        if id == 0 { throw SocketError.current }
        return ConnectionID(rawValue: id)
    }

    /// Queues a reply's chunks behind what is queued; the next wait sends them, all in one send if they fit.
    package func send(_ chain: consuming ChunkChain, to connection: ConnectionID) {
        unsafe apus_reactor_send(reactor, connection.rawValue, chain.release().head)
    }

    /// Copies bytes into the output. For small and rare messages; replies travel as chunks.
    package func send(copying bytes: ByteView, to connection: ConnectionID) {
        var output = OutputBuffer()
        output.append(bytes)
        send(output.release(), to: connection)
    }

    /// Bytes queued and not yet taken by the kernel.
    package func pendingOutputBytes(_ connection: ConnectionID) -> UInt64 {
        unsafe apus_reactor_pending_output(reactor, connection.rawValue)
    }

    /// Of these bytes, those that the connection makes the server hold: not what is referenced where it lies, until the
    /// client has shown that it does not keep up. O(chunks).
    package func heldOutputBytes(_ connection: ConnectionID) -> UInt64 {
        unsafe apus_reactor_held_output(reactor, connection.rawValue)
    }

    /// The chunks that these bytes lie in. O(chunks).
    package func pendingOutputChunks(_ connection: ConnectionID) -> Int {
        unsafe Int(apus_reactor_pending_chunks(reactor, connection.rawValue))
    }

    /// Stops delivering bytes; none are lost. With `watchingHangup`, `.ended` still comes when the peer closes.
    package func pauseReceive(_ connection: ConnectionID, watchingHangup: Bool = false) {
        unsafe apus_reactor_pause_receive(reactor, connection.rawValue, watchingHangup)
    }

    /// Delivers bytes again.
    package func resumeReceive(_ connection: ConnectionID) {
        unsafe apus_reactor_resume_receive(reactor, connection.rawValue)
    }

    /// Appends the next `count` received bytes to `block` without passing through a receive buffer. The block has
    /// room for them and is left alone until `.bulkReceived` or `.ended`; the loop holds a reference of its own.
    package func receiveBulk(_ connection: ConnectionID, into block: borrowing Block, count: Int) {
        precondition(count > 0 && count <= block.capacity - block.count)
        unsafe apus_reactor_receive_bulk(reactor, connection.rawValue, block.shared().release(), UInt64(count))
    }

    /// Notices a reset that the kernel did not report, as io_uring may when it comes right behind bytes to which there
    /// is no answer; `.ended` follows. To be called for each connection about once a second; costs next to nothing.
    package func lookForReset(_ connection: ConnectionID) {
        unsafe apus_reactor_look_for_reset(reactor, connection.rawValue)
    }

    /// Whether bytes have moved, since this was last asked, of what takes longer than a turn: of a bulk argument, or of
    /// output that the socket had no room for at once.
    package func takeProgress(_ connection: ConnectionID) -> Bool {
        unsafe apus_reactor_take_progress(reactor, connection.rawValue)
    }

    /// Closes now: queued output is dropped, no more events name the connection.
    package func close(_ connection: ConnectionID) { unsafe apus_reactor_close(reactor, connection.rawValue) }

    /// Closes when the queued output is sent, or when the peer has taken nothing of it for `lingerNanoseconds` (noticed
    /// within twice that).
    package func closeAfterFlush(_ connection: ConnectionID, lingerNanoseconds: UInt64) {
        unsafe apus_reactor_close_after_flush(reactor, connection.rawValue, lingerNanoseconds)
    }

    /// The connection's own (`peer: false`) or the client's address, as in `CLIENT LIST`. Empty when it is gone.
    package func address(of connection: ConnectionID, peer: Bool) -> String {
        SocketAddress.name(ofSocket: unsafe apus_reactor_socket(reactor, connection.rawValue), peer: peer)
    }

    package var statistics: Statistics { unsafe Statistics(apus_reactor_statistics_of(reactor).pointee) }
}

/// Reaches a run loop from any thread. What was published before is visible to the loop when it gets `.woken`.
@safe
package struct Waker: @unchecked Sendable, BitwiseCopyable {
    let reactor: OpaquePointer

    /// One atomic exchange unless the loop sleeps; then also a system call, by one of the wakers.
    package func wake() { unsafe apus_reactor_wake(reactor, nil) }

    /// Bytes queued for a slow reader: for whom the kernel has refused some. While the loop's own thread neither opens
    /// nor closes a connection; this one must be open.
    package func refusedOutputBytes(_ connection: ConnectionID) -> Int {
        unsafe Int(apus_reactor_refused_output(reactor, connection.rawValue))
    }
}
