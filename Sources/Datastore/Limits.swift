// The limits of this module, with their reasons and relations.

package enum Limits {
    /// Shards of one keyspace: with more than this, walking all of them (DBSIZE, expiry) costs more than contention.
    /// A `LockSet` has a bit for each.
    package static let shardsMax = 1024
    /// Shards per worker thread. Two commands of one key then meet with a chance of 1 in 512 on two threads, and two of
    /// ten keys each with one of 1 in 5 (with a quarter of the shards: 1 in 2).
    package static let shardsPerWorker = 256
    /// Databases, of which each has a table's header of 128 bytes in every shard.
    package static let databasesMax = 16_384
    /// Headers of tables, 32 MiB: where there are many databases, there are fewer shards.
    static let tablesMax = 1 << 18
    /// Longest string that a change may make, unless the configuration says otherwise: the protocol's own maximum.
    package static let stringBytesMax = 512 << 20
    /// Elements from which a value is freed in the background: freeing fewer is cheaper than handing them over.
    package static let backgroundFreeEffortMin = 64
    /// Sixteenths of a second by which an entry's access clock may be late: Redis's clock ticks once in a second too.
    package static let accessClockLag: UInt32 = 16
    /// Sixteenths of a second for which a key may have been idle; the rest of the 28 bits is for those whose clock was
    /// ahead of who asks.
    static let accessTicksMax: UInt32 = 15 << 24
    /// Attempts to lock a shard that others use: some microseconds, longer than most commands hold a lock.
    static let lockAttemptsMax = 1000
    /// Ticks for which an index of expiries that no key has any more is kept until they are over: ten minutes.
    static let unusedExpiryTicksMax = Int(600_000 / ExpiryIndex.tickMs)
    /// Keys that one slice of active expiry removes before the commands have their turn again.
    package static let expiriesPerSlice = 1024
    /// Groups of positions, hence buckets, that one slice of active expiry looks into, and lines that it sorts.
    package static let expiryGroupsPerSlice = 4096
    /// Lines of groups that active expiry looks into at a time: enough that the memory's answers overlap.
    package static let expiryLinesPerRead = 16
    /// Groups that inherit their former ones' bounds in a slice of active expiry: some 100 us.
    package static let expiryHeirsPerSlice = 1 << 16
    /// Keys at which RANDOMKEY looks while a pause keeps expired ones, before it settles for one of these: the
    /// reference's number.
    package static let randomKeyTriesPaused = 100
    /// Buckets that a scan goes through for each key or member wanted, so that a sparse table makes no step long: the
    /// reference's number.
    package static let scanBucketsPerItem = 10
    /// Buckets that a scan goes through at a time: their entries are asked for together, and then read.
    package static let scanBucketsPerRead = 8
    /// Buckets of a dropped table whose entries are freed at a time.
    package static let drainBucketsPerRead = 256
    /// Buckets of a database in which the mean lifetime of its keys is looked for: some 2000 keys, a tenth of a
    /// millisecond.
    package static let lifetimeBuckets = 256

    /// Shards of a keyspace: a power of two.
    static func shards(workers: Int, databases: Int) -> Int {
        if workers == 1 { return 1 }
        let wanted = min(workers * shardsPerWorker, shardsMax)
        var count = 1
        while count < wanted && 2 * count * databases <= tablesMax { count *= 2 }
        return count
    }

    /// Buckets that a scan goes through at most when so many keys or members are wanted.
    static func scanBucketsMax(wanted: Int) -> Int {
        let (buckets, overflows) = wanted.multipliedReportingOverflow(by: scanBucketsPerItem)
        return overflows ? .max : buckets
    }
}
