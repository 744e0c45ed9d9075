// OBJECT: how a key's value is kept.

package import Datastore
package import RESP

package enum OBJECT: ContainerCommand {
    package static let spec = CommandSpec(
        "object", summary: "A container for object introspection commands.", since: "2.2.3", group: .generic,
        complexity: "Depends on subcommand.", arity: -2)

    package static let subcommands: [any Command.Type] = [
        ENCODING.self, FREQ.self, HELP.self, IDLETIME.self, REFCOUNT.self,
    ]

    package enum ENCODING: DataCommand {
        package static let spec = CommandSpec(
            "encoding", summary: "Returns the internal encoding of an object.", since: "2.2.3", group: .generic,
            complexity: "O(1)", arity: 3, flags: [.readonly], categories: [.keyspace], keys: [.one("RO", at: 2)],
            tips: ["nondeterministic_output"], arguments: [ArgumentSpec("key", .key, key: 0)])

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply
        ) throws(CommandError) {
            guard let entry = database.inspect(request.key(at: 2)) else { return reply.null() }
            reply.bulk(entry.encodingName)
        }
    }

    package enum FREQ: DataCommand {
        package static let spec = CommandSpec(
            "freq", summary: "Returns the logarithmic access frequency counter of an object.", since: "4.0.0",
            group: .generic, complexity: "O(1)", arity: 3, flags: [.readonly], categories: [.keyspace],
            keys: [.one("RO", at: 2)], tips: ["nondeterministic_output"],
            arguments: [ArgumentSpec("key", .key, key: 0)])

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply
        ) throws(CommandError) {
            guard database.inspect(request.key(at: 2)) != nil else { return reply.null() }
            throw .reply(
                """
                ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when \
                switching between policies at runtime LRU and LFU data will take some time to adjust.
                """)
        }
    }

    package enum HELP: HelpCommand {
        package static let spec = CommandSpec.help(since: "6.2.0", group: .generic, categories: [.keyspace])
        package static let lines: [StaticString] = [
            "ENCODING <key>", "    How the value is kept.",
            "FREQ <key>", "    How often the key has been used lately, on a scale of 255; only with an LFU policy.",
            "IDLETIME <key>", "    Seconds since the key was last used.",
            "REFCOUNT <key>", "    How many hold the value.",
        ]
    }

    package enum IDLETIME: DataCommand {
        package static let spec = CommandSpec(
            "idletime", summary: "Returns the time since the last access to an object.", since: "2.2.3",
            group: .generic, complexity: "O(1)", arity: 3, flags: [.readonly], categories: [.keyspace],
            keys: [.one("RO", at: 2)], tips: ["nondeterministic_output"],
            arguments: [ArgumentSpec("key", .key, key: 0)])

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply
        ) throws(CommandError) {
            guard let access = database.lastAccess(request.key(at: 2)) else { return reply.null() }
            reply.integer(access.idleSeconds)
        }
    }

    package enum REFCOUNT: DataCommand {
        package static let spec = CommandSpec(
            "refcount", summary: "Returns the reference count of a value of a key.", since: "2.2.3", group: .generic,
            complexity: "O(1)", arity: 3, flags: [.readonly], categories: [.keyspace], keys: [.one("RO", at: 2)],
            tips: ["nondeterministic_output"], arguments: [ArgumentSpec("key", .key, key: 0)])

        /// Values are shared with nobody but replies on their way.
        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply
        ) throws(CommandError) {
            guard database.inspect(request.key(at: 2)) != nil else { return reply.null() }
            reply.integer(1)
        }
    }
}
