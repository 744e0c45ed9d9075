// KeySpec: the grammar of a command's keys. What it says of a request is found in KeyExtraction.swift.

/// Where a command's keys are among its words, and what it does with them.
package struct KeySpec: Sendable {
    /// How the keys are found from argument `begin` on.
    package enum Find: Sendable {
        /// To `last` relative to the first (negative: from the end), every `step`; `limit` as in COMMAND DOCS.
        case range(last: Int, step: Int, limit: Int)
        /// A number of keys at `countIndex` relative to the beginning, the first key at `first`.
        case count(countIndex: Int, first: Int, step: Int)
    }
    /// RO, RW, OW or RM, and what is done: access, update, insert, delete; not_key, incomplete, variable_flags.
    package var flags: [String]
    /// The argument from which on they are.
    package var begin: Int
    package var find: Find
    package var notes: String?
    /// COMMAND GETKEYS takes a count that is no integer for what its text begins with ("1e3" for 1), as the reference
    /// does with those of its commands that have had a number of keys for long.
    package var readsCountLoosely = false

    package init(_ flags: [String], begin: Int, find: Find, notes: String? = nil) {
        self.flags = flags
        self.begin = begin
        self.find = find
        self.notes = notes
    }

    /// Exactly one key, argument `index`.
    package static func one(_ flags: String..., at index: Int = 1, notes: String? = nil) -> KeySpec {
        KeySpec(flags, begin: index, find: .range(last: 0, step: 1, limit: 0), notes: notes)
    }

    /// Keys that argument `index` counts and that follow it.
    package static func counted(_ flags: String..., at index: Int = 1) -> KeySpec {
        var spec = KeySpec(flags, begin: index, find: .count(countIndex: 0, first: 1, step: 1))
        spec.readsCountLoosely = true
        return spec
    }

    /// Keys from argument `index` to `last` counted from the end (-1: the last word), every `step` words.
    package static func many(_ flags: String..., from index: Int = 1, last: Int = -1, step: Int = 1) -> KeySpec {
        KeySpec(flags, begin: index, find: .range(last: last, step: step, limit: 0))
    }
}
