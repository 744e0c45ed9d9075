// Waiters: clients blocked on keys (BZPOPMIN and its kin), in the order in which they came.
//
// A waiter stands in the queue of every key it waits for, possibly in several shards under several locks. Whoever ends
// the wait (a producer on any thread, the timeout, CLIENT UNBLOCK, the client's going away) must first claim it, under
// the waiter's own lock, so that no element is served twice and no client is answered twice. A producer that turns out
// to have nothing leaves the wait as it was; who wanted to end it meanwhile has been waiting at that lock, and does.
// A waiter's lock is the innermost: its holder takes no other and stays inside the gate.
// Invariant: a wait that has ended stays ended, and exactly one caller was told that it ended it.

internal import Platform
internal import Synchronization

/// One client's wait. What to do when a key becomes ready is the server's subclass's business.
open class Waiter: @unchecked Sendable {
    private let deciding = Lock()
    /// Changed under `deciding`; read by anyone.
    private let claimed = Atomic<Bool>(false)
    /// The keys it stands in line for.
    package let keys: [OwnedKey]

    package init(keys: [OwnedKey]) { self.keys = keys }

    /// Whether the wait is over.
    package final var isClaimed: Bool { claimed.load(ordering: .acquiring) }

    /// What came of an attempt to serve a waiter.
    package enum Outcome: Sendable {
        /// It got what there was: its wait is over.
        case served
        /// There was nothing for it, and it waits on.
        case nothing
        /// Its wait was over already, and nothing was taken for it: the next in line has its turn.
        case gone
    }

    /// Serves the waiter with `body` if its wait is not over; `body` returns whether it had something for it.
    package final func serve(_ body: () -> Bool) -> Outcome {
        deciding.withLock {
            if isClaimed { return .gone }
            guard body() else { return .nothing }
            claimed.store(true, ordering: .releasing)
            return .served
        }
    }

    /// Ends the wait for the caller alone; false if it is over already.
    package final func claim() -> Bool { serve { true } == .served }
}

/// The queues of one shard, guarded by the shard's lock.
final class WaiterIndex {
    private var queues: [OwnedKey: [Waiter]] = [:]

    var isEmpty: Bool { queues.isEmpty }

    func append(_ waiter: Waiter, key: OwnedKey) { queues[key, default: []].append(waiter) }

    func hasWaiters(_ key: OwnedKey) -> Bool { queues[key] != nil }

    /// Those still waiting for the key, oldest first. Forgets those whose wait has ended elsewhere.
    func waiters(_ key: OwnedKey) -> [Waiter] {
        guard let queue = queues[key] else { return [] }
        let waiting = queue.filter { !$0.isClaimed }
        if waiting.count != queue.count { queues[key] = waiting.isEmpty ? nil : waiting }
        return waiting
    }

    func remove(_ waiter: Waiter, key: OwnedKey) {
        guard var queue = queues[key] else { return }
        queue.removeAll { $0 === waiter }
        queues[key] = queue.isEmpty ? nil : queue
    }

    func keys(inDatabase database: Int?) -> [OwnedKey] {
        queues.keys.filter { database == nil || $0.database == database }
    }
}
