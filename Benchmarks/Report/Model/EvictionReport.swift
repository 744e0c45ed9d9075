// EvictionReport: hit ratios and costs as tables, and what they say.

package struct EvictionReport {
    private let results: EvictionResults

    package init(_ results: EvictionResults) { self.results = results }

    package var lines: [String] {
        guard !results.isEmpty else { return [] }
        return results.workloads.flatMap(table) + summary + [""] + costs + verdict
    }

    private func table(_ workload: String) -> [String] {
        guard let any = results.hitRatios.first(where: { $0.workload == workload }) else { return [] }
        var rows = [["cache of"] + results.shares.map(Format.percent)]
        for policy in results.policies {
            let ratios = results.shares.map { results.hitRatio(workload, policy, $0) }
            guard ratios.contains(where: { $0 != nil }) else { continue }
            rows.append([policy] + ratios.map { $0.map { Format.decimal($0 * 100, 1) + " %" } ?? "" })
        }
        return ["\(workload): hits of \(Format.number(Double(any.requests))) requests for \(any.keys) keys"]
            + TextTable(rows).lines.map { "  " + $0 } + [""]
    }

    private var summary: [String] {
        guard let reference = results.reference else { return [] }
        var rows = [["", "mean", "better at", "worst", ""]]
        for policy in results.policies where policy != reference {
            guard let summary = results.summary(policy) else { continue }
            rows.append([
                policy, Format.times(summary.mean), "\(summary.better) of \(summary.points)",
                Format.times(summary.worst), "in " + summary.worstPlace,
            ])
        }
        return ["Misses, as a multiple of those of \(reference), over all workloads and sizes"]
            + TextTable(rows).lines.map { "  " + $0 }
    }

    private var costs: [String] {
        guard !results.costs.isEmpty else { return [] }
        var rows = [["Costs in nanoseconds", "hit", "insert", "evict", "bits per entry", "per ghost"]]
        for cost in results.costs {
            rows.append([
                cost.policy, Format.number(cost.hit), Format.number(cost.insert), Format.number(cost.evict),
                "\(cost.entryBits)", "\(cost.ghostBits)",
            ])
        }
        return TextTable(rows).lines + [""]
    }

    // MARK: Verdict

    /// Which policy a server should have: of those that fit its entries, the one with the fewest misses.
    package var verdict: [String] {
        guard let reference = results.reference else { return [] }
        let summaries = results.policies.filter { $0 != reference }.compactMap(results.summary)
        // A policy that ran on few workloads only (by expiry) answers another question.
        let most = summaries.map(\.points).max() ?? 0
        let comparable = summaries.filter { $0.points == most }
        let possible = comparable.filter { results.cost($0.policy)?.fitsEntry ?? true }
        guard let best = possible.min(by: { $0.mean < $1.mean }) else { return [] }
        var lines = [
            "Of the policies that fit the 32 bits an entry has, \(best.policy) misses least: \(Format.times(best.mean))"
                + " the misses of \(reference), fewer at \(best.better) of \(best.points) points, at worst"
                + " \(Format.times(best.worst)) (\(best.worstPlace))."
        ]
        if let cost = results.cost(best.policy), let floor = results.costs.map(\.hit).min() {
            lines.append(
                "It costs \(Format.number(max(0, cost.hit - floor))) ns on a hit of \(Format.number(cost.hit)),"
                    + " \(Format.number(cost.evict)) ns per eviction, and \(Format.number(cost.bytes)) bytes"
                    + " per entry.")
        }
        let others = possible.filter { $0.policy != best.policy }.sorted { $0.mean < $1.mean }
        if !others.isEmpty {
            lines.append(
                "The others of that size: "
                    + others.map { "\($0.policy) \(Format.times($0.mean))" }.joined(separator: ", ") + ".")
        }
        let outside = comparable.filter { summary in !possible.contains(summary) }.sorted { $0.mean < $1.mean }
        if !outside.isEmpty {
            lines.append(
                "Yardsticks that need pointers or queues: "
                    + outside.map { "\($0.policy) \(Format.times($0.mean))" }.joined(separator: ", ") + ".")
        }
        for summary in summaries where summary.points < most {
            lines.append(
                "\(summary.policy) is for keys that expire: \(Format.times(summary.mean)) on those workloads alone.")
        }
        return lines
    }
}
