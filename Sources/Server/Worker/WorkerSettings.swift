// WorkerSettings: the configuration as the workers and the keyspace follow it: words in the units that they compare.

internal import Commands
internal import Datastore

/// The settings that the workers' paths read.
struct WorkerSettings: Sendable {
    var bulkBytesMax: Int
    var queryBufferBytesMax: Int
    var requiresPassword: Bool
    var isProtected: Bool
    var idleTimeoutMs: Int64
    var outputHardBytes: Int
    var outputSoftBytes: Int
    var outputSoftNs: Int64
    var limitsOutput: Bool { outputHardBytes != 0 || outputSoftBytes != 0 }
    var keepaliveSeconds: UInt32
    var clientsMax: Int
    var latencyThresholdMs: Int
    var resizesWhenIdle: Bool
    /// By the raw value of `CommandLogKind`.
    var commandLog: InlineArray<3, CommandLogSetting>
    /// Differs from change to change, so that workers notice one; never 0.
    var generation = 1

    /// What is logged: from `limit` on (microseconds or bytes; `.max` for nothing), the latest `lengthMax`.
    struct CommandLogSetting: Sendable {
        var limit: Int
        var lengthMax: Int

        /// Negative limits switch off.
        init(_ setting: CommandLogConfiguration.Setting) {
            limit = setting.limit < 0 || setting.lengthMax == 0 ? .max : setting.limit
            lengthMax = setting.lengthMax
        }
    }

    init(_ configuration: Configuration) {
        bulkBytesMax = configuration.bulkBytesMax
        queryBufferBytesMax = configuration.queryBufferBytesMax
        requiresPassword = configuration.hasPassword
        isProtected = configuration.protectedMode && !configuration.hasPassword
        idleTimeoutMs = Int64(configuration.idleTimeoutSeconds) * 1000
        outputHardBytes = configuration.outputBufferLimits.normal.hardBytes
        outputSoftBytes = configuration.outputBufferLimits.normal.softBytes
        // Beyond 292 years it is for ever.
        let (softNs, overflows) = Int64(configuration.outputBufferLimits.normal.softSeconds)
            .multipliedReportingOverflow(by: 1_000_000_000)
        outputSoftNs = overflows ? .max : softNs
        keepaliveSeconds = UInt32(configuration.tcpKeepaliveSeconds)
        clientsMax = configuration.clientsMax
        latencyThresholdMs = configuration.latency.monitorThresholdMs
        resizesWhenIdle = configuration.resizesWhenIdle
        commandLog = InlineArray { CommandLogSetting(configuration.commandLog[CommandLogKind(rawValue: $0)!]) }
        precondition(commandLog.count == CommandLogKind.allCases.count)
    }
}

extension CommandLogConfiguration {
    fileprivate subscript(kind: CommandLogKind) -> Setting {
        switch kind {
        case .slow: slow
        case .largeRequest: largeRequest
        case .largeReply: largeReply
        }
    }
}

extension Settings {
    init(_ configuration: Configuration) {
        self.init()
        sortedSets = SortedSetLimits(
            listpackEntriesMax: configuration.encodings.zsetListpackEntries,
            listpackValueMax: configuration.encodings.zsetListpackValue)
        stringBytesMax = configuration.bulkBytesMax
    }
}
