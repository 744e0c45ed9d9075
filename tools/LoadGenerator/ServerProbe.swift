// ServerProbe: the server's own account during a run: INFO over a connection of its own, and /proc on the same machine.
// Blocking, with a time limit; a server that does not answer INFO is simply not accounted for.

internal import Glibc
internal import Network
internal import Synchronization

/// What INFO and /proc said at one moment. Zero where they said nothing.
package struct ServerSample: Sendable, Equatable {
    /// When it was taken, monotonic; it may be an interval old when it is read.
    package var timeNs: UInt64 = 0
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
        for line in info.utf8.split(separator: 10) {
            guard let colon = line.firstIndex(of: 58) else { continue }
            let value = line[line.index(after: colon)...]
            var integer: UInt64 { UInt64(Self.text(value)) ?? 0 }
            switch Self.text(line[..<colon]) {
            case "used_cpu_user", "used_cpu_sys": cpuSeconds += Double(Self.text(value)) ?? 0
            case "used_memory": usedMemoryBytes = integer
            case "used_memory_rss": residentBytes = integer
            case "keyspace_hits": hits = integer
            case "keyspace_misses": misses = integer
            case "evicted_keys": evictedKeys = integer
            case "expired_keys": expiredKeys = integer
            case "connected_clients": connectedClients = integer
            case "apus_version": version = "Apus \(Self.text(value))"
            case "valkey_version" where !version.hasPrefix("Apus"): version = "Valkey \(Self.text(value))"
            case "redis_version" where version.isEmpty: version = "Redis \(Self.text(value))"
            default: break
            }
        }
    }

    /// CPU seconds per second; nil when no time has passed.
    func cpuShare(since earlier: ServerSample) -> Double? {
        guard timeNs > earlier.timeNs else { return nil }
        return max(0, cpuSeconds - earlier.cpuSeconds) / (Double(timeNs - earlier.timeNs) / 1e9)
    }

    /// Of the lookups since an earlier sample; nil when there were none.
    func hitRatio(since earlier: ServerSample) -> Double? {
        guard hits >= earlier.hits, misses >= earlier.misses else { return nil }
        let lookups = hits - earlier.hits + misses - earlier.misses
        return lookups > 0 ? Double(hits - earlier.hits) / Double(lookups) : nil
    }

    static func processID(_ info: String) -> Int32? {
        info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") }
            .flatMap { Int32($0.dropFirst("process_id:".count)) }
    }

    /// Without the line's end.
    private static func text(_ bytes: Substring.UTF8View) -> String {
        String(Substring(bytes.last == 13 ? bytes.dropLast() : bytes))
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

    /// `seconds`: how long the server was at work between the two samples.
    init(from first: ServerSample, to last: ServerSample, seconds: Double) {
        version = last.version
        cpuSeconds = max(0, last.cpuSeconds - first.cpuSeconds)
        // Of a very short run, answering INFO is most of the work.
        let apart = Double(last.timeNs - min(first.timeNs, last.timeNs)) / 1e9
        let time = seconds < Self.secondsMin ? apart : min(apart, seconds)
        cpuShare = time > 0 ? cpuSeconds / time : 0
        usedMemoryBytes = last.usedMemoryBytes
        residentBytes = last.residentBytes
        // CONFIG RESETSTAT may have come between.
        hits = last.hits >= first.hits ? last.hits - first.hits : last.hits
        misses = last.misses >= first.misses ? last.misses - first.misses : last.misses
        evictedKeys = last.evictedKeys >= first.evictedKeys ? last.evictedKeys - first.evictedKeys : last.evictedKeys
        expiredKeys = last.expiredKeys >= first.expiredKeys ? last.expiredKeys - first.expiredKeys : last.expiredKeys
    }

    /// Below it the share is of the time between the samples.
    private static let secondsMin = 0.02

    /// Of the lookups; nil when there were none.
    package var hitRatio: Double? { hits + misses > 0 ? Double(hits) / Double(hits + misses) : nil }
}

/// Asks on a thread of its own, so that a server that does not answer keeps nobody waiting who does not want to.
final class ServerProbe: Sendable {
    private struct State {
        var sample: ServerSample?
        /// Samples asked for, and asked for before the one that is there was taken.
        var asked = 0
        var answered = 0
        var isOver = false
    }

    private let state = Mutex(State())
    /// A byte for each question; the thread sleeps at the reading end.
    private let bell: (read: Int32, write: Int32)

    /// How long a sample at the start or end of a run is waited for.
    private static let patienceMs = 2000

    /// nil when the server cannot be asked.
    init?(_ endpoint: Endpoint) {
        var ends: [Int32] = [-1, -1]
        let isMade = unsafe pipe(&ends) == 0
        bell = (ends[0], ends[1])
        guard isMade, let client = try? BlockingClient(endpoint, timeoutSeconds: 2),
            case .bulk(let info)? = try? client.call(["INFO"])
        else { return nil }
        let candidate = ServerSample.processID(info)
        // The number means something only on this machine.
        let process = candidate.flatMap { endpoint.isLocal && ProcessUsage.exists($0) ? $0 : nil }
        // It holds the probe until `stop`.
        let line = Line(client: client)
        ThreadHandle { self.answer(line, process) }.detach()
    }

    deinit {
        close(bell.read)
        close(bell.write)
    }

    /// The client goes over to the thread and is used by nobody else.
    private struct Line: @unchecked Sendable {
        let client: BlockingClient
    }

    private func answer(_ line: Line, _ process: Int32?) {
        var rings = [UInt8](repeating: 0, count: 64)
        while unsafe read(bell.read, &rings, rings.count) > 0 {
            let (asked, isOver) = state.withLock { ($0.asked, $0.isOver) }
            if isOver { return }
            let sample = Self.sample(line.client, process)
            state.withLock {
                $0.sample = sample ?? $0.sample
                $0.answered = asked
                if sample == nil { $0.isOver = true }
            }
            if sample == nil { return }
        }
    }

    private static func sample(_ client: BlockingClient, _ process: Int32?) -> ServerSample? {
        guard case .bulk(let info)? = try? client.call(["INFO"]) else { return nil }
        var sample = ServerSample(info: info)
        sample.timeNs = RunLoop.now
        if let process {
            // The kernel's ticks are coarser than what INFO tells, but better than nothing.
            if sample.cpuSeconds == 0, let cpu = ProcessUsage.cpuSeconds(process) { sample.cpuSeconds = cpu }
            if let resident = ProcessUsage.residentBytes(process) { sample.residentBytes = resident }
        }
        return sample
    }

    private func ring() {
        var byte: UInt8 = 1
        _ = unsafe write(bell.write, &byte, 1)
    }

    private func ask() -> Int {
        let number = state.withLock {
            $0.asked += 1
            return $0.asked
        }
        ring()
        return number
    }

    /// What the server said last; asks it again for the next time. Never waits.
    func latest() -> ServerSample? {
        _ = ask()
        return state.withLock { $0.sample }
    }

    /// What it says now; nil when it does not answer in time.
    func sample() -> ServerSample? {
        let number = ask()
        for _ in 0..<(Self.patienceMs * 5) {
            let (sample, isDone) = state.withLock { ($0.sample, $0.isOver ? nil : $0.answered >= number) }
            guard let isDone else { return nil }
            if isDone { return sample }
            usleep(200)
        }
        return nil
    }

    /// Lets the thread go.
    func stop() {
        state.withLock { $0.isOver = true }
        ring()
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
