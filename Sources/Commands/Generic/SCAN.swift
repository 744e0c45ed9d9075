// SCAN: all keys of a database in many small steps.

package import Datastore
internal import Memory
package import RESP

package enum SCAN: DataCommand {
    package static let spec = CommandSpec(
        "scan", summary: "Iterates over the key names in the database.", since: "2.8.0", group: .generic,
        complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the "
            + "cursor to return back to 0. N is the number of elements inside the collection.",
        arity: -2, flags: [.readonly], categories: [.keyspace],
        tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
        history: [("6.0.0", "Added the `TYPE` subcommand.")],
        arguments: [
            ArgumentSpec("cursor", .integer), ArgumentSpec("pattern", .pattern, token: "MATCH", optional: true),
            ArgumentSpec("count", .integer, token: "COUNT", optional: true),
            ArgumentSpec("type", .string, token: "TYPE", since: "6.0.0", optional: true)],
        isolation: .byItself)

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let cursor = request[1].scanCursor else { throw .reply("ERR invalid cursor") }
        var scan = ScanOptions()
        var type: ValueType?
        var words = request.options(from: 2)
        while let word = words.next() {
            if try scan.take(word, &words) { continue }
            if word.isWord("NOSCORES") { throw .reply("ERR NOSCORES option can only be used in ZSCAN") }
            guard word.isWord("TYPE") else { throw .syntax }
            let name = try words.value()
            guard let named = ValueType(named: name) else {
                return reply.error("ERR unknown type name '", name, "'")
            }
            type = named
        }
        let pattern = scan.pattern(in: request)
        func isMeant(_ key: ByteView, _ keyType: ValueType) -> Bool {
            if let type, keyType != type { return false }
            if let pattern { return key.matches(glob: pattern) }
            return true
        }
        let keys = reply.beginDeferred()
        var count = 0
        var batch = ScanBatch()
        let next = database.scan(
            from: .init(cursor), wanted: scan.wanted, batch: &batch, removesDue: isMeant
        ) { key, keyType in
            guard isMeant(key, keyType) else { return }
            reply.bulk(key)
            count += 1
        }
        reply.endScan(keys, cursor: next, count: count)
    }
}

extension ValueType {
    /// The type that TYPE would reply by this name.
    fileprivate init?(named name: ByteView) {
        for type in Self.allCases where name.isWord(type.upperCaseName) {
            self = type
            return
        }
        return nil
    }

    private var upperCaseName: StaticString {
        switch self {
        case .string: "STRING"
        case .list: "LIST"
        case .set: "SET"
        case .sortedSet: "ZSET"
        case .hash: "HASH"
        case .stream: "STREAM"
        }
    }
}
