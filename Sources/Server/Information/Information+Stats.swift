// The sections of counters: of the server, of each command and its times, of each error.

internal import Commands
internal import Memory
internal import RESP
internal import Synchronization

extension Information {
    mutating func writeStats() {
        heading("Stats")
        field("total_connections_received", figures.connectionsAccepted)
        field("total_commands_processed", figures.commandsProcessed)
        field("instantaneous_ops_per_sec", Int(instance.rates.commands.perSecond.rounded()))
        field("total_net_input_bytes", figures.bytesIn)
        field("total_net_output_bytes", figures.bytesOut)
        zeros(["total_net_repl_input_bytes", "total_net_repl_output_bytes", "total_net_cluster_slot_import_bytes",
            "total_net_cluster_slot_export_bytes"])
        field("instantaneous_input_kbps", instance.rates.bytesIn.perSecond / 1024)
        field("instantaneous_output_kbps", instance.rates.bytesOut.perSecond / 1024)
        field("instantaneous_input_repl_kbps", "0.00")
        field("instantaneous_output_repl_kbps", "0.00")
        field("rejected_connections", figures.connectionsRefused)
        zeros(["sync_full", "sync_partial_ok", "sync_partial_err"])
        writeExpiry()
        field("keyspace_hits", shared.hits)
        field("keyspace_misses", shared.misses)
        zeros(["pubsub_channels", "pubsub_patterns", "pubsubshard_channels", "latest_fork_usec", "total_forks",
            "migrate_cached_sockets", "slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses",
            "active_defrag_key_hits", "active_defrag_key_misses", "total_active_defrag_time",
            "current_active_defrag_time", "tracking_total_keys", "tracking_total_items", "tracking_total_prefixes",
            "unexpected_error_replies"])
        field("total_error_replies", figures.errorReplies)
        field("dump_payload_sanitizations", 0)
        field("total_reads_processed", shared.loops.receives)
        field("total_writes_processed", shared.loops.sends)
        writeLoops()
        field("acl_access_denied_auth", instance.refusedAuthentications.load(ordering: .relaxed))
        zeros(["acl_access_denied_cmd", "acl_access_denied_key", "acl_access_denied_channel",
            "acl_access_denied_tls_cert", "acl_access_denied_db"])
    }

    private mutating func writeExpiry() {
        field("expired_keys", shared.expired)
        field("expired_fields", 0)
        field("expired_stale_perc", "0.00")
        field("expired_keys_with_volatile_items_stale_perc", "0.00")
        field("expired_time_cap_reached_count", figures.expiryRoundsCut)
        field("expire_cycle_cpu_milliseconds", Int(Double(figures.expiryCycles) * instance.usPerCycle / 1000))
        zeros(["evicted_keys", "evicted_clients", "evicted_scripts", "total_eviction_exceeded_time",
            "current_eviction_exceeded_time"])
    }

    private mutating func writeLoops() {
        zeros(["io_threaded_reads_processed", "io_threaded_writes_processed", "io_threaded_freed_objects",
            "io_threaded_accept_processed", "io_threaded_poll_processed", "io_threaded_total_prefetch_batches",
            "io_threaded_total_prefetch_entries"])
        field("client_query_buffer_limit_disconnections", figures.queryLimitDisconnects)
        field("client_output_buffer_limit_disconnections", figures.outputLimitDisconnects)
        zeros(["reply_buffer_shrinks", "reply_buffer_expands"])
        field("eventloop_cycles", shared.loops.turns)
        field("eventloop_duration_sum", busyUs)
        field("eventloop_duration_cmd_sum", executionUs)
        let turns = instance.rates.turns.perSecond
        let us = instance.rates.busyUs.perSecond
        field("instantaneous_eventloop_cycles_per_sec", Int(turns.rounded()))
        field("instantaneous_eventloop_duration_usec", turns == 0 ? 0 : Int((us / turns).rounded()))
    }

    /// Microseconds in which the loops did not sleep. Nor does one whose command waits (for a page, a lock, in DEBUG
    /// SLEEP), although that leaves the processor to others.
    var busyUs: UInt64 { mutating get { max(shared.busyUs, executionUs) } }

    // MARK: Commands

    /// Microseconds spent in commands.
    func sumOfExecutionUs() -> UInt64 {
        var cycles: UInt64 = 0
        for worker in instance.workers {
            for index in 0..<worker.commandFigures.count { cycles &+= worker.commandFigures[index].cycles }
        }
        return UInt64((Double(cycles) * instance.usPerCycle).rounded())
    }

    private func commandFigures(_ index: Int) -> CommandFigures {
        var sum = CommandFigures()
        for worker in instance.workers {
            let one = worker.commandFigures[index]
            sum.cycles &+= one.cycles
            sum.rejected &+= one.rejected
            sum.failed &+= one.failed
        }
        return sum
    }

    mutating func writeCommands() {
        heading("Commandstats")
        let scale = instance.usPerCycle
        for record in instance.commandTable.records {
            let command = commandFigures(record.index)
            let calls = instance.histogram(of: record.index)?.total ?? 0
            guard calls + command.rejected + command.failed > 0 else { continue }
            let us = Double(command.cycles) * scale
            field("cmdstat_", of: record.fullName) { text in
                text.field("calls=", calls)
                text.field(",usec=", UInt64(us.rounded()))
                text.append(",usec_per_call=")
                text.append(calls == 0 ? 0 : us / Double(calls), digits: 2)
                text.field(",rejected_calls=", command.rejected)
                text.field(",failed_calls=", command.failed)
            }
        }
    }

    /// Percentiles of each command's time in microseconds.
    mutating func writeLatencies() {
        heading("Latencystats")
        guard instance.configuration.latency.isTracked else { return }
        let percentiles = instance.configuration.latency.percentiles, usPerCycle = instance.usPerCycle
        for record in instance.commandTable.records {
            guard let histogram = instance.histogram(of: record.index) else { continue }
            field("latency_percentiles_usec_", of: record.fullName) { text in
                for (place, percentile) in percentiles.enumerated() {
                    text.append(place == 0 ? "p" : ",p")
                    text.append(LatencySettings.text(percentile: percentile))
                    text.append("=")
                    text.append(Double(histogram.duration(atPercentile: percentile)) * usPerCycle, digits: 3)
                }
            }
        }
    }

    mutating func writeErrors() {
        heading("Errorstats")
        let errors = figures.errors.map { (code: String($0.key), count: $0.value) }
        for (code, count) in errors.sorted(by: { $0.code < $1.code }) {
            field("errorstat_", of: code) { $0.field("count=", count) }
        }
    }
}

extension String {
    init(_ code: ErrorCode) {
        self.init(decoding: (0..<code.count).map { code[$0] }, as: UTF8.self)
    }
}
