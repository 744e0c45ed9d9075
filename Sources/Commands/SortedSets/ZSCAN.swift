// ZSCAN: all members, a few at a time.

package import Datastore
internal import Memory
package import RESP

package enum ZSCAN: DataCommand {
    package static let spec = CommandSpec(
        "zscan", summary: "Iterates over members and scores of a sorted set.", since: "2.8.0", group: .sortedSet,
        complexity:
            "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to "
            + "return back to 0. N is the number of elements inside the collection.",
        arity: -3, flags: [.readonly], categories: [.sortedSet], keys: [.one("RO", "access")],
        tips: ["nondeterministic_output"], history: [("8.0.0", "Added noscores option.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("cursor", .integer),
            ArgumentSpec("pattern", .pattern, token: "MATCH", optional: true),
            ArgumentSpec("count", .integer, token: "COUNT", optional: true),
            .word("noscores", "NOSCORES", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let position = request[2].scanCursor else { throw .reply("ERR invalid cursor") }
        guard let entry = database.lookupForRead(request.key) else {
            reply.array(2)
            reply.bulk(0)
            return reply.emptyArray()
        }
        guard case .sortedSet = entry.type else { throw .wrongType }
        var scan = ScanOptions()
        var hasScores = true
        var words = request.options(from: 3)
        while let word = words.next() {
            if try scan.take(word, &words) { continue }
            guard word.isWord("NOSCORES") else { throw .syntax }
            hasScores = false
        }
        entry.withSortedSet { set in
            reply.scan(
                set, from: position, wanted: scan.wanted, hasScores: hasScores, matching: scan.pattern(in: request))
        }
    }
}

extension Reply {
    /// The cursor to go on with and the members found.
    fileprivate mutating func scan(
        _ set: borrowing SortedSet, from position: UInt64, wanted: Int, hasScores: Bool, matching pattern: ByteView?
    ) {
        let protocolVersion = version
        // A scan has scores as strings in RESP3, too.
        version = .resp2
        defer { version = protocolVersion }
        let members = beginDeferred()
        var count = 0
        let next = set.scan(from: position, wanted: wanted) { found in
            if let pattern {
                var isMatch = false
                found.withBytes { member in isMatch = member.matches(glob: pattern) }
                guard isMatch else { return }
            }
            member(found)
            count += 1
            guard hasScores else { return }
            // Redis keeps a listpack's scores as text, and prints those of a skip list anew.
            if set.isListpack { double(found.score) } else { bulk(seventeenDigitsOf: found.score) }
            count += 1
        }
        endScan(members, cursor: next, count: count)
    }
}
