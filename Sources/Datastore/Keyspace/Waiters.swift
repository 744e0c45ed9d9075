// Waiters: clients blocked on keys (BZPOPMIN and its kin), in the order in which they came.
//
// A waiter stands in the queue of every key it waits for, possibly in several shards under several locks. Whoever ends
// the wait (a producer on any thread, the timeout, CLIENT UNBLOCK, the client's going away) must first claim it: one
// compare-and-swap decides, so that no element is served twice and no client is answered twice.

internal import Synchronization

/// One client's wait. What to do when a key becomes ready is the server's subclass's business.
open class Waiter: @unchecked Sendable {
    private let claimed = Atomic<Bool>(false)
    /// The keys it stands in line for.
    package let keys: [OwnedKey]

    package init(keys: [OwnedKey]) { self.keys = keys }

    /// Whether the wait is over.
    package final var isClaimed: Bool { claimed.load(ordering: .acquiring) }

    /// Serves the waiter with `body` if its wait is not over and `body` has something for it: it returns whether it
    /// had. The wait is claimed first, so that nothing is taken for a client that is gone, and given back if there is
    /// nothing.
    package final func claimIfServed(_ body: () -> Bool) -> Bool {
        guard claim() else { return false }
        if body() { return true }
        claimed.store(false, ordering: .releasing)
        return false
    }

    /// Ends the wait for the caller alone; false if it is over already.
    package final func claim() -> Bool {
        claimed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    }
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
