// ServerProbe: the server's own account during a run: INFO over a connection of its own, and /proc on the same machine.
// Blocking, with a time limit; a server that does not answer INFO is simply not accounted for.

internal import Glibc

/// What INFO and /proc said at one moment. Zero where they said nothing.
package struct ServerSample: Sendable, Equatable {
    package var cpuSeconds = 0.0
    package var usedMemoryBytes: UInt64 = 0
    package var residentBytes: UInt64 = 0
    package var hits: UInt64 = 0
    package var misses: UInt64 = 0
    package var evictedKeys: UInt64 = 0
    package var expiredKeys: UInt64 = 0
    package var connectedClients: UInt64 = 0
    package var version = ""

    package init() {}

    /// From the text of INFO.
    package init(info: String) {
        let fields = Self.fields(info)
        func integer(_ name: String) -> UInt64 { fields[name].flatMap { UInt64($0) } ?? 0 }
        cpuSeconds =
            (fields["used_cpu_user"].flatMap { Double($0) } ?? 0) + (fields["used_cpu_sys"].flatMap { Double($0) } ?? 0)
        usedMemoryBytes = integer("used_memory")
        residentBytes = integer("used_memory_rss")
        hits = integer("keyspace_hits")
        misses = integer("keyspace_misses")
        evictedKeys = integer("evicted_keys")
        expiredKeys = integer("expired_keys")
        connectedClients = integer("connected_clients")
        version =
            fields["apus_version"].map { "Apus \($0)" } ?? fields["valkey_version"].map { "Valkey \($0)" }
            ?? fields["redis_version"].map { "Redis \($0)" } ?? ""
    }

    static func fields(_ info: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in info.split(whereSeparator: \.isNewline) {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
        }
        return fields
    }
}

/// The difference of two samples.
package struct ServerUsage: Sendable {
    package var version: String
    package var cpuSeconds: Double
    /// CPU seconds per second.
    package var cpuShare: Double
    package var usedMemoryBytes: UInt64
    package var residentBytes: UInt64
    package var hits: UInt64
    package var misses: UInt64
    package var evictedKeys: UInt64
    package var expiredKeys: UInt64

    init(from first: ServerSample, to last: ServerSample, seconds: Double) {
        version = last.version
        cpuSeconds = max(0, last.cpuSeconds - first.cpuSeconds)
        cpuShare = seconds > 0 ? cpuSeconds / seconds : 0
        usedMemoryBytes = last.usedMemoryBytes
        residentBytes = last.residentBytes
        // CONFIG RESETSTAT may have come between.
        hits = last.hits >= first.hits ? last.hits - first.hits : last.hits
        misses = last.misses >= first.misses ? last.misses - first.misses : last.misses
        evictedKeys = last.evictedKeys >= first.evictedKeys ? last.evictedKeys - first.evictedKeys : last.evictedKeys
        expiredKeys = last.expiredKeys >= first.expiredKeys ? last.expiredKeys - first.expiredKeys : last.expiredKeys
    }

    /// Of the lookups; nil when there were none.
    package var hitRatio: Double? { hits + misses > 0 ? Double(hits) / Double(hits + misses) : nil }
}

final class ServerProbe {
    private let client: BlockingClient
    /// The server's process, when it runs on this machine.
    private let process: Int32?

    /// nil when the server cannot be asked.
    init?(_ endpoint: Endpoint) {
        guard let client = try? BlockingClient(endpoint, timeoutSeconds: 2),
            case .bulk(let info)? = try? client.call(["INFO"])
        else { return nil }
        self.client = client
        let fields = ServerSample.fields(info)
        let candidate = fields["process_id"].flatMap { Int32($0) }
        // The number means something only on this machine.
        process = candidate.flatMap { endpoint.isLocal && ProcessUsage.exists($0) ? $0 : nil }
    }

    func sample() -> ServerSample? {
        guard case .bulk(let info)? = try? client.call(["INFO"]) else { return nil }
        var sample = ServerSample(info: info)
        if let process {
            // The kernel's ticks are coarser than what INFO tells, but better than nothing.
            if sample.cpuSeconds == 0, let cpu = ProcessUsage.cpuSeconds(process) { sample.cpuSeconds = cpu }
            if let resident = ProcessUsage.residentBytes(process) { sample.residentBytes = resident }
        }
        return sample
    }
}

extension Endpoint {
    var isLocal: Bool {
        switch address {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }
}

/// CPU time and memory of processes, from the kernel.
package enum ProcessUsage {
    /// User and system time of this process.
    package static var ownCPUSeconds: Double {
        var usage = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    static func exists(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno == EPERM }

    /// User and system time of all its threads, to a hundredth of a second.
    package static func cpuSeconds(_ process: Int32) -> Double? {
        guard let text = FileBytes.text("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    package static func residentBytes(_ process: Int32) -> UInt64? {
        guard let text = FileBytes.text("/proc/\(process)/statm") else { return nil }
        return text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }.map { $0 * UInt64(getpagesize()) }
    }
}
