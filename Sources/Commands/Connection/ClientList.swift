// CLIENT LIST, KILL and UNBLOCK: a client's view of the others, and its power over them.

package import Datastore
internal import Memory
package import RESP

extension CLIENT {
    package enum LIST: ServerCommand {
        package static let spec = CommandSpec(
            "list", summary: "Lists open connections.", since: "2.4.0", group: .connection,
            complexity: "O(N) where N is the number of client connections", arity: -2,
            flags: [.admin, .noScript, .loading, .stale], categories: [.connection], tips: ["nondeterministic_output"],
            history: [
                ("2.8.12", "Added unique client `id` field."), ("5.0.0", "Added optional `TYPE` filter."),
                ("6.0.0", "Added `user` field."),
                ("6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
                ("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."), ("7.0.3", "Added `ssub` field."),
                (
                    "8.0.0",
                    "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility."),
                ("8.1.0", "Added filters USER, ADDR, LADDR, SKIPME, and MAXAGE."),
                ClientFilter.historyOfBoth],
            arguments: [
                ArgumentSpec(
                    "client-type", .oneOf, token: "TYPE", since: "5.0.0", optional: true,
                    [
                        .word("normal", "NORMAL"), .word("master", "MASTER"), .word("replica", "REPLICA"),
                        .word("pubsub", "PUBSUB")]),
                ArgumentSpec("client-id", .integer, token: "ID", since: "6.2.0", optional: true, multiple: true),
                ArgumentSpec("username", .string, token: "USER", since: "8.1.0", optional: true),
                ArgumentSpec("addr", .string, token: "ADDR", display: "ip:port", since: "8.1.0", optional: true),
                ArgumentSpec("laddr", .string, token: "LADDR", display: "ip:port", since: "8.1.0", optional: true),
                ArgumentSpec(
                    "skipme", .oneOf, token: "SKIPME", since: "8.1.0", optional: true,
                    [.word("yes", "YES"), .word("no", "NO")]),
                ArgumentSpec("maxage", .integer, token: "MAXAGE", since: "8.1.0", optional: true),
            ] + ClientFilter.argumentsOfBoth + [
                ArgumentSpec(
                    "not-client-type", .oneOf, token: "NOT-TYPE", since: "9.0.0", optional: true,
                    [
                        .word("normal", "NORMAL"), .word("master", "MASTER"), .word("replica", "REPLICA"),
                        .word("pubsub", "PUBSUB")]),
            ] + ClientFilter.negativeArgumentsOfBoth,
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var filter = ClientFilter()
            guard try filter.parse(request, databases: database.keyspace.databaseCount, &reply) else { return }
            let lines = server.clientLines(
                matching: filter, asking: session, during: CommandUnderway(request, reply))
            reply.verbatim("txt", ByteView(lines.span))
        }
    }

    package enum KILL: ServerCommand {
        /// The filters, each of which may be named once or more.
        private static let filters: [ArgumentSpec] = [
            ArgumentSpec("client-id", .integer, token: "ID", since: "2.8.12", optional: true, multiple: true),
            ArgumentSpec(
                "client-type", .oneOf, token: "TYPE", since: "2.8.12", optional: true,
                [
                    .word("normal", "NORMAL"), .word("master", "MASTER", since: "3.2.0"),
                    .word("primary", "PRIMARY", since: "8.0.0"), .word("slave", "SLAVE"),
                    .word("replica", "REPLICA", since: "5.0.0"), .word("pubsub", "PUBSUB")]),
            ArgumentSpec("username", .string, token: "USER", optional: true),
            ArgumentSpec("addr", .string, token: "ADDR", display: "ip:port", optional: true),
            ArgumentSpec("laddr", .string, token: "LADDR", display: "ip:port", since: "6.2.0", optional: true),
            ArgumentSpec("skipme", .oneOf, token: "SKIPME", optional: true, [.word("yes", "YES"), .word("no", "NO")]),
            ArgumentSpec("maxage", .integer, token: "MAXAGE", since: "8.0.0", optional: true),
        ] + ClientFilter.argumentsOfBoth + [
            ArgumentSpec(
                "not-client-type", .oneOf, token: "NOT-TYPE", since: "9.0.0", optional: true,
                [
                    .word("normal", "NORMAL"), .word("master", "MASTER"),
                    .word("primary", "PRIMARY"), .word("slave", "SLAVE"),
                    .word("replica", "REPLICA"), .word("pubsub", "PUBSUB")]),
        ] + ClientFilter.negativeArgumentsOfBoth

        package static let spec = CommandSpec(
            "kill", summary: "Terminates open connections.", since: "2.4.0", group: .connection,
            complexity: "O(N) where N is the number of client connections", arity: -3,
            flags: [.admin, .noScript, .loading, .stale], categories: [.connection],
            history: [
                ("2.8.12", "Added new filter format."), ("2.8.12", "`ID` option."),
                ("3.2.0", "Added `master` type in for `TYPE` option."),
                (
                    "5.0.0",
                    "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."),
                ("6.2.0", "`LADDR` option."), ("8.0.0", "`MAXAGE` option."),
                (
                    "8.0.0",
                    "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility."),
                ("8.1.0", "`ID` option accepts multiple IDs."),
                ClientFilter.historyOfBoth],
            arguments: [
                ArgumentSpec(
                    "filter", .oneOf,
                    [
                        ArgumentSpec("old-format", .string, display: "ip:port", deprecatedSince: "2.8.12"),
                        ArgumentSpec("new-format", .oneOf, multiple: true, filters)])],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var filter = ClientFilter()
            guard request.count > 3 else {
                filter.wanted.address = request[2].copied()
                filter.skipsMe = false
                guard server.killClients(matching: filter, asking: &session) > 0 else {
                    throw .reply("ERR No such client")
                }
                return reply.ok()
            }
            filter.skipsMe = true
            guard try filter.parse(request, databases: database.keyspace.databaseCount, &reply) else { return }
            reply.integer(server.killClients(matching: filter, asking: &session))
        }
    }

    package enum UNBLOCK: ServerCommand {
        package static let spec = CommandSpec(
            "unblock", summary: "Unblocks a client blocked by a blocking command from a different connection.",
            since: "5.0.0", group: .connection, complexity: "O(log N) where N is the number of client connections",
            arity: -3, flags: [.admin, .noScript, .loading, .stale], categories: [.connection],
            arguments: [
                ArgumentSpec("client-id", .integer),
                ArgumentSpec(
                    "unblock-type", .oneOf, optional: true, [.word("timeout", "TIMEOUT"), .word("error", "ERROR")])],
            isolation: .exclusive)

        package static func run(
            _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
            _ server: any ServerFace
        ) throws(CommandError) {
            var isError = false
            if request.count == 4 {  // with more words, none of them is looked at
                isError = request[3].isWord("ERROR")
                guard isError || request[3].isWord("TIMEOUT") else {
                    throw .reply("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
                }
            }
            let id = try request.integer(at: 2)
            let isUnblocked = id > 0 && server.unblockClient(id: UInt64(id), withError: isError)
            if isUnblocked && isError { reply.noteError(elsewhere: "UNBLOCKED") }
            reply.integer(isUnblocked ? 1 : 0)
        }
    }
}
