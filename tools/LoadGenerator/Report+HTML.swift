// Report+HTML: the report as one page that opens anywhere, without a network.

internal import Histogram

extension Report {
    package var html: String {
        var body = "<header><h1>\(HTML.escape(title))</h1>"
        body +=
            "<p>\(HTML.escape(date)) · \(HTML.escape(endpoint))</p>"
        body += "<p><code>\(HTML.escape(commandLine))</code></p></header>\n"
        if let comparison { body += comparison.html }
        if let sweep { body += sweep.html }
        if comparison == nil && sweep == nil {
            if results.count > 1 { body += overview }
            for result in results { body += section(result) }
        }
        return HTML.page(title: title, body: body)
    }

    private var overview: String {
        var rows = [["test", "requests per second", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "errors"]]
        for result in results where result.requests > 0 {
            let latency = result.latency
            rows.append([
                result.name, Format.rate(result.rate), Format.milliseconds(latency.valueAtPercentile(50)),
                Format.milliseconds(latency.valueAtPercentile(99)),
                Format.milliseconds(latency.valueAtPercentile(99.9)),
                Format.milliseconds(latency.maxRecorded), Format.grouped(result.errors),
            ])
        }
        let series = results.filter { $0.latency.totalCount > 0 }.map { (name: $0.name, latency: $0.latency) }
        return "<h2>Overview</h2>\n" + HTML.table(rows) + Self.percentilePlot(series)
    }

    private func section(_ result: RunResult) -> String {
        var html = "<h2>\(HTML.escape(result.name))</h2>\n"
        if let failure = result.failure { html += HTML.problems([failure]) }
        html += HTML.problems(Self.notes(result))
        if result.wasInterrupted { html += HTML.problems(["interrupted"]) }
        html += HTML.cards(cards(result))
        html += Self.rateOverTime([(result.name, result.intervals)])
        html += Self.latencyOverTime(result.intervals)
        let timed = result.commands.filter { $0.latency.totalCount > 0 }.map { (name: $0.name, latency: $0.latency) }
        html += Self.percentilePlot(timed)
        html += Self.serverOverTime(result.intervals)
        html += HTML.table(Self.rows(result, 3))
        return html + HTML.problems(Self.wrongReplies(result))
    }

    private func cards(_ result: RunResult) -> [(String, String)] {
        var cards = [("requests per second", Format.rate(result.rate))]
        if let offer = Self.offer(result) { cards.append(("offered", offer)) }
        let latency = result.latency
        if latency.totalCount > 0 {
            cards.append(("p50", Format.latency(latency.valueAtPercentile(50))))
            cards.append(("p99", Format.latency(latency.valueAtPercentile(99))))
            cards.append(("p99.9", Format.latency(latency.valueAtPercentile(99.9))))
            cards.append(("max", Format.latency(latency.maxRecorded)))
        }
        cards.append(("errors", Format.grouped(result.errors)))
        if result.mismatches > 0 { cards.append(("wrong replies", Format.grouped(result.mismatches))) }
        if let server = result.server {
            cards.append(("server CPU", Format.percent(server.cpuShare)))
            if server.cpuSeconds > 0 {
                cards.append(("per server CPU-second", Format.short(Double(result.requests) / server.cpuSeconds)))
            }
            cards.append(("server memory", Format.bytes(server.usedMemoryBytes)))
            if let ratio = server.hitRatio { cards.append(("hit ratio", Format.percent(ratio))) }
        }
        return cards
    }

    // MARK: Plots

    static func rateOverTime(_ runs: [(name: String, intervals: [Interval])]) -> String {
        Plot(
            title: "Requests per second", xLabel: "seconds",
            series: runs.map { run in
                Plot.Series(name: run.name, points: run.intervals.map { ($0.endSeconds, $0.rate) })
            }
        ).html
    }

    static func tailOverTime(_ runs: [(name: String, intervals: [Interval])]) -> String {
        var plot = Plot(
            title: "p99 over time", xLabel: "seconds",
            series: runs.map { run in
                let busy = run.intervals.filter { $0.requests > 0 }
                return Plot.Series(name: run.name, points: busy.map { ($0.endSeconds, Double($0.p99Ns)) })
            }, formatY: { Format.tick(latencyNs: $0) })
        plot.yScale = .logarithmic
        return plot.html
    }

    private static func latencyOverTime(_ intervals: [Interval]) -> String {
        func series(_ name: String, _ value: (Interval) -> UInt64) -> Plot.Series {
            Plot.Series(
                name: name, points: intervals.filter { $0.requests > 0 }.map { ($0.endSeconds, Double(value($0))) })
        }
        var plot = Plot(
            title: "Latency over time", xLabel: "seconds",
            series: [
                series("max", \.maxNs), series("p99.9", \.p999Ns), series("p99", \.p99Ns), series("p50", \.p50Ns),
            ],
            formatY: { Format.tick(latencyNs: $0) })
        plot.yScale = .logarithmic
        return plot.html
    }

    /// Latency by percentile; the axis gives each further nine the same room.
    static func percentilePlot(_ runs: [(name: String, latency: Histogram<UInt64>)]) -> String {
        let longest = runs.map { Double($0.latency.totalCount) }.max() ?? 1
        let lines = runs.map { run in
            // No further than the count of values can tell.
            let known = curve.filter { $0 == 0 || 100 / (100 - $0) <= max(2, Double(run.latency.totalCount)) }
            return Plot.Series(
                name: run.name,
                points: known.map { percentile in
                    (100 / (100 - percentile), Double(run.latency.valueAtPercentile(percentile)))
                })
        }
        var plot = Plot(
            title: "Latency by percentile", xLabel: "percentile", series: lines, formatY: { Format.tick(latencyNs: $0) }
        )
        plot.xScale = .logarithmic
        plot.yScale = .logarithmic
        let ticks: [(Double, String)] = [
            (1, "0 %"), (2, "50 %"), (10, "90 %"), (100, "99 %"), (1000, "99.9 %"), (1e4, "99.99 %"), (1e5, "99.999 %"),
            (1e6, "99.9999 %"),
        ]
        plot.xTicks = ticks.filter { $0.0 <= longest }
        return plot.html
    }

    private static func serverOverTime(_ intervals: [Interval]) -> String {
        let samples = intervals.compactMap { interval in interval.server.map { (interval.endSeconds, $0) } }
        guard samples.count > 2 else { return "" }
        let cpu = zip(samples.dropFirst(), samples).compactMap { later, earlier in
            later.1.cpuShare(since: earlier.1).map { (x: later.0, y: 100 * $0) }
        }
        // Round ticks are round numbers of the unit.
        let most = samples.map(\.1.usedMemoryBytes).max() ?? 0
        let (unit, unitBytes) = most < 4 << 30 ? ("MiB", 0x1p20) : ("GiB", 0x1p30)
        let memory = samples.map { (x: $0.0, y: Double($0.1.usedMemoryBytes) / unitBytes) }
        let hits = zip(samples.dropFirst(), samples).compactMap { later, earlier in
            later.1.hitRatio(since: earlier.1).map { (x: later.0, y: 100 * $0) }
        }
        typealias Points = [(x: Double, y: Double)]
        func plot(_ title: String, _ points: Points, _ format: @escaping (Double) -> String) -> String {
            Plot(title: title, xLabel: "seconds", series: [.init(name: title, points: points)], formatY: format).html
        }
        func percent(_ value: Double) -> String { "\(Format.fixed(value, 0)) %" }
        return plot("Server CPU", cpu, percent) + plot("Server memory", memory) { "\(Format.short($0)) \(unit)" }
            + (hits.isEmpty ? "" : plot("Server hit ratio", hits, percent))
    }
}
