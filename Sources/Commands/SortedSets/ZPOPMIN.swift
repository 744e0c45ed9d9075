// ZPOPMIN and ZPOPMAX, which take members from an end, and BZPOPMIN and BZPOPMAX, which wait until there are some.

package import Datastore
package import RESP

package enum ZPOPMIN: DataCommand {
    package static let spec = popSpec("zpopmin", "lowest")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.pop(.min, &database, &reply)
    }
}

package enum ZPOPMAX: DataCommand {
    package static let spec = popSpec("zpopmax", "highest")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.pop(.max, &database, &reply)
    }
}

package enum BZPOPMIN: BlockingCommand {
    package static let awaited: ValueType? = .sortedSet
    package static let spec = blockingPopSpec("bzpopmin", "lowest")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.popOrWait(.min, &database, &reply)
    }

    package static func serve(
        _ request: Request, _ key: Key, _ database: inout Database, _ reply: inout Reply
    ) -> Bool {
        database.popFirst(.min, of: key, &reply)
    }
}

package enum BZPOPMAX: BlockingCommand {
    package static let awaited: ValueType? = .sortedSet
    package static let spec = blockingPopSpec("bzpopmax", "highest")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.popOrWait(.max, &database, &reply)
    }

    package static func serve(
        _ request: Request, _ key: Key, _ database: inout Database, _ reply: inout Reply
    ) -> Bool {
        database.popFirst(.max, of: key, &reply)
    }
}

/// `which`: the scores of the members that go first, lowest or highest.
private func popSpec(_ name: String, _ which: String) -> CommandSpec {
    CommandSpec(
        name,
        summary:
            "Returns the \(which)-scoring members from a sorted set after removing them. Deletes the sorted set if the "
            + "last member was popped.",
        since: "5.0.0", group: .sortedSet,
        complexity:
            "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements "
            + "popped.",
        arity: -2, flags: [.write, .fast], categories: [.sortedSet], keys: [.one("RW", "access", "delete")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("count", .integer, optional: true)])
}

private func blockingPopSpec(_ name: String, _ which: String) -> CommandSpec {
    CommandSpec(
        name,
        summary:
            "Removes and returns the member with the \(which) score from one or more sorted sets. Blocks until a "
            + "member is available otherwise. Deletes the sorted set if the last element was popped.",
        since: "5.0.0", group: .sortedSet,
        complexity: "O(log(N)) with N being the number of elements in the sorted set.", arity: -3,
        flags: [.write, .blocking, .fast], categories: [.sortedSet], keys: [.many("RW", "access", "delete", last: -2)],
        history: [("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
        arguments: [ArgumentSpec("key", .key, key: 0, multiple: true), ArgumentSpec("timeout", .double)])
}

/// The end of a sorted set that pops take from.
enum SortedSetEnd {
    /// The least score first.
    case min
    /// The greatest score first.
    case max

    var event: Event { self == .min ? .zpopmin : .zpopmax }

    /// The ranks of the `wanted` members at this end, as far as there are so many.
    func ranks(_ wanted: Int, ofCount count: Int) -> Range<Int> {
        let popped = Swift.min(wanted, count)
        return self == .min ? 0..<popped : count - popped..<count
    }
}

/// What stands under a key that a pop looks at.
enum PopSource {
    case missing
    case wrongType
    /// A set with this many members, at least one.
    case members(Int)
}

extension Database {
    /// What a pop would find under `key`.
    mutating func popSource(_ key: Key) -> PopSource {
        guard let entry = peek(key) else { return .missing }
        guard case .sortedSet = entry.type else { return .wrongType }
        return .members(entry.withSortedSet { set in set.count })
    }

    /// Moves up to `wanted` members from an end of the set under `key`, which is there, into the reply: `write` has
    /// the ranks to write. Announces the pop, and the deletion of a set that is empty now.
    mutating func pop(
        _ wanted: Int, from end: SortedSetEnd, of key: Key, _ write: (borrowing SortedSet, Range<Int>) -> Void
    ) {
        guard var entry = lookupForWrite(key) else { return }
        let (popped, isEmptied) = entry.changeSortedSet { set in
            let ranks = end.ranks(wanted, ofCount: set.count)
            write(set, ranks)
            set.remove(ranks: ranks)
            return (ranks.count, set.isEmpty)
        }
        didChange(key, elements: popped, end.event)
        if isEmptied { deleteEmptied(key) }
    }

    /// Replies key, member and score of the first member, which goes; false if there is none.
    fileprivate mutating func popFirst(_ end: SortedSetEnd, of key: Key, _ reply: inout Reply) -> Bool {
        guard case .members = popSource(key) else { return false }
        reply.array(3)
        reply.bulk(key.bytes)
        pop(1, from: end, of: key) { set, ranks in
            let first = set.member(atRank: ranks.lowerBound)
            reply.member(first)
            reply.double(first.score)
        }
        return true
    }
}

extension Request {
    /// ZPOPMIN and ZPOPMAX: one member flat, or those of a given count.
    fileprivate func pop(
        _ end: SortedSetEnd, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard count <= 3 else { throw .syntax }
        let wanted = count == 3 ? self[2].integer ?? -1 : 1
        guard wanted >= 0 else { throw .reply("ERR value is out of range, must be positive") }
        switch database.popSource(key) {
        case .missing: return reply.emptyArray()
        case .wrongType: throw .wrongType
        case .members where wanted == 0: return reply.emptyArray()
        case .members: break
        }
        let isCounted = count == 3
        database.pop(wanted, from: end, of: key) { set, ranks in
            if isCounted {
                reply.members(of: set, ranks: ranks, isReversed: end == .max, scores: .byProtocol)
            } else {
                let first = set.member(atRank: ranks.lowerBound)
                reply.array(2)
                reply.member(first)
                reply.double(first.score)
            }
        }
    }

    /// BZPOPMIN and BZPOPMAX: the first of the keys that has something, or a wait for all of them.
    fileprivate func popOrWait(
        _ end: SortedSetEnd, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let deadlineMs = try deadlineMs(at: count - 1, database)
        for index in 1..<count - 1 {
            let key = index == 1 ? key : key(at: index)
            switch database.popSource(key) {
            case .missing: continue
            case .wrongType: throw .wrongType
            case .members:
                _ = database.popFirst(end, of: key, &reply)
                return
            }
        }
        throw .wouldBlock(deadlineMs: deadlineMs)
    }
}
