// The directives of features that this version does not have.
//
// Each takes the value that asks for nothing (the reference's default but for `save`) and is refused at any other, so
// that nobody believes in a setting that does nothing. A malformed value is refused with the reference's text first.

/// A feature that this version lacks, as told in refusals: "'x' cannot be 'y': …".
package enum Missing: String, Sendable {
    case acceptRate = "connections are accepted as they come in this version"
    case acl = "access control lists are not supported by this version"
    case affinity = "binding threads to processors is not supported by this version; use taskset"
    case appendOnly = "append-only files are not supported by this version"
    case cluster = "cluster mode is not supported by this version"
    case commandLog = "the command log is not supported by this version"
    case compatibility = "this version always reports itself in the same way"
    case crashLog = "crash reports are always written by the runtime in this version"
    case daemon = "running in the background is left to the service manager in this version"
    case debugCommand = "the DEBUG command is not supported by this version"
    case defragmentation = "active defragmentation is not supported by this version"
    case eviction = "eviction is not supported by this version"
    case hugePages = "transparent huge pages are left to the system in this version"
    case locale = "sorting by locale is not supported by this version"
    case logUserData = "user data is never logged by this version"
    case modules = "modules are not supported by this version"
    case mptcp = "Multipath TCP is not supported by this version"
    case notifications = "keyspace notifications are not supported by this version"
    case oomScore = "adjusting the out-of-memory score is left to the service manager in this version"
    case prefetch = "the prefetch batch has a fixed size in this version"
    case processTitle = "the process title cannot be configured in this version"
    case protectedConfigs = "protected settings can only be changed in the file in this version"
    case rdma = "RDMA is not supported by this version"
    case rehashing = "tables are always resized in small steps in this version"
    case replication = "replication is not supported by this version"
    case scripting = "scripts are not supported by this version"
    case shutdownOptions = "shutdown options for signals are not supported by this version"
    case snapshots = "snapshots are not supported by this version"
    case socketGroup = "the group of the Unix socket cannot be configured in this version"
    case socketMark = "socket marks are not supported by this version"
    case sourceAddress = "binding outgoing connections is not supported by this version"
    case supervision = "supervision signals are not supported by this version"
    case syslog = "the system log is not supported by this version"
    case tls = "TLS is not supported by this version"
    case tracking = "client-side caching is not supported by this version"
    case warnings = "this version has no such warning"
}
extension Directive {
    /// Pinned: process title, supervision, system log and the like.
    static let pinnedProcess: [Directive] = [
        .pinned("acl-pubsub-default", .choice(["allchannels", "resetchannels"]), "resetchannels", .acl),
        .pinned("aclfile", .text(ifEmpty: nil), "", .acl, .immutable),
        .pinned("acllog-max-len", .integer(upToInt64), "128", .acl),
        .pinned(
            "aof-rewrite-cpulist", .text(ifEmpty: nil), "", .affinity, .immutable, aliases:
            ["aof_rewrite_cpulist"]),
        .pinned("bgsave-cpulist", .text(ifEmpty: nil), "", .affinity, .immutable, aliases: ["bgsave_cpulist"]),
        .pinned("bio-cpulist", .text(ifEmpty: nil), "", .affinity, .immutable, aliases: ["bio_cpulist"]),
        .pinned("busy-reply-threshold", .integer(upToInt64), "5000", .scripting, aliases: ["lua-time-limit"]),
        .pinned("crash-log-enabled", .boolean, "yes", .crashLog),
        .pinned("crash-memcheck-enabled", .boolean, "yes", .crashLog),
        .pinned("daemonize", .boolean, "no", .daemon, .immutable),
        .pinned("disable-thp", .boolean, "yes", .hugePages, .immutable),
        .pinned("enable-debug-command", .choice(["no", "yes", "local"]), "no", .debugCommand, .immutable),
        .pinned("enable-module-command", .choice(["no", "yes", "local"]), "no", .modules, .immutable),
        .pinned("enable-protected-configs", .choice(["no", "yes", "local"]), "no", .protectedConfigs, .immutable),
        .pinned("extended-redis-compatibility", .boolean, "no", .compatibility),
        .pinned("hide-user-data-from-log", .boolean, "yes", .logUserData),
        .pinned("ignore-warnings", .text(ifEmpty: nil), "", .warnings, also: ["ARM64-COW-BUG"]),
        .pinned("locale-collate", .text(ifEmpty: nil), "", .locale),
        .pinned("oom-score-adj", .choice(["no", "yes", "relative", "absolute"]), "no", .oomScore),
        .pinned("oom-score-adj-values", .list(checkOOMScores), "0 200 800", .oomScore),
        .pinned("prefetch-batch-max-size", .integer(0...128), "16", .prefetch),
        .pinned(
            "proc-title-template", .text(ifEmpty: "template format is invalid or contains unknown variables"),
            "{title} {listen-addr} {server-mode}", .processTitle),
        .pinned(
            "propagation-error-behavior", .choice(["ignore", "panic", "panic-on-replicas"]), "ignore",
            .replication),
        .pinned("server-cpulist", .text(ifEmpty: nil), "", .affinity, .immutable, aliases: ["server_cpulist"]),
        .pinned("set-proc-title", .boolean, "yes", .processTitle, .immutable),
        .pinned("shutdown-on-sigint", .flags(shutdownWords), "default", .shutdownOptions),
        .pinned("shutdown-on-sigterm", .flags(shutdownWords), "default", .shutdownOptions),
        .pinned("shutdown-timeout", .integer(upToInt32), "10", .replication),
        .pinned("supervised", .choice(["upstart", "systemd", "auto", "no"]), "no", .supervision, .immutable),
        .pinned("syslog-enabled", .boolean, "no", .syslog, .immutable),
        .pinned(
            "syslog-facility", .choice(["user", "local0", "local1", "local2", "local3", "local4",
            "local5", "local6", "local7"]), "local0", .syslog, .immutable),
        .pinned("syslog-ident", .text(ifEmpty: nil), "valkey", .syslog, .immutable),
    ]

    /// Pinned: eviction and defragmentation.
    static let pinnedMemory: [Directive] = [
        .pinned("active-defrag-cycle-max", .integer(1...99), "25", .defragmentation),
        .pinned("active-defrag-cycle-min", .integer(1...99), "1", .defragmentation),
        .pinned("active-defrag-cycle-us", .integer(0...100000), "500", .defragmentation),
        .pinned("active-defrag-ignore-bytes", .memory(1...Int.max), "104857600", .defragmentation),
        .pinned("active-defrag-max-scan-fields", .integer(1...Int.max), "1000", .defragmentation),
        .pinned("active-defrag-threshold-lower", .integer(0...1000), "10", .defragmentation),
        .pinned("active-defrag-threshold-upper", .integer(0...1000), "100", .defragmentation),
        .pinned("activedefrag", .boolean, "no", .defragmentation),
        .pinned("activerehashing", .boolean, "yes", .rehashing),
        .pinned("lfu-decay-time", .integer(upToInt32), "1", .eviction),
        .pinned("lfu-log-factor", .integer(upToInt32), "10", .eviction),
        .pinned("maxmemory", .memory(upToInt64), "0", .eviction),
        .pinned("maxmemory-clients", .memoryOrPercent, "0", .eviction),
        .pinned("maxmemory-eviction-tenacity", .integer(0...100), "10", .eviction),
        .pinned(
            "maxmemory-policy", .choice(["volatile-lru", "volatile-lfu", "volatile-random",
            "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"]), "noeviction",
            .eviction),
        .pinned("maxmemory-samples", .integer(1...64), "5", .eviction),
    ]

    /// Pinned: snapshots and append-only files.
    static let pinnedPersistence: [Directive] = [
        .pinned("aof-load-truncated", .boolean, "yes", .appendOnly),
        .pinned("aof-rewrite-incremental-fsync", .boolean, "yes", .appendOnly),
        .pinned("aof-timestamp-enabled", .boolean, "no", .appendOnly),
        .pinned("aof-use-rdb-preamble", .boolean, "yes", .appendOnly),
        .pinned(
            "appenddirname", .text(ifEmpty: "appenddirname can't be empty"), "appendonlydir", .appendOnly,
            .immutable),
        .pinned(
            "appendfilename", .text(ifEmpty: "appendfilename can't be empty"), "appendonly.aof",
            .appendOnly, .immutable),
        .pinned("appendfsync", .choice(["everysec", "always", "no"]), "everysec", .appendOnly),
        .pinned("appendonly", .boolean, "no", .appendOnly),
        .pinned("auto-aof-rewrite-min-size", .memory(upToInt64), "67108864", .appendOnly),
        .pinned("auto-aof-rewrite-percentage", .integer(upToInt32), "100", .appendOnly),
        .pinned("dbfilename", .text(ifEmpty: "dbfilename can't be empty"), "dump.rdb", .snapshots, .protected),
        .pinned("no-appendfsync-on-rewrite", .boolean, "no", .appendOnly),
        .pinned("rdb-del-sync-files", .boolean, "no", .snapshots),
        .pinned("rdb-save-incremental-fsync", .boolean, "yes", .snapshots),
        .pinned("rdb-version-check", .choice(["strict", "relaxed"]), "strict", .snapshots),
        .pinned("rdbchecksum", .boolean, "yes", .snapshots, .immutable),
        .pinned("rdbcompression", .boolean, "yes", .snapshots),
        .pinned("save", .list(checkSave), "", .snapshots),
        .pinned("stop-writes-on-bgsave-error", .boolean, "yes", .snapshots),
    ]

    /// Pinned: replication.
    static let pinnedReplication: [Directive] = [
        .pinned("dual-channel-replication-enabled", .boolean, "no", .replication),
        .pinned("import-mode", .boolean, "no", .replication),
        .pinned("min-replicas-max-lag", .integer(upToInt32), "10", .replication, aliases: ["min-slaves-max-lag"]),
        .pinned("min-replicas-to-write", .integer(upToInt32), "0", .replication, aliases: ["min-slaves-to-write"]),
        .pinned("primaryauth", .text(ifEmpty: nil), "", .replication, aliases: ["masterauth"]),
        .pinned("primaryuser", .text(ifEmpty: nil), "", .replication, aliases: ["masteruser"]),
        .pinned("repl-backlog-size", .memory(1...Int.max), "10485760", .replication),
        .pinned("repl-backlog-ttl", .integer(upToInt64), "3600", .replication),
        .pinned("repl-disable-tcp-nodelay", .boolean, "no", .replication),
        .pinned(
            "repl-diskless-load", .choice(["disabled", "on-empty-db", "swapdb", "flush-before-load"]),
            "disabled", .replication),
        .pinned("repl-diskless-sync", .boolean, "yes", .replication),
        .pinned("repl-diskless-sync-delay", .integer(upToInt32), "5", .replication),
        .pinned("repl-diskless-sync-max-replicas", .integer(upToInt32), "0", .replication),
        .pinned("repl-mptcp", .boolean, "no", .replication, .immutable),
        .pinned(
            "repl-ping-replica-period", .integer(1...Int(Int32.max)), "10", .replication, aliases:
            ["repl-ping-slave-period"]),
        .pinned("repl-timeout", .integer(1...Int(Int32.max)), "60", .replication),
        .pinned("replica-announce-ip", .text(ifEmpty: nil), "", .replication, aliases: ["slave-announce-ip"]),
        .pinned("replica-announce-port", .integer(portRange), "0", .replication, aliases: ["slave-announce-port"]),
        .pinned("replica-announced", .boolean, "yes", .replication),
        .pinned("replica-ignore-disk-write-errors", .boolean, "no", .replication),
        .pinned("replica-ignore-maxmemory", .boolean, "yes", .replication, aliases: ["slave-ignore-maxmemory"]),
        .pinned("replica-lazy-flush", .boolean, "yes", .replication, aliases: ["slave-lazy-flush"]),
        .pinned("replica-priority", .integer(upToInt32), "100", .replication, aliases: ["slave-priority"]),
        .pinned("replica-read-only", .boolean, "yes", .replication, aliases: ["slave-read-only"]),
        .pinned("replica-serve-stale-data", .boolean, "yes", .replication, aliases: ["slave-serve-stale-data"]),
        .pinned(
            "replicaof", .list(checkReplicaOf), "", .replication, .immutable, aliases: ["slaveof"], also:
            ["no one"]),
    ]

    /// Pinned: cluster mode.
    static let pinnedCluster: [Directive] = [
        .pinned("cluster-allow-pubsubshard-when-down", .boolean, "yes", .cluster),
        .pinned("cluster-allow-reads-when-down", .boolean, "no", .cluster),
        .pinned("cluster-allow-replica-migration", .boolean, "yes", .cluster),
        .pinned("cluster-announce-bus-port", .integer(portRange), "0", .cluster),
        .pinned("cluster-announce-client-ipv4", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-client-ipv6", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-client-port", .integer(portRange), "0", .cluster),
        .pinned("cluster-announce-client-tls-port", .integer(portRange), "0", .cluster),
        .pinned("cluster-announce-hostname", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-human-nodename", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-ip", .text(ifEmpty: nil), "", .cluster),
        .pinned("cluster-announce-port", .integer(portRange), "0", .cluster),
        .pinned("cluster-announce-tls-port", .integer(portRange), "0", .cluster),
        .pinned("cluster-blacklist-ttl", .integer(Int.min...Int.max), "60", .cluster),
        .pinned(
            "cluster-config-file", .text(ifEmpty: "cluster-config-file can't be empty"), "nodes.conf",
            .cluster, .immutable),
        .pinned("cluster-config-save-behavior", .choice(["sync", "best-effort"]), "sync", .cluster),
        .pinned("cluster-databases", .integer(1...Int(Int32.max)), "1", .cluster, .immutable),
        .pinned("cluster-enabled", .boolean, "no", .cluster, .immutable),
        .pinned("cluster-link-sendbuf-limit", .memory(upToInt64), "0", .cluster),
        .pinned("cluster-manual-failover-timeout", .integer(1...Int(Int32.max)), "5000", .cluster),
        .pinned("cluster-migration-barrier", .integer(upToInt32), "1", .cluster),
        .pinned("cluster-node-timeout", .integer(upToInt64), "15000", .cluster),
        .pinned("cluster-port", .integer(portRange), "0", .cluster, .immutable),
        .pinned("cluster-preferred-endpoint-type", .choice(["ip", "hostname", "unknown-endpoint"]), "ip", .cluster),
        .pinned("cluster-replica-no-failover", .boolean, "no", .cluster, aliases: ["cluster-slave-no-failover"]),
        .pinned(
            "cluster-replica-validity-factor", .integer(upToInt32), "10", .cluster, aliases:
            ["cluster-slave-validity-factor"]),
        .pinned("cluster-require-full-coverage", .boolean, "yes", .cluster),
        .pinned("cluster-slot-migration-log-max-len", .integer(upToInt64), "1000", .cluster),
        .pinned("cluster-slot-stats-enabled", .boolean, "no", .cluster),
        .pinned("slot-migration-max-failover-repl-bytes", .memory(-1...Int.max), "0", .cluster),
    ]

    /// Pinned: TLS and RDMA.
    static let pinnedTLS: [Directive] = [
        .pinned("max-new-tls-connections-per-cycle", .integer(1...1000), "1", .tls),
        .pinned("rdma-bind", .list { _ in nil }, "", .rdma),
        .pinned("rdma-completion-vector", .integer(-1...1024), "-1", .rdma, .immutable),
        .pinned("rdma-port", .integer(portRange), "0", .rdma),
        .pinned("rdma-rx-size", .integer(65536...16777216), "1048576", .rdma, .immutable),
        .pinned("tls-auth-clients", .choice(["no", "yes", "optional"]), "yes", .tls),
        .pinned("tls-auth-clients-user", .choice(["CN", "URI", "off"]), "off", .tls),
        .pinned("tls-auto-reload-interval", .integer(upToInt32), "0", .tls),
        .pinned("tls-ca-cert-dir", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-ca-cert-file", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-cert-file", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-ciphers", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-ciphersuites", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-client-cert-file", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-client-key-file", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-client-key-file-pass", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-cluster", .boolean, "no", .tls),
        .pinned("tls-dh-params-file", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-key-file", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-key-file-pass", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-port", .integer(portRange), "0", .tls),
        .pinned("tls-prefer-server-ciphers", .boolean, "no", .tls),
        .pinned("tls-protocols", .text(ifEmpty: nil), "", .tls),
        .pinned("tls-replication", .boolean, "no", .tls),
        .pinned("tls-session-cache-size", .integer(upToInt32), "20480", .tls),
        .pinned("tls-session-cache-timeout", .integer(upToInt32), "300", .tls),
        .pinned("tls-session-caching", .boolean, "yes", .tls),
    ]

    /// Pinned: logs of commands and notifications.
    static let pinnedObservation: [Directive] = [
        .pinned(
            "commandlog-execution-slower-than", .integer(-1...Int.max), "10000", .commandLog, aliases:
            ["slowlog-log-slower-than"]),
        .pinned("commandlog-large-reply-max-len", .integer(upToInt64), "128", .commandLog),
        .pinned("commandlog-large-request-max-len", .integer(upToInt64), "128", .commandLog),
        .pinned("commandlog-reply-larger-than", .integer(-1...Int.max), "1048576", .commandLog),
        .pinned("commandlog-request-larger-than", .integer(-1...Int.max), "1048576", .commandLog),
        .pinned(
            "commandlog-slow-execution-max-len", .integer(upToInt64), "128", .commandLog, aliases:
            ["slowlog-max-len"]),
        .pinned("notify-keyspace-events", .checked(checkEventClasses), "", .notifications),
        .pinned("tracking-table-max-keys", .integer(upToInt64), "1000000", .tracking),
    ]

    /// Pinned: sockets.
    static let pinnedNetwork: [Directive] = [
        .pinned("bind-source-addr", .text(ifEmpty: nil), "", .sourceAddress),
        .pinned("max-new-connections-per-cycle", .integer(1...1000), "10", .acceptRate),
        .pinned("mptcp", .boolean, "no", .mptcp, .immutable),
        .pinned("socket-mark-id", .integer(0...Int(UInt32.max)), "0", .socketMark, .immutable),
        .pinned("unixsocketgroup", .text(ifEmpty: nil), "", .socketGroup, .immutable),
    ]
}
