// INCR, DECR, INCRBY and DECRBY: strings as 64-bit counters.

package import Datastore
package import RESP

package enum INCR: DataCommand {
    package static let spec = CommandSpec(
        "incr",
        summary: "Increments the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
        since: "1.0.0", group: .string, complexity: "O(1)", arity: 2, flags: [.write, .denyOOM, .fast],
        categories: [.string], keys: [.one("RW", "access", "update")], arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try database.increment(request.key, by: 1, &reply)
    }
}

package enum DECR: DataCommand {
    package static let spec = CommandSpec(
        "decr",
        summary: "Decrements the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
        since: "1.0.0", group: .string, complexity: "O(1)", arity: 2, flags: [.write, .denyOOM, .fast],
        categories: [.string], keys: [.one("RW", "access", "update")], arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try database.increment(request.key, by: -1, &reply)
    }
}

package enum INCRBY: DataCommand {
    package static let spec = CommandSpec(
        "incrby",
        summary: "Increments the integer value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
        since: "1.0.0", group: .string, complexity: "O(1)", arity: 3, flags: [.write, .denyOOM, .fast],
        categories: [.string], keys: [.one("RW", "access", "update")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("increment", .integer)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try database.increment(request.key, by: request.integer(at: 2), &reply)
    }
}

package enum DECRBY: DataCommand {
    package static let spec = CommandSpec(
        "decrby",
        summary: "Decrements the integer value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
        since: "1.0.0", group: .string, complexity: "O(1)", arity: 3, flags: [.write, .denyOOM, .fast],
        categories: [.string], keys: [.one("RW", "access", "update")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("decrement", .integer)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let decrement = try request.integer(at: 2)
        guard decrement != .min else { throw .reply("ERR decrement would overflow") }
        try database.increment(request.key, by: -decrement, &reply)
    }
}

extension Database {
    /// Adds to the integer under `key`, 0 if there is none, and replies the sum.
    @inline(__always)
    fileprivate mutating func increment(_ key: Key, by amount: Int, _ reply: inout Reply) throws(CommandError) {
        guard var entry = lookupForWrite(key) else {
            setInteger(key, amount)
            didChange(key, .incrby)
            return reply.integer(amount)
        }
        switch entry.increment(by: amount) {
        case .sum(let sum):
            didChange(key, .incrby)
            reply.integer(sum)
        case .overflow: throw .reply("ERR increment or decrement would overflow")
        case .notAnInteger: throw .notAnInteger
        case .notAString: throw .wrongType
        }
    }
}
