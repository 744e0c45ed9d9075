// SET and its older relatives that store one string.

package import Datastore
internal import Memory
package import RESP

package enum SET: DataCommand {
    package static let spec = CommandSpec(
        "set", summary: "Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.",
        since: "1.0.0", group: .string, complexity: "O(1)", arity: -3, flags: [.write, .denyOOM], categories: [.string],
        keys: [
            .one(
                "RW", "access", "update", "variable_flags",
                notes: "RW and ACCESS due to the optional `GET` argument")
        ],
        history: [
            ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."), ("6.0.0", "Added the `KEEPTTL` option."),
            ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
            ("7.0.0", "Allowed the `NX` and `GET` options to be used together."),
            ("8.1.0", "Added the `IFEQ` option.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string),
            ArgumentSpec(
                "condition", .oneOf, optional: true,
                [
                    .word("nx", "NX", since: "2.6.12"), .word("xx", "XX", since: "2.6.12"),
                    ArgumentSpec(
                        "comparison-value", .string, token: "IFEQ",
                        summary: "Sets the key's value only if the current value matches the specified comparison "
                            + "value.",
                        since: "8.1.0")]),
            .word("get", "GET", since: "6.2.0", optional: true),
            ArgumentSpec(
                "expiration", .oneOf, optional: true,
                [
                    ArgumentSpec("seconds", .integer, token: "EX", since: "2.6.12"),
                    ArgumentSpec("milliseconds", .integer, token: "PX", since: "2.6.12"),
                    ArgumentSpec("unix-time-seconds", .unixTime, token: "EXAT", since: "6.2.0"),
                    ArgumentSpec("unix-time-milliseconds", .unixTime, token: "PXAT", since: "6.2.0"),
                    .word("keepttl", "KEEPTTL", since: "6.0.0")])])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard request.count == 3 else { return try runWithOptions(request, &database, &reply) }
        database.store(request.key, argument: 2, of: request, expiry: .remove)
        reply.ok()
    }

    private enum Condition: Equatable {
        case none, nx, xx
        /// Equal to this argument.
        case equal(Int)
    }

    private struct Options {
        var condition = Condition.none
        var returnsOld = false
        var expiry = ExpiryOptions()

        init(_ request: Request) throws(CommandError) {
            var options = request.options(from: 3)
            while let word = options.next() {
                if word.isWord("GET") {
                    returnsOld = true
                } else if word.isWord("IFEQ") {
                    try choose(.equal(options.index))
                    _ = try options.value()
                } else if word.isWord("NX") {
                    try choose(.nx)
                } else if word.isWord("XX") {
                    try choose(.xx)
                } else if try !expiry.take(word, &options, keyword: .keep) {
                    throw .syntax
                }
            }
        }

        /// NX and XX may be said twice, IFEQ may not.
        private mutating func choose(_ new: Condition) throws(CommandError) {
            guard condition == .none || condition == new else { throw .syntax }
            condition = new
        }

        /// Whether the value may be stored over `entry`.
        func allow(over entry: borrowing Entry, _ request: Request) throws(CommandError) -> Bool {
            switch condition {
            case .none, .xx: return true
            case .nx: return false
            case .equal(let index):
                guard entry.isString else { throw .wrongType }
                return entry.string == request[index]
            }
        }

        /// Whether it may be stored where nothing is.
        var allowNew: Bool { condition == .none || condition == .nx }
    }

    private static func runWithOptions(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let options = try Options(request)
        let moment = try options.expiry.moment(request, nowMs: database.nowMs)
        let key = request.key
        var isAllowed = options.allowNew
        if options.returnsOld {
            if let entry = database.lookupForRead(key) {
                isAllowed = try options.allow(over: entry, request)
                try reply.string(of: entry)
            } else {
                reply.null()
            }
        } else if options.condition != .none, let entry = database.peek(key, touching: true) {
            isAllowed = try options.allow(over: entry, request)
        }
        if isAllowed {
            if let moment, moment <= database.nowMs {
                database.deleteAsExpired(key)
            } else {
                let keeps = options.expiry.choice == .keep
                let expiry = moment.map { ExpiryChange.at($0) } ?? (keeps ? .keep : .remove)
                database.store(key, argument: 2, of: request, expiry: expiry)
            }
        }
        if options.returnsOld { return }
        if isAllowed { reply.ok() } else { reply.null() }
    }
}

package enum SETNX: DataCommand {
    package static let spec = CommandSpec(
        "setnx", summary: "Sets the string value of a key only when the key doesn't exist.", since: "1.0.0",
        group: .string, complexity: "O(1)", arity: 3, flags: [.write, .denyOOM, .fast], categories: [.string],
        keys: [.one("OW", "insert")], arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        if database.contains(request.key, touching: true) { return reply.integer(0) }
        database.store(request.key, argument: 2, of: request, expiry: .remove)
        reply.integer(1)
    }
}

package enum SETEX: DataCommand {
    package static let spec = CommandSpec(
        "setex", summary: "Sets the string value and expiration time of a key. Creates the key if it doesn't exist.",
        since: "2.0.0", group: .string, complexity: "O(1)", arity: 4, flags: [.write, .denyOOM], categories: [.string],
        keys: [.one("OW", "update")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("seconds", .integer), ArgumentSpec("value", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let moment = try request.expiry(at: 2, .seconds, nowMs: database.nowMs)
        database.store(request.key, argument: 3, of: request, expiry: .at(moment))
        reply.ok()
    }
}

package enum PSETEX: DataCommand {
    package static let spec = CommandSpec(
        "psetex",
        summary: "Sets both string value and expiration time in milliseconds of a key. The key is created if it "
            + "doesn't exist.",
        since: "2.6.0", group: .string, complexity: "O(1)", arity: 4, flags: [.write, .denyOOM], categories: [.string],
        keys: [.one("OW", "update")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("milliseconds", .integer), ArgumentSpec("value", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let moment = try request.expiry(at: 2, .milliseconds, nowMs: database.nowMs)
        database.store(request.key, argument: 3, of: request, expiry: .at(moment))
        reply.ok()
    }
}

package enum GETSET: DataCommand {
    package static let spec = CommandSpec(
        "getset", summary: "Returns the previous string value of a key after setting it to a new value.",
        since: "1.0.0", group: .string, complexity: "O(1)", arity: 3, flags: [.write, .denyOOM, .fast],
        categories: [.string], keys: [.one("RW", "access", "update")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("value", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        if let entry = database.lookupForRead(request.key) {
            try reply.string(of: entry)
        } else {
            reply.null()
        }
        database.store(request.key, argument: 2, of: request, expiry: .remove)
    }
}

extension Database {
    /// From here on the block in which an argument has arrived becomes the value. To copy a shorter one into the block
    /// that is there costs no more than to trade blocks.
    private static var adoptedBytesMin: Int { 32 << 10 }

    /// Makes an argument the string under `key`, whatever was there, and announces it.
    @inline(__always)
    mutating func store(_ key: Key, argument index: Int, of request: Request, expiry: ExpiryChange) {
        let value = request[index]
        if value.count < Self.adoptedBytesMin {
            setString(key, value, expiry: expiry)
        } else if let block = request.arguments.takeBlock(index) {
            setString(key, adopting: block, expiry: expiry)
        } else {
            setString(key, value, expiry: expiry)
        }
        didChange(key, .set)
    }
}
