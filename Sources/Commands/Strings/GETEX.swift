// GETDEL and GETEX: read one string and remove it, or change its expiry.

package import Datastore
internal import Memory
package import RESP

package enum GETDEL: DataCommand {
    package static let spec = CommandSpec(
        "getdel", summary: "Returns the string value of a key after deleting the key.", since: "6.2.0", group: .string,
        complexity: "O(1)", arity: 2, flags: [.write, .fast], categories: [.string],
        keys: [.one("RW", "access", "delete")], arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.lookupForRead(request.key) else { return reply.null() }
        try reply.string(of: entry)
        _ = database.delete(request.key)
    }
}

package enum GETEX: DataCommand {
    package static let spec = CommandSpec(
        "getex", summary: "Returns the string value of a key after setting its expiration time.", since: "6.2.0",
        group: .string, complexity: "O(1)", arity: -2, flags: [.write, .fast], categories: [.string],
        keys: [.one("RW", "access", "update", notes: "RW and UPDATE because it changes the TTL")],
        arguments: [
            ArgumentSpec("key", .key, key: 0),
            ArgumentSpec(
                "expiration", .oneOf, optional: true,
                [
                    ArgumentSpec("seconds", .integer, token: "EX"), ArgumentSpec("milliseconds", .integer, token: "PX"),
                    ArgumentSpec("unix-time-seconds", .unixTime, token: "EXAT"),
                    ArgumentSpec("unix-time-milliseconds", .unixTime, token: "PXAT"), .word("persist", "PERSIST")])])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        var expiry = ExpiryOptions()
        var options = request.options(from: 2)
        while let word = options.next() {
            guard try expiry.take(word, &options, keyword: .persist) else { throw .syntax }
        }
        let moment = try expiry.moment(request, nowMs: database.nowMs)
        guard let entry = database.lookupForRead(request.key) else { return reply.null() }
        try reply.string(of: entry)
        if let moment {
            if moment <= database.nowMs {
                database.deleteAsExpired(request.key)
            } else {
                database.setExpiry(request.key, atMs: moment)
            }
        } else if expiry.choice == .persist {
            _ = database.persist(request.key)
        }
    }
}
