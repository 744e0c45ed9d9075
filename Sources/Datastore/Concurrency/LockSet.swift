// LockSet: the shards of one command or transaction, locked together in ascending order.
//
// Ascending order is what keeps two commands from waiting for each other. A command's set is complete before its first
// lock is taken and before it executes anything, so a worker that must wait counts as out of the gate: an exclusive
// section may run in between, whatever locks are held.
// Invariant: while held, every member's lock is ours.

internal import CDatastore
internal import CPlatform

@safe
package struct LockSet: ~Copyable {
    private typealias Words = InlineArray<16, UInt64>

    /// Shards that a set can name: no keyspace has more.
    static var shardsMax: Int { Words.count * UInt64.bitWidth }

    /// One bit per shard.
    private var words = Words(repeating: 0)
    /// Range of `words` in use.
    private var firstWord = Words.count
    private var endWord = 0

    package init() {}

    /// Adds a shard, which may be a member already.
    package mutating func insert(shard: Int) {
        let word = shard >> 6
        words[word] |= 1 << UInt64(shard & 63)
        firstWord = min(firstWord, word)
        endWord = max(endWord, word + 1)
    }

    /// Whether a shard is a member.
    package func contains(shard: Int) -> Bool { words[shard >> 6] & 1 << UInt64(shard & 63) != 0 }

    /// Adds the shard of a key.
    package mutating func insert(_ key: Key, of keyspace: Keyspace) {
        insert(shard: keyspace.shardIndex(ofHash: key.hash))
    }

    /// Locks all members; `worker` must be inside the gate and is inside it afterwards. Returns whether it had to wait,
    /// so that time has passed and others may have run.
    @discardableResult
    package func acquire(_ keyspace: Keyspace, worker: Int) -> Bool {
        var hasWaited = false
        forEach { shard in if keyspace.lock(shard: shard, worker: worker) { hasWaited = true } }
        return hasWaited
    }

    /// Unlocks all members and empties the set.
    package mutating func release(_ keyspace: Keyspace) {
        forEach { shard in keyspace.unlock(shard: shard) }
        removeAll()
    }

    /// Empties the set, none of whose members is locked.
    package mutating func removeAll() {
        while firstWord < endWord {
            words[firstWord] = 0
            firstWord += 1
        }
        firstWord = Words.count
        endWord = 0
    }

    private func forEach(_ body: (Int) -> Void) {
        var word = firstWord
        while word < endWord {
            var bits = words[word]
            while bits != 0 {
                body(word << 6 + bits.trailingZeroBitCount)
                bits &= bits &- 1
            }
            word += 1
        }
    }
}

extension Keyspace {
    /// Locks one shard. Waiting happens outside the gate. Returns whether there was any.
    @discardableResult
    package func lock(shard: Int, worker: Int) -> Bool {
        assert(isShared, "with one worker nothing is locked")
        assert(unsafe !apus_gate_is_exclusive(gate, UInt32(worker)), "who is alone takes no locks")
        let lock = unsafe lockAddress(shard)
        if unsafe apus_lock_try(lock) { return false }
        leave(worker: worker)
        unsafe apus_lock_acquire(lock)
        enter(worker: worker)
        return true
    }

    /// Locks one shard if others do not keep it for longer than most commands do: for work that need not be done now,
    /// and for who holds other locks already, out of order. Returns whether it is locked.
    package func lockUnlessBusy(shard: Int) -> Bool {
        let lock = unsafe lockAddress(shard)
        for _ in 0..<Limits.lockAttemptsMax where unsafe apus_lock_try(lock) { return true }
        return false
    }

    /// Asks the memory for a lock, to take it soon.
    package func prefetchLock(ofShard shard: Int) { unsafe apus_lock_prefetch(lockAddress(shard)) }

    /// Unlocks one shard, which this worker has locked.
    package func unlock(shard: Int) {
        unsafe apus_lock_release(lockAddress(shard))
    }

    /// The shard that holds the key, or would. O(1).
    package func shard(of key: Key) -> Int { shardIndex(ofHash: key.hash) }

    func lockAddress(_ shard: Int) -> UnsafeMutablePointer<apus_lock> {
        unsafe (locks + shard * Self.lockStride).assumingMemoryBound(to: apus_lock.self)
    }
}
