// Connection: what a thread knows of one connection: which requests are on their way, and how far its replies are read.
//
// Requests of one kind that were sent together are one `Flight`, so that a pipeline costs one entry, not many.
// Invariant: head <= tail; flights head ..< tail await replies, in order; at most `capacity` of them.

import Network

/// Requests sent together, or one request whose reply needs individual care.
struct Flight: BitwiseCopyable {
    /// When they were sent or, in an open loop, meant to be; 0: will be stamped when the turn ends.
    var timeNs: UInt64
    /// Of a checked request.
    var key: UInt64
    /// Replies still owed.
    var replies: UInt32
    /// Bytes of the value that fills a miss, or -1.
    var size: Int32
    /// The command's number in the workload.
    var command: UInt16
    var kind: Kind

    enum Kind: UInt8 {
        /// Each reply is a request's.
        case plain
        /// All replies together are one request's.
        case block
        /// A block that adds keys, the last of which is the flight's: they are there once it has been answered.
        case insert
        /// One request whose reply is looked into: data checks, misses to fill.
        case watched
        /// The same for one that is not done with its reply: what follows is part of it.
        case step
        /// A reply that is looked into as well, of a request that is done with a later one.
        case part
        /// The same for one that waits for what others send: its items tell when that was.
        case delivery
        /// Of the opening; an error is fatal.
        case opening

        /// Whether each reply is read, one by one.
        var isRead: Bool {
            switch self {
            case .watched, .step, .part, .delivery: true
            case .plain, .block, .insert, .opening: false
            }
        }
    }
}

@safe
struct Connection: BitwiseCopyable {
    enum Phase: UInt8 { case free, connecting, opening, ready }

    var id = ConnectionID(rawValue: 0)
    var phase = Phase.free
    var group: UInt16 = 0
    /// The number within the run, for `{conn}`.
    var number: UInt64 = 0
    var scanner = ReplyScanner()
    /// Messages of the opening that are no replies (SUBSCRIBE's).
    var acknowledgements: UInt32 = 0
    /// Requests whose replies are owed; a block is one.
    var outstanding: UInt32 = 0
    private var flights: UnsafeMutablePointer<Flight>?
    private var mask: UInt32 = 0
    private(set) var head: UInt32 = 0
    private(set) var tail: UInt32 = 0
    private var unstamped: UInt32 = 0

    init() { unsafe flights = nil }

    static var flightsAtFirst: Int { 16 }

    @inline(__always) var isQuiet: Bool { head == tail }

    /// The flight whose replies come next. There must be one.
    @inline(__always)
    var first: UnsafeMutablePointer<Flight> { unsafe flights! + Int(head & mask) }

    @inline(__always)
    mutating func removeFirst() {
        head &+= 1
        // Stamped or not: its replies are here.
        if head &- unstamped < 1 << 31 { unstamped = head }
    }

    /// Adds requests; those of the same turn and kind join the flight before.
    @inline(__always)
    mutating func add(
        command: UInt16, replies: UInt32, kind: Flight.Kind, key: UInt64, size: Int32 = -1, timeNs: UInt64
    ) {
        if kind == .plain && unstamped != tail && timeNs == 0 {
            let last = unsafe flights! + Int((tail &- 1) & mask)
            if unsafe last.pointee.command == command && last.pointee.kind == .plain {
                unsafe last.pointee.replies &+= replies
                return
            }
        }
        if unsafe flights == nil || tail &- head > mask { grow() }
        unsafe flights![Int(tail & mask)] = Flight(
            timeNs: timeNs, key: key, replies: replies, size: size, command: command, kind: kind)
        if timeNs != 0 && unstamped == tail { unstamped &+= 1 }
        tail &+= 1
    }

    /// Writes the time into all flights that have none.
    mutating func stamp(_ nowNs: UInt64) {
        while unstamped != tail {
            let flight = unsafe flights! + Int(unstamped & mask)
            if unsafe flight.pointee.timeNs == 0 { unsafe flight.pointee.timeNs = nowNs }
            unstamped &+= 1
        }
    }

    private mutating func grow() {
        let count = Int(tail &- head)
        let capacity = unsafe flights == nil ? Self.flightsAtFirst : (Int(mask) + 1) * 2
        let larger = UnsafeMutablePointer<Flight>.allocate(capacity: capacity)
        for index in 0..<count { unsafe larger[index] = flights![Int((head &+ UInt32(index)) & mask)] }
        unsafe flights?.deallocate()
        unsafe flights = larger
        mask = UInt32(capacity - 1)
        unstamped = unstamped &- head
        head = 0
        tail = UInt32(count)
    }

    /// Frees what the connection holds and makes it a free slot.
    mutating func reset() {
        unsafe flights?.deallocate()
        self = Connection()
    }
}
