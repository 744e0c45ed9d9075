// The deadlines of blocked clients against a plain array.

import Datastore
import Network
import TestSupport
import Testing

@testable import Server

@Suite struct DeadlineHeapTests {
    /// Waits come, are due, and end early at any place: the heap always knows the first, those with the same deadline
    /// in the order in which they came, and keeps none that has ended.
    @Test(arguments: 1...20)
    func againstAnArray(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var heap = DeadlineHeap()
        var model: [BlockedClient] = []  // those with the same deadline as they came
        var nowMs: Int64 = 0
        for step in 0..<2_000 {
            // The heap grows and shrinks in turns.
            switch random.below(step / 250 % 2 == 0 ? 4 : 8) {
            case 0, 1, 2:
                let deadlineMs = nowMs + Int64(random.below(50))
                let client = makeClient(UInt64(step), deadlineMs)
                heap.insert(client, deadlineMs: deadlineMs)
                model.append(client)
            case 3:
                nowMs += Int64(random.below(5))
                let due = first(of: model).flatMap { $0.deadlineMs! <= nowMs ? $0 : nil }
                #expect(heap.popDue(nowMs) === due, "seed \(seed), step \(step)")
                model.removeAll { $0 === due }
            default:
                guard let client = model.randomElement(using: &random) else { continue }
                heap.remove(client)
                heap.remove(client)  // which is not there any more
                model.removeAll { $0 === client }
            }
            #expect(heap.invariants() == nil, "seed \(seed), step \(step)")
            #expect(heap.count == model.count, "seed \(seed), step \(step)")
            #expect(heap.earliest == first(of: model)?.deadlineMs, "seed \(seed), step \(step)")
        }
    }

    /// Who is taken out before the deadline leaves nothing behind, although a wait with an earlier deadline goes on.
    @Test func endedWaitsAreNotKept() {
        var heap = DeadlineHeap()
        heap.insert(makeClient(0, 1), deadlineMs: 1)
        weak var ended: BlockedClient?
        for number in 1...100 {
            let client = makeClient(UInt64(number), 2)
            heap.insert(client, deadlineMs: 2)
            heap.remove(client)
            ended = client
        }
        #expect(heap.count == 1 && ended == nil)
    }

    private func first(of clients: [BlockedClient]) -> BlockedClient? {
        clients.reduce(nil) { first, client in
            first.map { client.deadlineMs! < $0.deadlineMs! ? client : $0 } ?? client
        }
    }

    private func makeClient(_ id: UInt64, _ deadlineMs: Int64) -> BlockedClient {
        BlockedClient(
            keys: [], worker: 0, connection: ConnectionID(rawValue: id), clientID: id, command: 0, arguments: nil,
            version: .resp2, database: 0, deadlineMs: deadlineMs)
    }
}
