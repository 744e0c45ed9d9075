// Session: what the server knows of one client, as far as commands care: small, since most clients are idle.

package import RESP

/// A client's state between its commands.
package struct Session: ~Copyable {
    /// Unique for the life of the server; never 0.
    package let id: UInt64
    package var flags: Flags = []
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

    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let authenticated = Flags(rawValue: 1 << 0)
        /// Between MULTI and EXEC.
        package static let inTransaction = Flags(rawValue: 1 << 1)
        /// A command was refused while queueing: EXEC must fail.
        package static let transactionFailed = Flags(rawValue: 1 << 2)
        package static let noTouch = Flags(rawValue: 1 << 3)
        package static let noEvict = Flags(rawValue: 1 << 4)
        /// CLIENT REPLY OFF.
        package static let repliesOff = Flags(rawValue: 1 << 5)
        /// CLIENT REPLY SKIP: the reply of the next command is dropped.
        package static let skipNextReply = Flags(rawValue: 1 << 6)
        /// The reply being written is dropped.
        package static let skipThisReply = Flags(rawValue: 1 << 7)
        /// The connection ends once its replies are sent.
        package static let closing = Flags(rawValue: 1 << 8)
        package static let blocked = Flags(rawValue: 1 << 9)
        package static let unixSocket = Flags(rawValue: 1 << 10)
        package static let executing = Flags(rawValue: 1 << 11)
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
}
