// MSET, MSETNX and MSETEX: many strings at once, all or none.

package import Datastore
internal import Memory
package import RESP

package enum MSET: DataCommand {
    package static let spec = CommandSpec(
        "mset", summary: "Atomically creates or modifies the string values of one or more keys.", since: "1.0.1",
        group: .string, complexity: "O(N) where N is the number of keys to set.", arity: -3, flags: [.write, .denyOOM],
        categories: [.string], keys: [.many("OW", "update", step: 2)],
        tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
        arguments: [
            ArgumentSpec(
                "data", .block, multiple: true, [ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string)])])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard request.count % 2 == 1 else { throw .wrongArity }
        database.storePairs(of: request, from: 1, end: request.count, expiry: .remove)
        reply.ok()
    }
}

package enum MSETNX: DataCommand {
    package static let spec = CommandSpec(
        "msetnx", summary: "Atomically modifies the string values of one or more keys only when all keys don't exist.",
        since: "1.0.1", group: .string, complexity: "O(N) where N is the number of keys to set.", arity: -3,
        flags: [.write, .denyOOM], categories: [.string], keys: [.many("OW", "insert", step: 2)],
        arguments: [
            ArgumentSpec(
                "data", .block, multiple: true, [ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string)])])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard request.count % 2 == 1 else { throw .wrongArity }
        guard database.holdsNone(of: request, from: 1, end: request.count) else { return reply.integer(0) }
        database.storePairs(of: request, from: 1, end: request.count, expiry: .remove)
        reply.integer(1)
    }
}

package enum MSETEX: DataCommand {
    package static let spec = CommandSpec(
        "msetex",
        summary: "Atomically creates or modifies the string values of one or more keys, and optionally set their "
            + "expiration.",
        since: "9.1.0", group: .string, complexity: "O(N) where N is the number of keys to set.", arity: -4,
        flags: [.write, .denyOOM, .movableKeys], categories: [.string],
        keys: [KeySpec(["OW", "update"], begin: 1, find: .count(countIndex: 0, first: 1, step: 2))],
        tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
        arguments: [
            ArgumentSpec("numkeys", .integer),
            ArgumentSpec(
                "data", .block, multiple: true, [ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string)]),
            ArgumentSpec("condition", .oneOf, optional: true, [.word("nx", "NX"), .word("xx", "XX")]),
            ArgumentSpec(
                "expiration", .oneOf, optional: true,
                [
                    ArgumentSpec("seconds", .integer, token: "EX"), ArgumentSpec("milliseconds", .integer, token: "PX"),
                    ArgumentSpec("unix-time-seconds", .unixTime, token: "EXAT"),
                    ArgumentSpec("unix-time-milliseconds", .unixTime, token: "PXAT"), .word("keepttl", "KEEPTTL")])])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let invalidCount = CommandError.reply("ERR invalid numkeys value or out of range")
        let pairs = try request.integer(at: 1, or: invalidCount)
        guard pairs > 0 && pairs <= Int(Int32.max) else { throw invalidCount }
        let end = 2 + 2 * pairs
        guard end <= request.count else { throw .syntax }
        var isForNew = false, isForOld = false
        var expiry = ExpiryOptions()
        var options = request.options(from: end)
        while let word = options.next() {
            if word.isWord("NX") {
                isForNew = true
            } else if word.isWord("XX") {
                isForOld = true
            } else if try !expiry.take(word, &options, keyword: .keep) {
                throw .syntax
            }
            if isForNew && isForOld { throw .syntax }
        }
        let moment = try expiry.moment(request, nowMs: database.nowMs)
        if isForNew && !database.holdsNone(of: request, from: 2, end: end)
            || isForOld && !database.holdsAll(of: request, from: 2, end: end)
        {
            return reply.integer(0)
        }
        // Unlike SET, it stores what is past its time already: whoever meets it next removes it and counts it.
        let change = moment.map { ExpiryChange.at($0) } ?? (expiry.choice == .keep ? .keep : .remove)
        database.storePairs(of: request, from: 2, end: end, expiry: change)
        reply.integer(1)
    }
}

extension Database {
    /// Stores each argument from `first` on under the one before it.
    fileprivate mutating func storePairs(of request: Request, from first: Int, end: Int, expiry: ExpiryChange) {
        var keys = KeyRun(from: first, step: 2)
        while keys.next(request, &self, end: end) {
            store(request.key(of: keys), argument: keys.index + 1, of: request, expiry: expiry)
        }
    }

    /// Whether no key of the pairs exists.
    fileprivate mutating func holdsNone(of request: Request, from first: Int, end: Int) -> Bool {
        var keys = KeyRun(from: first, step: 2)
        while keys.next(request, &self, end: end) {
            if contains(request.key(of: keys), touching: true) { return false }
        }
        return true
    }

    /// Whether every key of the pairs exists.
    fileprivate mutating func holdsAll(of request: Request, from first: Int, end: Int) -> Bool {
        var keys = KeyRun(from: first, step: 2)
        while keys.next(request, &self, end: end) {
            if !contains(request.key(of: keys), touching: true) { return false }
        }
        return true
    }
}
