// ZMPOP and BZMPOP: members from an end of the first of several sets that has some.

package import Datastore
internal import Memory
package import RESP

package enum ZMPOP: DataCommand {
    package static let spec = CommandSpec(
        "zmpop",
        summary:
            "Returns the highest- or lowest-scoring members from one or more sorted sets after removing them. Deletes "
            + "the sorted set if the last member was popped.",
        since: "7.0.0", group: .sortedSet,
        complexity:
            "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted "
            + "set, and M being the number of elements popped.",
        arity: -4, flags: [.write, .movableKeys], categories: [.sortedSet],
        keys: [.counted("RW", "access", "delete")],
        arguments: [
            ArgumentSpec("numkeys", .integer), ArgumentSpec("key", .key, key: 0, multiple: true),
            ArgumentSpec("where", .oneOf, [.word("min", "MIN"), .word("max", "MAX")]),
            ArgumentSpec("count", .integer, token: "COUNT", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let pop = try MultiPop(request, countAt: 1)
        if try !pop.run(request, &database, &reply) { reply.nullArray() }
    }
}

package enum BZMPOP: BlockingCommand {
    package static let awaited: ValueType? = .sortedSet
    package static let spec = CommandSpec(
        "bzmpop",
        summary:
            "Removes and returns a member by score from one or more sorted sets. Blocks until a member is available "
            + "otherwise. Deletes the sorted set if the last element was popped.",
        since: "7.0.0", group: .sortedSet,
        complexity:
            "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted "
            + "set, and M being the number of elements popped.",
        arity: -5, flags: [.write, .blocking, .movableKeys], categories: [.sortedSet],
        keys: [.counted("RW", "access", "delete", at: 2)],
        arguments: [
            ArgumentSpec("timeout", .double), ArgumentSpec("numkeys", .integer),
            ArgumentSpec("key", .key, key: 0, multiple: true),
            ArgumentSpec("where", .oneOf, [.word("min", "MIN"), .word("max", "MAX")]),
            ArgumentSpec("count", .integer, token: "COUNT", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let pop = try MultiPop(request, countAt: 2)
        let deadlineMs = try request.deadlineMs(at: 1, database)
        if try !pop.run(request, &database, &reply) { throw .wouldBlock(deadlineMs: deadlineMs) }
    }

    package static func serve(
        _ request: Request, _ key: Key, _ database: inout Database, _ reply: inout Reply
    ) -> Bool {
        guard let pop = try? MultiPop(request, countAt: 2) else { preconditionFailure("what waits has been parsed") }
        guard case .members = database.popSource(key) else { return false }
        pop.take(key, &database, &reply)
        return true
    }
}

/// The words of a pop from several keys: numkeys key [key …] MIN | MAX [COUNT count].
private struct MultiPop {
    let keys: Range<Int>
    let end: SortedSetEnd
    var wanted = 1

    /// `countAt`: the argument that says how many keys follow.
    init(_ request: Request, countAt: Int) throws(CommandError) {
        let keyCount = try request.positive(at: countAt, or: "ERR numkeys should be greater than 0")
        // At least the word for the end stands behind the keys.
        guard keyCount < request.count - countAt - 1 else { throw .syntax }
        keys = countAt + 1..<countAt + 1 + keyCount
        let word = request[keys.upperBound]
        if word.isWord("MIN") {
            end = .min
        } else if word.isWord("MAX") {
            end = .max
        } else {
            throw .syntax
        }
        let optionIndex = keys.upperBound + 1
        if optionIndex == request.count { return }
        guard request[optionIndex].isWord("COUNT"), optionIndex + 1 < request.count else { throw .syntax }
        wanted = try request.positive(at: optionIndex + 1, or: "ERR count should be greater than 0")
        guard optionIndex + 2 == request.count else { throw .syntax }
    }

    /// Pops from the first key that has members; false if none has.
    func run(_ request: Request, _ database: inout Database, _ reply: inout Reply) throws(CommandError) -> Bool {
        for index in keys {
            let key = request.key(at: index)
            switch database.popSource(key) {
            case .missing: continue
            case .wrongType: throw .wrongType
            case .members:
                take(key, &database, &reply)
                return true
            }
        }
        return false
    }

    func take(_ key: Key, _ database: inout Database, _ reply: inout Reply) {
        reply.array(2)
        reply.bulk(key.bytes)
        database.pop(wanted, from: end, of: key) { set, ranks in
            reply.members(of: set, ranks: ranks, isReversed: end == .max, scores: .pairs)
        }
    }
}

extension Request {
    /// Argument `index` as an integer that is at least 1.
    fileprivate func positive(at index: Int, or error: StaticString) throws(CommandError) -> Int {
        guard let value = self[index].integer, value > 0 else { throw .reply(error) }
        return value
    }
}
