// BlockedClient: a client that waits for keys (BZPOPMIN and its kin), as it stands in the keys' lines, or for the end
// of a pause, without keys.
//
// And DeadlineHeap, those of a worker by deadline: in one file, since each client knows its place in the heap, and only
// the heap may change that.

internal import Commands
internal import Datastore
internal import Network
internal import RESP

final class BlockedClient: Waiter, @unchecked Sendable {
    let worker: Int
    let connection: ConnectionID
    let clientID: UInt64
    /// The index of the command, and the request with copies of its words.
    let command: Int
    let request: RequestQueue
    let version: ProtocolVersion
    let database: Int
    /// Unix milliseconds; nil waits for ever.
    let deadlineMs: Int64?
    /// CLIENT REPLY was OFF or SKIP for the command: its reply is dropped.
    let dropsReply: Bool
    /// The sum of its words, as CLIENT LIST has it.
    let argumentBytes: Int
    /// Time spent on its command so far: until it began to wait, and by who served it. Written by whoever may end the
    /// wait, before the client's worker hears of that.
    var cycles: UInt64 = 0
    /// The wait was ended because its client is to be closed; its worker, which closes it, takes it out of the lines.
    private(set) var isAbandoned = false
    /// How many waits with a deadline its worker had begun before.
    fileprivate(set) var arrival: UInt64 = 0
    /// Its place among its worker's deadlines, while it has one.
    fileprivate(set) var deadlineIndex: Int?
    /// It waits for the end of a pause; what it has asked for stands first in its backlog, not here.
    let isPostponed: Bool

    init(
        keys: [OwnedKey], worker: Int, connection: ConnectionID, clientID: UInt64, command: Int, arguments: Arguments?,
        version: ProtocolVersion, database: Int, deadlineMs: Int64?, dropsReply: Bool = false
    ) {
        isPostponed = arguments == nil
        self.dropsReply = dropsReply
        argumentBytes = arguments?.byteCount ?? 0
        self.worker = worker
        self.connection = connection
        self.clientID = clientID
        self.command = command
        var request = RequestQueue()
        if let arguments { request.append(arguments) }
        self.request = request
        self.version = version
        self.database = database
        self.deadlineMs = deadlineMs
        super.init(keys: keys)
    }

    /// Ends the wait, unless it has ended, of a client that is to be closed. Exclusively.
    func abandon() {
        if claim() { isAbandoned = true }
    }
}

/// Blocked clients by deadline, those with the same one as they came: a binary heap. Who is not blocked any more is
/// taken out at once: left to come up, the requests of all would stay as long as the one with the earliest deadline.
/// Invariant: no wait is before its parent, and each client knows its own place.
struct DeadlineHeap {
    private struct Wait {
        let deadlineMs: Int64
        let client: BlockedClient

        static func < (left: Wait, right: Wait) -> Bool {
            (left.deadlineMs, left.client.arrival) < (right.deadlineMs, right.client.arrival)
        }
    }

    private var heap: [Wait] = []
    private var arrivals: UInt64 = 0

    var count: Int { heap.count }

    /// The next deadline.
    var earliest: Int64? { heap.first?.deadlineMs }

    /// Precondition: the client is not in the heap. O(log waits), or O(1) if no other has a later deadline.
    mutating func insert(_ client: BlockedClient, deadlineMs: Int64) {
        precondition(client.deadlineIndex == nil)
        client.arrival = arrivals
        arrivals += 1
        let wait = Wait(deadlineMs: deadlineMs, client: client)
        heap.append(wait)
        rise(wait, from: heap.count - 1)
    }

    /// Takes the first client if its deadline has come. O(log waits).
    mutating func popDue(_ nowMs: Int64) -> BlockedClient? {
        guard let first = heap.first, first.deadlineMs <= nowMs else { return nil }
        remove(first.client)
        return first.client
    }

    /// Takes a client out, unless it is not there. O(log waits).
    mutating func remove(_ client: BlockedClient) {
        guard let index = client.deadlineIndex else { return }
        client.deadlineIndex = nil
        let last = heap.removeLast()
        if index == heap.count { return }
        if index > 0 && last < heap[(index - 1) / 2] { rise(last, from: index) } else { sink(last, from: index) }
    }

    private mutating func put(_ wait: Wait, at index: Int) {
        heap[index] = wait
        wait.client.deadlineIndex = index
    }

    /// Puts a wait at `start` or as far above as it belongs.
    private mutating func rise(_ wait: Wait, from start: Int) {
        var index = start
        while index > 0, wait < heap[(index - 1) / 2] {
            put(heap[(index - 1) / 2], at: index)
            index = (index - 1) / 2
        }
        put(wait, at: index)
    }

    /// Puts a wait at `start` or as far below as it belongs.
    private mutating func sink(_ wait: Wait, from start: Int) {
        var index = start
        while 2 * index + 1 < heap.count {
            var child = 2 * index + 1
            if child + 1 < heap.count && heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < wait else { break }
            put(heap[child], at: index)
            index = child
        }
        put(wait, at: index)
    }

    /// What is wrong with the heap; nil if nothing is. O(waits).
    func invariants() -> String? {
        for (index, wait) in heap.enumerated() {
            if wait.client.deadlineIndex != index { return "client \(wait.client.clientID) does not know its place" }
            if index > 0 && wait < heap[(index - 1) / 2] { return "wait \(index) is before its parent" }
        }
        return nil
    }
}
