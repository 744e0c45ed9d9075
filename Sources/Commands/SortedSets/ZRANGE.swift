// ZRANGE and the six commands that it has replaced: members of a range, in order.

package import Datastore
internal import Memory
package import RESP

package enum ZRANGE: DataCommand {
    package static let spec = CommandSpec(
        "zrange", summary: "Returns members in a sorted set within a range of indexes.", since: "1.2.0",
        group: .sortedSet, complexity: complexityByRank,
        arity: -4, flags: [.readonly], categories: [.sortedSet], keys: [.one("RO", "access")],
        history: [("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("start", .string), ArgumentSpec("stop", .string),
            ArgumentSpec(
                "sortby", .oneOf, since: "6.2.0", optional: true,
                [.word("byscore", "BYSCORE"), .word("bylex", "BYLEX")]),
            .word("rev", "REV", since: "6.2.0", optional: true),
            .limit(since: "6.2.0"),
            .word("withscores", "WITHSCORES", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.range(nil, isReversed: nil, &database, &reply)
    }
}

package enum ZREVRANGE: DataCommand {
    package static let spec = CommandSpec(
        "zrevrange", summary: "Returns members in a sorted set within a range of indexes in reverse order.",
        since: "1.2.0", group: .sortedSet,
        complexity: complexityByRank,
        arity: -4, flags: [.readonly], categories: [.sortedSet], keys: [.one("RO", "access")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("start", .integer), ArgumentSpec("stop", .integer),
            .word("withscores", "WITHSCORES", optional: true),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.range(.rank, isReversed: true, &database, &reply)
    }
}

package enum ZRANGEBYSCORE: DataCommand {
    package static let spec = CommandSpec(
        "zrangebyscore", summary: "Returns members in a sorted set within a range of scores.", since: "1.0.5",
        group: .sortedSet, complexity: complexityWithLimit,
        arity: -4, flags: [.readonly], categories: [.sortedSet], keys: [.one("RO", "access")],
        history: [("2.0.0", "Added the `WITHSCORES` modifier.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("min", .double), ArgumentSpec("max", .double),
            .word("withscores", "WITHSCORES", since: "2.0.0", optional: true),
            .limit(),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.range(.score, isReversed: false, &database, &reply)
    }
}

package enum ZREVRANGEBYSCORE: DataCommand {
    package static let spec = CommandSpec(
        "zrevrangebyscore", summary: "Returns members in a sorted set within a range of scores in reverse order.",
        since: "2.2.0", group: .sortedSet,
        complexity: complexityWithLimit,
        arity: -4, flags: [.readonly], categories: [.sortedSet], keys: [.one("RO", "access")],
        history: [("2.1.6", "`min` and `max` can be exclusive.")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("max", .double), ArgumentSpec("min", .double),
            .word("withscores", "WITHSCORES", optional: true),
            .limit(),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.range(.score, isReversed: true, &database, &reply)
    }
}

package enum ZRANGEBYLEX: DataCommand {
    package static let spec = CommandSpec(
        "zrangebylex", summary: "Returns members in a sorted set within a lexicographical range.", since: "2.8.9",
        group: .sortedSet, complexity: complexityWithLimit,
        arity: -4, flags: [.readonly], categories: [.sortedSet], keys: [.one("RO", "access")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("min", .string), ArgumentSpec("max", .string),
            .limit(),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.range(.lex, isReversed: false, &database, &reply)
    }
}

package enum ZREVRANGEBYLEX: DataCommand {
    package static let spec = CommandSpec(
        "zrevrangebylex", summary: "Returns members in a sorted set within a lexicographical range in reverse order.",
        since: "2.8.9", group: .sortedSet,
        complexity: complexityWithLimit,
        arity: -4, flags: [.readonly], categories: [.sortedSet], keys: [.one("RO", "access")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("max", .string), ArgumentSpec("min", .string),
            .limit(),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.range(.lex, isReversed: true, &database, &reply)
    }
}

private let complexityByRank =
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned."
private let complexityWithLimit =
    "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If "
    + "M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N))."

/// The words behind a range's bounds.
struct RangeOptions {
    var terms: RangeTerms?
    var isReversed: Bool?
    var withScores = false
    var offset = 0
    /// Members at most; negative for all.
    var limit = -1

    /// `terms` and `isReversed` are nil where options decide. WITHSCORES is unknown where the members are stored.
    init(
        _ terms: RangeTerms?, isReversed: Bool?, _ words: consuming Request.Options, isStoring: Bool = false
    ) throws(CommandError) {
        self.terms = terms
        self.isReversed = isReversed
        while let word = words.next() {
            if !isStoring, word.isWord("WITHSCORES") {
                withScores = true
            } else if word.isWord("LIMIT"), words.remaining >= 2 {
                offset = try words.integer()
                limit = try words.integer()
            } else if self.isReversed == nil, word.isWord("REV") {
                self.isReversed = true
            } else if self.terms == nil, word.isWord("BYSCORE") {
                self.terms = .score
            } else if self.terms == nil, word.isWord("BYLEX") {
                self.terms = .lex
            } else {
                throw .syntax
            }
        }
        let terms = self.terms ?? .rank
        if terms == .rank, limit != -1 {
            throw .reply(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
        }
        if terms == .lex, withScores {
            throw .reply("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
        }
    }

    /// The range with the bounds at `index`.
    @_lifetime(copy request)
    func range(_ request: Request, boundsAt index: Int) throws(CommandError) -> RangeArguments {
        try RangeArguments(
            terms ?? .rank, request, boundsAt: index, isReversed: isReversed ?? false, offset: offset, limit: limit)
    }
}

extension Request {
    fileprivate func range(
        _ terms: RangeTerms?, isReversed: Bool?, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let options = try RangeOptions(terms, isReversed: isReversed, self.options(from: 4))
        let range = try options.range(self, boundsAt: 2)
        guard let entry = database.lookupForRead(key) else { return reply.emptyArray() }
        guard case .sortedSet = entry.type else { throw .wrongType }
        entry.withSortedSet { set in
            reply.members(
                of: set, ranks: range.ranks(in: set), isReversed: range.isReversed,
                scores: options.withScores ? .byProtocol : .none)
        }
    }
}
