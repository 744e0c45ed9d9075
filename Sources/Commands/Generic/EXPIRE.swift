// EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT: give a key a time to live, or a moment to die.

package import Datastore
internal import Memory
package import RESP

package enum EXPIRE: DataCommand {
    package static let spec = expireSpec(
        "expire", summary: "Sets the expiration time of a key in seconds.", since: "1.0.0",
        ArgumentSpec("seconds", .integer))

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try database.expire(request, .seconds, &reply)
    }
}

package enum PEXPIRE: DataCommand {
    package static let spec = expireSpec(
        "pexpire", summary: "Sets the expiration time of a key in milliseconds.", since: "2.6.0",
        ArgumentSpec("milliseconds", .integer))

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try database.expire(request, .milliseconds, &reply)
    }
}

package enum EXPIREAT: DataCommand {
    package static let spec = expireSpec(
        "expireat", summary: "Sets the expiration time of a key to a Unix timestamp.", since: "1.2.0",
        ArgumentSpec("unix-time-seconds", .unixTime))

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try database.expire(request, .unixSeconds, &reply)
    }
}

package enum PEXPIREAT: DataCommand {
    package static let spec = expireSpec(
        "pexpireat", summary: "Sets the expiration time of a key to a Unix milliseconds timestamp.", since: "2.6.0",
        ArgumentSpec("unix-time-milliseconds", .unixTime))

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try database.expire(request, .unixMilliseconds, &reply)
    }
}

/// The four commands differ in how they say the moment.
private func expireSpec(_ name: String, summary: String, since: String, _ moment: ArgumentSpec) -> CommandSpec {
    CommandSpec(
        name, summary: summary, since: since, group: .generic, complexity: "O(1)", arity: -3, flags: [.write, .fast],
        categories: [.keyspace], keys: [.one("RW", "update")],
        history: [("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), moment,
            ArgumentSpec(
                "condition", .oneOf, since: "7.0.0", optional: true,
                [.word("nx", "NX"), .word("xx", "XX"), .word("gt", "GT"), .word("lt", "LT")]),
        ])
}

/// When an expiry may be set: all that are said must hold.
private struct ExpireCondition: OptionSet {
    let rawValue: UInt8

    /// Only if there is none.
    static let nx = ExpireCondition(rawValue: 1)
    /// Only if there is one.
    static let xx = ExpireCondition(rawValue: 2)
    /// Only to a later moment; none is the latest.
    static let gt = ExpireCondition(rawValue: 4)
    /// Only to an earlier moment.
    static let lt = ExpireCondition(rawValue: 8)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init?(_ word: ByteView) {
        if word.isWord("NX") {
            self = .nx
        } else if word.isWord("XX") {
            self = .xx
        } else if word.isWord("GT") {
            self = .gt
        } else if word.isWord("LT") {
            self = .lt
        } else {
            return nil
        }
    }

    func check() throws(CommandError) {
        if contains(.nx) && self != .nx {
            throw .reply("ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if isSuperset(of: [.gt, .lt]) {
            throw .reply("ERR GT and LT options at the same time are not compatible")
        }
    }

    func allows(_ moment: Int64, over current: Int64?) -> Bool {
        if contains(.nx) && current != nil || contains(.xx) && current == nil { return false }
        guard let current else { return !contains(.gt) }
        return !(contains(.gt) && moment <= current || contains(.lt) && moment >= current)
    }
}

extension Database {
    /// Replies 1 if the expiry was set, or the key removed because the moment is past.
    fileprivate mutating func expire(
        _ request: Request, _ unit: ExpiryUnit, _ reply: inout Reply
    ) throws(CommandError) {
        var condition: ExpireCondition = []
        var options = request.options(from: 3)
        while let word = options.next() {
            guard let option = ExpireCondition(word) else {
                return reply.error("ERR Unsupported option ", word, "")
            }
            condition.insert(option)
        }
        try condition.check()
        let amount = try request.integer(at: 2)
        guard let moment = unit.moment(amount, nowMs: nowMs) else { throw .invalidExpire }
        let key = request.key
        guard let entry = peek(key, touching: true), condition.allows(moment, over: entry.expiryMs) else {
            return reply.integer(0)
        }
        if moment <= nowMs {
            deleteAsExpired(key)
        } else {
            setExpiry(key, atMs: moment)
        }
        reply.integer(1)
    }
}
