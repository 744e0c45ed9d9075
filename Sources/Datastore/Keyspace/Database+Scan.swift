// Doors for many keys: scan, random, flush, resizing.

internal import CDatastore
package import Memory
internal import Platform

/// A list of entries that a scan has found, valid until the database changes. Reused from call to call.
@safe
package struct ScanBatch: ~Copyable {
    /// Of an expiry index: the group's items are those from the end of the one before it on.
    struct Group {
        let number: Int
        let positions: Range<UInt64>
        var itemsEnd = 0
    }

    var items = unsafe apus_items()
    var groups: [Group] = []
    /// Lines of groups that are taken out of the index.
    var lines: [Int] = []

    package init() {}
    deinit {
        var items = unsafe self.items
        unsafe apus_items_release(&items)
    }
    package var count: Int { unsafe Int(items.count) }
}

extension Database {
    /// Where a scan of all shards stands: a prefix of the hash. Because the tables are ordered by the hash, it survives
    /// every resize, and a key that is there during the whole scan is found at least once.
    package struct ScanCursor: Sendable {
        /// Bits of a position in a shard's table.
        static let tableBits: UInt64 = 32
        /// Bits that may choose the shard.
        static let shardBitsMax: UInt64 = 10
        static let bits = shardBitsMax + tableBits
        let prefix: UInt64

        /// The client's number; 0 begins. Numbers that no scan returns are taken modulo the cursor's range.
        package init(_ number: UInt64) { prefix = number & (1 << Self.bits - 1) }
    }

    /// Visits keys from `cursor` on: whole buckets until `wanted` keys are found or ten times as many are visited.
    /// Calls `body` with each live key and its type; of the expired ones, those for which `removesDue` is true are
    /// removed. Returns the next cursor's number, 0 at the end, where the scan arrives without another call if nothing
    /// but empty shards is left. Each shard is locked while it is visited, unless the worker is alone anyhow.
    /// O(wanted + shards).
    package mutating func scan(
        from cursor: ScanCursor, wanted: Int, batch: inout ScanBatch,
        removesDue: (ByteView, ValueType) -> Bool = { _, _ in false }, _ body: (ByteView, ValueType) -> Void
    ) -> UInt64 {
        // Bits of the cursor's position, and by how many they are more than the table's own.
        let positionBits = ScanCursor.bits - UInt64(keyspace.shardBits)
        let spareBits = positionBits - ScanCursor.tableBits
        var shardIndex = Int(truncatingIfNeeded: cursor.prefix >> positionBits)
        var position = (cursor.prefix & (1 << positionBits - 1)) >> spareBits
        var left = wanted
        var bucketsLeft = Limits.scanBucketsMax(wanted: wanted)
        let isLocking = !isAlone
        while shardIndex < keyspace.shardCount {
            if isLocking { keyspace.lock(shard: shardIndex, worker: worker) }
            let keys = unsafe shards[shardIndex].tables + index
            if unsafe keys.pointee.count == 0 { position = UInt64(APUS_TABLE_END) }
            while position < APUS_TABLE_END && left > 0 && bucketsLeft > 0 {
                unsafe batch.items.count = 0
                let step = min(bucketsLeft, Limits.scanBucketsPerRead)
                position = unsafe apus_table_scan(&keys.pointee.table, position, step, left, &batch.items)
                bucketsLeft -= step
                left -= batch.count
                for item in unsafe 0..<batch.items.count {
                    let raw = unsafe batch.items.items![item].assumingMemoryBound(to: apus_entry.self)
                    let key = unsafe Self.keyView(raw), type = unsafe ValueType(rawValue: UInt8(apus_entry_type(raw)))!
                    if unsafe apus_entry_is_due(raw, nowMs) {
                        if removesDue(key, type) { _ = unsafe find(Key(key), isReading: true) }
                    } else {
                        body(key, type)
                    }
                }
            }
            if isLocking { keyspace.unlock(shard: shardIndex) }
            if position < APUS_TABLE_END {
                return UInt64(shardIndex) << positionBits | position << spareBits
            }
            shardIndex += 1
            position = 0
        }
        return 0
    }

    @_lifetime(immortal)
    static func keyView(_ raw: UnsafeMutablePointer<apus_entry>) -> ByteView {
        unsafe ByteView(_unchecked: apus_entry_key(raw), count: apus_entry_key_count(raw))
    }

    /// Calls `body` with a random live key; false if the database has none. Exclusively. Expected O(1), O(shards) at
    /// worst. During a pause, in which expired keys stay, it may be one of these when hardly any other is left.
    package mutating func withRandomKey(_ body: (ByteView) -> Void) -> Bool {
        var triesLeft = keyspace.isExpiryPaused(nowMs) ? Limits.randomKeyTriesPaused : .max
        while true {
            let total = keyspace.count(inDatabase: index)
            guard total > 0 else { return false }
            // A shard in proportion to its keys, then a key of it.
            var rank = randomness.index(total)
            var shardIndex = 0
            while unsafe rank >= shards[shardIndex].tables[index].count {
                rank -= unsafe shards[shardIndex].tables[index].count
                shardIndex += 1
            }
            let keys = unsafe shards[shardIndex].tables + index
            var state = randomness.next()
            let item = unsafe apus_table_random(&keys.pointee.table, &state)!
            let raw = unsafe item.assumingMemoryBound(to: apus_entry.self)
            triesLeft -= 1
            if unsafe apus_entry_is_due(raw, nowMs) && triesLeft > 0 {
                _ = unsafe find(Key(Self.keyView(raw)), isReading: true)  // removes it, unless in a pause
                continue
            }
            unsafe body(Self.keyView(raw))
            return true
        }
    }

    /// Removes all keys of one database, or of all (nil). Exclusively. O(shards) now; the entries go in the background.
    package mutating func flush(database: Int?) {
        let selected = index
        defer { index = selected }
        for databaseIndex in database.map({ $0..<($0 + 1) }) ?? 0..<keyspace.databaseCount {
            index = databaseIndex
            keyspace.observer?.willClear(database: databaseIndex)
            var tables: [apus_table] = unsafe []
            for shardIndex in 0..<keyspace.shardCount {
                if let table = unsafe takeTable(shardIndex) { unsafe tables.append(table) }
            }
            unsafe keyspace.reclaimer.free(tables)
        }
    }

    /// Takes all keys of a shard out of the database, for the caller to free; nil if it has had none.
    private mutating func takeTable(_ shardIndex: Int) -> apus_table? {
        let shard = unsafe shards + shardIndex
        let keys = unsafe shard.pointee.tables + index
        guard unsafe apus_table_bytes(&keys.pointee.table) > 0 else { return nil }
        changes += unsafe keys.pointee.count
        if unsafe shard.pointee.interest.contains(.watches) {
            for watched in unsafe shard.pointee.withWatches({ $0.keys(inDatabase: index) }) {
                // Only a key that exists goes, expired or not; watching a missing one survives a flush.
                let exists = withKey(watched) { door, key in door.presence(of: key) != .missing }
                if exists { unsafe shard.pointee.withWatches { $0.touch(watched, isGone: true, withDatabase: true) } }
            }
        }
        return unsafe keys.pointee.takeAll(shardBits: keyspace.shardBits)
    }

    /// Does a small part of pending resizes of a shard, in idle time. The caller holds its lock. Whether more is left.
    package mutating func resizeStep(shard shardIndex: Int, buckets: Int) -> Bool {
        var isUnfinished = false
        for databaseIndex in 0..<keyspace.databaseCount {
            let keys = unsafe shards[shardIndex].tables + databaseIndex
            if unsafe apus_table_is_resizing(&keys.pointee.table) {
                isUnfinished = unsafe apus_table_step(&keys.pointee.table, buckets) || isUnfinished
            }
        }
        return isUnfinished
    }
}
