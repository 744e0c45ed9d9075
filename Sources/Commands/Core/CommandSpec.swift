// CommandSpec: a command's data: what COMMAND replies, what the dispatcher needs, what generators and tests derive.

/// Everything about a command that is not its behaviour. Strings here are read at start and by introspection only.
/// A class, since a copy of all its parts would cost COMMAND INFO more than their names do.
package final class CommandSpec: Sendable {
    /// Lower case; a subcommand's own name ("list" of "client|list").
    package let name: String
    package let summary: String
    package let since: String
    package let group: CommandGroup
    package let complexity: String?
    /// Words including the name; negative: at least that many.
    package let arity: Int
    package let flags: CommandFlags
    /// The ACL categories in the order of COMMAND INFO, without those that the flags imply (see `allCategories`).
    package let categories: ACLCategories
    package let keys: [KeySpec]
    package let tips: [String]
    package let history: [(version: String, change: String)]
    package let arguments: [ArgumentSpec]
    package let deprecation: Deprecation?
    /// Meant for the server itself and its tests: the flag syscmd of COMMAND DOCS.
    package let isSystem: Bool
    /// What must not happen meanwhile on other threads.
    package let isolation: Isolation

    package struct Deprecation: Sendable {
        package var since: String
        package var replacedBy: String
        package init(since: String, replacedBy: String) {
            self.since = since
            self.replacedBy = replacedBy
        }
    }

    package init(
        _ name: String, summary: String, since: String, group: CommandGroup, complexity: String?, arity: Int,
        flags: CommandFlags = [], categories: ACLCategories = [], keys: [KeySpec] = [], tips: [String] = [],
        history: [(version: String, change: String)] = [], arguments: [ArgumentSpec] = [],
        deprecation: Deprecation? = nil, isSystem: Bool = false, isolation: Isolation? = nil
    ) {
        self.name = name
        self.summary = summary
        self.since = since
        self.group = group
        self.complexity = complexity
        self.arity = arity
        self.flags = flags
        self.categories = categories
        self.keys = keys
        self.tips = tips
        self.history = history
        self.arguments = arguments
        self.deprecation = deprecation
        self.isSystem = isSystem
        self.isolation = isolation ?? (keys.isEmpty ? .exclusive : .keys)
    }

    /// The HELP of a container, the same but for its age and its place.
    package static func help(
        since: String, group: CommandGroup, categories: ACLCategories = [],
        summary: String = "Returns helpful text about the different subcommands."
    ) -> CommandSpec {
        CommandSpec(
            "help", summary: summary, since: since, group: group, complexity: "O(1)", arity: 2,
            flags: [.loading, .stale], categories: categories, isolation: Isolation.none)
    }
}

/// How a command is kept apart from those on other threads.
@frozen @usableFromInline
package enum Isolation: Sendable {
    /// Under the locks of the keys that its specs name.
    case keys
    /// It touches its own client and immutable or atomic data only.
    case none
    /// It runs while no other thread executes anything.
    case exclusive
    /// It locks one shard after another by itself.
    case byItself
}

/// The groups of COMMAND DOCS.
package enum CommandGroup: String, Sendable {
    case generic, string, list, set, sortedSet = "sorted-set", hash, pubsub, transactions, connection, server, scripting
    case hyperloglog, cluster, geo, stream, bitmap
}

/// The flags of COMMAND INFO, in its order.
@frozen @usableFromInline
package struct CommandFlags: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt32
    @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `contains` without the protocol's generic code, which another module calls unspecialised.
    @inlinable package func has(_ flags: CommandFlags) -> Bool { rawValue & flags.rawValue == flags.rawValue }

    @inlinable package static var write: CommandFlags { CommandFlags(rawValue: 1 << 0) }
    @inlinable package static var readonly: CommandFlags { CommandFlags(rawValue: 1 << 1) }
    @inlinable package static var denyOOM: CommandFlags { CommandFlags(rawValue: 1 << 2) }
    @inlinable package static var module: CommandFlags { CommandFlags(rawValue: 1 << 3) }
    @inlinable package static var admin: CommandFlags { CommandFlags(rawValue: 1 << 4) }
    @inlinable package static var pubsub: CommandFlags { CommandFlags(rawValue: 1 << 5) }
    @inlinable package static var noScript: CommandFlags { CommandFlags(rawValue: 1 << 6) }
    @inlinable package static var blocking: CommandFlags { CommandFlags(rawValue: 1 << 7) }
    @inlinable package static var loading: CommandFlags { CommandFlags(rawValue: 1 << 8) }
    @inlinable package static var stale: CommandFlags { CommandFlags(rawValue: 1 << 9) }
    @inlinable package static var skipMonitor: CommandFlags { CommandFlags(rawValue: 1 << 10) }
    @inlinable package static var skipCommandLog: CommandFlags { CommandFlags(rawValue: 1 << 11) }
    @inlinable package static var asking: CommandFlags { CommandFlags(rawValue: 1 << 12) }
    @inlinable package static var fast: CommandFlags { CommandFlags(rawValue: 1 << 13) }
    @inlinable package static var noAuth: CommandFlags { CommandFlags(rawValue: 1 << 14) }
    @inlinable package static var mayReplicate: CommandFlags { CommandFlags(rawValue: 1 << 15) }
    @inlinable package static var noMandatoryKeys: CommandFlags { CommandFlags(rawValue: 1 << 16) }
    @inlinable package static var noMulti: CommandFlags { CommandFlags(rawValue: 1 << 17) }
    @inlinable package static var movableKeys: CommandFlags { CommandFlags(rawValue: 1 << 18) }
    @inlinable package static var allowBusy: CommandFlags { CommandFlags(rawValue: 1 << 19) }

    /// The names in COMMAND INFO, by bit.
    package static let names: [StaticString] = [
        "write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript", "blocking", "loading", "stale",
        "skip_monitor", "skip_commandlog", "asking", "fast", "no_auth", "may_replicate", "no_mandatory_keys",
        "no_multi", "movablekeys", "allow_busy",
    ]
}

/// The categories of ACLs, in COMMAND INFO's order.
package struct ACLCategories: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let keyspace = ACLCategories(rawValue: 1 << 0)
    package static let read = ACLCategories(rawValue: 1 << 1)
    package static let write = ACLCategories(rawValue: 1 << 2)
    package static let set = ACLCategories(rawValue: 1 << 3)
    package static let sortedSet = ACLCategories(rawValue: 1 << 4)
    package static let list = ACLCategories(rawValue: 1 << 5)
    package static let hash = ACLCategories(rawValue: 1 << 6)
    package static let string = ACLCategories(rawValue: 1 << 7)
    package static let bitmap = ACLCategories(rawValue: 1 << 8)
    package static let hyperLogLog = ACLCategories(rawValue: 1 << 9)
    package static let geo = ACLCategories(rawValue: 1 << 10)
    package static let stream = ACLCategories(rawValue: 1 << 11)
    package static let pubsub = ACLCategories(rawValue: 1 << 12)
    package static let admin = ACLCategories(rawValue: 1 << 13)
    package static let fast = ACLCategories(rawValue: 1 << 14)
    package static let slow = ACLCategories(rawValue: 1 << 15)
    package static let blocking = ACLCategories(rawValue: 1 << 16)
    package static let dangerous = ACLCategories(rawValue: 1 << 17)
    package static let connection = ACLCategories(rawValue: 1 << 18)
    package static let transaction = ACLCategories(rawValue: 1 << 19)
    package static let scripting = ACLCategories(rawValue: 1 << 20)

    /// The names in COMMAND INFO, by bit.
    package static let names: [StaticString] = [
        "@keyspace", "@read", "@write", "@set", "@sortedset", "@list", "@hash", "@string", "@bitmap", "@hyperloglog",
        "@geo", "@stream", "@pubsub", "@admin", "@fast", "@slow", "@blocking", "@dangerous", "@connection",
        "@transaction", "@scripting",
    ]

    /// The category of a name in small letters and without its "@".
    package init?(named name: String) {
        guard let bit = Self.names.firstIndex(where: { $0.description.dropFirst() == name }) else { return nil }
        self.init(rawValue: 1 << UInt32(bit))
    }
}

/// Where a command's keys are among its words, and what it does with them.
package struct KeySpec: Sendable {
    package enum Begin: Sendable {
        case index(Int)
        /// After the word `keyword`, searched from argument `startFrom` (negative: from the end).
        case keyword(String, startFrom: Int)
        case unknown
    }
    package enum Find: Sendable {
        /// To `last` relative to the first (negative: from the end), every `step`; `limit` as in COMMAND DOCS.
        case range(last: Int, step: Int, limit: Int)
        /// A number of keys at `countIndex` relative to the beginning, the first key at `first`.
        case count(countIndex: Int, first: Int, step: Int)
        case unknown
    }
    /// RO, RW, OW or RM, and what is done: access, update, insert, delete; not_key, incomplete, variable_flags.
    package var flags: [String]
    package var begin: Begin
    package var find: Find
    package var notes: String?
    /// COMMAND GETKEYS takes a count that is no integer for what its text begins with ("1e3" for 1), as the reference
    /// does with those of its commands that have had a number of keys for long.
    package var readsCountLoosely = false

    package init(_ flags: [String], begin: Begin, find: Find, notes: String? = nil) {
        self.flags = flags
        self.begin = begin
        self.find = find
        self.notes = notes
    }

    /// Exactly one key, argument `index`.
    package static func one(_ flags: String..., at index: Int = 1, notes: String? = nil) -> KeySpec {
        KeySpec(flags, begin: .index(index), find: .range(last: 0, step: 1, limit: 0), notes: notes)
    }

    /// Keys that argument `index` counts and that follow it.
    package static func counted(_ flags: String..., at index: Int = 1) -> KeySpec {
        var spec = KeySpec(flags, begin: .index(index), find: .count(countIndex: 0, first: 1, step: 1))
        spec.readsCountLoosely = true
        return spec
    }

    /// Keys from argument `index` to `last` counted from the end (-1: the last word), every `step` words.
    package static func many(_ flags: String..., from index: Int = 1, last: Int = -1, step: Int = 1) -> KeySpec {
        KeySpec(flags, begin: .index(index), find: .range(last: last, step: step, limit: 0))
    }
}

/// An argument of the grammar, as COMMAND DOCS describes it.
package struct ArgumentSpec: Sendable {
    package enum Kind: String, Sendable {
        case string, integer, double, key, pattern, unixTime = "unix-time", pureToken = "pure-token", oneOf = "oneof"
        case block
    }
    package var name: String
    package var kind: Kind
    package var displayText: String?
    package var keySpecIndex: Int?
    package var token: String?
    package var summary: String?
    package var since: String?
    package var deprecatedSince: String?
    package var isOptional: Bool
    package var isMultiple: Bool
    package var isTokenRepeated: Bool
    package var arguments: [ArgumentSpec]

    package init(
        _ name: String, _ kind: Kind, token: String? = nil, display: String? = nil, key: Int? = nil,
        summary: String? = nil, since: String? = nil, deprecatedSince: String? = nil, optional: Bool = false,
        multiple: Bool = false, multipleToken: Bool = false, _ arguments: [ArgumentSpec] = []
    ) {
        self.name = name
        self.kind = kind
        self.token = token
        displayText = display
        keySpecIndex = key
        self.summary = summary
        self.since = since
        self.deprecatedSince = deprecatedSince
        isOptional = optional
        isMultiple = multiple
        isTokenRepeated = multipleToken
        self.arguments = arguments
    }

    /// A word that stands for itself.
    package static func word(
        _ name: String, _ token: String, since: String? = nil, optional: Bool = false
    ) -> ArgumentSpec {
        ArgumentSpec(name, .pureToken, token: token, since: since, optional: optional)
    }

    /// `LIMIT offset count`, which takes a part of a range.
    package static func limit(since: String? = nil) -> ArgumentSpec {
        ArgumentSpec(
            "limit", .block, token: "LIMIT", since: since, optional: true,
            [ArgumentSpec("offset", .integer), ArgumentSpec("count", .integer)])
    }
}
