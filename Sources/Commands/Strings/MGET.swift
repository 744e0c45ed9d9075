// MGET: many strings at once.

package import Datastore
package import RESP

package enum MGET: DataCommand {
    package static let spec = CommandSpec(
        "mget", summary: "Atomically returns the string values of one or more keys.", since: "1.0.0", group: .string,
        complexity: "O(N) where N is the number of keys to retrieve.", arity: -2, flags: [.readonly, .fast],
        categories: [.string], keys: [.many("RO", "access")], tips: ["request_policy:multi_shard"],
        arguments: [ArgumentSpec("key", .key, key: 0, multiple: true)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        reply.array(request.count - 1)
        var keys = KeyRun(from: 1)
        while keys.next(request, &database, end: request.count) {
            if let entry = database.lookupForRead(request.key(of: keys)), entry.isString {
                try reply.string(of: entry)
            } else {
                reply.null()
            }
        }
    }
}
