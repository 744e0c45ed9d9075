// ServerProbe: the server's own account during a run: INFO over a connection of its own, and on the same machine /proc.
// Blocking, with a time limit; a server that does not answer INFO is not accounted for.

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
    package var version = ""
    /// The number of the server's process, as itself knows it.
    package var process: Int32 = 0

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
            case "process_id": process = Int32(Self.text(value)) ?? 0
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

    /// nil when the server does not tell; throws when it takes no more connections.
    init?(_ endpoint: Endpoint) throws(BlockingClient.Failure) {
        var ends: [Int32] = [-1, -1]
        let isMade = unsafe pipe(&ends) == 0
        bell = (ends[0], ends[1])
        guard isMade else { return nil }
        let client = try BlockingClient(endpoint, timeoutMs: Self.patienceMs)
        let process: LocalProcess?
        switch try client.call(["INFO"]) {
        case .bulk(let info): process = client.process(ServerSample(info: info).process)
        case .error(let text):
            // Of the connection rather than of INFO, if that was its end: more than maxclients, for one.
            if (try? client.call(["PING"])) == nil { throw BlockingClient.Failure(description: text) }
            return nil
        default: return nil
        }
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

    private func answer(_ line: Line, _ process: LocalProcess?) {
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

    private static func sample(_ client: BlockingClient, _ process: LocalProcess?) -> ServerSample? {
        guard case .bulk(let info)? = try? client.call(["INFO"]) else { return nil }
        var sample = ServerSample(info: info)
        sample.timeNs = RunLoop.now
        // The kernel's ticks are coarser than what INFO tells, if it does.
        if sample.cpuSeconds == 0, let cpu = process?.cpuSeconds { sample.cpuSeconds = cpu }
        if let resident = process?.residentBytes { sample.residentBytes = resident }
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

/// What this process took, from the kernel.
enum ProcessUsage {
    /// User and system time.
    static var ownCPUSeconds: Double {
        var usage = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
