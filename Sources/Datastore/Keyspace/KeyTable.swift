// KeyTable: the keys of one database in one shard, with what is known of their expiries.
//
// Invariant: `expiring` entries of `table` have an expiry, and each of them is covered by `expiries`.

internal import CAllocator
internal import CDatastore
internal import CEncodings

@safe
@usableFromInline
struct KeyTable: ~Copyable {
    var table: apus_table
    var expiries = ExpiryIndex()
    /// Entries with an expiry.
    var expiring = 0

    init(shardBits: UInt8) {
        unsafe table = apus_entry_table(shardBits)
    }

    var count: Int { unsafe Int(table.count) }

    /// An entry with this expiry has been added, or its expiry changed.
    mutating func noteExpiry(hash: UInt64, tick: UInt32) {
        let position = unsafe apus_table_position(&table, hash)
        unsafe expiries.note(position: position, tick: tick, bucketCount: table.bucket_count)
    }

    /// Asks the memory for what `noteExpiry` will look at.
    mutating func prefetchExpiry(hash: UInt64) {
        unsafe expiries.prefetch(position: apus_table_position(&table, hash))
    }

    /// Goes on to make the index's groups the table's buckets; whether they are.
    mutating func followTable() -> Bool {
        unsafe expiries.follow(table.bucket_count, heirs: Limits.expiryHeirsPerSlice)
    }
}

extension KeyTable {
    /// Checks table, counts, values and that every expiry is covered by the index. O(keys and members); for tests.
    mutating func invariants(originMs: Int64) -> Bool {
        guard unsafe apus_table_invariants(&table) else { return false }
        var items = unsafe apus_items()
        defer { unsafe apus_items_release(&items) }
        _ = unsafe apus_table_scan(&table, 0, .max, .max, &items)
        var expiringFound = 0
        for index in unsafe 0..<items.count {
            let entry = unsafe items.items![index].assumingMemoryBound(to: apus_entry.self)
            if unsafe apus_entry_type(entry) == UInt32(APUS_TYPE_SORTED_SET) {
                let set = unsafe SortedSet.stored(in: entry)
                guard !set.isEmpty && set.invariants() == nil else { return false }
            }
            guard unsafe apus_entry_has_expiry(entry) else { continue }
            expiringFound += 1
            let position = unsafe apus_table_position(&table, apus_entry_hash(entry))
            let tick = unsafe ExpiryIndex.tick(ofMs: apus_entry_expiry(entry), originMs: originMs)
            guard expiries.covers(position: position, tick: tick) else { return false }
        }
        return expiringFound == expiring && expiries.invariants()
    }
}
