// CaptureLane: one thread's part of a capture: the requests of its connections' clients, in two orders.
//
// As fast as possible, each client goes through its own requests; at the recorded pace, all go by their times.
// Invariant: `left` requests are neither sent nor skipped; each client's cursor lies within its own part.

struct CaptureLane: Sendable {
    /// The lane's requests by time, as indices into the capture.
    private let byTime: [Int]
    /// The same, grouped by client; a client's part ends where the next one's begins.
    private let byClient: [Int]
    private let ends: [Int]
    private var cursors: [Int]
    private let firstClient: Int
    private var timePosition = 0
    private(set) var left: Int
    /// Where each client's connection is; -1 until it is ready.
    private var slots: [Int32]

    init(_ capture: Capture, clients: Range<Int>) {
        firstClient = clients.lowerBound
        byTime = capture.requests.indices.filter { clients.contains(capture.requests[$0].client) }
        var counts = [Int](repeating: 0, count: clients.count)
        for index in byTime { counts[capture.requests[index].client - clients.lowerBound] += 1 }
        var begins: [Int] = []
        var sum = 0
        for count in counts {
            begins.append(sum)
            sum += count
        }
        var positions = begins
        var grouped = [Int](repeating: 0, count: byTime.count)
        for index in byTime {
            let client = capture.requests[index].client - clients.lowerBound
            grouped[positions[client]] = index
            positions[client] += 1
        }
        byClient = grouped
        ends = positions
        cursors = begins
        left = byTime.count
        slots = [Int32](repeating: -1, count: clients.count)
    }

    mutating func place(client: Int, slot: Int) { slots[client - firstClient] = Int32(slot) }

    /// The connection of a client, or -1.
    func slot(ofClient client: Int) -> Int { Int(slots[client - firstClient]) }

    /// The client's next request.
    mutating func next(ofClient client: Int) -> Int? {
        let index = client - firstClient
        guard cursors[index] < ends[index] else { return nil }
        defer { cursors[index] += 1 }
        left -= 1
        return byClient[cursors[index]]
    }

    /// The request that is due next by time.
    var due: Int? { timePosition < byTime.count ? byTime[timePosition] : nil }

    mutating func advance() {
        timePosition += 1
        left -= 1
    }
}
