// ZADD and ZINCRBY: members and their scores come in.

package import Datastore
internal import Memory
package import RESP

package enum ZADD: DataCommand {
    package static let spec = CommandSpec(
        "zadd",
        summary:
            "Adds one or more members to a sorted set, or updates their scores. Creates the key if it doesn't exist.",
        since: "1.2.0", group: .sortedSet,
        complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.", arity: -4,
        flags: [.write, .denyOOM, .fast], categories: [.sortedSet], keys: [.one("RW", "update")],
        history: [
            ("2.4.0", "Accepts multiple elements."), ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
            ("6.2.0", "Added the `GT` and `LT` options."),
        ],
        arguments: [
            ArgumentSpec("key", .key, key: 0),
            ArgumentSpec("condition", .oneOf, since: "3.0.2", optional: true, [.word("nx", "NX"), .word("xx", "XX")]),
            ArgumentSpec("comparison", .oneOf, since: "6.2.0", optional: true, [.word("gt", "GT"), .word("lt", "LT")]),
            .word("change", "CH", since: "3.0.2", optional: true),
            .word("increment", "INCR", since: "3.0.2", optional: true),
            ArgumentSpec(
                "data", .block, multiple: true,
                [ArgumentSpec("score", .double), ArgumentSpec("member", .string)]),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        var words = AdditionWords()
        var first = 2
        while first < request.count, let word = AdditionWords(word: request[first]) {
            words.insert(word)
            first += 1
        }
        let left = request.count - first
        guard left > 0, left % 2 == 0 else { throw .syntax }
        try words.check(pairs: left / 2)
        try request.add(pairsFrom: first, words, &database, &reply)
    }
}

package enum ZINCRBY: DataCommand {
    package static let spec = CommandSpec(
        "zincrby", summary: "Increments the score of a member in a sorted set.", since: "1.2.0", group: .sortedSet,
        complexity: "O(log(N)) where N is the number of elements in the sorted set.", arity: 4,
        flags: [.write, .denyOOM, .fast], categories: [.sortedSet], keys: [.one("RW", "access", "update")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("increment", .integer), ArgumentSpec("member", .string),
        ])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        // ZADD's options are none here, but no increments either.
        if AdditionWords(word: request[2]) != nil { throw .syntax }
        try request.add(pairsFrom: 2, .incr, &database, &reply)
    }
}

/// ZADD's options: those of `SortedSetAddOptions`, bit for bit, and CH. A type of this module, since the tests of
/// another module's set are calls of unspecialised code, which this path has no time for.
private struct AdditionWords: OptionSet {
    let rawValue: UInt8

    static let nx = AdditionWords(rawValue: 1)
    static let xx = AdditionWords(rawValue: 2)
    static let gt = AdditionWords(rawValue: 4)
    static let lt = AdditionWords(rawValue: 8)
    static let incr = AdditionWords(rawValue: 16)
    static let ch = AdditionWords(rawValue: 32)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The option that a word names; nil if it names none.
    @inline(__always)
    init?(word: ByteView) {
        if word.isWord("NX") {
            self = .nx
        } else if word.isWord("XX") {
            self = .xx
        } else if word.isWord("GT") {
            self = .gt
        } else if word.isWord("LT") {
            self = .lt
        } else if word.isWord("CH") {
            self = .ch
        } else if word.isWord("INCR") {
            self = .incr
        } else {
            return nil
        }
    }

    var options: SortedSetAddOptions { SortedSetAddOptions(rawValue: rawValue & 31) }

    /// Refuses options that exclude each other.
    func check(pairs: Int) throws(CommandError) {
        if isSuperset(of: [.nx, .xx]) {
            throw .reply("ERR XX and NX options at the same time are not compatible")
        }
        if intersection([.nx, .gt, .lt]).rawValue.nonzeroBitCount > 1 {
            throw .reply("ERR GT, LT, and/or NX options at the same time are not compatible")
        }
        if contains(.incr), pairs > 1 {
            throw .reply("ERR INCR option supports a single increment-element pair")
        }
    }
}

/// What became of the pairs of one ZADD.
private struct Additions {
    var added = 0
    var updated = 0
    var last = SortedSetAddResult(outcome: .skipped, score: 0)

    mutating func note(_ result: SortedSetAddResult) {
        switch result.outcome {
        case .added: added += 1
        case .updated: updated += 1
        case .unchanged, .skipped, .notANumber: break
        }
        last = result
    }
}

extension Request {
    /// Adds the pairs of score and member from argument `index` on, and replies.
    fileprivate func add(
        pairsFrom index: Int, _ words: AdditionWords, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        // No member is added if any score is wrong. Only the first score is kept, since keeping all would take an
        // allocation: the others are read a second time.
        let score = try double(at: index)
        var other = index + 2
        while other < count {
            _ = try double(at: other)
            other += 2
        }
        let additions = try store(score, pairsFrom: index, words, &database)
        let changed = additions.added + additions.updated
        if changed > 0 { database.didChange(key, elements: changed, words.contains(.incr) ? .zincr : .zadd) }
        guard words.contains(.incr) else {
            return reply.integer(words.contains(.ch) ? changed : additions.added)
        }
        switch additions.last.outcome {
        case .added, .updated, .unchanged: reply.double(additions.last.score)
        case .skipped: reply.null()
        case .notANumber: throw .reply("ERR resulting score is not a number (NaN)")
        }
    }

    private func store(
        _ score: Double, pairsFrom index: Int, _ words: AdditionWords, _ database: inout Database
    ) throws(CommandError) -> Additions {
        let options = words.options
        let limits = database.keyspace.sortedSetLimits
        if var entry = database.lookupForWrite(key) {
            guard case .sortedSet = entry.type else { throw .wrongType }
            return entry.changeSortedSet { set in set.add(score, self, pairsFrom: index, options, limits) }
        }
        guard !words.contains(.xx) else { return Additions() }
        var set = SortedSet()
        let additions = set.add(score, self, pairsFrom: index, options, limits)
        database.insert(key, set)
        return additions
    }
}

extension SortedSet {
    /// Adds a request's pairs, whose scores are known to be numbers; `score` is the first of them.
    fileprivate mutating func add(
        _ score: Double, _ request: Request, pairsFrom index: Int, _ options: SortedSetAddOptions,
        _ limits: SortedSetLimits
    ) -> Additions {
        var longest = 0
        if encoding == .listpack {
            var member = index + 1
            while member < request.count {
                longest = max(longest, request[member].count)
                member += 2
            }
            prepare(forMembers: (request.count - index) / 2, longest: longest, limits)
        }
        var additions = Additions()
        additions.note(add(request[index + 1], score: score, options: options, limits: limits))
        var index = index + 2
        while index < request.count {
            let score = request[index].double ?? 0
            additions.note(add(request[index + 1], score: score, options: options, limits: limits))
            index += 2
        }
        return additions
    }
}
