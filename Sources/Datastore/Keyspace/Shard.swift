// Shard: a part of the keyspace under one lock: the same slice of the hash in every database.
//
// The lock is not part of it: whoever holds the lock owns the shard as a whole, and others try the lock meanwhile.
// Invariant: `interest` contains .watches iff `watches` is not empty, .waiters iff `waiters` is not empty, and
// .observer iff the keyspace has one.

@safe
struct Shard: ~Copyable {
    /// What a change must tell; zero when nobody listens.
    var interest: Interest = []
    /// One per database; most stay empty and allocate nothing.
    let tables: UnsafeMutablePointer<KeyTable>
    private(set) var watches: WatchIndex?
    private(set) var waiters: WaiterIndex?

    init(databases: Int, shardBits: UInt8) {
        unsafe tables = UnsafeMutablePointer<KeyTable>.allocate(capacity: databases)
        for database in 0..<databases { unsafe (tables + database).initialize(to: KeyTable(shardBits: shardBits)) }
    }

    /// The index of watches for a change to it; `interest` is brought in line afterwards.
    mutating func withWatches<R>(_ body: (WatchIndex) -> R) -> R {
        if watches == nil { watches = WatchIndex() }
        let result = body(watches!)
        if watches!.isEmpty { interest.remove(.watches) } else { interest.insert(.watches) }
        return result
    }

    mutating func withWaiters<R>(_ body: (WaiterIndex) -> R) -> R {
        if waiters == nil { waiters = WaiterIndex() }
        let result = body(waiters!)
        if waiters!.isEmpty { interest.remove(.waiters) } else { interest.insert(.waiters) }
        return result
    }

    /// What is wrong with the shard of this number; nil if nothing is. O(keys and members); for tests, exclusively.
    func invariants(number: Int, of keyspace: Keyspace) -> String? {
        if interest.contains(.watches) != (watches?.isEmpty == false) { return "interest in watches is wrong" }
        if interest.contains(.waiters) != (waiters?.isEmpty == false) { return "interest in waiters is wrong" }
        if interest.contains(.observer) != (keyspace.observer != nil) { return "interest in the observer is wrong" }
        if let fault = watches?.invariants() { return fault }
        if waiters?.invariants() == false { return "a line of waiters is broken" }
        for database in 0..<keyspace.databaseCount {
            if let fault = unsafe tables[database].invariants(shard: number, of: keyspace) {
                return "database \(database): \(fault)"
            }
        }
        return nil
    }
}
