// Where a request's keys are: for locks, for COMMAND GETKEYS, for transactions.

internal import Memory
package import RESP

extension CommandSpec {
    /// The indexes of a request's keys in the order of the specs, with what each spec says is done to them; nil if the
    /// grammar is violated so that they cannot be told (a key count that is no number, or too large). O(words).
    package func keyIndexes(in arguments: Arguments) -> [(index: Int, spec: Int)]? {
        var found: [(index: Int, spec: Int)] = []
        for (number, key) in keys.enumerated() {
            let begin = key.begin
            guard begin < arguments.count else { continue }
            switch key.find {
            case .range(let last, let step, let limit):
                var end = last < 0 ? arguments.count + last : begin + last
                if last < 0 && limit > 1 { end = begin + (arguments.count - begin) / limit - 1 }
                guard end < arguments.count else { return nil }
                var index = begin
                while index <= end {
                    found.append((index, number))
                    index += step
                }
            case .count(let countIndex, let first, let step):
                guard begin + countIndex < arguments.count, let count = arguments[begin + countIndex].integer,
                    count >= (flags.contains(.noMandatoryKeys) ? 0 : 1), count <= arguments.count
                else { return nil }
                let start = begin + first
                guard start + (count - 1) * step < arguments.count else { return nil }
                for position in 0..<count { found.append((start + position * step, number)) }
            }
        }
        return found
    }

    /// The indexes as COMMAND GETKEYS tells them: where the count of keys is no integer, it may be read loosely. Then
    /// the counted keys come first, and of none is known what is done to it.
    func toldKeys(in arguments: Arguments) -> [(index: Int, spec: Int?)]? {
        if let found = keyIndexes(in: arguments) { return found.map { ($0.index, $0.spec) } }
        guard let counted = keys.first(where: \.readsCountLoosely), case .count(_, let first, _) = counted.find,
            counted.begin < arguments.count
        else { return nil }
        let begin = counted.begin, count = arguments[begin].leadingInteger
        guard count > 0, count <= arguments.count - begin - first else { return nil }
        var found: [(index: Int, spec: Int?)] = (0..<count).map { (begin + first + $0, nil) }
        for key in keys {
            if case .range = key.find, key.begin < arguments.count { found.append((key.begin, nil)) }
        }
        return found
    }
}

/// The keys at places that do not depend on what the words say, as COMMAND INFO has them: what the specs of ranges say
/// together, as long as each begins where the one before ended. Trivial, for the dispatcher.
package struct FixedKeys: BitwiseCopyable, Sendable {
    /// The first argument that is a key; 0: there is none.
    package private(set) var first = 0
    /// The last one; negative: counted from the end.
    package private(set) var last = 0
    package private(set) var step = 0
    /// Whether there are no other keys.
    package private(set) var areAll = true

    init(_ specs: [KeySpec]) {
        for key in specs {
            guard case .range(let range, let step, let limit) = key.find else {
                areAll = false
                continue
            }
            let begin = key.begin
            areAll = areAll && limit <= 1
            let end = range < 0 ? range : begin + range
            if first == 0 {
                (first, last, self.step) = (begin, end, step)
            } else if self.step == 1 && step == 1 && last == begin - 1 {
                last = end
            } else {
                areAll = false
            }
        }
    }

    /// The indexes of the keys of a request of so many words.
    package func indexes(among words: Int) -> StrideThrough<Int> {
        let end = last < 0 ? words + last : min(last, words - 1)
        return stride(from: first, through: first == 0 ? -1 : end, by: max(step, 1))
    }
}
