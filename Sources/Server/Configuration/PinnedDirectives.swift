// The directives of features that this version does not have.
//
// One that asks for such a feature is pinned: it takes the value that asks for nothing (the reference's default but for
// `save`) and is refused at any other, so that nobody believes in what is not there. One that only tunes it is idle: it
// keeps any value, without an effect. A malformed value is refused with the reference's text first.

/// A feature that this version lacks, as told in refusals: "'x' cannot be 'y': …".
package enum Missing: String, Sendable {
    case acl = "access control lists are not supported by this version"
    case appendOnly = "append-only files are not supported by this version"
    case cluster = "cluster mode is not supported by this version"
    case defragmentation = "active defragmentation is not supported by this version"
    case eviction = "eviction is not supported by this version"
    case modules = "modules are not supported by this version"
    case mptcp = "Multipath TCP is not supported by this version"
    case notifications = "keyspace notifications are not supported by this version"
    case rdma = "RDMA is not supported by this version"
    case replication = "replication is not supported by this version"
    case snapshots = "snapshots are not supported by this version"
    case socketMark = "socket marks are not supported by this version"
    case sourceAddress = "binding outgoing connections is not supported by this version"
    case tls = "TLS is not supported by this version"
    case warnings = "this version has no such warning"
    case watchdog = "the software watchdog is not supported by this version"
}

extension Directive {
    /// What concerns the process itself.
    static let pinnedProcess: [Directive] = [
        .idle("acl-pubsub-default", .choice(["allchannels", "resetchannels"]), "resetchannels"),
        .pinned("aclfile", .text(ifEmpty: nil), "", .acl, .immutable),
        .idle("acllog-max-len", .integer(upToInt64), "128"),
        .idle(
            "aof-rewrite-cpulist", .text(ifEmpty: nil), "", .immutable, aliases: ["aof_rewrite_cpulist"]),
        .idle("bgsave-cpulist", .text(ifEmpty: nil), "", .immutable, aliases: ["bgsave_cpulist"]),
        .idle("bio-cpulist", .text(ifEmpty: nil), "", .immutable, aliases: ["bio_cpulist"]),
        .idle("busy-reply-threshold", .integer(upToInt64), "5000", aliases: ["lua-time-limit"]),
        .idle("crash-memcheck-enabled", .boolean, "yes"),
        .idle("enable-module-command", .choice(["no", "yes", "local"]), "no", .immutable),
        // HELLO and INFO always say what this asks for.
        .idle("extended-redis-compatibility", .boolean, "no"),
        .idle("hide-user-data-from-log", .boolean, "yes"),
        .pinned("ignore-warnings", .text(ifEmpty: nil), "", .warnings, also: ["ARM64-COW-BUG"]),
        .idle("locale-collate", .checked(checkLocale), ""),
        .idle("prefetch-batch-max-size", .integer(0...128), "16"),
        .idle(
            "propagation-error-behavior", .choice(["ignore", "panic", "panic-on-replicas"]), "ignore"),
        .idle("shutdown-on-sigint", .flags(shutdownWords), "default"),
        .idle("shutdown-on-sigterm", .flags(shutdownWords), "default"),
        .idle("shutdown-timeout", .integer(upToInt32), "10"),
    ]

    /// Eviction and defragmentation.
    static let pinnedMemory: [Directive] = [
        .idle("active-defrag-cycle-max", .integer(1...99), "25"),
        .idle("active-defrag-cycle-min", .integer(1...99), "1"),
        .idle("active-defrag-cycle-us", .integer(0...100000), "500"),
        .idle("active-defrag-ignore-bytes", .memory(1...Int.max), "104857600"),
        .idle("active-defrag-max-scan-fields", .integer(1...Int.max), "1000"),
        .idle("active-defrag-threshold-lower", .integer(0...1000), "10"),
        .idle("active-defrag-threshold-upper", .integer(0...1000), "100"),
        .pinned("activedefrag", .boolean, "no", .defragmentation),
        .idle("lfu-decay-time", .integer(upToInt32), "1"),
        .idle("lfu-log-factor", .integer(upToInt32), "10"),
        .pinned("maxmemory", .unsignedMemory, "0", .eviction),
        .pinned("maxmemory-clients", .memoryOrPercent, "0", .eviction, also: ["0%"]),
        .idle("maxmemory-eviction-tenacity", .integer(0...100), "10"),
        .pinned(
            "maxmemory-policy", .choice(["volatile-lru", "volatile-lfu", "volatile-random",
            "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"]), "noeviction",
            .eviction),
        .idle("maxmemory-samples", .integer(1...64), "5"),
    ]

    /// Snapshots and append-only files.
    static let pinnedPersistence: [Directive] = [
        .idle("aof-load-truncated", .boolean, "yes"),
        .idle("aof-rewrite-incremental-fsync", .boolean, "yes"),
        .idle("aof-timestamp-enabled", .boolean, "no"),
        .idle("aof-use-rdb-preamble", .boolean, "yes"),
        .idle(
            "appenddirname", .text(ifEmpty: "appenddirname can't be empty"), "appendonlydir",
            .immutable),
        .idle(
            "appendfilename", .text(ifEmpty: "appendfilename can't be empty"), "appendonly.aof", .immutable),
        .idle("appendfsync", .choice(["everysec", "always", "no"]), "everysec"),
        .pinned("appendonly", .boolean, "no", .appendOnly),
        .idle("auto-aof-rewrite-min-size", .memory(upToInt64), "67108864"),
        .idle("auto-aof-rewrite-percentage", .integer(upToInt32), "100"),
        .idle("dbfilename", .text(ifEmpty: "dbfilename can't be empty"), "dump.rdb", .protected),
        .idle("no-appendfsync-on-rewrite", .boolean, "no"),
        .idle("rdb-del-sync-files", .boolean, "no"),
        .idle("rdb-save-incremental-fsync", .boolean, "yes"),
        .idle("rdb-version-check", .choice(["strict", "relaxed"]), "strict"),
        .idle("rdbchecksum", .boolean, "yes", .immutable),
        .idle("rdbcompression", .boolean, "yes"),
        .pinned("save", .list(checkSave), "", .snapshots),
        .idle("stop-writes-on-bgsave-error", .boolean, "yes"),
    ]

    /// Replication.
    static let pinnedReplication: [Directive] = [
        .idle("dual-channel-replication-enabled", .boolean, "no"),
        .pinned("import-mode", .boolean, "no", .replication),
        .idle("min-replicas-max-lag", .integer(upToInt32), "10", aliases: ["min-slaves-max-lag"]),
        .pinned("min-replicas-to-write", .integer(upToInt32), "0", .replication, aliases: ["min-slaves-to-write"]),
        .idle("primaryauth", .bytes, "", aliases: ["masterauth"]),
        .idle("primaryuser", .text(ifEmpty: nil), "", aliases: ["masteruser"]),
        .idle("repl-backlog-size", .memory(1...Int.max), "10485760", atLeast: 16384),
        .idle("repl-backlog-ttl", .integer(upToInt64), "3600"),
        .idle("repl-disable-tcp-nodelay", .boolean, "no"),
        .idle(
            "repl-diskless-load", .choice(["disabled", "on-empty-db", "swapdb", "flush-before-load"]),
            "disabled"),
        .idle("repl-diskless-sync", .boolean, "yes"),
        .idle("repl-diskless-sync-delay", .integer(upToInt32), "5"),
        .idle("repl-diskless-sync-max-replicas", .integer(upToInt32), "0"),
        .idle("repl-mptcp", .boolean, "no", .immutable),
        .idle(
            "repl-ping-replica-period", .integer(1...Int(Int32.max)), "10", aliases: ["repl-ping-slave-period"]),
        .idle("repl-timeout", .integer(1...Int(Int32.max)), "60"),
        .idle("replica-announce-ip", .text(ifEmpty: nil), "", aliases: ["slave-announce-ip"]),
        .idle("replica-announce-port", .integer(portRange), "0", aliases: ["slave-announce-port"]),
        .idle("replica-announced", .boolean, "yes"),
        .idle("replica-ignore-disk-write-errors", .boolean, "no"),
        .idle("replica-ignore-maxmemory", .boolean, "yes", aliases: ["slave-ignore-maxmemory"]),
        .idle("replica-lazy-flush", .boolean, "yes", aliases: ["slave-lazy-flush"]),
        .idle("replica-priority", .integer(upToInt32), "100", aliases: ["slave-priority"]),
        .idle("replica-read-only", .boolean, "yes", aliases: ["slave-read-only"]),
        .idle("replica-serve-stale-data", .boolean, "yes", aliases: ["slave-serve-stale-data"]),
        .pinned(
            "replicaof", .list(checkReplicaOf), "", .replication, .immutable, aliases: ["slaveof"], also: ["no one"]),
    ]

    /// Cluster mode.
    static let pinnedCluster: [Directive] = [
        .idle("cluster-allow-pubsubshard-when-down", .boolean, "yes"),
        .idle("cluster-allow-reads-when-down", .boolean, "no"),
        .idle("cluster-allow-replica-migration", .boolean, "yes"),
        .idle("cluster-announce-bus-port", .integer(portRange), "0"),
        .pinned("cluster-announce-client-ipv4", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-client-ipv6", .text(ifEmpty: nil), "", .cluster),
        .idle("cluster-announce-client-port", .integer(portRange), "0"),
        .idle("cluster-announce-client-tls-port", .integer(portRange), "0"),
        .pinned("cluster-announce-hostname", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-human-nodename", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-ip", .text(ifEmpty: nil), "", .cluster),
        .idle("cluster-announce-port", .integer(portRange), "0"),
        .idle("cluster-announce-tls-port", .integer(portRange), "0"),
        .idle("cluster-blacklist-ttl", .integer(Int.min...Int.max), "60"),
        .idle(
            "cluster-config-file", .text(ifEmpty: "cluster-config-file can't be empty"), "nodes.conf", .immutable),
        .idle("cluster-config-save-behavior", .choice(["sync", "best-effort"]), "sync"),
        .idle("cluster-databases", .integer(1...Int(Int32.max)), "1", .immutable),
        .pinned("cluster-enabled", .boolean, "no", .cluster, .immutable),
        .idle("cluster-link-sendbuf-limit", .unsignedMemory, "0"),
        .idle("cluster-manual-failover-timeout", .integer(1...Int(Int32.max)), "5000"),
        .idle("cluster-migration-barrier", .integer(upToInt32), "1"),
        .idle("cluster-node-timeout", .integer(upToInt64), "15000"),
        .idle("cluster-port", .integer(portRange), "0", .immutable),
        .idle("cluster-preferred-endpoint-type", .choice(["ip", "hostname", "unknown-endpoint"]), "ip"),
        .idle("cluster-replica-no-failover", .boolean, "no", aliases: ["cluster-slave-no-failover"]),
        .idle(
            "cluster-replica-validity-factor", .integer(upToInt32), "10", aliases: ["cluster-slave-validity-factor"]),
        .idle("cluster-require-full-coverage", .boolean, "yes"),
        .idle("cluster-slot-migration-log-max-len", .integer(upToInt64), "1000"),
        .idle("cluster-slot-stats-enabled", .boolean, "no"),
        .idle("slot-migration-max-failover-repl-bytes", .memory(-1...Int.max), "0"),
    ]

    /// TLS and RDMA.
    static let pinnedTLS: [Directive] = [
        .idle("max-new-tls-connections-per-cycle", .integer(1...1000), "1"),
        .pinned("rdma-bind", .list { _ in nil }, "", .rdma),
        .idle("rdma-completion-vector", .integer(-1...1024), "-1", .immutable),
        .pinned("rdma-port", .integer(portRange), "0", .rdma),
        .idle("rdma-rx-size", .integer(65536...16777216), "1048576", .immutable),
        .idle("tls-auth-clients", .choice(["no", "yes", "optional"]), "yes"),
        .idle("tls-auth-clients-user", .choice(["CN", "URI", "off"]), "off"),
        .idle("tls-auto-reload-interval", .integer(upToInt32), "0"),
        .idle("tls-ca-cert-dir", .text(ifEmpty: nil), ""),
        .idle("tls-ca-cert-file", .text(ifEmpty: nil), ""),
        .idle("tls-cert-file", .text(ifEmpty: nil), ""),
        .idle("tls-ciphers", .text(ifEmpty: nil), ""),
        .idle("tls-ciphersuites", .text(ifEmpty: nil), ""),
        .idle("tls-client-cert-file", .text(ifEmpty: nil), ""),
        .idle("tls-client-key-file", .text(ifEmpty: nil), ""),
        .idle("tls-client-key-file-pass", .text(ifEmpty: nil), ""),
        .pinned("tls-cluster", .boolean, "no", .tls),
        .idle("tls-dh-params-file", .text(ifEmpty: nil), ""),
        .idle("tls-key-file", .text(ifEmpty: nil), ""),
        .idle("tls-key-file-pass", .text(ifEmpty: nil), ""),
        .pinned("tls-port", .integer(portRange), "0", .tls),
        .idle("tls-prefer-server-ciphers", .boolean, "no"),
        .idle("tls-protocols", .text(ifEmpty: nil), ""),
        .pinned("tls-replication", .boolean, "no", .tls),
        .idle("tls-session-cache-size", .integer(upToInt32), "20480"),
        .idle("tls-session-cache-timeout", .integer(upToInt32), "300"),
        .idle("tls-session-caching", .boolean, "yes"),
    ]

    /// Logs of commands and notifications.
    static let pinnedObservation: [Directive] = [
        .pinned("notify-keyspace-events", .checked(checkEventClasses), "", .notifications),
        .idle("tracking-table-max-keys", .integer(upToInt64), "1000000"),
    ]

    /// Sockets.
    static let pinnedNetwork: [Directive] = [
        .pinned("bind-source-addr", .text(ifEmpty: nil), "", .sourceAddress),
        .idle("max-new-connections-per-cycle", .integer(1...1000), "10"),
        .pinned("mptcp", .boolean, "no", .mptcp, .immutable),
        .pinned("socket-mark-id", .integer(0...Int(UInt32.max)), "0", .socketMark, .immutable),
    ]

    /// What the reference's own tests and its debugging tune: a file that has it is followed.
    static let hidden: [Directive] = debugging.map { $0.hidden() }

    private static let debugging: [Directive] = [
        .idle("aof-disable-auto-gc", .boolean, "no"),
        .idle("cluster-message-gossip-perc", .integer(1...100), "10"),
        .idle("cluster-ping-interval", .integer(upToInt64), "0"),
        .idle("debug-context", .text(ifEmpty: nil), ""),
        .idle("enable-debug-assert", .boolean, "no", .immutable),
        .idle("io-threads-always-active", .boolean, "no"),
        .idle("key-load-delay", .integer(Int(Int32.min)...Int(Int32.max)), "0"),
        .idle("loading-process-events-interval-bytes", .integer(1024...Int(Int32.max)), "2097152"),
        .idle("lua-enable-insecure-api", .boolean, "no", .protected, aliases: ["lua-enable-deprecated-api"]),
        .idle("min-io-threads-avoid-copy-reply", .integer(upToInt32), "7"),
        .idle("min-string-size-avoid-copy-reply", .integer(upToInt32), "16384"),
        .idle("min-string-size-avoid-copy-reply-threaded", .integer(upToInt32), "65536"),
        .idle("rdb-key-save-delay", .integer(Int(Int32.min)...Int(Int32.max)), "0"),
        .idle("use-exit-on-panic", .boolean, "no"),
        .pinned("watchdog-period", .integer(upToInt32), "0", .watchdog),
    ]
}
