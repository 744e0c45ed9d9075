// The lines of CLIENT LIST, and what a client is described by.

internal import Commands
internal import Datastore
internal import RESP
internal import Transactions

/// What a line tells about a client; filters look at the same values.
struct ClientDescription {
    let id: UInt64
    let address: String
    let localAddress: String
    let descriptor: Int32
    let name: [UInt8]
    let libraryName: [UInt8]
    let libraryVersion: [UInt8]
    let ageSeconds: Int64
    let idleSeconds: Int64
    let flags: String
    let database: Int
    /// Commands queued by MULTI; -1 before the first MULTI or WATCH.
    let queuedCount: Int
    let watchedCount: Int
    let queueBytes: Int
    /// Bytes received that are not yet a whole request, or wait for a blocked client's turn, and the room beside them.
    let inputBytes: Int
    let inputRoomBytes: Int
    /// The words of the command that is being executed, or that blocks.
    let argumentBytes: Int
    /// The buffer that replies to it are being written to, the most that replies of one turn took of one lately, and
    /// what it holds. Only the client whose command is being executed has one.
    let replyBufferBytes: Int
    let replyPeakBytes: Int
    let replyBytes: Int
    /// What waits for the client to read.
    let pendingBytes: Int
    let pendingChunks: Int
    let totalBytes: Int
    let canRedirect: Bool
    let command: String
    let version: ProtocolVersion
    let bytesIn: UInt64
    let bytesOut: UInt64
    let commandsProcessed: UInt64

    /// `session` is the client's, which its worker may have lent out at this moment; `command` is that which is
    /// being executed for it, if one is. The client knows its addresses.
    init(
        _ session: borrowing Session, of client: borrowing Client, in instance: Instance, nowMs: Int64,
        _ command: CommandUnderway? = nil
    ) {
        id = session.id
        descriptor = client.descriptor
        address = client.addresses?.remote ?? ""
        localAddress = client.addresses?.local ?? ""
        name = session.details?.name ?? []
        libraryName = session.details?.libraryName ?? []
        libraryVersion = session.details?.libraryVersion ?? []
        ageSeconds = max(0, nowMs - session.createdMs) / 1000
        idleSeconds = max(0, nowMs - session.lastActivityMs) / 1000
        flags = Self.flags(session)
        database = Int(session.database)
        // Once a watched key has changed, the queue, which goes with the next request, is void.
        let token = session.currentTransaction?.token
        queuedCount = token?.isChanged == true ? 0 : session.transaction?.queuedCount ?? -1
        watchedCount = token?.isChangedByItself == true ? 0 : session.transaction?.watchedCount ?? 0
        queueBytes = session.transaction?.byteCount ?? 0
        inputBytes = client.parser.receivedCount + (client.backlog?.receivedCount ?? 0)
        inputRoomBytes = client.inputFootprint - inputBytes
        argumentBytes = (command?.argumentBytes ?? 0) + (client.waiter?.argumentBytes ?? 0)
        replyBufferBytes = command?.replyBufferBytes ?? 0
        replyBytes = command?.replyBytes ?? 0
        replyPeakBytes = max(Int(client.replyPeakBytes), replyBytes)
        pendingBytes = instance.refusedOutputBytes(client)
        // The number is as of the last look; that there are some, or none, is as of now.
        pendingChunks = pendingBytes == 0 ? 0 : max(Int(client.pendingChunks), 1)
        totalBytes = MemoryLayout<Client>.stride + client.inputFootprint + argumentBytes + replyBufferBytes
            + pendingBytes + queueBytes + (session.transaction?.watchByteCount ?? 0)
        canRedirect = session.flags.contains(.canRedirect)
        self.command = session.lastCommand.map { instance.commandTable.records[Int($0)].fullName } ?? "NULL"
        version = session.version
        bytesIn = session.bytesIn
        bytesOut = session.bytesOut
        commandsProcessed = session.commandsProcessed
    }

    private static func flags(_ session: borrowing Session) -> String {
        var letters = session.flags.contains(.monitor) ? "O" : ""
        if session.flags.contains(.inTransaction) { letters += "x" }
        if session.flags.contains(.blocked) { letters += "b" }
        if session.currentTransaction?.token.isChanged == true { letters += "d" }
        if session.flags.contains(.closing) { letters += "c" }
        if session.flags.contains(.unixSocket) { letters += "U" }
        if session.flags.contains(.readOnly) { letters += "r" }
        if session.flags.contains(.noEvict) { letters += "e" }
        if session.flags.contains(.noTouch) { letters += "T" }
        return letters.isEmpty ? "N" : letters
    }

    /// Who a client is, for the log, from which what clients call themselves is kept out.
    var identity: String { "id=\(id) addr=\(address) laddr=\(localAddress) fd=\(descriptor)" }

    /// A text that a client has given to itself ends at a NUL here.
    private static func shown(_ text: [UInt8]) -> ArraySlice<UInt8> { text.prefix { $0 != 0 } }

    /// The line, with its end. rbs, rbp and obl are about the reply buffer, which here is the worker's, lent to the
    /// client whose turn it is; oll and omem about what the client has yet to read.
    func line(commandsNow: UInt64) -> [UInt8] {
        var line = TextBuffer(capacity: 512)
        line.field("id=", id)
        line.field(" addr=", address)
        line.field(" laddr=", localAddress)
        line.field(" fd=", descriptor)
        line.append(" name=")
        line.append(Self.shown(name))
        line.field(" age=", ageSeconds)
        line.field(" idle=", idleSeconds)
        line.field(" flags=", flags)
        line.field(" capa=", canRedirect ? "r" : "")
        line.field(" db=", database)
        line.append(" sub=0 psub=0 ssub=0")
        line.field(" multi=", queuedCount)
        line.field(" watch=", watchedCount)
        line.field(" qbuf=", inputBytes)
        line.field(" qbuf-free=", inputRoomBytes)
        line.field(" argv-mem=", argumentBytes)
        line.field(" multi-mem=", queueBytes)
        line.field(" rbs=", replyBufferBytes)
        line.field(" rbp=", replyPeakBytes)
        line.field(" obl=", replyBytes)
        line.field(" oll=", pendingChunks)
        line.field(" omem=", pendingBytes)
        line.field(" tot-mem=", totalBytes)
        line.field(" events=", pendingBytes > 0 ? "rw" : "r")
        line.field(" cmd=", command)
        line.append(" user=default redir=-1")
        line.field(" resp=", version.rawValue)
        line.append(" lib-name=")
        line.append(Self.shown(libraryName))
        line.append(" lib-ver=")
        line.append(Self.shown(libraryVersion))
        line.field(" tot-net-in=", bytesIn)
        line.field(" tot-net-out=", bytesOut)
        line.field(" tot-cmds=", commandsNow)
        line.append("\n")
        return line.bytes
    }
}
