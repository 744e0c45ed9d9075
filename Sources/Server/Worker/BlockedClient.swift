// BlockedClient: a client that waits for keys (BZPOPMIN and its kin), as it stands in the keys' lines, or for the end
// of a pause, without keys.

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

/// Blocked clients by deadline, those with the same one as they came: a binary heap from which the ended ones are
/// dropped when they come up.
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

    /// The next deadline of a client that still waits.
    mutating func earliest() -> Int64? {
        while let first = heap.first {
            if !first.client.isClaimed { return first.deadlineMs }
            removeFirst()
        }
        return nil
    }

    mutating func insert(_ client: BlockedClient, deadlineMs: Int64) {
        client.arrival = arrivals
        arrivals += 1
        heap.append(Wait(deadlineMs: deadlineMs, client: client))
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Takes the first client if its deadline has come.
    mutating func popDue(_ nowMs: Int64) -> BlockedClient? {
        guard let deadline = earliest(), deadline <= nowMs else { return nil }
        let client = heap[0].client
        removeFirst()
        return client
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child] < heap[least] { least = child }
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
