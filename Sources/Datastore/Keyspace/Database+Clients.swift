// Doors for those who care about keys: watches of transactions and waits of blocked clients.
// The caller holds the locks of the keys' shards.

internal import CDatastore
internal import Memory

extension Database {
    /// Begins to watch `key`, once per token.
    package mutating func watch(_ key: Key, _ token: WatchToken) {
        let shard = unsafe shard(key.hash)
        let owned = OwnedKey(database: index, key)
        let wasExpired = isExpired(key)
        unsafe shard.pointee.withWatches { watches in
            if !watches.contains(owned, token) { watches.insert(owned, token, wasExpired: wasExpired) }
        }
    }

    /// Ends a watch.
    package mutating func unwatch(_ key: OwnedKey, _ token: WatchToken) {
        unsafe withShard(of: key) { shard in unsafe shard.pointee.withWatches { $0.remove(key, token) } }
    }

    /// Whether the key has expired since it was watched, which no write has announced yet.
    package mutating func hasExpiredSinceWatched(_ key: OwnedKey, _ token: WatchToken) -> Bool {
        let selected = index
        index = key.database
        defer { index = selected }
        return withKey(key) { database, key in
            guard database.isExpired(key) else { return false }
            let owned = OwnedKey(database: database.index, key)
            return unsafe !database.shard(key.hash).pointee.withWatches { $0.wasExpired(owned, token) }
        }
    }

    /// Whether `key` is there but its time has come.
    private mutating func isExpired(_ key: Key) -> Bool { presence(of: key) == .expired }

    /// What a watch cares about. Nothing is counted or removed.
    mutating func presence(of key: Key) -> Presence {
        let nowMs = nowMs
        guard let entry = stored(key) else { return .missing }
        return unsafe apus_entry_is_due(entry.raw, nowMs) ? .expired : .live
    }

    /// Puts a waiter in the line for `key`.
    package mutating func wait(_ waiter: Waiter, for key: Key) {
        let owned = OwnedKey(database: index, key)
        unsafe shard(key.hash).pointee.withWaiters { $0.append(waiter, key: owned) }
    }

    /// Takes a waiter out of the line for `key`.
    package mutating func endWait(_ waiter: Waiter, for key: OwnedKey) {
        unsafe withShard(of: key) { shard in unsafe shard.pointee.withWaiters { $0.remove(waiter, key: key) } }
    }

    /// Who has waited longest for `key`: once its wait is over, the next one.
    package mutating func firstWaiter(for key: OwnedKey) -> Waiter? {
        unsafe withShard(of: key) { shard in unsafe shard.pointee.withWaiters { $0.first(key) } }
    }

    /// What stands under `key`; nil if it is not there.
    package mutating func valueType(of key: OwnedKey) -> ValueType? {
        withKey(key) { database, key in database.peek(key)?.type }
    }

    /// The same of a key whose shard others may have locked while this worker holds locks: waiting for one more out of
    /// order could last for ever, so that a shard which stays busy is not looked at, and the answer is nil. What has
    /// expired stays: who removes a key has more to do under its lock than looking.
    package mutating func valueTypeUnlessBusy(of key: OwnedKey) -> ValueType? {
        let shard = shardIndex(of: key)
        guard keyspace.lockUnlessBusy(shard: shard) else { return nil }
        defer { keyspace.unlock(shard: shard) }
        return withKey(key) { database, key in
            database.presence(of: key) == .live ? database.stored(key)?.type : nil
        }
    }

    /// The shard of a kept key, for locking.
    package mutating func shardIndex(of key: OwnedKey) -> Int {
        withKey(key) { database, key in database.keyspace.shardIndex(ofHash: key.hash) }
    }

    /// A kept key as one to look up with.
    package mutating func withKey<R>(_ key: OwnedKey, _ body: (inout Database, Key) -> R) -> R {
        unsafe key.bytes.withUnsafeBytes { bytes in
            let view = unsafe ByteView(_unchecked: bytes.baseAddress ?? Self.nowhere, count: bytes.count)
            return body(&self, Key(view))
        }
    }

    private mutating func withShard<R>(of key: OwnedKey, _ body: (UnsafeMutablePointer<Shard>) -> R) -> R {
        withKey(key) { database, key in unsafe body(database.shard(key.hash)) }
    }

    private static var nowhere: UnsafeRawPointer { unsafe UnsafeRawPointer(bitPattern: 1)! }
}
