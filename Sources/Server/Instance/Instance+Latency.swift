// What LATENCY and INFO tell about the time that commands take: the workers' histograms put together.

internal import Commands
internal import Memory
internal import Platform

extension Instance {
    /// Microseconds per tick of the time-stamp counter, found by comparing it with the clock since the start.
    var usPerCycle: Double {
        let cycles = CycleCounter.now &- startedCycles
        let elapsedNs = clock.monotonicNs - startedNs
        return cycles == 0 || elapsedNs <= 0 ? 0 : Double(elapsedNs) / 1000 / Double(cycles)
    }

    /// The calls of a command by their time in cycles; nil if there were none. Exclusively. O(buckets × workers).
    func histogram(of command: Int) -> LatencyHistogram? {
        var sum: LatencyHistogram?
        for worker in workers {
            guard let one = worker.commandFigures[command].histogram else { continue }
            if sum == nil { sum = one.value } else { sum?.add(one.value) }
        }
        return sum.flatMap { $0.total == 0 ? nil : $0 }
    }

    func latencyDistribution(of command: Int) -> LatencyDistribution? {
        guard let histogram = histogram(of: command) else { return nil }
        let total = histogram.total, nsPerCycle = usPerCycle * 1000
        var steps: [(upToUs: Int, calls: Int)] = []
        var seen: UInt64 = 0
        // The reference's bounds: powers of two in nanoseconds from 2^10 on, with what it cannot tell from them.
        var power = 10
        while seen < total && power < 63 {
            let boundNs = 1 << power + 1 << (power - 7) - 1
            let cycles = Double(boundNs) / max(nsPerCycle, 1e-9)
            let count = cycles < 1e18 ? histogram.count(upTo: UInt64(cycles)) : total
            if count > seen { steps.append((boundNs / 1000, Int(count))) }
            seen = count
            power += 1
        }
        return LatencyDistribution(calls: Int(total), cumulative: steps)
    }

    func latencyEvents() -> [LatencyEvent] { latency.all() }
    func resetLatency(_ names: [String]?) -> Int { latency.reset(names) }
    var latencyThresholdMs: Int { configuration.latency.monitorThresholdMs }
}
