// Keyspace: all keys of the server, cut into shards by the top bits of the hash.
//
// It is shared by all workers. It changes no key itself: a worker does that through its `Database`, holding the locks
// of the shards it touches, or exclusively. With one worker there is one shard and nothing is ever locked.
// Invariant: a key with hash h lives in shard h >> (64 - shardBits), for the life of the process.

internal import CDatastore

@safe
package final class Keyspace: @unchecked Sendable {
    package let databaseCount: Int
    package let shardBits: UInt8
    package var shardCount: Int { 1 << Int(shardBits) }
    /// Whether several threads execute commands, so that shards must be locked.
    package let isShared: Bool
    let shards: UnsafeMutablePointer<Shard>
    /// One for each shard, each alone on its cache line: its neighbours' traffic is not its own.
    let locks: UnsafeMutableRawPointer
    static var lockStride: Int { 64 }
    let gate: OpaquePointer
    /// Frees large values away from the commands' threads.
    package let reclaimer = Reclaimer()
    /// What the configuration says about the data; changed exclusively.
    package var settings = Settings()
    /// Until then (Unix milliseconds) keys whose time has come are only hidden, not removed; changed exclusively.
    package var expiryPausedUntilMs: Int64 = 0
    /// Takes part in changes; set and cleared exclusively.
    private(set) var observer: (any ChangeObserver)?

    /// `workers` is the number of threads that will execute commands.
    package init(databases: Int, workers: Int) {
        precondition(databases >= 1 && databases <= Limits.databasesMax && workers >= 1)
        databaseCount = databases
        isShared = workers > 1
        let count = Limits.shards(workers: workers, databases: databases)
        shardBits = UInt8(count.trailingZeroBitCount)
        precondition(count <= LockSet.shardsMax && shardBits <= Database.ScanCursor.shardBitsMax)
        unsafe self.shards = UnsafeMutablePointer<Shard>.allocate(capacity: count)
        for index in 0..<count {
            unsafe (self.shards + index).initialize(to: Shard(databases: databases, shardBits: shardBits))
        }
        unsafe locks = UnsafeMutableRawPointer.allocate(
            byteCount: count * Self.lockStride, alignment: Self.lockStride)
        unsafe locks.initializeMemory(as: UInt8.self, repeating: 0, count: count * Self.lockStride)
        unsafe gate = apus_gate_create(UInt32(workers))
    }

    /// Bytes of the secret of all hashes.
    package static var hashSecretByteCount: Int { Int(APUS_HASH_SECRET_BYTES) }

    /// Sets the secret of all hashes. Once, before the first key.
    package static func setHashSecret(_ secret: [UInt8]) {
        precondition(secret.count == hashSecretByteCount)
        unsafe apus_hash_set_secret(secret)
    }

    func shardIndex(ofHash hash: UInt64) -> Int {
        // A shift by 64 of a 64-bit word is undefined in C and zero in Swift's smart shift.
        Int(truncatingIfNeeded: hash >> (64 - UInt64(shardBits)))
    }

    func table(_ shard: Int, _ database: Int) -> UnsafeMutablePointer<KeyTable> {
        unsafe shards[shard].tables + database
    }

    // MARK: Figures. Exact when nobody else writes (exclusively, or with one worker).

    /// Keys of a database. O(shards).
    package func count(inDatabase database: Int) -> Int {
        var total = 0
        for shard in 0..<shardCount { total += unsafe table(shard, database).pointee.count }
        return total
    }

    /// Keys of a database that have an expiry. O(shards).
    package func expiringCount(inDatabase database: Int) -> Int {
        var total = 0
        for shard in 0..<shardCount { total += unsafe table(shard, database).pointee.expiring }
        return total
    }

    /// Bytes of the tables and expiry indexes themselves, without the entries.
    package func tableBytes(inDatabase database: Int) -> Int {
        var total = 0
        for shard in 0..<shardCount {
            let keys = unsafe table(shard, database)
            total += unsafe apus_table_bytes(&keys.pointee.table) + keys.pointee.expiries.byteCount
        }
        return total
    }

    /// Whether a database has tables: once it has had keys, until it is flushed.
    package func hasTables(inDatabase database: Int) -> Bool {
        (0..<shardCount).contains { unsafe apus_table_bytes(&table($0, database).pointee.table) > 0 }
    }

    /// What is wrong with a shard, a table or an entry; nil if nothing is. O(keys and members); for tests, exclusively.
    package func invariants() -> String? {
        for number in 0..<shardCount {
            if let fault = unsafe shards[number].invariants(number: number, of: self) {
                return "shard \(number): \(fault)"
            }
        }
        return nil
    }

    /// Whether nothing may be removed now because its time has come.
    package func isExpiryPaused(_ nowMs: Int64) -> Bool { nowMs < expiryPausedUntilMs }

    // MARK: Observer

    /// Attaches the observer of all changes, or detaches it. Exclusively.
    package func setObserver(_ observer: (any ChangeObserver)?) {
        self.observer = observer
        for shard in 0..<shardCount {
            if observer == nil {
                unsafe shards[shard].interest.remove(.observer)
            } else {
                unsafe shards[shard].interest.insert(.observer)
            }
        }
    }

    // MARK: The gate

    /// The worker is about to execute commands; waits while another one is exclusive.
    package func enter(worker: Int) { unsafe apus_gate_enter(gate, UInt32(worker)) }
    /// The worker executes nothing until it enters again: before it sleeps.
    package func leave(worker: Int) { unsafe apus_gate_leave(gate, UInt32(worker)) }

    /// Between two commands: lets a waiting exclusive section have its turn. Returns whether there was one.
    @discardableResult
    package func yield(worker: Int) -> Bool {
        guard isShared, unsafe apus_gate_is_wanted(gate) else { return false }
        leave(worker: worker)
        enter(worker: worker)
        return true
    }

    /// Runs alone: all other workers are between commands until the end. The worker must be inside, holding no locks.
    package func beginExclusive(worker: Int) {
        if isShared { unsafe apus_gate_begin_exclusive(gate, UInt32(worker)) }
    }
    /// Lets the others go on.
    package func endExclusive(worker: Int) {
        if isShared { unsafe apus_gate_end_exclusive(gate, UInt32(worker)) }
    }
}
