// Database: one worker's way to the keys: the only doors through which commands find, add, change and remove them.
//
// A worker has one, selects the client's database before each command and holds the locks of the shards that the
// command's keys live in. Every door removes a key that has expired, so commands never see one, and every change goes
// through `willChange` and `didChange`, where watches, blocked clients, snapshots and the effect log take notice.
// Invariant: time stands still during a command or transaction: `nowMs` is set by the worker before it.

internal import CDatastore
package import Platform

@safe
package struct Database: ~Copyable {
    package let keyspace: Keyspace
    /// The worker whose way it is, for locks and the gate.
    package let worker: Int
    let shards: UnsafeMutablePointer<Shard>
    let shardShift: UInt64
    /// The selected database.
    package var index = 0
    /// The command's time in Unix milliseconds.
    package private(set) var nowMs: Int64
    /// The same as entries keep it.
    private(set) var accessClock: AccessClock
    /// Reads do not renew the access clock (CLIENT NO-TOUCH).
    package var isTouchSuppressed = false
    /// Changes made through this door since the start: what `rdb_changes_since_last_save` counts.
    package var changes = 0
    package var figures = Figures()
    /// Whether no other worker executes anything, so that no shard needs its lock: with one worker, and exclusively.
    package private(set) var isAlone: Bool
    /// Strings read or written over that are too long to be inside their entries: whether stage 4 of the prefetch pays.
    package var longStringsMet = 0
    /// Whether an expiry was set since the last stage 2 of the prefetch: the next batch is expected to do the same.
    var setsExpiries = false
    /// What the prefetch has found for each key it was told, by its place among them.
    let ahead: UnsafeMutablePointer<FoundAhead>
    /// The place of the key that is looked up next: of its request in the batch, or of itself in a run of keys. A hint:
    /// a wrong one only costs a search.
    package var place = 0
    /// Keys that changed while somebody waits for them, in order and each once; served after the command.
    package private(set) var readyKeys: [OwnedKey] = []
    /// The same keys, since a transaction may make very many ready.
    private var isReady: Set<OwnedKey> = []

    /// Where the choice of random keys and members comes from. Not secret: it decides nothing but what a client sees.
    package var randomness: Randomness

    /// What INFO counts about look-ups and expiry.
    package struct Figures: Sendable {
        package var hits = 0
        package var misses = 0
        package var expired = 0
        package init() {}
    }

    /// `nowMs`: Unix time in milliseconds.
    package init(_ keyspace: Keyspace, worker: Int, nowMs: Int64) {
        self.keyspace = keyspace
        self.worker = worker
        unsafe shards = keyspace.shards
        shardShift = 64 - UInt64(keyspace.shardBits)
        self.nowMs = nowMs
        accessClock = AccessClock(nowMs: nowMs)
        isAlone = !keyspace.isShared
        randomness = Randomness(seed: UInt64(bitPattern: nowMs) &+ UInt64(worker) << 48)
        unsafe ahead = .allocate(capacity: FoundAhead.keysMax)
        unsafe ahead.initialize(repeating: FoundAhead(), count: FoundAhead.keysMax)
    }

    deinit { unsafe ahead.deallocate() }

    /// A new moment for the commands that follow.
    package mutating func setTime(_ nowMs: Int64) {
        self.nowMs = nowMs
        accessClock = AccessClock(nowMs: nowMs)
    }

    // MARK: Exclusive sections

    /// From here to the end this worker runs alone. It must be inside the gate and hold no locks: it takes none either,
    /// since a worker that waits at the gate may hold some.
    package mutating func beginExclusive() {
        keyspace.beginExclusive(worker: worker)
        isAlone = true
    }

    /// Lets the other workers go on.
    package mutating func endExclusive() {
        isAlone = !keyspace.isShared
        keyspace.endExclusive(worker: worker)
    }

    // MARK: Look-up

    // Inlined, since a call of them from a method that changes the database would be handed a copy of it.

    @inline(__always)
    func shard(_ hash: UInt64) -> UnsafeMutablePointer<Shard> {
        unsafe shards + Int(truncatingIfNeeded: hash >> shardShift)
    }

    @inline(__always)
    func keys(_ hash: UInt64) -> UnsafeMutablePointer<KeyTable> {
        unsafe shard(hash).pointee.tables + index
    }

    /// The live entry under `key`, nil if there is none. An expired one is removed on the way; during a pause only by
    /// those who may put another in its place.
    @inline(__always)
    mutating func find(
        _ key: Key, isReading: Bool = false
    ) -> (UnsafeMutablePointer<apus_entry>, UnsafeMutablePointer<KeyTable>)? {
        let keys = unsafe keys(key.hash)
        guard let raw = unsafe foundAhead(key, in: keys) ?? keys.pointee.entry(under: key) else { return nil }
        if unsafe apus_entry_is_due(raw, nowMs) {
            if isReading { unsafe expireUnlessPaused(raw, keys, key) } else { unsafe expire(raw, keys, key) }
            return nil
        }
        return unsafe (raw, keys)
    }

    /// Finds `key` for a command that does not change it; counts a hit or a miss and renews the access clock.
    @_lifetime(&self)
    package mutating func lookupForRead(_ key: Key) -> Entry? {
        guard let (raw, keys) = unsafe find(key, isReading: true) else {
            figures.misses += 1
            return nil
        }
        figures.hits += 1
        unsafe touch(raw)
        return unsafe _overrideLifetime(Entry(raw, keys), mutating: &self)
    }

    /// Finds `key` for a command that asks about it, not for its value (TTL, TYPE, OBJECT): counts, but renews nothing.
    @_lifetime(&self)
    package mutating func inspect(_ key: Key) -> Entry? {
        guard let (raw, keys) = unsafe find(key, isReading: true) else {
            figures.misses += 1
            return nil
        }
        figures.hits += 1
        return unsafe _overrideLifetime(Entry(raw, keys), mutating: &self)
    }

    /// Finds `key` without counting anything: a look before a change, or a second one. `touching`: renews the access
    /// clock, as the look of a command that may change nothing does.
    @_lifetime(&self)
    package mutating func peek(_ key: Key, touching: Bool = false) -> Entry? {
        guard let (raw, keys) = unsafe find(key, isReading: true) else { return nil }
        if touching { unsafe touch(raw) }
        return unsafe _overrideLifetime(Entry(raw, keys), mutating: &self)
    }

    /// What lies under `key`, even if its time has come; nothing is counted, renewed or removed.
    @_lifetime(&self)
    package mutating func stored(_ key: Key) -> Entry? {
        let keys = unsafe keys(key.hash)
        guard let raw = unsafe keys.pointee.entry(under: key) else { return nil }
        return unsafe _overrideLifetime(Entry(raw, keys), mutating: &self)
    }

    /// Finds `key` for a command that may change it. The command says so afterwards with `didChange`.
    @_lifetime(&self)
    package mutating func lookupForWrite(_ key: Key) -> Entry? {
        guard let (raw, keys) = unsafe find(key) else { return nil }
        unsafe touch(raw)
        willChange(key)
        return unsafe _overrideLifetime(Entry(raw, keys), mutating: &self)
    }

    /// Whether `key` exists. `touching`: as a read that renews the access clock.
    package mutating func contains(_ key: Key, touching: Bool = false) -> Bool {
        guard let (raw, _) = unsafe find(key, isReading: true) else { return false }
        if touching { unsafe touch(raw) }
        return true
    }

    /// Renews the access clock if it is late by so much that it matters, so that the line of a busy entry mostly stays
    /// clean: 2 % of a GET at pipeline 64.
    @inline(__always)
    func touch(_ raw: UnsafeMutablePointer<apus_entry>) {
        let old = unsafe raw.pointee.access
        guard accessClock.mustRenew(old) && !isTouchSuppressed else { return }
        unsafe raw.pointee.access = accessClock.renewing(old)
    }

    // MARK: Change

    /// The entry under `key` is about to change: whoever keeps its old value takes it now.
    @inline(__always)
    func willChange(_ key: Key) {
        if unsafe shard(key.hash).pointee.interest.contains(.observer) { announceChange(key) }
    }

    /// The rare half of `willChange`.
    @inline(never)
    private func announceChange(_ key: Key) {
        keyspace.observer?.willChange(key, inDatabase: index)
    }

    /// `key` has changed. Counts it, fails the transactions that watch it, and remembers that its waiters may be
    /// served.
    @inline(__always)
    package mutating func didChange(_ key: Key, _ event: Event) {
        changes &+= 1
        if unsafe !shard(key.hash).pointee.interest.isEmpty { announce(key, event) }
    }

    /// So many elements of the value under `key` have changed, each of which counts as a change.
    package mutating func didChange(_ key: Key, elements count: Int, _ event: Event) {
        didChange(key, event)
        changes &+= count &- 1
    }

    /// The rare half of `didChange`.
    @inline(never)
    private mutating func announce(_ key: Key, _ event: Event) {
        let shard = unsafe shard(key.hash)
        let interest = unsafe shard.pointee.interest
        if !interest.isDisjoint(with: [.watches, .waiters]) {
            let owned = OwnedKey(database: index, key)
            if interest.contains(.watches) {
                unsafe shard.pointee.withWatches { $0.touch(owned, isGone: event.isRemoval) }
            }
            // Nobody can be served from a key that is gone.
            if !event.isRemoval && interest.contains(.waiters),
                unsafe shard.pointee.withWaiters({ $0.hasWaiters(owned) })
            {
                noteReady(owned)
            }
        }
        if interest.contains(.observer) { keyspace.observer?.didChange(key, inDatabase: index, event: event) }
    }

    /// Somebody waits for a key that may have something now.
    mutating func noteReady(_ key: OwnedKey) {
        if isReady.insert(key).inserted { readyKeys.append(key) }
    }

    /// The keys that have become ready since the last call.
    package mutating func takeReadyKeys() -> [OwnedKey] {
        defer {
            readyKeys = []
            isReady = []
        }
        return readyKeys
    }

    /// Removes an entry whose time has come.
    @inline(never)
    private mutating func expire(
        _ raw: UnsafeMutablePointer<apus_entry>, _ keys: UnsafeMutablePointer<KeyTable>, _ key: Key
    ) {
        figures.expired += 1
        willChange(key)
        unsafe keys.pointee.remove(raw, hash: key.hash)
        didChange(key, .expired)
        changes &-= 1  // an expiry is not a change that a client made
        unsafe keyspace.reclaimer.free(raw)
    }

    /// The same for a look-up that leaves the data alone: while a pause promises that they stay as they are, they do.
    @inline(never)
    private mutating func expireUnlessPaused(
        _ raw: UnsafeMutablePointer<apus_entry>, _ keys: UnsafeMutablePointer<KeyTable>, _ key: Key
    ) {
        if !keyspace.isExpiryPaused(nowMs) { unsafe expire(raw, keys, key) }
    }

    /// Adds an entry under a key that is not there.
    mutating func attach(_ raw: UnsafeMutablePointer<apus_entry>, _ key: Key) {
        let keys = unsafe keys(key.hash)
        unsafe apus_table_insert(&keys.pointee.table, key.hash, raw)
        if unsafe apus_entry_has_expiry(raw) {
            unsafe keys.pointee.expiring += 1
            unsafe noteExpiry(keys, key.hash, apus_entry_expiry(raw))
        }
    }

    @inline(__always)
    mutating func noteExpiry(_ keys: UnsafeMutablePointer<KeyTable>, _ hash: UInt64, _ expiryMs: Int64) {
        unsafe keys.pointee.noteExpiry(hash: hash, expiryMs: expiryMs, nowMs: nowMs)
        setsExpiries = true
    }
}
