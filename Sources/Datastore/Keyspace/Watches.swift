// Watches: which transactions must fail when a key changes (WATCH).

internal import Memory
internal import Synchronization

/// One client's watch: raised by whichever thread changes a watched key, read by the client's EXEC.
package final class WatchToken: Sendable {
    private let changed = Atomic<Bool>(false)
    private let changedByItself = Atomic<Bool>(false)

    package init() {}

    /// Whether a watched key has changed since the first WATCH.
    package var isChanged: Bool { changed.load(ordering: .acquiring) }
    /// Whether one has changed by itself, not with its whole database (FLUSHALL, SWAPDB): then the watches are told as
    /// ended, as they are in Redis.
    package var isChangedByItself: Bool { changedByItself.load(ordering: .acquiring) }

    /// A watched key has changed, perhaps with all others. Any thread.
    package func raise(withDatabase: Bool = false) {
        changed.store(true, ordering: .releasing)
        if !withDatabase { changedByItself.store(true, ordering: .releasing) }
    }
}

extension OwnedKey {
    /// What a watch takes, by estimate: the key's bytes, and 192 in the tables of the index and in the client's list.
    package var watchBytes: Int { 192 + memoryBytes }
}

/// Whether a key exists. An expired one does for the table, not for commands.
enum Presence {
    case missing, expired, live
}

/// The watched keys of one shard, guarded by the shard's lock.
/// Invariant: a key has at least one watch, and at most one for each token.
final class WatchIndex {
    private struct Watch {
        let token: WatchToken
        /// The key's expiry had passed when it was watched: its removal is then no change.
        var wasExpired: Bool
    }

    /// The watches of each key by their tokens: many clients may watch one key, and each looks for its own only.
    private var watches: [OwnedKey: [ObjectIdentifier: Watch]] = [:]

    var isEmpty: Bool { watches.isEmpty }

    /// Adds a watch; once per token and key. O(1).
    func insert(_ key: OwnedKey, _ token: WatchToken, wasExpired: Bool) {
        watches[key, default: [:]][ObjectIdentifier(token)] = Watch(token: token, wasExpired: wasExpired)
        Allocator.account(key.watchBytes)
    }

    /// O(1).
    func contains(_ key: OwnedKey, _ token: WatchToken) -> Bool {
        watches[key]?[ObjectIdentifier(token)] != nil
    }

    /// O(1).
    func remove(_ key: OwnedKey, _ token: WatchToken) {
        guard watches[key]?.removeValue(forKey: ObjectIdentifier(token)) != nil else { return }
        Allocator.account(-key.watchBytes)
        if watches[key]!.isEmpty { watches[key] = nil }
    }

    /// A key has changed. `isGone`: it no longer exists. O(its watches).
    func touch(_ key: OwnedKey, isGone: Bool, withDatabase: Bool = false) {
        guard let watched = watches[key] else { return }
        for (token, watch) in watched {
            if watch.wasExpired && isGone {
                // What was expired when it was watched is gone for good now: a later write is a change.
                watches[key]![token]!.wasExpired = false
            } else {
                watch.token.raise(withDatabase: withDatabase)
            }
        }
    }

    /// The database of a key is exchanged for another, in which it is `new`. What commands see no change of is none:
    /// an expired key for a missing or an expired one, nor a missing one for an expired one.
    /// O(its watches).
    func exchange(_ key: OwnedKey, _ old: Presence, for new: Presence) {
        guard let watched = watches[key], old != .missing || new != .missing else { return }
        for (token, watch) in watched {
            if new != .live && (watch.wasExpired || old == .missing) {
                watches[key]![token]!.wasExpired = new == .expired
            } else {
                watch.token.raise(withDatabase: true)
            }
        }
    }

    /// Whether a watch of the token saw this key expired already.
    func wasExpired(_ key: OwnedKey, _ token: WatchToken) -> Bool {
        watches[key]?[ObjectIdentifier(token)]?.wasExpired ?? false
    }

    /// The watched keys of one database. O(keys).
    func keys(inDatabase database: Int) -> [OwnedKey] {
        watches.keys.filter { $0.database == database }
    }

    /// What is wrong with the index; nil if nothing is. O(watches).
    func invariants() -> String? {
        for watched in watches.values {
            if watched.isEmpty { return "a watched key without a watch" }
            for (token, watch) in watched where token != ObjectIdentifier(watch.token) { return "a watch of another" }
        }
        return nil
    }
}
