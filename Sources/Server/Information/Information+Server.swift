// The sections about the program, its clients and its process.

internal import Commands
internal import Datastore
internal import Memory
internal import Platform
internal import Synchronization
internal import Transactions

extension Information {
    mutating func writeServer() {
        heading("Server")
        field("redis_version", Version.redis)
        field("server_name", "apus")
        field("apus_version", Version.apus)
        field("redis_git_sha1", "00000000")
        field("redis_git_dirty", 0)
        field("redis_build_id", "0")
        field("redis_mode", instance.mode)
        field("server_mode", instance.mode)
        field("os", ProcessFacts.systemName)
        field("arch_bits", ProcessFacts.architectureBits)
        field("monotonic_clock", "POSIX clock_gettime")
        field("multiplexing_api", instance.backendName)
        field("gcc_version", "0.0.0")
        field("process_id", ProcessFacts.id)
        field("process_supervised", instance.manager?.rawValue ?? "no")
        field("run_id", instance.runID)
        field("tcp_port", instance.configuration.port)
        field("server_time_usec", now.unixUs)
        let uptime = (now.monotonicNs - instance.startedNs) / 1_000_000_000
        field("uptime_in_seconds", uptime)
        field("uptime_in_days", uptime / 86400)
        field("hz", instance.configuration.hz)
        field("configured_hz", instance.configuration.hz)
        field("clients_hz", instance.configuration.hz)
        // 24 bits of seconds.
        field("lru_clock", now.unixSeconds & 0xFF_FFFF)
        field("executable", ProcessFacts.executablePath)
        field("config_file", instance.configurationFile)
        // Every thread both moves bytes and executes: there are no helpers for one of the two.
        field("io_threads_active", 0)
        field("threads", instance.workers.count)
        field("availability_zone", instance.availabilityZone)
        writeListeners()
    }

    private mutating func writeListeners() {
        let configuration = instance.configuration
        var listeners: [String] = []
        if configuration.port != 0 && !configuration.bind.isEmpty {
            // Optional ones may be missing.
            let addresses = instance.listeners.map { "bind=\($0.entry)," }.joined()
            listeners.append("name=tcp,\(addresses)port=\(configuration.port)")
        }
        if !configuration.unixSocket.isEmpty { listeners.append("name=unix,bind=\(configuration.unixSocket)") }
        for (number, listener) in listeners.enumerated() {
            field("listener", of: String(number)) { $0.append(listener) }
        }
    }

    mutating func writeTLS() {
        heading("TLS")
        for certificate in ["server", "client", "ca"] {
            field("tls_", of: certificate + "_cert_serial") { $0.append("none" as StaticString) }
            field("tls_", of: certificate + "_cert_expires_in_seconds") { $0.append(0) }
        }
    }

    mutating func writeClients() {
        heading("Clients")
        field("connected_clients", instance.connectedClients.load(ordering: .relaxed))
        field("cluster_connections", 0)
        field("maxclients", instance.configuration.clientsMax)
        field("client_recent_max_input_buffer", clients.inputBytesMax)
        field("client_recent_max_output_buffer", clients.outputBytesMax)
        field("blocked_clients", figures.clientsBlocked)
        field("tracking_clients", 0)
        field("pubsub_clients", 0)
        field("watching_clients", clients.watching)
        field("clients_in_timeout_table", clients.waitingWithDeadline)
        field("total_watched_keys", clients.watchedKeys)
        field("total_blocking_keys", clients.blockingKeys.count)
        field("total_blocking_keys_on_nokey", 0)
        let pause = instance.pause, isPaused = pause.isOn(now.unixMs)
        field("paused_reason", isPaused ? "client_pause" : "none")
        field("paused_actions", !isPaused ? "none" : pause.isAll ? "all" : "write")
        field("paused_timeout_milliseconds", isPaused ? pause.untilMs - now.unixMs : 0)
    }

    mutating func writeProcessor() {
        heading("CPU")
        let all = ProcessFacts.usage, children = ProcessFacts.usageOfChildren, thread = ProcessFacts.usageOfThread
        field("used_cpu_sys", Double(all.systemUs) / 1e6, digits: 6)
        field("used_cpu_user", Double(all.userUs) / 1e6, digits: 6)
        field("used_cpu_sys_children", Double(children.systemUs) / 1e6, digits: 6)
        field("used_cpu_user_children", Double(children.userUs) / 1e6, digits: 6)
        // The thread that answers: every worker is a main thread.
        field("used_cpu_sys_main_thread", Double(thread.systemUs) / 1e6, digits: 6)
        field("used_cpu_user_main_thread", Double(thread.userUs) / 1e6, digits: 6)
        field("used_active_time_main_thread", Double(busyUs) / 1e6, digits: 6)
    }
}
