// Every directive that this version knows, the available ones first.
//
// Ranges are the reference's. The pinned ones are in `PinnedDirectives.swift`.

internal import Memory
internal import RESP

extension Directive {
    /// Every directive, by topic.
    package static let all: [Directive] =
        listening + clients + execution + lazyFreeing + encodings + observation + process + service
        + pinnedProcess + pinnedMemory + pinnedPersistence + pinnedReplication + pinnedCluster + pinnedTLS
        + pinnedObservation + pinnedNetwork + hidden

    /// Every name, aliases too, in the order in which CONFIG GET lists them.
    package static let entries: [(name: String, directive: Directive)] =
        all.flatMap { directive in ([directive.name] + directive.aliases).map { (name: $0, directive: directive) } }
        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }

    private static let index: [[UInt8]: Int] = Dictionary(
        uniqueKeysWithValues: entries.enumerated().map { (Array($1.name.utf8), $0) })

    /// The entry of `name` in any case, or nil if there is none. O(1).
    package static func entry(named name: [UInt8]) -> Int? { index[name.lowercased()] }

    /// Names of former settings that the reference still takes with one argument, without any effect.
    static let retired: Set<String> = [
        "dynamic-hz", "events-per-io-thread", "io-threads-do-reads", "list-max-ziplist-entries",
        "list-max-ziplist-value", "lua-replicate-commands", "sanitize-dump-payload",
    ]

    static let upToInt32 = 0...Int(Int32.max)
    static let upToInt64 = 0...Int.max
    static let portRange = 0...65535
}

// MARK: - Available

extension Directive {
    static let listening: [Directive] = [
        .integer("port", portRange, \.port),
        bindDirective,
        .text("unixsocket", \.unixSocket, .immutable),
        .number("unixsocketperm", .permissions, \.unixSocketPermissions, .immutable),
        .text("unixsocketgroup", \.unixSocketGroup, .immutable),
        .integer("tcp-backlog", upToInt32, \.tcpBacklog, .immutable),
        .integer("tcp-keepalive", upToInt32, \.tcpKeepaliveSeconds),
        .boolean("protected-mode", \.protectedMode),
    ]

    static let clients: [Directive] = [
        .bytes("requirepass", \.requirepass),
        .integer("timeout", upToInt32, \.idleTimeoutSeconds),
        .integer("maxclients", 1...Int(UInt32.max), \.clientsMax),
        .memory(
            "proto-max-bulk-len", from: Configuration.bulkBytesMin, supportedMax: ParserLimits.requestBytesLimit,
            \.bulkBytesMax),
        .memory(
            "client-query-buffer-limit", from: Configuration.queryBufferBytesMin,
            supportedMax: ParserLimits.requestBytesLimit, \.queryBufferBytesMax),
        Directive(
            name: "client-output-buffer-limit", mutability: .mutable, support: .available, kind: .outputBufferLimits,
            read: { .outputBufferLimits($0.outputBufferLimits) },
            write: { if case .outputBufferLimits(let new) = $1 { $0.outputBufferLimits = new } }),
    ]

    static let execution: [Directive] = [
        // The reference changes its number of threads at run time; connections here belong to their thread for life.
        .integer(
            "threads", 1...Configuration.threadsMax, \.threads, .fixed, aliases: ["io-threads"]),
        .choice("io-backend", \.ioBackend, .fixed),
        .boolean("lend-large-values", \.lendsLargeValues, .fixed),
        .integer(
            "databases", 1...Int(Int32.max), \.databases, .immutable, supportedMax: Configuration.databasesMax),
        .integer("hz", upToInt32, \.hz, kept: Configuration.hzRange),
        .integer("active-expire-effort", 1...10, \.activeExpireEffort),
        .boolean("activerehashing", \.resizesWhenIdle),
        .bytes("hash-seed", \.hashSeed, .immutable),
        .bytes("availability-zone", \.availabilityZone),
        .boolean("jemalloc-bg-thread", \.allocatorBackgroundThread),
    ]

    static let lazyFreeing: [Directive] = [
        .boolean("lazyfree-lazy-eviction", \.lazyFree.eviction),
        .boolean("lazyfree-lazy-expire", \.lazyFree.expire),
        .boolean("lazyfree-lazy-server-del", \.lazyFree.serverDelete),
        .boolean("lazyfree-lazy-user-del", \.lazyFree.userDelete),
        .boolean("lazyfree-lazy-user-flush", \.lazyFree.userFlush),
    ]

    static let encodings: [Directive] = [
        .integer(
            "hash-max-listpack-entries", upToInt64, \.encodings.hashListpackEntries,
            aliases: ["hash-max-ziplist-entries"]),
        .memory("hash-max-listpack-value", \.encodings.hashListpackValue, aliases: ["hash-max-ziplist-value"]),
        .integer(
            "list-max-listpack-size", Int(Int32.min)...Int(Int32.max), \.encodings.listListpackSize,
            aliases: ["list-max-ziplist-size"]),
        .integer("list-compress-depth", upToInt32, \.encodings.listCompressDepth),
        .integer("set-max-intset-entries", upToInt64, \.encodings.setIntsetEntries),
        .integer("set-max-listpack-entries", upToInt64, \.encodings.setListpackEntries),
        .integer("set-max-listpack-value", upToInt64, \.encodings.setListpackValue),
        .integer(
            "zset-max-listpack-entries", upToInt64, \.encodings.zsetListpackEntries,
            aliases: ["zset-max-ziplist-entries"]),
        .memory("zset-max-listpack-value", \.encodings.zsetListpackValue, aliases: ["zset-max-ziplist-value"]),
        .memory("stream-node-max-bytes", \.encodings.streamNodeBytes),
        .integer("stream-node-max-entries", upToInt64, \.encodings.streamNodeEntries),
        .memory("hll-sparse-max-bytes", \.encodings.hllSparseBytes),
    ]

    static let observation: [Directive] = [
        .integer(
            "commandlog-execution-slower-than", -1...Int.max, \.commandLog.slow.limit,
            aliases: ["slowlog-log-slower-than"]),
        .integer(
            "commandlog-slow-execution-max-len", upToInt64, \.commandLog.slow.lengthMax, aliases: ["slowlog-max-len"]),
        .integer("commandlog-request-larger-than", -1...Int.max, \.commandLog.largeRequest.limit),
        .integer("commandlog-large-request-max-len", upToInt64, \.commandLog.largeRequest.lengthMax),
        .integer("commandlog-reply-larger-than", -1...Int.max, \.commandLog.largeReply.limit),
        .integer("commandlog-large-reply-max-len", upToInt64, \.commandLog.largeReply.lengthMax),
        .integer("latency-monitor-threshold", upToInt64, \.latency.monitorThresholdMs),
        .boolean("latency-tracking", \.latency.isTracked),
        Directive(
            name: "latency-tracking-info-percentiles", mutability: .mutable, support: .available,
            kind: .list(checkPercentiles),
            read: { .texts($0.latency.percentiles.map { Array(LatencySettings.text(percentile: $0).utf8) }) },
            // An empty word says "none", as no word does.
            write: {
                guard case .texts(let new) = $1 else { return }
                // What is read back is what is kept.
                $0.latency.percentiles = new.compactMap { ByteView($0.span).double.map(LatencySettings.rounded) }
            }),
        .choice("enable-debug-command", \.debugCommand, .immutable),
        .choice("enable-protected-configs", \.protectedConfigs, .immutable),
    ]

    static let process: [Directive] = [
        .text("dir", \.directory, .protected, ifEmpty: "dir can't be empty"),
        .text("pidfile", \.processFile, .immutable),
        .boolean("always-show-logo", \.alwaysShowsLogo, .immutable),
        .choice("loglevel", \.logLevel),
        .text("logfile", \.logFile, .immutable),
        .choice("log-format", \.logFormat),
        .choice("log-timestamp-format", \.logTimestampFormat),
    ]

    private static let bindDirective = Directive(
        name: "bind", mutability: .mutable, support: .available,
        kind: .list {
            $0.count > Configuration.bindAddressesMax ? "Too many bind addresses specified." : nil
        },
        read: { .texts($0.bind.map { Array($0.utf8) }) },
        write: {
            guard case .texts(let addresses) = $1 else { return }
            // One empty argument says "nowhere", as no argument does.
            $0.bind = addresses == [[]] ? [] : addresses.map { String(decoding: $0, as: UTF8.self) }
        })
}
