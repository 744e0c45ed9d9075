// Doors for many keys: scan, random, flush, active expiry.

internal import CAllocator
internal import CDatastore
internal import CEncodings
package import Memory

/// A list of entries that a scan has found, valid until the database changes. Reused from call to call.
@safe
package struct ScanBatch: ~Copyable {
    /// Part of an expiry index's pass: the group's items are those from the end of the one before it on.
    struct Group {
        let number: Int
        let positions: Range<UInt64>
        var itemsEnd = 0
    }

    var items = unsafe apus_items()
    var groups: [Group] = []

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
        /// 42 bits: up to 10 that choose the shard, and 32 of the shard's positions.
        static let bits: UInt64 = 42
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
        let positionBits = ScanCursor.bits - UInt64(keyspace.shardBits)
        var shardIndex = Int(truncatingIfNeeded: cursor.prefix >> positionBits)
        // The cursor's position has 42 - shardBits bits, the shard's own 32.
        var position = (cursor.prefix & (1 << positionBits - 1)) >> (positionBits - 32)
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
                return UInt64(shardIndex) << positionBits | position << (positionBits - 32)
            }
            shardIndex += 1
            position = 0
        }
        return 0
    }

    @_lifetime(immortal)
    private static func keyView(_ raw: UnsafeMutablePointer<apus_entry>) -> ByteView {
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
            var rank = Int(truncatingIfNeeded: (nextRandom() >> 16) % UInt64(total))
            var shardIndex = 0
            while unsafe rank >= shards[shardIndex].tables[index].count {
                rank -= unsafe shards[shardIndex].tables[index].count
                shardIndex += 1
            }
            let keys = unsafe shards[shardIndex].tables + index
            let item = unsafe apus_table_random(&keys.pointee.table, &random)!
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
            for shardIndex in 0..<keyspace.shardCount { flushTable(shardIndex) }
        }
    }

    private mutating func flushTable(_ shardIndex: Int) {
        let shard = unsafe shards + shardIndex
        let keys = unsafe shard.pointee.tables + index
        changes += unsafe keys.pointee.count
        if unsafe shard.pointee.interest.contains(.watches) {
            for watched in unsafe shard.pointee.withWatches({ $0.keys(inDatabase: index) }) {
                // Only a key that exists goes, expired or not; watching a missing one survives a flush.
                let exists = withKey(watched) { door, key in door.presence(of: key) != .missing }
                if exists { unsafe shard.pointee.withWatches { $0.touch(watched, isGone: true) } }
            }
        }
        let old = unsafe keys.pointee.table
        unsafe keys.pointee = KeyTable(shardBits: keyspace.shardBits)
        unsafe keyspace.reclaimer.free(old)
    }

    /// Removes keys of one shard that are due, in a metered slice; those of the current tick perhaps not yet, since who
    /// looks before it is over has to look again. The caller holds the shard's lock. Returns whether more is due now.
    /// O(groups looked into).
    package mutating func expireDue(shard shardIndex: Int, batch: inout ScanBatch) -> Bool {
        guard let tick = ExpiryIndex.lastOver(atMs: nowMs, originMs: keyspace.originMs) else { return false }
        let selected = index
        defer { index = selected }
        var keysLeft = Limits.expiriesPerSlice, groupsLeft = Limits.expiryGroupsPerSlice
        for databaseIndex in 0..<keyspace.databaseCount {
            let keys = unsafe shards[shardIndex].tables + databaseIndex
            guard unsafe keys.pointee.expiries.earliest <= tick else { continue }
            guard unsafe keys.pointee.followTable() else { return true }
            index = databaseIndex
            repeat {
                if keysLeft <= 0 || groupsLeft <= 0 { return true }
                unsafe findDue(keys, by: tick, &batch)
                keysLeft -= unsafe expireFound(keys, batch)
                groupsLeft -= batch.groups.count
            } while !batch.groups.isEmpty
            unsafe keys.pointee.expiries.concludePass()
        }
        return false
    }

    /// The entries of the next few groups in which some are due. The look-ups of memory overlap: all buckets are asked
    /// for, then all entries, before the first is read.
    private func findDue(_ keys: UnsafeMutablePointer<KeyTable>, by tick: UInt32, _ batch: inout ScanBatch) {
        batch.groups.removeAll(keepingCapacity: true)
        unsafe batch.items.count = 0
        while batch.groups.count < Limits.expiryGroupsPerRead,
            let group = unsafe keys.pointee.expiries.nextDue(by: tick)
        {
            let positions = unsafe keys.pointee.expiries.positions(ofGroup: group)
            unsafe apus_table_prefetch_position(&keys.pointee.table, UInt32(positions.lowerBound))
            batch.groups.append(ScanBatch.Group(number: group, positions: positions))
        }
        var position: UInt64 = 0
        for found in batch.groups.indices {
            let positions = batch.groups[found].positions
            if positions.lowerBound < position {
                // While the table has other buckets than the index has groups, two groups may share a bucket, and what
                // goes with the one must not be there for the other.
                unsafe keys.pointee.expiries.postpone(group: batch.groups[found].number)
                batch.groups.removeSubrange(found...)
                return
            }
            position = positions.lowerBound
            while position < positions.upperBound {
                position = unsafe apus_table_scan(&keys.pointee.table, position, 1, .max, &batch.items)
            }
            batch.groups[found].itemsEnd = batch.count
        }
    }

    /// Removes the due ones among the entries found and sets the bounds of their groups right; returns how many went.
    private mutating func expireFound(_ keys: UnsafeMutablePointer<KeyTable>, _ batch: borrowing ScanBatch) -> Int {
        var removed = 0, item = 0
        for found in batch.groups {
            var tick = ExpiryIndex.never
            for item in item..<found.itemsEnd {
                let raw = unsafe batch.items.items![item].assumingMemoryBound(to: apus_entry.self)
                if unsafe apus_entry_is_due(raw, nowMs) {
                    _ = unsafe find(Key(Self.keyView(raw)))  // removes it
                    removed += 1
                } else if unsafe apus_entry_has_expiry(raw) {
                    tick = unsafe min(
                        tick, ExpiryIndex.tick(ofMs: apus_entry_expiry(raw), originMs: keyspace.originMs))
                }
            }
            item = found.itemsEnd
            unsafe keys.pointee.expiries.settle(group: found.number, at: tick)
        }
        return removed
    }

    /// How long the keys with an expiry live on, in milliseconds, about: the mean over those found in the first buckets
    /// of each shard, which are random ones, since the hash orders them. 0 if there are none. Exclusively. O(shards).
    package func averageLifetimeMs(inDatabase database: Int, batch: inout ScanBatch) -> Int {
        var sum = 0.0, count = 0
        let bucketsPerShard = max(Limits.lifetimeBuckets / keyspace.shardCount, 1)
        for shardIndex in 0..<keyspace.shardCount {
            let keys = unsafe shards[shardIndex].tables + database
            guard unsafe keys.pointee.expiring > 0 else { continue }
            unsafe batch.items.count = 0
            _ = unsafe apus_table_scan(&keys.pointee.table, 0, bucketsPerShard, .max, &batch.items)
            for item in unsafe 0..<batch.items.count {
                let raw = unsafe batch.items.items![item].assumingMemoryBound(to: apus_entry.self)
                guard unsafe apus_entry_has_expiry(raw) else { continue }
                sum += unsafe Double(max(apus_entry_expiry(raw) - nowMs, 0))
                count += 1
            }
        }
        return count == 0 ? 0 : Int(min(sum / Double(count), 9e18))
    }

    /// The moment (Unix milliseconds) at which a key of the shard may next be due; nil if none has an expiry.
    package func nextExpiryMs(shard shardIndex: Int) -> Int64? {
        var earliest = ExpiryIndex.never
        for databaseIndex in 0..<keyspace.databaseCount {
            earliest = unsafe min(earliest, shards[shardIndex].tables[databaseIndex].expiries.earliest)
        }
        return earliest == ExpiryIndex.never ? nil : keyspace.originMs + (Int64(earliest) + 1) * ExpiryIndex.tickMs
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
