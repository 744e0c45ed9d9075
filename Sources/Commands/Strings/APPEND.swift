// APPEND and STRLEN: a string's end.

package import Datastore
internal import Memory
package import RESP

package enum APPEND: DataCommand {
    package static let spec = CommandSpec(
        "append", summary: "Appends a string to the value of a key. Creates the key if it doesn't exist.",
        since: "2.0.0", group: .string,
        complexity: "O(1). The amortized time complexity is O(1) assuming the appended value is small and the "
            + "already present value is of any size, since the dynamic string library used by the server will double "
            + "the free space available on every reallocation.",
        arity: 3, flags: [.write, .denyOOM, .fast], categories: [.string], keys: [.one("RW", "insert")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let key = request.key
        let suffix = request[2]
        let countMax = database.keyspace.settings.stringBytesMax
        guard var entry = database.lookupForWrite(key) else {
            database.setString(key, suffix, expiry: .remove)
            database.didChange(key, .append)
            return reply.integer(suffix.count)
        }
        guard entry.isString else { throw .wrongType }
        guard entry.stringCount <= countMax - suffix.count else { throw .stringTooLong }
        let count = entry.append(suffix)
        database.didChange(key, .append)
        reply.integer(count)
    }
}

package enum STRLEN: DataCommand {
    package static let spec = CommandSpec(
        "strlen", summary: "Returns the length of a string value.", since: "2.2.0", group: .string, complexity: "O(1)",
        arity: 2, flags: [.readonly, .fast], categories: [.string], keys: [.one("RO")],
        arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.lookupForRead(request.key) else { return reply.integer(0) }
        guard entry.isString else { throw .wrongType }
        reply.integer(entry.stringCount)
    }
}
