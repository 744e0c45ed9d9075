// The locks of commands: those of the shards that a request's keys live in, or none while this worker runs alone.

internal import Commands
internal import Datastore
internal import Memory
internal import RESP

extension Worker {
    /// Locks the shards of a request's keys. The way of one key is one bit.
    @inline(__always)
    mutating func lockKeys(of command: Int, _ request: Request) {
        addLocks(of: command, request)
        if locks.acquire(keyspace, worker: index) { renewTime() }
    }

    /// From here on this worker runs alone.
    mutating func beginExclusive() {
        database.beginExclusive()
        if isShared { renewTime() }
    }

    /// Adds the shards of a request's keys to the set.
    mutating func addLocks(of command: Int, _ request: Request) {
        let route = routes[command]
        if route.isSingleKey {
            locks.insert(request.key, of: keyspace)
        } else if route.fixedKeys.areAll {
            addLocks(of: route.fixedKeys, request)
        } else {
            addLocksOfKeys(of: command, request)
        }
    }

    /// Asks the memory for all the locks before the first is taken: others may have had them last.
    @inline(never)
    private mutating func addLocks(of keys: FixedKeys, _ request: Request) {
        for index in keys.indexes(among: request.count) {
            let shard = keyspace.shard(of: request.key(at: index))
            keyspace.prefetchLock(ofShard: shard)
            locks.insert(shard: shard)
        }
    }

    @inline(never)
    private mutating func addLocksOfKeys(of command: Int, _ request: Request) {
        // Without keys that can be told, the command will reply with an error before it touches any.
        guard let keys = commands.records[command].spec.keyIndexes(in: request.arguments) else { return }
        for key in keys { locks.insert(request.key(at: key.index), of: keyspace) }
    }

    /// Runs `body` with the shards of kept keys locked. No other locks are held, unless this worker runs alone.
    mutating func withLocks(of keys: some Sequence<OwnedKey>, _ body: (inout Database) -> Void) {
        let isLocking = !database.isAlone
        if isLocking {
            for key in keys { locks.insert(shard: database.shardIndex(of: key)) }
            locks.acquire(keyspace, worker: index)
        }
        body(&database)
        if isLocking { locks.release(keyspace) }
    }
}
