// Active expiry: what is due goes without anybody asking for it. What is asked for and due goes in `find`.

internal import CDatastore

extension Database {
    /// Removes keys of one shard that are due, in a metered slice; those of the current tick perhaps not yet, since who
    /// looks before it is over has to look again. The caller holds the shard's lock. Returns whether more is due now.
    /// O(groups looked into).
    package mutating func expireDue(shard shardIndex: Int, batch: inout ScanBatch) -> Bool {
        let selected = index
        defer { index = selected }
        var keysLeft = Limits.expiriesPerSlice, groupsLeft = Limits.expiryGroupsPerSlice
        for databaseIndex in 0..<keyspace.databaseCount {
            let keys = unsafe shards[shardIndex].tables + databaseIndex
            unsafe keys.pointee.dropUnusedExpiries(nowMs)
            unsafe keys.pointee.expiries.followClock(toMs: nowMs)
            guard unsafe keys.pointee.expiries.mayBeDue(atMs: nowMs) else { continue }
            guard unsafe keys.pointee.followTable() else { return true }
            index = databaseIndex
            repeat {
                unsafe findDue(keys, &batch, effort: &groupsLeft)
                keysLeft -= unsafe expireFound(keys, batch)
                groupsLeft -= batch.groups.count
                if keysLeft <= 0 || groupsLeft <= 0 { return true }
            } while !batch.groups.isEmpty
        }
        return false
    }

    /// The entries of the next few lines' groups in which some are due. The look-ups of memory overlap: all lines are
    /// asked for, then all buckets, then all entries, before the first is read.
    private func findDue(_ keys: UnsafeMutablePointer<KeyTable>, _ batch: inout ScanBatch, effort: inout Int) {
        batch.groups.removeAll(keepingCapacity: true)
        batch.lines.removeAll(keepingCapacity: true)
        unsafe batch.items.count = 0
        while batch.lines.count < Limits.expiryLinesPerRead,
            let line = unsafe keys.pointee.expiries.takeDue(atMs: nowMs, effort: &effort)
        {
            batch.lines.append(line)
        }
        for line in batch.lines {
            unsafe keys.pointee.expiries.forEachDue(inLine: line, atMs: nowMs) { group, positions in
                unsafe apus_table_prefetch_position(&keys.pointee.table, UInt32(positions.lowerBound))
                batch.groups.append(ScanBatch.Group(number: group, positions: positions))
            }
        }
        batch.groups.sort { $0.number < $1.number }
        var position: UInt64 = 0
        for found in batch.groups.indices {
            let positions = batch.groups[found].positions
            if positions.lowerBound < position {
                // While the table has other buckets than the index has groups, two groups may share a bucket, and what
                // goes with the one must not be there for the other: it stays due.
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
                    let count = unsafe keys.pointee.count
                    _ = unsafe find(Key(Self.keyView(raw)))  // removes it
                    assert(unsafe keys.pointee.count == count - 1, "an entry that is met twice is gone")
                    removed += 1
                } else if unsafe apus_entry_has_expiry(raw) {
                    tick = unsafe min(tick, keys.pointee.expiries.tick(ofMs: apus_entry_expiry(raw)))
                }
            }
            item = found.itemsEnd
            unsafe keys.pointee.expiries.set(group: found.number, to: tick)
        }
        for line in batch.lines { unsafe keys.pointee.expiries.settle(line: line) }
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
}
