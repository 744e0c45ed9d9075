// Transaction: what a client has queued since MULTI, and what it watches.
//
// Invariant: `watched` keys are in the keyspace's watch lists under `token`, each once.

package import Commands
package import Datastore
package import RESP

/// A client's transaction. Its worker's alone, but for the token.
package final class Transaction: SessionTransaction {
    package var queue = RequestQueue()
    /// The command of each queued request.
    package var routes: [Int] = []
    /// Raised by whoever changes a watched key. Replaced when the watch ends.
    package private(set) var token = WatchToken()
    package private(set) var watched: Set<OwnedKey> = []

    package init() {}

    package var queuedCount: Int { routes.count }
    package var watchedCount: Int { watched.count }
    package var byteCount: Int { queue.footprint + routes.capacity * 8 }
    package var watchByteCount: Int { watched.reduce(0) { $0 + $1.watchBytes } }

    /// Queues a request.
    package func append(_ arguments: Arguments, command: Int) {
        queue.append(arguments)
        routes.append(command)
    }

    /// The queue, to be run; the transaction has none afterwards.
    package func takeQueue() -> RequestQueue {
        var taken = RequestQueue()
        swap(&taken, &queue)
        return taken
    }

    /// Forgets the queued commands; the watches stay.
    package func clearQueue() {
        queue.removeAll()
        routes = []
    }

    /// Watches a key, unless it is known already that EXEC will fail. The caller holds its lock.
    package func watch(_ key: Key, _ database: inout Database) {
        if token.isChanged { return }
        let owned = OwnedKey(database: database.index, key)
        if watched.insert(owned).inserted { database.watch(key, token) }
    }

    /// Ends all watches. The caller holds the locks of all watched keys.
    package func unwatchAll(_ database: inout Database) {
        for key in watched { database.unwatch(key, token) }
        watched = []
        token = WatchToken()
    }

    /// Whether a watched key has changed or expired. The caller holds the locks of all watched keys.
    package func mustFail(_ database: inout Database) -> Bool {
        if token.isChanged { return true }
        return watched.contains { database.hasExpiredSinceWatched($0, token) }
    }
}

extension Session {
    /// The session's transaction, made on first use.
    package mutating func makeTransaction() -> Transaction {
        if let transaction { return transaction as! Transaction }
        let new = Transaction()
        transaction = new
        return new
    }

    package var currentTransaction: Transaction? { transaction.map { $0 as! Transaction } }
}
