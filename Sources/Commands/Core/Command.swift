// Command: what every command is, and the few shapes it comes in.
//
// A command is a type without instances: its metatype stands in the registry's table, so that calling it is one load
// and one indirect call. It lives in one file: what it does, its spec, its `run`.

package import Datastore
package import RESP

/// A command of the protocol.
package protocol Command: SendableMetatype {
    /// All that is known of the command besides its behaviour. Read once, when the registry is built.
    static var spec: CommandSpec { get }
}

/// A command that works on keys and knows nothing of clients or the server: most of them.
package protocol DataCommand: Command {
    /// Executes the command and writes exactly one reply, or throws before it has written anything.
    /// The database is the client's; the locks of the keys that the spec names are held.
    static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError)
}

/// A data command that may have to wait until one of its keys has something for it. Its `run` throws `.wouldBlock`.
package protocol BlockingCommand: DataCommand {
    /// The type of value that it waits for; nil if it does not wait for keys.
    static var awaited: ValueType? { get }

    /// `key`, one of the request's keys, has changed: answers the waiting client if there is something for it now.
    /// Returns false, with nothing written, if it must wait on. The request is one for which `run` has thrown
    /// `.wouldBlock`: nothing is wrong with its words.
    static func serve(_ request: Request, _ key: Key, _ database: inout Database, _ reply: inout Reply) -> Bool

    /// Writes the reply to a client whose time is up.
    static func giveUp(_ reply: inout Reply)
}

extension BlockingCommand {
    package static func giveUp(_ reply: inout Reply) { reply.nullArray() }
}

/// A command about its client or the server.
package protocol ServerCommand: Command {
    /// Whether it looks at what the threads have counted up to now. The one that runs it then tells how much it has
    /// worked, which takes a system call; else it does so with its housekeeping.
    static var readsFigures: Bool { get }

    /// The error of a client that may not call it, whatever its words are; nil for one that may. The dispatcher asks
    /// before it executes or queues it.
    static func refusal(_ session: borrowing Session, _ server: any ServerFace) -> StaticString?

    static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError)
}

extension ServerCommand {
    package static var readsFigures: Bool { false }

    package static func refusal(_ session: borrowing Session, _ server: any ServerFace) -> StaticString? { nil }
}

/// Commands whose execution is the dispatcher's own business.
@usableFromInline
package enum ControlCommand: Sendable {
    case multi, exec, discard, watch, unwatch, quit, reset

    /// Whether MULTI queues it like any other command.
    package var isQueued: Bool { self == .unwatch }
}

/// A command that the dispatcher carries out by itself.
package protocol DispatcherCommand: Command {
    static var control: ControlCommand { get }
}

/// A command that only has subcommands.
package protocol ContainerCommand: Command {
    static var subcommands: [any Command.Type] { get }
}

/// The HELP of a container: a page about its subcommands.
package protocol HelpCommand: DataCommand {
    /// The lines about each subcommand, the explanations indented.
    static var lines: [StaticString] { get }
}

extension HelpCommand {
    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        reply.help(request, lines)
    }
}

/// Why a command has no ordinary reply. Trivial, so that throwing it costs no more than returning it.
@usableFromInline
package enum CommandError: Error {
    /// An error reply: code and text, without the dash.
    case reply(StaticString)
    /// An error reply about the command by name: text before, "'name' command" follows ("ERR invalid expire time in").
    case replyNamingCommand(StaticString)
    /// A blocking command found nothing; it gives up at `deadlineMs` (Unix milliseconds, nil for never).
    case wouldBlock(deadlineMs: Int64?)

    package static let wrongType = reply("WRONGTYPE Operation against a key holding the wrong kind of value")
    package static let syntax = reply("ERR syntax error")
    package static let notAnInteger = reply("ERR value is not an integer or out of range")
    package static let notAFloat = reply("ERR value is not a valid float")
    package static let outOfRange = reply("ERR value is out of range")
    package static let noSuchKey = reply("ERR no such key")
    package static let invalidExpire = replyNamingCommand("ERR invalid expire time in")
    package static let wrongArity = replyNamingCommand("ERR wrong number of arguments for")
    package static let stringTooLong = reply("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
}
