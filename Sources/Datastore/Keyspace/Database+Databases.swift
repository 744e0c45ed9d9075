// Doors between databases, and what an entry tells of itself. A key has the same hash and shard in all databases.

internal import CDatastore

extension Database {
    /// Moves `key` with its expiry to another database; false if it is not here, or there is one already. O(1).
    package mutating func move(_ key: Key, toDatabase target: Int) -> Bool {
        precondition(target != index && target >= 0 && target < keyspace.databaseCount)
        let selected = index
        defer { index = selected }
        index = target
        if unsafe find(key) != nil { return false }
        index = selected
        guard let (raw, keys) = unsafe find(key) else { return false }
        willChange(key)
        unsafe keys.pointee.remove(raw, hash: key.hash)
        didChange(key, .moveFrom)
        index = target
        unsafe attach(raw, key)
        didChange(key, .moveTo)
        changes &-= 1  // one command, one change
        return true
    }

    /// Exchanges all keys of two databases. Exclusively. O(shards), and O(1) for each key watched or waited for.
    package mutating func swapDatabases(_ first: Int, _ second: Int) {
        changes &+= 1  // also of one with itself
        if first == second { return }
        let selected = index
        defer { index = selected }
        keyspace.observer?.willExchange(first, second)
        for shardIndex in 0..<keyspace.shardCount {
            touchWatches(shardIndex, first, second)
            let tables = unsafe shards[shardIndex].tables
            unsafe KeyTable.exchange(tables + first, tables + second)
            readyWaiters(shardIndex, first, second)
        }
    }

    /// A watched key that is in one of the two databases has changed in both.
    private mutating func touchWatches(_ shardIndex: Int, _ first: Int, _ second: Int) {
        let shard = unsafe shards + shardIndex
        guard unsafe shard.pointee.interest.contains(.watches) else { return }
        for (database, other) in [(first, second), (second, first)] {
            for watched in unsafe shard.pointee.withWatches({ $0.keys(inDatabase: database) }) {
                index = database
                let old = withKey(watched) { door, key in door.presence(of: key) }
                index = other
                let new = withKey(watched) { door, key in door.presence(of: key) }
                unsafe shard.pointee.withWatches { $0.exchange(watched, old, for: new) }
            }
        }
    }

    /// Keys that somebody waits for and that are there now. Expired ones stay for who finds them there.
    private mutating func readyWaiters(_ shardIndex: Int, _ first: Int, _ second: Int) {
        let shard = unsafe shards + shardIndex
        guard unsafe shard.pointee.interest.contains(.waiters) else { return }
        for database in [first, second] {
            for awaited in unsafe shard.pointee.withWaiters({ $0.keys(inDatabase: database) }) {
                index = database
                let isThere = withKey(awaited) { door, key in door.presence(of: key) == .live }
                if isThere { noteReady(awaited) }
            }
        }
    }

    /// When `key` was last read or written (Unix milliseconds), and how many seconds ago; nil if it is not there.
    /// Counts as `inspect` does. O(1).
    package mutating func lastAccess(_ key: Key) -> (ms: Int64, idleSeconds: Int)? {
        guard let (raw, _) = unsafe find(key, isReading: true) else {
            figures.misses += 1
            return nil
        }
        figures.hits += 1
        return unsafe accessClock.lastAccess(raw.pointee.access, nowMs: nowMs)
    }
}

extension Entry {
    /// The name that OBJECT ENCODING replies.
    package var encodingName: StaticString {
        switch encoding {
        case APUS_ENCODING_LISTPACK: return "listpack"
        case APUS_ENCODING_SKIPLIST: return "skiplist"
        case APUS_ENCODING_INTSET: return "intset"
        case APUS_ENCODING_TABLE: return "hashtable"
        default: break
        }
        if unsafe raw.pointee.flags & UInt8(APUS_ENTRY_RAW) != 0 { return "raw" }
        if isNumber { return "int" }
        return isEmbeddable ? "embstr" : "raw"
    }

    private var isNumber: Bool { unsafe raw.pointee.flags & UInt8(APUS_ENTRY_TEXT) == 0 && integer != nil }

    /// Where Valkey ends: there a string is embedded if it fits two cache lines with its key, to which an expiry may
    /// come later.
    private var isEmbeddable: Bool {
        unsafe apus_entry_key_count(raw) + stringCount <= Self.embeddedBytesMax
    }

    private static var embeddedBytesMax: Int { 113 }

    /// What a record of the same value under another key keeps for OBJECT ENCODING: a string that is raw stays so.
    var originFlags: UInt8 {
        let flags = unsafe raw.pointee.flags & UInt8(APUS_ENTRY_ORIGIN)
        return isString && !isNumber && !isEmbeddable ? flags | UInt8(APUS_ENTRY_RAW) : flags
    }
}
