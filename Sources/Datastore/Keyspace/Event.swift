// Event: what happened to a key, as keyspace notifications name it.

/// The name and class of a change. The classes are the letters of `notify-keyspace-events`.
package enum Event: UInt8, Sendable {
    case set, setrange, append, incrby, incrbyfloat
    case del, expired, evicted, expire, persist, renameFrom, renameTo, new, moveFrom, moveTo, copyTo
    case zadd, zincr, zrem, zremrangebyscore, zremrangebyrank, zremrangebylex, zpopmin, zpopmax
    case zunionstore, zinterstore, zdiffstore, zrangestore

    /// Whether the key is no longer there.
    var isRemoval: Bool {
        switch self {
        case .del, .expired, .evicted, .renameFrom, .moveFrom: true
        default: false
        }
    }
}

/// Who wants to hear of changes in a shard. While nobody does, a change costs one test of these bits.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Some client watches a key of this shard.
    package static let watches = Interest(rawValue: 1 << 0)
    /// Some client is blocked on a key of this shard.
    package static let waiters = Interest(rawValue: 1 << 1)
    /// An observer takes every change: snapshots (before), the effect log and notifications (after).
    package static let observer = Interest(rawValue: 1 << 2)
}

/// Takes part in every change of the keyspace while attached: the seam for snapshots, the effect log and notifications.
/// Called with the shard's lock held (or exclusively). Databases that are cleared or exchanged are told as a whole, and
/// not key by key.
package protocol ChangeObserver: AnyObject, Sendable {
    /// The entry under `key` is about to change or go; it still has its old value.
    func willChange(_ key: borrowing Key, inDatabase database: Int)
    /// It has changed.
    func didChange(_ key: borrowing Key, inDatabase database: Int, event: Event)
    /// All keys of the database are about to go; it still has them, if any. Exclusively.
    func willClear(database: Int)
    /// Each of the two databases is about to get all keys of the other. Exclusively.
    func willExchange(_ first: Int, _ second: Int)
}
