// LatencyReport: slow events for people: LATENCY DOCTOR's prose and LATENCY GRAPH's drawing.

enum LatencyReport {
    // MARK: Graph

    /// Columns of a graph; more samples go below in graphs of their own.
    private static let columnsMax = 80
    private static let rows = 4
    /// Three heights within a row, from low to high.
    private static let heights: [Character] = ["_", "o", "#"]

    /// Columns from old to new, each with its age written downwards below.
    static func graph(of event: LatencyEvent, nowSeconds: Int) -> String {
        let durations = event.samples.map(\.milliseconds)
        let low = durations.min() ?? 0, high = durations.max() ?? 0
        var text = "\(event.name) - high \(high) ms, low \(low) ms (all time high \(event.worstMs) ms)\n"
        text += String(repeating: "-", count: columnsMax) + "\n"
        var start = 0
        while start < event.samples.count {
            let part = event.samples[start..<min(start + columnsMax, event.samples.count)]
            text += drawing(of: Array(part), low: low, high: high, nowSeconds: nowSeconds)
            start += columnsMax
        }
        return text
    }

    private static func drawing(of samples: [LatencyEvent.Sample], low: Int, high: Int, nowSeconds: Int) -> String {
        let steps = rows * heights.count, span = max(high - low, 1)
        let tops = samples.map { min(($0.milliseconds - low) * steps / span, steps - 1) }
        var text = ""
        for row in (0..<rows).reversed() {
            for top in tops {
                let height = top - row * heights.count
                text.append(height < 0 ? " " : height < heights.count ? heights[height] : "|")
            }
            text += "\n"
        }
        let labels = samples.map { Array(age(nowSeconds - $0.unixSeconds)) }
        text += String(repeating: " ", count: samples.count) + "\n"
        for line in 0..<(labels.map(\.count).max() ?? 0) {
            text += String(labels.map { line < $0.count ? $0[line] : " " }) + "\n"
        }
        return text
    }

    private static func age(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(max(seconds, 0))s"
        case ..<3600: "\(seconds / 60)m"
        case ..<86400: "\(seconds / 3600)h"
        default: "\(seconds / 86400)d"
        }
    }

    // MARK: Doctor

    static func text(of events: [LatencyEvent], thresholdMs: Int) -> String {
        if events.isEmpty {
            return thresholdMs == 0
                ? "Nothing is being watched: set latency-monitor-threshold to the milliseconds that count as slow.\n"
                : "Nothing has taken \(thresholdMs) ms or longer.\n"
        }
        var text = "These kinds of events have been slow:\n\n"
        for (number, event) in events.enumerated() {
            text += "\(number + 1). \(event.name): \(event.count) times, "
                + "\(event.sumMs / max(event.count, 1)) ms on average, "
                + "\(event.worstMs) ms at worst.\n"
        }
        return text + "\n" + advice(events.map(\.name))
    }

    private static func advice(_ names: [String]) -> String {
        var text = ""
        if names.contains("command") {
            text += "- Commands whose time grows with the data (KEYS, large ranges, unions of large sets) keep others "
                + "waiting; LATENCY HISTOGRAM tells which ones. SCAN and limits take the same in small steps.\n"
        }
        if names.contains("fast-command") {
            text += "- Commands that should always be fast were slow: the machine may be overloaded or swapping. "
                + "Compare used_cpu_user with used_cpu_sys, and look for other processes.\n"
        }
        if names.contains("expire-cycle") {
            text += "- Many keys expire at the same moment; add a random part to their expiries.\n"
        }
        return text
    }
}
