// SortedSetAlgebra: the words of ZUNION, ZINTER, ZDIFF and their kin, and how their results are replied and stored.
//
// The results are made in SortedSetAlgebra+Result.swift.
// Invariant: a result that was made is stored or freed by whoever asked for it.

internal import Datastore
internal import Memory
internal import RESP

enum SortedSetOperation {
    case union, intersection, difference
}

/// The words of such a command from its number of keys on: numkeys key [key …] and options.
struct AlgebraArguments {
    let operation: SortedSetOperation
    /// The inputs in the order in which they are worked through.
    private(set) var inputs: [Input] = []
    private(set) var aggregate = SortedSetAggregate.sum
    private(set) var withScores = false
    /// ZINTERCARD's LIMIT; 0 for none.
    private(set) var limit = 0

    struct Input {
        /// The argument that is its key.
        let index: Int
        /// Members; 0 for a key that is not there.
        let count: Int
        var weight = 1.0
    }

    /// Which options there are besides WEIGHTS and AGGREGATE, which a difference and a cardinality do not have.
    enum Form {
        case reply, store, cardinality
    }

    /// The spec of a command: `store` has a destination before the number of keys.
    static func spec(
        _ name: String, _ operation: SortedSetOperation, _ form: Form, summary: String, since: String,
        complexity: String
    ) -> CommandSpec {
        let isStoring = form == .store
        var arguments = [
            ArgumentSpec("numkeys", .integer), ArgumentSpec("key", .key, key: isStoring ? 1 : 0, multiple: true),
        ]
        if isStoring { arguments.insert(ArgumentSpec("destination", .key, key: 0), at: 0) }
        if hasWeights(operation, form) {
            arguments += [
                ArgumentSpec("weight", .integer, token: "WEIGHTS", optional: true, multiple: true),
                ArgumentSpec(
                    "aggregate", .oneOf, token: "AGGREGATE", optional: true,
                    [.word("sum", "SUM"), .word("min", "MIN"), .word("max", "MAX")]),
            ]
        }
        if form == .reply { arguments.append(.word("withscores", "WITHSCORES", optional: true)) }
        if form == .cardinality {
            arguments.append(ArgumentSpec("limit", .integer, token: "LIMIT", optional: true))
        }
        return CommandSpec(
            name, summary: summary, since: since, group: .sortedSet, complexity: complexity, arity: isStoring ? -4 : -3,
            flags: isStoring ? [.write, .denyOOM, .movableKeys] : [.readonly, .movableKeys], categories: [.sortedSet],
            keys: isStoring ? [.one("OW", "update"), .counted("RO", "access", at: 2)] : [.counted("RO", "access")],
            arguments: arguments)
    }

    private static func hasWeights(_ operation: SortedSetOperation, _ form: Form) -> Bool {
        operation != .difference && form != .cardinality
    }

    /// `countAt`: the argument that says how many keys follow. The types of all keys are checked before the options.
    init(
        _ operation: SortedSetOperation, _ form: Form, _ request: Request, countAt: Int, _ database: inout Database
    ) throws(CommandError) {
        self.operation = operation
        let keyCount = try request.integer(at: countAt)
        guard keyCount >= 1 else { throw .replyNamingCommand("ERR at least 1 input key is needed for") }
        guard keyCount < request.count - countAt else { throw .syntax }
        inputs.reserveCapacity(keyCount)
        for index in countAt + 1...countAt + keyCount {
            var count = 0
            if let entry = database.lookupForRead(request.key(at: index)) {
                guard case .sortedSet = entry.type else { throw .wrongType }
                count = entry.withSortedSet { set in set.count }
            }
            inputs.append(Input(index: index, count: count))
        }
        try readOptions(form, request, from: countAt + 1 + keyCount)
        // Small sets first, the order of equals kept: the sum of several scores depends on their order, and clients
        // see its last digit.
        if operation != .difference { inputs.sort { $0.count < $1.count } }
    }

    private mutating func readOptions(
        _ form: Form, _ request: Request, from index: Int
    ) throws(CommandError) {
        var words = request.options(from: index)
        let hasWeights = Self.hasWeights(operation, form)
        while let word = words.next() {
            if hasWeights, word.isWord("WEIGHTS"), words.remaining >= inputs.count {
                for input in inputs.indices {
                    guard let weight = try words.value().double else {
                        throw .reply("ERR weight value is not a float")
                    }
                    inputs[input].weight = weight
                }
            } else if hasWeights, word.isWord("AGGREGATE"), let name = words.next() {
                aggregate = try SortedSetAggregate(naming: name)
            } else if form == .reply, word.isWord("WITHSCORES") {
                withScores = true
            } else if form == .cardinality, word.isWord("LIMIT"), let number = words.next() {
                guard let value = number.integer, value >= 0 else { throw .reply("ERR LIMIT can't be negative") }
                limit = value
            } else {
                throw .syntax
            }
        }
    }
}

extension AlgebraArguments.Input {
    /// A member's score times the weight. Zero times infinity is 0, as no score is NaN.
    func weighted(_ score: Double) -> Double {
        let product = score * weight
        return product.isNaN ? 0 : product
    }
}

extension SortedSetAggregate {
    /// A score of an intersection so far with one input's share, which may be NaN (0 × infinity): that makes a sum 0,
    /// and is neither less nor greater than anything.
    func joining(_ score: Double, _ share: Double) -> Double {
        guard share.isNaN else { return self(score, share) }
        if case .sum = self { return 0 }
        return score
    }

    init(naming word: ByteView) throws(CommandError) {
        if word.isWord("SUM") {
            self = .sum
        } else if word.isWord("MIN") {
            self = .min
        } else if word.isWord("MAX") {
            self = .max
        } else {
            throw .syntax
        }
    }
}

extension Database {
    /// Puts a result under `destination`, or nothing if it is empty, and replies how many members it has.
    mutating func store(
        _ result: consuming SortedSet, under destination: Key, _ event: Event, _ reply: inout Reply
    ) {
        let count = result.count
        if count == 0 {
            result.free()
            _ = delete(destination)
        } else {
            replace(destination, with: result.packed(keyspace.sortedSetLimits))
            didChange(destination, event)
        }
        reply.integer(count)
    }
}

extension Request {
    /// Replies the result of an operation on the keys that argument 1 counts.
    func combine(
        _ operation: SortedSetOperation, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let arguments = try AlgebraArguments(operation, .reply, self, countAt: 1, &database)
        let result = arguments.result(self, &database)
        reply.members(of: result, ranks: 0..<result.count, scores: arguments.withScores ? .byProtocol : .none)
        result.free()
    }

    /// Stores the result of an operation on the keys that argument 2 counts under the first key.
    func combineAndStore(
        _ operation: SortedSetOperation, _ event: Event, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let arguments = try AlgebraArguments(operation, .store, self, countAt: 2, &database)
        database.store(arguments.result(self, &database), under: key, event, &reply)
    }
}
