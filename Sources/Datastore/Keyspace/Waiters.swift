// Waiters: clients blocked on keys (BZPOPMIN and its kin), in the order in which they came.
//
// A waiter stands in the queue of every key it waits for, possibly in several shards under several locks. Whoever ends
// the wait (a producer on any thread, the timeout, CLIENT UNBLOCK, the client's going away) must first claim it, under
// the waiter's own lock, so that no element is served twice and no client is answered twice. A producer that turns out
// to have nothing leaves the wait as it was; who wanted to end it meanwhile has been waiting at that lock, and does.
// A waiter's lock is the innermost: its holder takes no other and stays inside the gate.
// Invariant: a wait that has ended stays ended, and exactly one caller was told that it ended it.

internal import Memory
internal import Platform
internal import Synchronization

/// One client's wait. What to do when a key becomes ready is the server's subclass's business.
open class Waiter: @unchecked Sendable {
    private let deciding = Lock()
    /// Changed under `deciding`; read by anyone.
    private let claimed = Atomic<Bool>(false)
    /// The keys it stands in line for.
    package let keys: [OwnedKey]

    package init(keys: [OwnedKey]) { self.keys = keys }

    /// Whether the wait is over.
    package final var isClaimed: Bool { claimed.load(ordering: .acquiring) }

    /// What came of an attempt to serve a waiter.
    package enum Outcome: Sendable {
        /// It got what there was: its wait is over.
        case served
        /// There was nothing for it, and it waits on.
        case nothing
        /// Its wait was over already, and nothing was taken for it: the next in line has its turn.
        case gone
    }

    /// Serves the waiter with `body` if its wait is not over; `body` returns whether it had something for it.
    package final func serve(_ body: () -> Bool) -> Outcome {
        deciding.withLock {
            if isClaimed { return .gone }
            guard body() else { return .nothing }
            claimed.store(true, ordering: .releasing)
            return .served
        }
    }

    /// Ends the wait for the caller alone; false if it is over already.
    package final func claim() -> Bool { serve { true } == .served }
}

/// The lines of one shard, guarded by the shard's lock. Every operation on one waiter is O(1).
final class WaiterIndex {
    private var lines: [OwnedKey: WaiterLine] = [:]

    var isEmpty: Bool { lines.isEmpty }

    /// What a place in a line takes beside the key's bytes, in both tables.
    private static let placeBytes = 176

    func append(_ waiter: Waiter, key: OwnedKey) {
        lines[key, default: WaiterLine()].append(waiter)
        Allocator.account(Self.placeBytes + key.memoryBytes)
    }

    func hasWaiters(_ key: OwnedKey) -> Bool { lines[key] != nil }

    /// Who has waited longest for the key. Forgets those before it whose wait has ended elsewhere.
    func first(_ key: OwnedKey) -> Waiter? {
        while let waiter = lines[key]?.first {
            if !waiter.isClaimed { return waiter }
            remove(waiter, key: key)
        }
        return nil
    }

    func remove(_ waiter: Waiter, key: OwnedKey) {
        if lines[key]?.remove(waiter) == true { Allocator.account(-(Self.placeBytes + key.memoryBytes)) }
        if lines[key]?.first == nil { lines[key] = nil }
    }

    /// The keys of one database that somebody waits for. O(keys).
    func keys(inDatabase database: Int) -> [OwnedKey] {
        lines.keys.filter { $0.database == database }
    }

    /// No line is empty, and each keeps its own invariant.
    func invariants() -> Bool { lines.values.allSatisfy { $0.first != nil && $0.invariants() } }
}

/// Those who wait for one key, oldest first: a list that is linked through a table, so that whoever gives up leaves the
/// middle of a long line as quickly as its head is served.
/// Invariant: following `next` from `head` meets every waiter in the table once and ends at `tail`; `previous` is the
/// way back.
struct WaiterLine {
    private struct Place {
        let waiter: Waiter
        var previous: ObjectIdentifier?
        var next: ObjectIdentifier?
    }

    private var places: [ObjectIdentifier: Place] = [:]
    private var head: ObjectIdentifier?
    private var tail: ObjectIdentifier?

    var first: Waiter? { head.map { places[$0]!.waiter } }

    /// Precondition: the waiter does not stand in this line yet.
    mutating func append(_ waiter: Waiter) {
        let new = ObjectIdentifier(waiter)
        if let tail { places[tail]!.next = new } else { head = new }
        places[new] = Place(waiter: waiter, previous: tail, next: nil)
        tail = new
    }

    /// Takes a waiter out; false if it is not there any more.
    mutating func remove(_ waiter: Waiter) -> Bool {
        guard let place = places.removeValue(forKey: ObjectIdentifier(waiter)) else { return false }
        if let previous = place.previous { places[previous]!.next = place.next } else { head = place.next }
        if let next = place.next { places[next]!.previous = place.previous } else { tail = place.previous }
        return true
    }

    func invariants() -> Bool {
        var met = 0
        var previous: ObjectIdentifier?
        var current = head
        while let here = current, met < places.count {
            guard let place = places[here], ObjectIdentifier(place.waiter) == here, place.previous == previous else {
                return false
            }
            met += 1
            previous = here
            current = place.next
        }
        return current == nil && met == places.count && tail == previous
    }
}
