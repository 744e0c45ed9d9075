// COPY: the same value and expiry under another name, or in another database.

package import Datastore
internal import Memory
package import RESP

package enum COPY: DataCommand {
    package static let spec = CommandSpec(
        "copy", summary: "Copies the value of a key to a new key.", since: "6.2.0", group: .generic,
        complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
        arity: -3, flags: [.write, .denyOOM], categories: [.keyspace],
        keys: [.one("RO", "access"), .one("OW", "update", at: 2)],
        arguments: [
            ArgumentSpec("source", .key, key: 0), ArgumentSpec("destination", .key, key: 1),
            ArgumentSpec("destination-db", .integer, token: "DB", optional: true),
            .word("replace", "REPLACE", optional: true)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        var target = database.index
        var replaces = false
        var options = request.options(from: 3)
        while let word = options.next() {
            if word.isWord("REPLACE") {
                replaces = true
            } else if word.isWord("DB"), options.remaining > 0 {
                target = try database.number(of: options.value())
            } else {
                throw .syntax
            }
        }
        if target == database.index && request[1] == request[2] {
            throw .reply("ERR source and destination objects are the same")
        }
        let isCopied = database.copy(
            request.key, to: request.key(at: 2), inDatabase: target, replacing: replaces)
        reply.integer(isCopied ? 1 : 0)
    }
}
