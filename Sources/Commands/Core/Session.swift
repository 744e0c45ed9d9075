// Session: what the server knows of one client, as far as commands care: small, since most clients are idle.

package import RESP

/// A client's state between its commands.
@usableFromInline
package struct Session: ~Copyable {
    /// Unique for the life of the server; never 0.
    package let id: UInt64
    /// Where the server keeps the client: the worker's number, and the slot among its clients.
    package var worker: UInt16 = 0
    package var slot: UInt32 = 0
    @usableFromInline package var flags: Flags = []
    package var version = ProtocolVersion.resp2
    /// The selected database.
    package var database: UInt16 = 0
    /// The index of the last command in the command table, for CLIENT LIST; nil before the first.
    package var lastCommand: UInt16?
    /// Unix milliseconds.
    package let createdMs: Int64
    package var lastActivityMs: Int64
    package var commandsProcessed: UInt64 = 0
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    /// Names and other things that most clients never set.
    package var details: Details?
    /// The queue of MULTI and what is watched; nil for most.
    package var transaction: (any SessionTransaction)?

    package init(id: UInt64, nowMs: Int64) {
        self.id = id
        createdMs = nowMs
        lastActivityMs = nowMs
    }

    /// Constants are computed: a stored one of another module is read through a call.
    @frozen @usableFromInline
    package struct Flags: OptionSet, Sendable {
        @usableFromInline package let rawValue: UInt32
        @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `contains` without the protocol's generic code, which another module calls unspecialised.
        @inlinable package func has(_ flags: Flags) -> Bool { rawValue & flags.rawValue == flags.rawValue }

        /// Whether at least one of these is raised.
        @inlinable package func hasAny(_ flags: Flags) -> Bool { rawValue & flags.rawValue != 0 }

        @inlinable package static var authenticated: Flags { Flags(rawValue: 1 << 0) }
        /// Between MULTI and EXEC.
        @inlinable package static var inTransaction: Flags { Flags(rawValue: 1 << 1) }
        /// A command was refused while queueing: EXEC must fail.
        @inlinable package static var transactionFailed: Flags { Flags(rawValue: 1 << 2) }
        @inlinable package static var noTouch: Flags { Flags(rawValue: 1 << 3) }
        @inlinable package static var noEvict: Flags { Flags(rawValue: 1 << 4) }
        /// CLIENT REPLY OFF.
        @inlinable package static var repliesOff: Flags { Flags(rawValue: 1 << 5) }
        /// CLIENT REPLY SKIP: the reply of the next command is dropped.
        @inlinable package static var skipNextReply: Flags { Flags(rawValue: 1 << 6) }
        /// MONITOR: the client sees every command.
        @inlinable package static var monitor: Flags { Flags(rawValue: 1 << 7) }
        /// The connection ends once its replies are sent.
        @inlinable package static var closing: Flags { Flags(rawValue: 1 << 8) }
        @inlinable package static var blocked: Flags { Flags(rawValue: 1 << 9) }
        @inlinable package static var unixSocket: Flags { Flags(rawValue: 1 << 10) }
        /// CLIENT CAPA REDIRECT.
        @inlinable package static var canRedirect: Flags { Flags(rawValue: 1 << 11) }
        /// There was a pause when the client was last looked at (CLIENT PAUSE): its commands may have to wait.
        @inlinable package static var paused: Flags { Flags(rawValue: 1 << 12) }
        /// The client was authenticated before RESET: it is no stranger, whose unread replies are limited.
        @inlinable package static var wasAuthenticated: Flags { Flags(rawValue: 1 << 13) }
        /// READONLY: told by CLIENT LIST.
        @inlinable package static var readOnly: Flags { Flags(rawValue: 1 << 14) }

        /// What changes nothing about how commands are executed or answered.
        @inlinable package static var harmless: Flags {
            Flags(
                rawValue: unixSocket.rawValue | canRedirect.rawValue | wasAuthenticated.rawValue | readOnly.rawValue)
        }
    }

    /// Whether nothing is special about the client: it has been authenticated, and no mode that changes how its
    /// commands are executed or answered is on.
    @inlinable package var isPlain: Bool {
        flags.rawValue & ~Flags.harmless.rawValue == Flags.authenticated.rawValue
    }

    /// What only some clients have.
    package final class Details {
        package var name: [UInt8] = []
        package var libraryName: [UInt8] = []
        package var libraryVersion: [UInt8] = []
        package init() {}
    }

    /// The details, made on first use.
    package mutating func makeDetails() -> Details {
        if let details { return details }
        let new = Details()
        details = new
        return new
    }
}

/// The part of a transaction that commands see; the Transactions module has the rest.
package protocol SessionTransaction: AnyObject {
    /// Commands queued since MULTI.
    var queuedCount: Int { get }
    /// Keys watched.
    var watchedCount: Int { get }
    /// Memory of the queue in bytes.
    var byteCount: Int { get }
    /// Memory of the watches in bytes.
    var watchByteCount: Int { get }
}
