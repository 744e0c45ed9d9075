// What Valkey 9.1.2 answers, recorded from the running server.

/// Every name of CONFIG GET: `name|default|mutable, immutable or protected|answers`, the answers being positions in
/// `referenceReasons`, one for each of `referenceInputs`. Recorded with `--port 7551 --save "" --bind 127.0.0.1`.
let referenceDirectives = #"""
acl-pubsub-default|resetchannels|m|1 2 2 2 2 2 2 2 2 2 2 1
aclfile||i|1 0 0 0 0 0 0 0 0 0 0 1
acllog-max-len|128|m|1 3 4 0 3 3 3 3 3 4 3 1
active-defrag-cycle-max|25|m|1 3 5 5 3 3 3 3 3 5 3 1
active-defrag-cycle-min|1|m|1 3 5 5 3 3 3 3 3 5 3 1
active-defrag-cycle-us|500|m|1 3 6 6 3 3 3 3 3 6 3 1
active-defrag-ignore-bytes|104857600|m|1 7 7 0 7 7 7 0 7 7 8 1
active-defrag-max-scan-fields|1000|m|1 3 8 0 3 3 3 3 3 8 3 1
active-defrag-threshold-lower|10|m|1 3 9 9 3 3 3 3 3 9 3 1
active-defrag-threshold-upper|100|m|1 3 9 9 3 3 3 3 3 9 3 1
active-expire-effort|1|m|1 3 10 10 3 3 3 3 3 10 3 1
activedefrag|no|m|1 11 11 11 11 11 12 11 11 11 11 1
activerehashing|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
always-show-logo|no|i|1 11 11 11 11 11 0 11 11 11 11 1
aof-load-truncated|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
aof-rewrite-cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
aof-rewrite-incremental-fsync|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
aof-timestamp-enabled|no|m|1 11 11 11 11 11 0 11 11 11 11 1
aof-use-rdb-preamble|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
aof_rewrite_cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
appenddirname|appendonlydir|i|1 0 0 0 0 0 0 0 0 0 13 1
appendfilename|appendonly.aof|i|1 0 0 0 0 0 0 0 0 0 14 1
appendfsync|everysec|m|1 15 15 15 15 15 15 15 15 15 15 1
appendonly|no|m|1 11 11 11 11 11 0 11 11 11 11 1
auto-aof-rewrite-min-size|67108864|m|1 7 7 0 7 7 7 0 7 7 0 1
auto-aof-rewrite-percentage|100|m|1 3 16 16 3 3 3 3 3 16 3 1
availability-zone||m|1 0 0 0 0 0 0 0 0 0 0 1
bgsave-cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
bgsave_cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
bind|127.0.0.1|m|0 0 0 0 0 0 0 0 0 0 0 0
bind-source-addr||m|1 0 0 0 0 0 0 0 0 0 0 1
bio-cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
bio_cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
busy-reply-threshold|5000|m|1 3 4 0 3 3 3 3 3 4 3 1
client-output-buffer-limit|normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60|m|0 17 17 17 17 17 17 17 17 17 17 17
client-query-buffer-limit|1073741824|m|1 7 7 0 7 7 7 18 7 7 18 1
cluster-allow-pubsubshard-when-down|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
cluster-allow-reads-when-down|no|m|1 11 11 11 11 11 0 11 11 11 11 1
cluster-allow-replica-migration|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
cluster-announce-bus-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
cluster-announce-client-ipv4||m|1 20 20 20 20 20 20 20 20 20 0 1
cluster-announce-client-ipv6||m|1 21 21 21 21 21 21 21 21 21 0 1
cluster-announce-client-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
cluster-announce-client-tls-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
cluster-announce-hostname||m|1 0 0 0 0 0 0 0 22 0 0 1
cluster-announce-human-nodename||m|1 0 0 0 0 0 0 0 23 0 0 1
cluster-announce-ip||m|1 0 0 0 0 0 0 0 24 0 0 1
cluster-announce-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
cluster-announce-tls-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
cluster-blacklist-ttl|60|m|1 3 0 0 3 3 3 3 3 0 3 1
cluster-config-file|nodes.conf|i|1 0 0 0 0 0 0 0 0 0 25 1
cluster-config-save-behavior|sync|m|1 26 26 26 26 26 26 26 26 26 26 1
cluster-databases|1|i|1 3 27 27 3 3 3 3 3 27 3 1
cluster-enabled|no|i|1 11 11 11 11 11 0 11 11 11 11 1
cluster-link-sendbuf-limit|0|m|1 7 7 0 7 7 7 0 7 7 0 1
cluster-manual-failover-timeout|5000|m|1 3 27 27 3 3 3 3 3 27 3 1
cluster-migration-barrier|1|m|1 3 16 16 3 3 3 3 3 16 3 1
cluster-node-timeout|15000|m|1 3 4 0 3 3 3 3 3 4 3 1
cluster-port|0|i|1 3 19 19 3 3 3 3 3 19 3 1
cluster-preferred-endpoint-type|ip|m|1 28 28 28 28 28 28 28 28 28 28 1
cluster-replica-no-failover|no|m|1 11 11 11 11 11 0 11 11 11 11 1
cluster-replica-validity-factor|10|m|1 3 16 16 3 3 3 3 3 16 3 1
cluster-require-full-coverage|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
cluster-slave-no-failover|no|m|1 11 11 11 11 11 0 11 11 11 11 1
cluster-slave-validity-factor|10|m|1 3 16 16 3 3 3 3 3 16 3 1
cluster-slot-migration-log-max-len|1000|m|1 3 4 0 3 3 3 3 3 4 3 1
cluster-slot-stats-enabled|no|m|1 11 11 11 11 11 0 11 11 11 11 1
commandlog-execution-slower-than|10000|m|1 3 29 0 3 3 3 3 3 29 3 1
commandlog-large-reply-max-len|128|m|1 3 4 0 3 3 3 3 3 4 3 1
commandlog-large-request-max-len|128|m|1 3 4 0 3 3 3 3 3 4 3 1
commandlog-reply-larger-than|1048576|m|1 3 29 0 3 3 3 3 3 29 3 1
commandlog-request-larger-than|1048576|m|1 3 29 0 3 3 3 3 3 29 3 1
commandlog-slow-execution-max-len|128|m|1 3 4 0 3 3 3 3 3 4 3 1
crash-log-enabled|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
crash-memcheck-enabled|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
daemonize|no|i|1 11 11 11 11 11 0 11 11 11 11 1
databases|16|i|1 3 27 27 3 3 3 3 3 27 3 1
dbfilename|dump.rdb|p|1 0 0 0 0 0 0 0 0 0 30 1
dir|.|p|1 31 31 31 31 31 31 31 31 31 32 1
disable-thp|yes|i|1 11 11 11 11 11 0 11 11 11 11 1
dual-channel-replication-enabled|no|m|1 11 11 11 11 11 0 11 11 11 11 1
enable-debug-command|no|i|1 33 33 33 33 33 0 33 33 33 33 1
enable-module-command|no|i|1 33 33 33 33 33 0 33 33 33 33 1
enable-protected-configs|no|i|1 33 33 33 33 33 0 33 33 33 33 1
extended-redis-compatibility|no|m|1 11 11 11 11 11 0 11 11 11 11 1
hash-max-listpack-entries|512|m|1 3 4 0 3 3 3 3 3 4 3 1
hash-max-listpack-value|64|m|1 7 7 0 7 7 7 0 7 7 0 1
hash-max-ziplist-entries|512|m|1 3 4 0 3 3 3 3 3 4 3 1
hash-max-ziplist-value|64|m|1 7 7 0 7 7 7 0 7 7 0 1
hash-seed||i|1 0 0 0 0 0 0 0 0 0 0 1
hide-user-data-from-log|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
hll-sparse-max-bytes|3000|m|1 7 7 0 7 7 7 0 7 7 0 1
hz|10|m|1 3 16 16 3 3 3 3 3 16 3 1
ignore-warnings||m|1 0 0 0 0 0 0 0 0 0 0 1
import-mode|no|m|1 11 11 11 11 11 0 11 11 11 11 1
io-threads|1|m|1 3 34 34 3 3 3 3 3 34 3 1
jemalloc-bg-thread|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
latency-monitor-threshold|0|m|1 3 4 0 3 3 3 3 3 4 3 1
latency-tracking|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
latency-tracking-info-percentiles|50 99 99.9|m|0 35 36 36 36 0 35 35 35 36 0 35
lazyfree-lazy-eviction|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
lazyfree-lazy-expire|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
lazyfree-lazy-server-del|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
lazyfree-lazy-user-del|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
lazyfree-lazy-user-flush|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
lfu-decay-time|1|m|1 3 16 16 3 3 3 3 3 16 3 1
lfu-log-factor|10|m|1 3 16 16 3 3 3 3 3 16 3 1
list-compress-depth|0|m|1 3 16 16 3 3 3 3 3 16 3 1
list-max-listpack-size|-2|m|1 3 37 37 3 3 3 3 3 0 3 1
list-max-ziplist-size|-2|m|1 3 37 37 3 3 3 3 3 0 3 1
locale-collate||m|1 0 0 0 0 0 0 0 0 0 0 1
log-format|legacy|m|1 38 38 38 38 38 38 38 38 38 38 1
log-timestamp-format|legacy|m|1 39 39 39 39 39 39 39 39 39 39 1
logfile||i|1 0 0 0 0 0 0 0 0 0 0 1
loglevel|notice|m|1 40 40 40 40 40 40 40 40 40 40 1
lua-time-limit|5000|m|1 3 4 0 3 3 3 3 3 4 3 1
masterauth||m|1 0 0 0 0 0 0 0 0 0 0 1
masteruser||m|1 0 0 0 0 0 0 0 0 0 0 1
max-new-connections-per-cycle|10|m|1 3 41 41 3 3 3 3 3 41 3 1
max-new-tls-connections-per-cycle|1|m|1 3 41 41 3 3 3 3 3 41 3 1
maxclients|10000|m|1 3 42 42 3 3 3 3 3 42 3 1
maxmemory|0|m|1 7 7 0 7 7 7 0 7 7 0 1
maxmemory-clients|0|m|1 43 43 0 43 43 43 0 0 43 0 1
maxmemory-eviction-tenacity|10|m|1 3 44 44 3 3 3 3 3 44 3 1
maxmemory-policy|noeviction|m|1 45 45 45 45 45 45 45 45 45 45 1
maxmemory-samples|5|m|1 3 46 46 3 3 3 3 3 46 3 1
min-replicas-max-lag|10|m|1 3 16 16 3 3 3 3 3 16 3 1
min-replicas-to-write|0|m|1 3 16 16 3 3 3 3 3 16 3 1
min-slaves-max-lag|10|m|1 3 16 16 3 3 3 3 3 16 3 1
min-slaves-to-write|0|m|1 3 16 16 3 3 3 3 3 16 3 1
mptcp|no|i|1 11 11 11 11 11 0 11 11 11 11 1
no-appendfsync-on-rewrite|no|m|1 11 11 11 11 11 0 11 11 11 11 1
notify-keyspace-events||m|1 0 47 47 47 47 47 47 47 47 0 1
oom-score-adj|no|m|1 48 48 48 48 48 0 48 48 48 48 1
oom-score-adj-values|0 200 800|m|1 1 1 1 1 1 1 1 1 1 1 1
pidfile||i|1 0 0 0 0 0 0 0 0 0 0 1
port|7551|m|1 3 19 19 3 3 3 3 3 19 3 1
prefetch-batch-max-size|16|m|1 3 49 49 3 3 3 3 3 49 3 1
primaryauth||m|1 0 0 0 0 0 0 0 0 0 0 1
primaryuser||m|1 0 0 0 0 0 0 0 0 0 0 1
proc-title-template|{title} {listen-addr} {server-mode}|m|1 0 0 0 0 0 0 0 0 0 50 1
propagation-error-behavior|ignore|m|1 51 51 51 51 51 51 51 51 51 51 1
protected-mode|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
proto-max-bulk-len|536870912|m|1 7 7 0 7 7 7 18 7 7 18 1
rdb-del-sync-files|no|m|1 11 11 11 11 11 0 11 11 11 11 1
rdb-save-incremental-fsync|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
rdb-version-check|strict|m|1 52 52 52 52 52 52 52 52 52 52 1
rdbchecksum|yes|i|1 11 11 11 11 11 0 11 11 11 11 1
rdbcompression|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
rdma-bind||m|0 0 0 0 0 0 0 0 0 0 0 0
rdma-completion-vector|-1|i|1 3 53 53 3 3 3 3 3 53 3 1
rdma-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
rdma-rx-size|1048576|i|1 3 54 54 3 3 3 3 3 54 3 1
repl-backlog-size|10485760|m|1 7 7 0 7 7 7 0 7 7 8 1
repl-backlog-ttl|3600|m|1 3 4 0 3 3 3 3 3 4 3 1
repl-disable-tcp-nodelay|no|m|1 11 11 11 11 11 0 11 11 11 11 1
repl-diskless-load|disabled|m|1 55 55 55 55 55 55 55 55 55 55 1
repl-diskless-sync|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
repl-diskless-sync-delay|5|m|1 3 16 16 3 3 3 3 3 16 3 1
repl-diskless-sync-max-replicas|0|m|1 3 16 16 3 3 3 3 3 16 3 1
repl-mptcp|no|i|1 11 11 11 11 11 0 11 11 11 11 1
repl-ping-replica-period|10|m|1 3 27 27 3 3 3 3 3 27 3 1
repl-ping-slave-period|10|m|1 3 27 27 3 3 3 3 3 27 3 1
repl-timeout|60|m|1 3 27 27 3 3 3 3 3 27 3 1
replica-announce-ip||m|1 0 0 0 0 0 0 0 0 0 0 1
replica-announce-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
replica-announced|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
replica-ignore-disk-write-errors|no|m|1 11 11 11 11 11 0 11 11 11 11 1
replica-ignore-maxmemory|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
replica-lazy-flush|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
replica-priority|100|m|1 3 16 16 3 3 3 3 3 16 3 1
replica-read-only|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
replica-serve-stale-data|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
replicaof||i|1 1 1 1 1 1 1 1 1 1 1 56
requirepass||m|1 0 0 0 0 0 0 0 0 0 0 1
save||m|0 57 57 57 57 57 57 57 57 57 0 57
server-cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
server_cpulist||i|1 0 0 0 0 0 0 0 0 0 0 1
set-max-intset-entries|512|m|1 3 4 0 3 3 3 3 3 4 3 1
set-max-listpack-entries|128|m|1 3 4 0 3 3 3 3 3 4 3 1
set-max-listpack-value|64|m|1 3 4 0 3 3 3 3 3 4 3 1
set-proc-title|yes|i|1 11 11 11 11 11 0 11 11 11 11 1
shutdown-on-sigint|default|m|58 58 58 58 58 58 58 58 58 58 58 58
shutdown-on-sigterm|default|m|58 58 58 58 58 58 58 58 58 58 58 58
shutdown-timeout|10|m|1 3 16 16 3 3 3 3 3 16 3 1
slave-announce-ip||m|1 0 0 0 0 0 0 0 0 0 0 1
slave-announce-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
slave-ignore-maxmemory|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
slave-lazy-flush|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
slave-priority|100|m|1 3 16 16 3 3 3 3 3 16 3 1
slave-read-only|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
slave-serve-stale-data|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
slaveof||i|1 1 1 1 1 1 1 1 1 1 1 56
slot-migration-max-failover-repl-bytes|0|m|1 7 29 0 7 7 7 0 7 29 0 1
slowlog-log-slower-than|10000|m|1 3 29 0 3 3 3 3 3 29 3 1
slowlog-max-len|128|m|1 3 4 0 3 3 3 3 3 4 3 1
socket-mark-id|0|i|1 3 59 59 3 3 3 3 3 59 3 1
stop-writes-on-bgsave-error|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
stream-node-max-bytes|4096|m|1 7 7 0 7 7 7 0 7 7 0 1
stream-node-max-entries|100|m|1 3 4 0 3 3 3 3 3 4 3 1
supervised|no|i|1 60 60 60 60 60 60 60 60 60 60 1
syslog-enabled|no|i|1 11 11 11 11 11 0 11 11 11 11 1
syslog-facility|local0|i|1 61 61 61 61 61 61 61 61 61 61 1
syslog-ident|valkey|i|1 0 0 0 0 0 0 0 0 0 0 1
tcp-backlog|511|i|1 3 16 16 3 3 3 3 3 16 3 1
tcp-keepalive|300|m|1 3 16 16 3 3 3 3 3 16 3 1
timeout|0|m|1 3 16 16 3 3 3 3 3 16 3 1
tls-auth-clients|yes|m|1 62 62 62 62 62 0 62 62 62 62 1
tls-auth-clients-user|off|m|1 63 63 63 63 63 63 63 63 63 63 1
tls-auto-reload-interval|0|m|1 3 16 16 3 3 3 3 3 16 3 1
tls-ca-cert-dir||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-ca-cert-file||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-cert-file||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-ciphers||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-ciphersuites||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-client-cert-file||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-client-key-file||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-client-key-file-pass||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-cluster|no|m|1 11 11 11 11 11 0 11 11 11 11 1
tls-dh-params-file||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-key-file||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-key-file-pass||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-port|0|m|1 3 19 19 3 3 3 3 3 19 3 1
tls-prefer-server-ciphers|no|m|1 11 11 11 11 11 0 11 11 11 11 1
tls-protocols||m|1 0 0 0 0 0 0 0 0 0 0 1
tls-replication|no|m|1 11 11 11 11 11 0 11 11 11 11 1
tls-session-cache-size|20480|m|1 3 16 16 3 3 3 3 3 16 3 1
tls-session-cache-timeout|300|m|1 3 16 16 3 3 3 3 3 16 3 1
tls-session-caching|yes|m|1 11 11 11 11 11 0 11 11 11 11 1
tracking-table-max-keys|1000000|m|1 3 4 0 3 3 3 3 3 4 3 1
unixsocket||i|1 0 0 0 0 0 0 0 0 0 0 1
unixsocketgroup||i|1 0 0 0 0 0 0 0 0 0 0 1
unixsocketperm|0|i|1 64 64 64 64 64 64 64 64 65 0 1
zset-max-listpack-entries|128|m|1 3 4 0 3 3 3 3 3 4 3 1
zset-max-listpack-value|64|m|1 7 7 0 7 7 7 0 7 7 0 1
zset-max-ziplist-entries|128|m|1 3 4 0 3 3 3 3 3 4 3 1
zset-max-ziplist-value|64|m|1 7 7 0 7 7 7 0 7 7 0 1
"""#

/// The names that CONFIG GET tells only who asks for them by name, in the same form.
let hiddenReferenceDirectives = #"""
aof-disable-auto-gc|no|m|1 11 11 11 11 11 0 11 11 11 11 1
cluster-message-gossip-perc|10|m|1 3 66 66 3 3 3 3 3 66 3 1
cluster-ping-interval|0|m|1 3 4 0 3 3 3 3 3 4 3 1
debug-context||m|1 0 0 0 0 0 0 0 0 0 0 1
enable-debug-assert|no|i|1 11 11 11 11 11 0 11 11 11 11 1
io-threads-always-active|no|m|1 11 11 11 11 11 0 11 11 11 11 1
key-load-delay|0|m|1 3 37 37 3 3 3 3 3 0 3 1
loading-process-events-interval-bytes|2097152|m|1 3 67 67 3 3 3 3 3 67 3 1
lua-enable-deprecated-api|no|p|1 11 11 11 11 11 0 11 11 11 11 1
lua-enable-insecure-api|no|p|1 11 11 11 11 11 0 11 11 11 11 1
min-io-threads-avoid-copy-reply|7|m|1 3 16 16 3 3 3 3 3 16 3 1
min-string-size-avoid-copy-reply|16384|m|1 3 16 16 3 3 3 3 3 16 3 1
min-string-size-avoid-copy-reply-threaded|65536|m|1 3 16 16 3 3 3 3 3 16 3 1
rdb-key-save-delay|0|m|1 3 37 37 3 3 3 3 3 0 3 1
use-exit-on-panic|no|m|1 11 11 11 11 11 0 11 11 11 11 1
watchdog-period|0|m|1 3 16 16 3 3 3 3 3 16 3 1
"""#

/// Arguments that each directive was given in a configuration file.
let referenceInputs: [[String]] = [
    [],
    ["zz"],
    ["-99999999999"],
    ["99999999999999"],
    ["99999999999999999999"],
    ["1.5"],
    ["yes"],
    ["1kb"],
    ["50%"],
    ["-5"],
    [""],
    ["a", "b"],
]

/// Refusals; the first stands for acceptance.
let referenceReasons: [String] = [
    "OK",
    "wrong number of arguments",
    "argument(s) must be one of the following: allchannels, resetchannels",
    "argument couldn't be parsed into an integer",
    "argument must be between 0 and 9223372036854775807 inclusive",
    "argument must be between 1 and 99 inclusive",
    "argument must be between 0 and 100000 inclusive",
    "argument must be a memory value",
    "argument must be between 1 and 9223372036854775807 inclusive",
    "argument must be between 0 and 1000 inclusive",
    "argument must be between 1 and 10 inclusive",
    "argument must be 'yes' or 'no'",
    "Active defragmentation cannot be enabled: it requires a server compiled with a modified Jemalloc like "
        + "the one shipped by default with the source distribution",
    "appenddirname can't be empty",
    "appendfilename can't be empty",
    "argument(s) must be one of the following: everysec, always, no",
    "argument must be between 0 and 2147483647 inclusive",
    "Wrong number of arguments in buffer limit configuration.",
    "argument must be between 1048576 and 9223372036854775807 inclusive",
    "argument must be between 0 and 65535 inclusive",
    "Invalid IPv4 address",
    "Invalid IPv6 address",
    "Hostnames may only contain alphanumeric characters, hyphens or dots",
    "Announced human node name contained invalid character",
    "cluster-announce-ip contains invalid character",
    "cluster-config-file can't be empty",
    "argument(s) must be one of the following: sync, best-effort",
    "argument must be between 1 and 2147483647 inclusive",
    "argument(s) must be one of the following: ip, hostname, unknown-endpoint",
    "argument must be between -1 and 9223372036854775807 inclusive",
    "dbfilename can't be empty",
    "No such file or directory",
    "dir can't be empty",
    "argument(s) must be one of the following: no, yes, local",
    "argument must be between 1 and 256 inclusive",
    "Invalid latency-tracking-info-percentiles parameters",
    "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
    "argument must be between -2147483648 and 2147483647 inclusive",
    "argument(s) must be one of the following: legacy, logfmt, json",
    "argument(s) must be one of the following: legacy, iso8601, milliseconds",
    "argument(s) must be one of the following: debug, verbose, notice, warning, nothing",
    "argument must be between 1 and 1000 inclusive",
    "argument must be between 1 and 4294967295 inclusive",
    "argument must be a memory or percent value",
    "argument must be between 0 and 100 inclusive",
    "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, "
        + "allkeys-lru, allkeys-lfu, allkeys-random, noeviction",
    "argument must be between 1 and 64 inclusive",
    "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
    "argument(s) must be one of the following: no, yes, relative, absolute",
    "argument must be between 0 and 128 inclusive",
    "template format is invalid or contains unknown variables",
    "argument(s) must be one of the following: ignore, panic, panic-on-replicas",
    "argument(s) must be one of the following: strict, relaxed",
    "argument must be between -1 and 1024 inclusive",
    "argument must be between 65536 and 16777216 inclusive",
    "argument(s) must be one of the following: disabled, on-empty-db, swapdb, flush-before-load",
    "Invalid primary port",
    "Invalid save parameters",
    "argument(s) must be one of the following: default, save, nosave, now, force, safe, failover",
    "argument must be between 0 and 4294967295 inclusive",
    "argument(s) must be one of the following: upstart, systemd, auto, no",
    "argument(s) must be one of the following: user, local0, local1, local2, local3, local4, local5, local6, local7",
    "argument(s) must be one of the following: no, yes, optional",
    "argument(s) must be one of the following: CN, URI, off",
    "argument couldn't be parsed as an octal number",
    "argument must be between 0 and 777 inclusive",
    "argument must be between 1 and 100 inclusive",
    "argument must be between 1024 and 2147483647 inclusive",
]
