// The results of ZUNION, ZINTER, ZDIFF and their kin: look-ups of one set's members in the others.
//
// All inputs are lent at once, for reading; a result is complete before a destination is replaced, which may be one of
// them.
// Invariant: inputs are worked through in the order that `AlgebraArguments` gives them.

internal import Datastore
internal import Memory

extension AlgebraArguments {
    /// The result: a set of its own, possibly empty. O(all members × log of them). Its scores are exact: where one is
    /// -0, which a listpack cannot keep, it is a skip list, although it may be small.
    func result(_ request: Request, _ database: inout Database) -> SortedSet {
        let limits = database.keyspace.sortedSetLimits
        var result = SortedSet()
        withInputs(request, &database) { sets in
            switch operation {
            case .union:
                for number in inputs.indices { accumulate(sets, number, into: &result, limits) }
            case .intersection:
                forEachShared(of: sets) { member, score in
                    result.insertExactly(member, score: score, limits)
                    return true
                }
            case .difference:
                if isCheaperToRemove(sets) {
                    accumulate(sets, 0, into: &result, limits)
                    for number in inputs.indices.dropFirst() where !result.isEmpty {
                        remove(sets, number, from: &result)
                    }
                } else {
                    forEachOnlyInFirst(of: sets) { member, score in
                        result.insertExactly(member, score: score, limits)
                    }
                }
            }
        }
        return result
    }

    /// How many members an intersection has; counting ends at the LIMIT.
    func cardinality(_ request: Request, _ database: inout Database) -> Int {
        var count = 0
        withInputs(request, &database) { sets in
            forEachShared(of: sets) { _, _ in
                count += 1
                return count != limit
            }
        }
        return count
    }

    private func withInputs(
        _ request: Request, _ database: inout Database, _ body: (borrowing LentSortedSets) -> Void
    ) {
        database.withSortedSets(
            count: inputs.count, key: { number, find in find(request.key(at: inputs[number].index)) }, body)
    }

    /// Visits the members of all sets with their joint scores until `body` returns false. The smallest set is first.
    private func forEachShared(of sets: borrowing LentSortedSets, _ body: (ByteView, Double) -> Bool) {
        sets.withSet(0) { first in
            var cursor = first.cursor(ranks: 0..<first.count)
            var goesOn = true
            while goesOn, let next = cursor.next() {
                next.withBytes { member in
                    var score = inputs[0].weighted(next.score)
                    for number in 1..<inputs.count {
                        guard let other = sets.score(of: member, in: number) else { return }
                        score = aggregate.joining(score, other * inputs[number].weight)
                    }
                    goesOn = body(member, score)
                }
            }
        }
    }

    /// Visits the members that only the first set has.
    private func forEachOnlyInFirst(of sets: borrowing LentSortedSets, _ body: (ByteView, Double) -> Void) {
        sets.withSet(0) { first in
            var cursor = first.cursor(ranks: 0..<first.count)
            while let next = cursor.next() {
                next.withBytes { member in
                    for number in 1..<inputs.count where sets.score(of: member, in: number) != nil { return }
                    body(member, next.score)
                }
            }
        }
    }

    /// Members of a listpack that are walked over in the time of a look-up in a skip list.
    private static var membersPerLookUp: Int { 8 }
    /// Look-ups in the time of which a member is added or removed.
    private static var lookUpsPerChange: Int { 4 }

    /// Whether a difference is better made by copying the first set and removing the others' members than by looking
    /// for each of its members in the others: look-ups in listpacks are walks, look-ups in skip lists are not.
    private func isCheaperToRemove(_ sets: borrowing LentSortedSets) -> Bool {
        var looking = 0, removing = inputs[0].count
        for number in inputs.indices.dropFirst() {
            sets.withSet(number) { set in
                looking += set.isListpack ? 1 + set.count / Self.membersPerLookUp : 1
                removing += set.count
            }
        }
        return inputs[0].count * looking > Self.lookUpsPerChange * removing
    }

    private func accumulate(
        _ sets: borrowing LentSortedSets, _ number: Int, into result: inout SortedSet, _ limits: SortedSetLimits
    ) {
        sets.withSet(number) { set in
            var cursor = set.cursor(ranks: 0..<set.count)
            while let next = cursor.next() {
                next.withBytes { member in
                    let score = inputs[number].weighted(next.score)
                    if number == 0 {
                        result.insertExactly(member, score: score, limits)
                    } else {
                        // A sum, the less or the greater is -0 only if a part of it is.
                        result.makeRoom(for: score)
                        result.accumulate(member, score: score, by: aggregate, limits: limits)
                    }
                }
            }
        }
    }

    private func remove(_ sets: borrowing LentSortedSets, _ number: Int, from result: inout SortedSet) {
        sets.withSet(number) { set in
            var cursor = set.cursor(ranks: 0..<set.count)
            while let next = cursor.next() { next.withBytes { member in _ = result.remove(member) } }
        }
    }
}

extension SortedSet {
    /// Adds a member that is not there, with the very score: a listpack has no -0.
    mutating func insertExactly(_ member: ByteView, score: Double, _ limits: SortedSetLimits) {
        makeRoom(for: score)
        insert(member, score: score, limits: limits)
    }

    /// Takes the encoding that can keep the score.
    fileprivate mutating func makeRoom(for score: Double) {
        if score.sign == .minus && score == 0 { convertToSkiplist() }
    }
}
