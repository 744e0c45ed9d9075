// Prefetch: the memory latency of one request hides behind the work of the others of its batch.
//
// In stages, of which table.h has the first three: ask for the buckets, for the entries, for those in children, and for
// long strings. What stage 2 finds on its way is remembered, so that the look-up itself need not search again: that
// spares it half of its instructions.
// Invariant: what is remembered was found in a table which nothing has left since, or it is not used.

internal import CDatastore
internal import CPlatform
internal import Memory

/// The likely entry of a key, yet to be compared with it.
@safe
struct FoundAhead {
    /// The most keys that are prefetched together: the requests of a batch. A power of two.
    static let keysMax = 64

    var raw: UnsafeMutablePointer<apus_entry>?
    var keys: UnsafeMutablePointer<KeyTable>?
    /// Those of `keys` when it was found.
    var departures: UInt64 = 0
}

// These change no data and are mutating all the same: what another module borrows of a stored owner, the compiler hands
// over as a copy of it, which took longer than the prefetch.
extension Database {
    /// Stage 1: asks the memory for the buckets of keys in shards that are ours. Hash 0 stands for no key.
    package mutating func prefetchBuckets(_ hashes: Span<UInt64>) { prefetchBuckets(hashes, isLocking: false) }

    /// Stage 1 beside other workers: asks for the shard's lock, too. A bucket that moves meanwhile is asked for in
    /// vain.
    package mutating func prefetchBucketsLocking(_ hashes: Span<UInt64>) { prefetchBuckets(hashes, isLocking: true) }

    @inline(__always)
    private func prefetchBuckets(_ hashes: Span<UInt64>, isLocking: Bool) {
        for index in hashes.indices where hashes[index] != 0 {
            let hash = hashes[index]
            if isLocking { unsafe apus_lock_prefetch(keyspace.lockAddress(keyspace.shardIndex(ofHash: hash))) }
            unsafe apus_table_prefetch(&keys(hash).pointee.table, hash)
        }
    }

    /// Stage 2 of up to `FoundAhead.keysMax` keys in shards that are ours: with the buckets here, asks for the entries.
    /// One in twenty is reached through an overflow bucket, which has to be fetched before: those have another turn,
    /// stage 3, when that has come. Hash 0 stands for no key.
    package mutating func prefetchEntries(_ hashes: Span<UInt64>) { prefetchEntries(hashes, isLocking: false) }

    /// Stage 2 beside other workers, for one that holds no lock: two atomic operations per key, on a line that stage 1
    /// has brought, for the memory access that they hide.
    package mutating func prefetchEntriesLocking(_ hashes: Span<UInt64>) { prefetchEntries(hashes, isLocking: true) }

    @inline(__always)
    private mutating func prefetchEntries(_ hashes: Span<UInt64>, isLocking: Bool) {
        precondition(hashes.count <= FoundAhead.keysMax)
        let setsExpiries = setsExpiries
        self.setsExpiries = false
        var overflowing: UInt64 = 0
        for index in hashes.indices where hashes[index] != 0 {
            let hash = hashes[index], keys = unsafe keys(hash)
            guard tryShard(ofHash: hash, isLocking: isLocking) else { continue }
            if let item = unsafe apus_table_prefetch_item(&keys.pointee.table, hash) {
                unsafe remember(item, keys, index)
            } else if unsafe apus_table_has_child(&keys.pointee.table, hash) {
                overflowing |= 1 << UInt64(index)
            }
            if setsExpiries { unsafe keys.pointee.prefetchExpiry(hash: hash) }
            leaveShard(ofHash: hash, isLocking: isLocking)
        }
        while overflowing != 0 {
            let index = overflowing.trailingZeroBitCount, hash = hashes[index], keys = unsafe keys(hash)
            overflowing &= overflowing &- 1
            guard tryShard(ofHash: hash, isLocking: isLocking) else { continue }
            if let item = unsafe apus_table_prefetch_child_item(&keys.pointee.table, hash) {
                unsafe remember(item, keys, index)
            }
            leaveShard(ofHash: hash, isLocking: isLocking)
        }
    }

    @inline(__always)
    private func remember(_ item: UnsafeMutableRawPointer, _ keys: UnsafeMutablePointer<KeyTable>, _ index: Int) {
        unsafe ahead[index] = FoundAhead(
            raw: item.assumingMemoryBound(to: apus_entry.self), keys: keys, departures: keys.pointee.departures)
    }

    /// The entry under `key`, if the prefetch has found it at `place`. `keys`: the key's own.
    @inline(__always)
    func foundAhead(
        _ key: Key, in keys: UnsafeMutablePointer<KeyTable>
    ) -> UnsafeMutablePointer<apus_entry>? {
        guard let raw = unsafe remembered(place & (FoundAhead.keysMax - 1), in: keys),
            unsafe apus_entry_has_key(raw, key.bytes.base, key.bytes.count)
        else { return nil }
        return unsafe raw
    }

    /// An entry of `keys` that the prefetch has found for a place, not compared. Good however old it is.
    @inline(__always)
    private func remembered(
        _ place: Int, in keys: UnsafeMutablePointer<KeyTable>
    ) -> UnsafeMutablePointer<apus_entry>? {
        let found = unsafe ahead + place
        guard unsafe found.pointee.keys == keys && found.pointee.departures == keys.pointee.departures
        else { return nil }
        return unsafe found.pointee.raw
    }

    /// Takes the lock of a hash's shard if that is not ours. False if another worker has it: a hint is not worth the
    /// wait.
    @inline(__always)
    private func tryShard(ofHash hash: UInt64, isLocking: Bool) -> Bool {
        guard isLocking else { return true }
        return unsafe apus_lock_try(keyspace.lockAddress(keyspace.shardIndex(ofHash: hash)))
    }

    @inline(__always)
    private func leaveShard(ofHash hash: UInt64, isLocking: Bool) {
        if isLocking { unsafe apus_lock_release(keyspace.lockAddress(keyspace.shardIndex(ofHash: hash))) }
    }

    /// Stage 4, while long strings are met: asks for the first lines of those that lie in blocks.
    package mutating func prefetchLongStrings(_ hashes: Span<UInt64>) { prefetchLongStrings(hashes, isLocking: false) }

    /// Stage 4 beside other workers, for one that holds no lock.
    package mutating func prefetchLongStringsLocking(_ hashes: Span<UInt64>) {
        prefetchLongStrings(hashes, isLocking: true)
    }

    @inline(__always)
    private mutating func prefetchLongStrings(_ hashes: Span<UInt64>, isLocking: Bool) {
        precondition(hashes.count <= FoundAhead.keysMax)
        for index in hashes.indices where hashes[index] != 0 {
            let hash = hashes[index]
            guard tryShard(ofHash: hash, isLocking: isLocking) else { continue }
            if let raw = unsafe remembered(index, in: keys(hash)) { unsafe apus_entry_prefetch_block(raw) }
            leaveShard(ofHash: hash, isLocking: isLocking)
        }
    }
}
