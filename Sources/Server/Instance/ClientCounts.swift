// ClientCounts: what only a look at all clients tells, for INFO and MEMORY.

internal import Datastore
internal import Memory
internal import Transactions

/// Taken exclusively. O(clients and the keys that they watch or wait for).
struct ClientCounts {
    private(set) var inputBytesMax = 0
    private(set) var outputBytesMax = 0
    private(set) var watching = 0
    private(set) var watchedKeys = 0
    private(set) var waitingWithDeadline = 0
    private(set) var blockingKeys: Set<OwnedKey> = []
    /// Bytes that clients hold.
    private(set) var bytes = 0

    init(_ instance: Instance) {
        var counts = ClientCounts()
        var watched: Set<OwnedKey> = []
        instance.forEachClient { clients, slot in
            let input = clients.value[slot].inputFootprint
            counts.inputBytesMax = max(counts.inputBytesMax, input)
            let output = instance.refusedOutputBytes(clients.value[slot])
            counts.outputBytesMax = max(counts.outputBytesMax, output)
            counts.bytes += MemoryLayout<Client>.stride + input + output
            if let transaction = clients.value[slot].session.currentTransaction {
                counts.bytes += transaction.byteCount + transaction.watchByteCount
                // Once a watched key has changed, no other matters.
                if !transaction.watched.isEmpty && !transaction.token.isChangedByItself {
                    counts.watching += 1
                    watched.formUnion(transaction.watched)
                }
            }
            if let waiter = clients.value[slot].waiter {
                if waiter.deadlineMs != nil && !waiter.isPostponed { counts.waitingWithDeadline += 1 }
                counts.blockingKeys.formUnion(waiter.keys)
            }
        }
        counts.watchedKeys = watched.count
        self = counts
    }

    private init() {}
}
