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
    /// Meant for the server itself and its tests: the flag syscmd of COMMAND DOCS.
    package let isSystem: Bool
    /// What must not happen meanwhile on other threads.
    package let isolation: Isolation

    package init(
        _ name: String, summary: String, since: String, group: CommandGroup, complexity: String?, arity: Int,
        flags: CommandFlags = [], categories: ACLCategories = [], keys: [KeySpec] = [], tips: [String] = [],
        history: [(version: String, change: String)] = [], arguments: [ArgumentSpec] = [],
        isSystem: Bool = false, isolation: Isolation? = nil
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
