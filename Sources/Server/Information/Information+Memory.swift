// The sections about memory and what is kept on disk.

internal import Datastore
internal import Memory
internal import Platform

extension Information {
    mutating func writeMemory() {
        heading("Memory")
        let memory = instance.recentMemory(now), used = Allocator.used, peak = max(instance.peaks.memory, used)
        let clientBytes = clients.bytes
        var tableBytes = 0
        for database in 0..<instance.keyspace.databaseCount where instance.keyspace.count(inDatabase: database) > 0 {
            tableBytes += instance.keyspace.tableBytes(inDatabase: database)
        }
        let atStart = min(instance.memoryAtStart, used)
        let overhead = min(atStart + tableBytes + clientBytes, used)
        let dataset = used - overhead
        bytes("used_memory", used)
        bytes("used_memory_rss", memory.residentSet)
        bytes("used_memory_peak", peak)
        field("used_memory_peak_perc", 100 * Self.ratio(used, peak), unit: "%")
        field("used_memory_overhead", overhead)
        field("used_memory_startup", atStart)
        field("used_memory_dataset", dataset)
        field("used_memory_dataset_perc", 100 * Self.ratio(dataset, used - atStart), unit: "%")
        field("allocator_allocated", memory.allocated)
        field("allocator_active", memory.active)
        field("allocator_resident", memory.resident)
        field("allocator_muzzy", memory.muzzy)
        bytes("total_system_memory", ProcessFacts.physicalMemoryBytes)
        writeScriptMemory()
        bytes("maxmemory", 0)
        field("maxmemory_policy", "noeviction")
        writeFragmentation(memory, used: used)
        zeros(["mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers",
            "mem_replicas_repl_buffer", "mem_clients_slaves"])
        field("mem_clients_normal", clientBytes)
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

    /// Where the difference between what is used and what the process occupies lies: within the allocator's pages, in
    /// pages it has not given back, and outside of it.
    private mutating func writeFragmentation(_ memory: Allocator.Statistics, used: Int) {
        field("allocator_frag_ratio", Self.ratio(memory.active, memory.allocated))
        field("allocator_frag_bytes", memory.active - memory.allocated)
        field("allocator_rss_ratio", Self.ratio(memory.resident, memory.active))
        field("allocator_rss_bytes", memory.resident - memory.active)
        field("rss_overhead_ratio", Self.ratio(memory.residentSet, memory.resident))
        field("rss_overhead_bytes", memory.residentSet - memory.resident)
        field("mem_fragmentation_ratio", Self.ratio(memory.residentSet, used))
        field("mem_fragmentation_bytes", memory.residentSet - used)
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
