// ZREM and ZREMRANGEBY…: members go. A set that has lost its last one goes, too.

package import Datastore
package import RESP

package enum ZREM: DataCommand {
    package static let spec = CommandSpec(
        "zrem",
        summary: "Removes one or more members from a sorted set. Deletes the sorted set if all members were removed.",
        since: "1.2.0", group: .sortedSet,
        complexity:
            "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be "
            + "removed.",
        arity: -3, flags: [.write, .fast], categories: [.sortedSet], keys: [.one("RW", "delete")],
        history: [("2.4.0", "Accepts multiple elements.")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("member", .string, multiple: true)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let removed = try request.remove(.zrem, &database) { set in
            var removed = 0
            for index in 2..<request.count where set.remove(request[index]) != nil { removed += 1 }
            return removed
        }
        reply.integer(removed)
    }
}

package enum ZREMRANGEBYRANK: DataCommand {
    package static let spec = rangeSpec(
        "zremrangebyrank", within: "a range of indexes", since: "2.0.0",
        [ArgumentSpec("start", .integer), ArgumentSpec("stop", .integer)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.removeRange(.rank, .zremrangebyrank, &database, &reply)
    }
}

package enum ZREMRANGEBYSCORE: DataCommand {
    package static let spec = rangeSpec(
        "zremrangebyscore", within: "a range of scores", since: "1.2.0",
        [ArgumentSpec("min", .double), ArgumentSpec("max", .double)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.removeRange(.score, .zremrangebyscore, &database, &reply)
    }
}

package enum ZREMRANGEBYLEX: DataCommand {
    package static let spec = rangeSpec(
        "zremrangebylex", within: "a lexicographical range", since: "2.8.9",
        [ArgumentSpec("min", .string), ArgumentSpec("max", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.removeRange(.lex, .zremrangebylex, &database, &reply)
    }
}

/// The three commands differ in what the bounds of their ranges are.
private func rangeSpec(_ name: String, within range: String, since: String, _ bounds: [ArgumentSpec]) -> CommandSpec {
    CommandSpec(
        name,
        summary: "Removes members in a sorted set within \(range). Deletes the sorted set if all members were removed.",
        since: since, group: .sortedSet,
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed "
            + "by the operation.",
        arity: 4, flags: [.write], categories: [.sortedSet], keys: [.one("RW", "delete")],
        arguments: [ArgumentSpec("key", .key, key: 0)] + bounds)
}

extension Request {
    fileprivate func removeRange(
        _ terms: RangeTerms, _ event: Event, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let range = try RangeArguments(terms, self, boundsAt: 2)
        reply.integer(try remove(event, &database) { set in set.remove(ranks: range.ranks(in: set)) })
    }

    /// Lets `body` remove members of the set under the first key and announces what it did: the event, and the
    /// deletion of a set that is empty now. Returns how many went; 0 if there is no key.
    fileprivate func remove(
        _ event: Event, _ database: inout Database, _ body: (inout SortedSet) -> Int
    ) throws(CommandError) -> Int {
        guard var entry = database.lookupForWrite(key) else { return 0 }
        guard case .sortedSet = entry.type else { throw .wrongType }
        let (removed, isEmptied) = entry.changeSortedSet { set in
            let removed = body(&set)
            return (removed, set.isEmpty)
        }
        if removed > 0 { database.didChange(key, elements: removed, event) }
        if isEmptied { database.deleteEmptied(key) }
        return removed
    }
}
