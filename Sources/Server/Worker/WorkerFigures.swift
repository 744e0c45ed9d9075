// WorkerFigures: what one worker counts. Only the worker writes it; INFO adds all workers up, exclusively.

internal import RESP

/// Counts of one command.
struct CommandFigures: BitwiseCopyable {
    var calls: UInt64 = 0
    /// Time in cycles of the time-stamp counter.
    var cycles: UInt64 = 0
    var rejected: UInt64 = 0
    var failed: UInt64 = 0
}

struct WorkerFigures: Sendable {
    var commandsProcessed: UInt64 = 0
    var connectionsAccepted: UInt64 = 0
    var connectionsRefused: UInt64 = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var batches: UInt64 = 0
    var protocolErrors: UInt64 = 0
    var outputLimitDisconnects: UInt64 = 0
    var queryLimitDisconnects: UInt64 = 0
    var clientsBlocked = 0
    var clientsTimedOut: UInt64 = 0
    var activeExpireUs: UInt64 = 0
    /// Error replies by code.
    var errors: [ErrorCode: UInt64] = [:]
    var errorReplies: UInt64 = 0
}
