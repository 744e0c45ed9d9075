// FLUSHDB and FLUSHALL: remove all keys. The values go in the background in any case, so ASYNC and SYNC are the same.

package import Datastore
internal import Memory
package import RESP

package enum FLUSHDB: DataCommand {
    package static let spec = flushSpec(
        "flushdb", summary: "Removes all keys from the current database.",
        complexity: "O(N) where N is the number of keys in the selected database")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try checkFlushOptions(request)
        database.flush(database: database.index)
        reply.ok()
    }
}

package enum FLUSHALL: DataCommand {
    package static let spec = flushSpec(
        "flushall", summary: "Removes all keys from all databases.",
        complexity: "O(N) where N is the total number of keys in all databases")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try checkFlushOptions(request)
        database.flush(database: nil)
        reply.ok()
    }
}

/// The two commands differ in how much goes.
private func flushSpec(_ name: String, summary: String, complexity: String) -> CommandSpec {
    CommandSpec(
        name, summary: summary, since: "1.0.0", group: .server, complexity: complexity, arity: -1, flags: [.write],
        categories: [.keyspace, .dangerous], tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
        history: [
            ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
            ("6.2.0", "Added the `SYNC` flushing mode modifier."),
        ],
        arguments: [
            ArgumentSpec(
                "flush-type", .oneOf, optional: true,
                [.word("async", "ASYNC", since: "4.0.0"), .word("sync", "SYNC", since: "6.2.0")]),
        ])
}

/// At most one word, ASYNC or SYNC.
private func checkFlushOptions(_ request: Request) throws(CommandError) {
    if request.count == 1 { return }
    guard request.count == 2, request[1].isWord("ASYNC") || request[1].isWord("SYNC") else { throw .syntax }
}
