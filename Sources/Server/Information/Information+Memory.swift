// The sections about the data: the memory it takes, its copies on disk and elsewhere, and how many keys there are.

internal import Datastore
internal import Memory
internal import Platform

extension Information {
    mutating func writeMemory() {
        heading("Memory")
        let use = MemoryUse(
            of: instance, instance.recentMemory(now), used: Allocator.used, clientBytes: clients.bytes)
        bytes("used_memory", use.used)
        bytes("used_memory_rss", use.allocator.residentSet)
        bytes("used_memory_peak", use.peak)
        field("used_memory_peak_perc", use.peakPercentage, unit: "%")
        field("used_memory_overhead", use.overhead)
        field("used_memory_startup", use.atStart)
        field("used_memory_dataset", use.dataset)
        field("used_memory_dataset_perc", use.datasetPercentage, unit: "%")
        field("allocator_allocated", use.allocator.allocated)
        field("allocator_active", use.allocator.active)
        field("allocator_resident", use.allocator.resident)
        field("allocator_muzzy", use.allocator.muzzy)
        bytes("total_system_memory", ProcessFacts.physicalMemoryBytes)
        writeScriptMemory()
        bytes("maxmemory", 0)
        field("maxmemory_policy", "noeviction")
        for (gap, ratio, bytes) in [
            (use.fragmentation, "allocator_frag_ratio", "allocator_frag_bytes"),
            (use.unreturned, "allocator_rss_ratio", "allocator_rss_bytes"),
            (use.outside, "rss_overhead_ratio", "rss_overhead_bytes"),
            (use.all, "mem_fragmentation_ratio", "mem_fragmentation_bytes"),
        ] as [(MemoryUse.Gap, StaticString, StaticString)] {
            field(ratio, gap.ratio)
            field(bytes, gap.bytes)
        }
        zeros(["mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers",
            "mem_replicas_repl_buffer", "mem_clients_slaves"])
        field("mem_clients_normal", use.clientBytes)
        zeros(["mem_cluster_links", "mem_cluster_slot_import", "mem_cluster_slot_export", "mem_aof_buffer"])
        field("mem_allocator", Allocator.name)
        zeros(["mem_overhead_db_hashtable_rehashing", "active_defrag_running"])
        field("lazyfree_pending_objects", instance.keyspace.reclaimer.pendingCount)
        field("lazyfreed_objects", instance.keyspace.reclaimer.freedCount)
    }

    /// No script has been kept, as none can be run.
    private mutating func writeScriptMemory() {
        zeros(["used_memory_lua", "used_memory_vm_eval"])
        field("used_memory_lua_human", "0B")
        zeros(["used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions", "number_of_libraries",
            "used_memory_vm_functions"])
        bytes("used_memory_vm_total", 0)
        field("used_memory_functions", 0)
        bytes("used_memory_scripts", 0)
    }

    mutating func writePersistence() {
        heading("Persistence")
        zeros(["loading", "async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age"])
        field("current_fork_perc", "0.00")
        zeros(["current_save_keys_processed", "current_save_keys_total"])
        field("rdb_changes_since_last_save", shared.changes)
        field("rdb_bgsave_in_progress", 0)
        field("rdb_last_save_time", instance.lastSaveSeconds)
        field("rdb_last_bgsave_status", "ok")
        field("rdb_last_bgsave_time_sec", -1)
        field("rdb_current_bgsave_time_sec", -1)
        zeros(["rdb_saves", "rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded",
            "aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled"])
        field("aof_last_rewrite_time_sec", -1)
        field("aof_current_rewrite_time_sec", -1)
        field("aof_last_bgrewrite_status", "ok")
        zeros(["aof_rewrites", "aof_rewrites_consecutive_failures"])
        field("aof_last_write_status", "ok")
        zeros(["aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size",
            "slot_migration_fork_in_progress"])
    }

    mutating func writeReplication() {
        heading("Replication")
        field("role", instance.role)
        zeros(["connected_slaves", "replicas_waiting_psync"])
        field("master_failover_state", "no-failover")
        field("master_replid", instance.runID)
        field("master_replid2", "0000000000000000000000000000000000000000")
        field("master_repl_offset", 0)
        field("second_repl_offset", -1)
        field("repl_backlog_active", 0)
        field("repl_backlog_size", instance.configuration.text(of: "repl-backlog-size"))
        zeros(["repl_backlog_first_byte_offset", "repl_backlog_histlen"])
    }

    mutating func writeKeyspace() {
        heading("Keyspace")
        for database in 0..<instance.keyspace.databaseCount {
            let keys = instance.keyspace.count(inDatabase: database)
            guard keys > 0 else { continue }
            let expiring = instance.keyspace.expiringCount(inDatabase: database)
            let lifetime = expiring == 0 || database >= lifetimesMs.count ? 0 : lifetimesMs[database]
            field("db", of: String(database)) { text in
                text.field("keys=", keys)
                text.field(",expires=", expiring)
                text.field(",avg_ttl=", lifetime)
                text.append(",keys_with_volatile_items=0")
            }
        }
    }
}
