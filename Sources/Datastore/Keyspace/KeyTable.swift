// KeyTable: the keys of one database in one shard, with what is known of their expiries.
//
// Two cache lines, of which a look-up reads the first and the beginning of the second.
// Invariants: `expiring` entries of `table` have an expiry, and each of them is covered by `expiries`; while
// `departures` stands still, every entry that was here is here.

internal import CDatastore
internal import Memory

@safe
@usableFromInline
struct KeyTable: ~Copyable {
    var table: apus_table
    /// How often an entry has gone from here, or another has come to its place. Only grows.
    private(set) var departures: UInt64 = 0
    var expiries = ExpiryIndex()
    /// Entries with an expiry.
    var expiring = 0

    init(shardBits: UInt8) {
        unsafe table = apus_entry_table(shardBits)
    }

    var count: Int { unsafe Int(table.count) }

    /// The entry under `key`, even if its time has come. Apart from the look-ups, which mostly know it already, and
    /// mutating so that it is not called on a copy.
    @inline(never)
    mutating func entry(under key: Key) -> UnsafeMutablePointer<apus_entry>? {
        var probe = unsafe apus_table_probe(&table, key.hash)
        while let item = unsafe apus_probe_next(&probe) {
            let raw = unsafe item.assumingMemoryBound(to: apus_entry.self)
            if unsafe apus_entry_has_key(raw, key.bytes.base, key.bytes.count) { return unsafe raw }
        }
        return nil
    }

    /// Takes an entry out; the caller frees it.
    mutating func remove(_ raw: UnsafeMutablePointer<apus_entry>, hash: UInt64) {
        if unsafe apus_entry_has_expiry(raw) { expiring -= 1 }
        departures &+= 1
        let isThere = unsafe apus_table_remove(&table, hash, raw)
        precondition(isThere, "an entry is in its table")
    }

    /// Puts another record of the same key in the place of an entry, which may be freed already.
    mutating func replace(
        _ raw: UnsafeMutablePointer<apus_entry>, by new: UnsafeMutablePointer<apus_entry>, hash: UInt64
    ) {
        departures &+= 1
        let isThere = unsafe apus_table_replace(&table, hash, raw, new)
        precondition(isThere, "an entry is in its table")
    }

    /// Takes all entries out at once, in a table that the caller frees.
    mutating func takeAll(shardBits: UInt8) -> apus_table {
        let taken = unsafe table, departures = departures &+ 1
        self = KeyTable(shardBits: shardBits)
        self.departures = departures
        return unsafe taken
    }

    /// Gives each of two the keys of the other.
    static func exchange(_ first: UnsafeMutablePointer<KeyTable>, _ second: UnsafeMutablePointer<KeyTable>) {
        let departures = unsafe max(first.pointee.departures, second.pointee.departures) &+ 1
        unsafe swap(&first.pointee, &second.pointee)
        unsafe first.pointee.departures = departures
        unsafe second.pointee.departures = departures
    }

    /// An entry with this expiry has been added, or its expiry changed.
    mutating func noteExpiry(hash: UInt64, expiryMs: Int64, nowMs: Int64) {
        let position = unsafe apus_table_position(&table, hash)
        unsafe expiries.note(
            position: position, expiryMs: expiryMs, nowMs: nowMs, bucketCount: table.bucket_count)
    }

    /// Asks the memory for what `noteExpiry` will look at.
    mutating func prefetchExpiry(hash: UInt64) {
        unsafe expiries.prefetch(position: apus_table_position(&table, hash))
    }

    /// Gives the index's memory back once no entry has an expiry: its bounds would stay for the times that were set.
    /// Those that come up soon are waited for: the memory of a large index would be made and cleared in each round for
    /// the sake of a single key that comes and goes, such as a lock.
    mutating func dropUnusedExpiries(_ nowMs: Int64) {
        guard expiring == 0 && !expiries.isEmpty else { return }
        if expiries.isIdle(for: Limits.unusedExpiryTicksMax, atMs: nowMs) { expiries = ExpiryIndex() }
    }

    /// Goes on to make the index's groups the table's buckets; whether they are.
    mutating func followTable() -> Bool {
        unsafe expiries.follow(table.bucket_count, heirs: Limits.expiryHeirsPerSlice)
    }
}

extension KeyTable {
    /// What is wrong with the table, the counts or a value, with an entry that is not of this shard or whose expiry the
    /// index does not cover; nil if nothing is. O(keys and members); for tests.
    mutating func invariants(shard: Int, of keyspace: Keyspace) -> String? {
        guard unsafe apus_table_invariants(&table) else { return "the table is broken" }
        var items = unsafe apus_items()
        defer { unsafe apus_items_release(&items) }
        _ = unsafe apus_table_scan(&table, 0, .max, .max, &items)
        var expiringFound = 0
        for index in unsafe 0..<items.count {
            let entry = unsafe items.items![index].assumingMemoryBound(to: apus_entry.self)
            let hash = unsafe apus_entry_hash(entry)
            guard keyspace.shardIndex(ofHash: hash) == shard else { return "a key of another shard" }
            if unsafe apus_entry_type(entry) == UInt32(APUS_TYPE_SORTED_SET) {
                let set = unsafe SortedSet.stored(in: entry)
                guard !set.isEmpty else { return "an empty sorted set" }
                if let fault = set.invariants() { return "a sorted set: \(fault)" }
            }
            guard unsafe apus_entry_has_expiry(entry) else { continue }
            expiringFound += 1
            let position = unsafe apus_table_position(&table, hash)
            guard unsafe expiries.covers(position: position, expiryMs: apus_entry_expiry(entry)) else {
                return "an expiry that the index misses"
            }
        }
        if expiringFound != expiring { return "\(expiringFound) keys with an expiry are counted as \(expiring)" }
        return expiries.invariants() ? nil : "the index of expiries is broken"
    }
}
