// Client: one connection as its worker keeps it: a few cache lines, since most clients are idle.

internal import Commands
internal import Memory
internal import Network
internal import RESP

struct Client: ~Copyable {
    var session: Session
    var parser = RequestParser()
    let connection: ConnectionID
    /// For the addresses in CLIENT LIST, which other workers may ask for.
    let descriptor: Int32
    /// The most that the replies of one turn took since the housekeeping last looked, for CLIENT LIST.
    var replyPeakBytes: UInt32 = 0
    /// The chunks that waited to be sent when the housekeeping last looked, for CLIENT LIST.
    var pendingChunks: UInt32 = 0
    /// When the output first was above its soft limit (monotonic seconds); 0 if it is not.
    var overSoftLimitSince: UInt32 = 0
    /// Set while the client is blocked on keys.
    var waiter: BlockedClient?
    /// What came behind a blocking command and waits for its end; nil for most.
    var backlog: Backlog?
    /// Made when somebody first asks for them: a client list, a log or a monitor.
    private(set) var addresses: Addresses?

    init(session: consuming Session, connection: ConnectionID, descriptor: Int32) {
        self.session = session
        self.connection = connection
        self.descriptor = descriptor
    }

    /// Notes that the client's next command begins. What it depends on, together: each look at a client costs a search.
    @inline(__always)
    mutating func begin(_ command: Int) -> (isPlain: Bool, database: Int) {
        session.lastCommand = UInt16(truncatingIfNeeded: command)
        session.commandsProcessed &+= 1
        return (session.isPlain, Int(session.database))
    }

    /// The connection's two ends. The kernel is asked for them once: they stay the same.
    @discardableResult
    mutating func learnAddresses(unixSocket: String) -> Addresses {
        if let addresses { return addresses }
        let learnt = session.flags.contains(.unixSocket)
            ? Addresses(remote: unixSocket + ":0", local: unixSocket + ":0")
            : Addresses(
                remote: SocketAddress.name(ofSocket: descriptor, peer: true),
                local: SocketAddress.name(ofSocket: descriptor, peer: false))
        addresses = learnt
        return learnt
    }

    /// The two ends of a connection as texts.
    final class Addresses {
        let remote, local: String

        init(remote: String, local: String) {
            self.remote = remote
            self.local = local
        }
    }

    /// Bytes of memory that what it has sent, and what is not executed yet, occupies.
    var inputFootprint: Int { parser.footprint + (backlog?.footprint ?? 0) }

    /// Whether the client's next command may follow: it neither waits nor is it to be closed.
    var canGoOn: Bool { waiter == nil && !session.flags.has(.closing) }

    /// Requests, bytes and perhaps an error that wait for a blocked client, in this order.
    final class Backlog {
        var requests = RequestQueue()
        var input = ByteBuffer()
        /// What the parser found behind the requests, or that there were too many; nothing that follows is looked at.
        var error: ProtocolError?
        /// Nothing more is received: there is enough.
        var isReceivePaused = false

        /// Keeps a request behind the others. Where there is no more room ends what the client is granted.
        func keep(_ request: Arguments) {
            if error == nil && !requests.append(request) { error = .queryBufferExceeded }
        }

        /// Keeps a request before the others, behind which an error may have been found already.
        func keepFirst(_ request: Arguments) {
            var later = RequestQueue()
            swap(&requests, &later)
            let found = error
            error = nil
            keep(request)
            for index in 0..<later.count { later.withArguments(of: index) { keep($0) } }
            error = error ?? found
        }

        /// Bytes of requests and input.
        var receivedCount: Int { requests.byteCount + input.count }
        var footprint: Int { requests.footprint + input.capacity }
    }
}
