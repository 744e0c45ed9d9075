// Watches: which transactions must fail when a key changes (WATCH).

internal import Memory
internal import Synchronization

/// One client's watch: raised by whichever thread changes a watched key, read by the client's EXEC.
package final class WatchToken: Sendable {
    private let changed = Atomic<Bool>(false)

    package init() {}

    /// Whether a watched key has changed since the first WATCH.
    package var isChanged: Bool { changed.load(ordering: .acquiring) }
    /// A watched key has changed. Any thread.
    package func raise() { changed.store(true, ordering: .releasing) }
}

/// Whether a key exists. An expired one does for the table, not for commands.
enum Presence {
    case missing, expired, live
}

/// The watched keys of one shard, guarded by the shard's lock.
final class WatchIndex {
    private struct Watch {
        let token: WatchToken
        /// The key's expiry had passed when it was watched: its removal is then no change.
        var wasExpired: Bool
    }

    private var watches: [OwnedKey: [Watch]] = [:]

    var isEmpty: Bool { watches.isEmpty }

    /// What a watch takes beside the key's bytes, in the table, in the key's list and in the client's own.
    private static let watchBytes = 112

    private func account(_ count: Int, _ key: OwnedKey) {
        Allocator.account(count * (Self.watchBytes + key.memoryBytes))
    }

    /// Adds a watch; once per token and key.
    func insert(_ key: OwnedKey, _ token: WatchToken, wasExpired: Bool) {
        watches[key, default: []].append(Watch(token: token, wasExpired: wasExpired))
        account(1, key)
    }

    func contains(_ key: OwnedKey, _ token: WatchToken) -> Bool {
        watches[key]?.contains { $0.token === token } ?? false
    }

    func remove(_ key: OwnedKey, _ token: WatchToken) {
        guard var list = watches[key] else { return }
        let before = list.count
        list.removeAll { $0.token === token }
        account(list.count - before, key)
        watches[key] = list.isEmpty ? nil : list
    }

    /// A key has changed. `isGone`: it no longer exists.
    func touch(_ key: OwnedKey, isGone: Bool) {
        guard let list = watches[key] else { return }
        for index in list.indices {
            if list[index].wasExpired && isGone {
                // What was expired when it was watched is gone for good now: a later write is a change.
                watches[key]![index].wasExpired = false
            } else {
                list[index].token.raise()
            }
        }
    }

    /// The database of a key is exchanged for another, in which it is `new`. What commands see no change of is none:
    /// an expired key for a missing or an expired one, nor a missing one for an expired one.
    func exchange(_ key: OwnedKey, _ old: Presence, for new: Presence) {
        guard let list = watches[key], old != .missing || new != .missing else { return }
        for index in list.indices {
            let wasExpired = list[index].wasExpired
            if new != .live && (wasExpired || old == .missing) {
                watches[key]![index].wasExpired = new == .expired
            } else {
                list[index].token.raise()
            }
        }
    }

    /// Whether a watch of the token saw this key expired already.
    func wasExpired(_ key: OwnedKey, _ token: WatchToken) -> Bool {
        watches[key]?.first { $0.token === token }?.wasExpired ?? false
    }

    /// The watched keys of one database. O(keys).
    func keys(inDatabase database: Int) -> [OwnedKey] {
        watches.keys.filter { $0.database == database }
    }
}
