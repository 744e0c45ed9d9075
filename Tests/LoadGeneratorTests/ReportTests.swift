import Foundation
import Histogram
@testable import LoadGenerator
import Testing

@Suite struct ReportTests {
    static func result(_ name: String = "GET <fast & \"quoted\">") -> RunResult {
        var latency = LatencyCounters.histogram()
        var random = RandomSource(seed: 8)
        for _ in 0..<10_000 { latency.record(100_000 + random.below(900_000)) }
        let command = CommandResult(
            name: name, requests: 10_000, errors: 2, misses: 3, mismatches: 0, latency: latency, errorSample: "ERR <b>")
        var result = RunResult(
            name: name, seconds: 2, commands: [command], intervals: [], connections: 50, threads: 1)
        for index in 1...8 {
            var interval = Interval(endSeconds: Double(index) / 4, seconds: 0.25)
            interval.requests = 1250
            (interval.p50Ns, interval.p99Ns, interval.p999Ns, interval.maxNs) = (500_000, 900_000, 950_000, 1_000_000)
            var sample = ServerSample()
            sample.cpuSeconds = Double(index) / 5
            sample.timeNs = UInt64(index) * 250_000_000
            sample.usedMemoryBytes = UInt64(index) << 20
            interval.server = sample
            result.intervals.append(interval)
        }
        return result
    }

    static var report: Report {
        var report = Report(
            title: "Test & more", commandLine: "apus-bench -t get", date: "2026-01-01T00:00:00Z",
            endpoint: "127.0.0.1:6379")
        report.results = [result(), result("SET")]
        return report
    }

    @Test func aFrameFitsItsTerminal() {
        let line = "\u{1B}[1mSET\u{1B}[0m \n█████"
        #expect(LiveView.cut(line, to: 6) == "\u{1B}[1mSET\u{1B}[0m ?█")
        #expect(LiveView.cut(line, to: 80) == "\u{1B}[1mSET\u{1B}[0m ?█████")
        // A sign of two columns that finds one is left out.
        #expect(LiveView.cut("漢字x", to: 4) == "漢字" && LiveView.cut("漢字x", to: 3) == "漢")
        #expect(LiveView.cut("가ｗ😀é", to: 7) == "가ｗ😀é" && LiveView.cut("가ｗ😀é", to: 6) == "가ｗ😀")
    }

    /// A name in a capture set a terminal's colour, and made a plot's title no XML.
    @Test func controlCharactersAreNotPassedOn() {
        let name = "\u{1B}[31mEVIL\u{7}\u{9B}1m\u{1}"
        #expect(Format.printable("a\n\(name)") == "a\n?[31mEVIL??1m?" && Format.printable("é漢\n") == "é漢\n")
        #expect(Format.printable("~\u{7F}\u{80}\u{9F}\u{A0}") == "~???\u{A0}")
        var report = Self.report
        report.results = [Self.result(name)]
        #expect(!report.html.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        #expect(report.html.contains("?[31mEVIL??1m?"))
    }

    @Test func smallRatesKeepTheirDecimals() {
        #expect(Format.rate(0.5) == "0.50" && Format.rate(12) == "12" && Format.rate(99.994) == "99.99")
        #expect(Format.rate(100.6) == "101" && Format.rate(1_234_567.4) == "1,234,567" && Format.rate(0) == "0")
        var result = Self.result()
        (result.targetRate, result.commands[0].requests, result.seconds) = (0.5, 1, 2)
        #expect(Report.text(result).contains("  0.50 requests per second (offered: 0.50)"))
    }

    /// What a search had not found when it was ended may be there all the same.
    @Test func anInterruptedSweepSaysSo() {
        var sweep = Sweep(objective: Objective("p99<1ms")!)
        sweep.wasInterrupted = true
        #expect(sweep.conclusion == "no rate was tried so far (interrupted)\n")
        sweep.steps = [Sweep.Step(rate: 1000, passed: false, result: Self.result())]
        #expect(sweep.conclusion == "no rate met p99 < 1.000 ms so far (interrupted)\n")
        sweep.best = 10
        #expect(sweep.conclusion == "highest rate with p99 < 1.000 ms so far (interrupted): 10 requests per second\n")
        #expect(sweep.json.text.contains("\"interrupted\": true"))
    }

    /// The last rate before a server died was told as its highest, and the page did not say why the search had ended.
    @Test func aFailedSweepSaysSo() {
        var sweep = Sweep(objective: Objective("p99<1ms")!)
        var result = Self.result()
        result.failure = "lost a connection"
        sweep.steps = [
            Sweep.Step(rate: 1000, passed: true, result: Self.result()),
            Sweep.Step(rate: 2000, passed: false, result: result),
        ]
        sweep.best = 1000
        #expect(sweep.conclusion == "highest rate with p99 < 1.000 ms so far (failed): 1,000 requests per second\n")
        #expect(sweep.problems.last == "FAILED: lost a connection" && sweep.html.contains("FAILED: lost a connection"))
        #expect(sweep.csv().contains("\"met\"\n") && sweep.csv().contains("\"failed\"\n"))
    }

    @Test func framesAreWhatTheTerminalCanShow() {
        func style(_ variables: [String: String]) -> TerminalStyle { TerminalStyle { variables[$0] } }
        let line = "\u{1B}[1mSET\u{1B}[0m █░ ▁▄ 5 µs"
        #expect(style(["LANG": "en_US.UTF-8", "TERM": "xterm"]).adapted(line) == line)
        #expect(style([:]).adapted(line) == line && style(["NO_COLOR": ""]).adapted(line) == line)
        #expect(style(["NO_COLOR": "1"]).adapted(line) == "SET █░ ▁▄ 5 µs")
        #expect(style(["LC_ALL": "C", "LANG": "de_DE.utf8"]).adapted(line) == "\u{1B}[1mSET\u{1B}[0m #. _- 5 us")
        #expect(style([:]).canMove && !style(["TERM": "dumb"]).canMove)
    }

    /// A run's one line is the test's, not that of the one command it consists of.
    @Test func theQuietLineNamesTheTest() {
        var result = Self.result("YCSB C")
        result.commands[0].name = "READ"
        #expect(Report.quiet(result).hasPrefix("YCSB C: "))
        (result.name, result.commands[0].name) = ("LRANGE_100", "LRANGE_100 (first 100 elements)")
        #expect(Report.quiet(result).hasPrefix("LRANGE_100 (first 100 elements): "))
    }

    @Test func ticksOfShortRunsDiffer() {
        let series = Plot.Series(name: "x", points: [(x: 0.009, y: 1)])
        let html = Plot(title: "t", xLabel: "seconds", series: [series]).html
        #expect(html.contains(">0.002<") && html.contains(">0.004<") && !html.contains(">0.00<"))
    }

    /// Of a long run's many points only the highest were drawn: stalls vanished, and the rate looked too high.
    @Test func aLongPlotKeepsStallsAndPeaks() throws {
        let count = 14_400
        var points = (0..<count).map { (x: Double($0) / 4, y: 100.0) }
        (points[7000].y, points[9000].y) = (0, 200)
        let html = Plot(title: "t", xLabel: "seconds", series: [.init(name: "x", points: points)]).html
        let path = try #require(html.split(separator: "d=\"").dropFirst().first?.split(separator: "\"").first)
        let heights = path.split(whereSeparator: { "ML".contains($0) }).compactMap {
            $0.split(separator: " ").last.flatMap { Double($0) }
        }
        #expect(heights.count <= 700 && Set(heights).count == 3)
        // The axis begins at 0 and ends at the peak; SVG counts from the top.
        #expect(heights.max() == 240 && heights.min() == 14)
    }

    @Test func anOutputThatIsFullIsTold() {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        #expect(throws: FileBytes.Failure.self) { try StandardOutput.write("x", descriptor: full) }
    }

    @Test func jsonHasItsShape() throws {
        let data = Data(Self.report.json.text.utf8)
        let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(root["format"] as? String == "apus-bench" && root["version"] as? Int == 1)
        let results = try #require(root["results"] as? [[String: Any]])
        #expect(results.count == 2)
        let first = results[0]
        #expect(first["requests"] as? Int == 10_000 && first["requests_per_second"] as? Double == 5000)
        let latency = try #require(first["latency"] as? [String: Any])
        for key in ["count", "mean_ns", "min_ns", "p50_ns", "p99.99_ns", "max_ns"] {
            #expect(latency[key] != nil, "\(key)")
        }
        let percentiles = try #require(latency["percentiles"] as? [Double])
        let values = try #require(latency["percentile_values_ns"] as? [Int])
        #expect(percentiles.count == values.count && values == values.sorted())
        let intervals = try #require(first["intervals"] as? [String: [Any]])
        #expect(intervals.values.allSatisfy { $0.count == 8 })
        #expect(first["failure"] is NSNull)
    }

    @Test func jsonEscapes() {
        #expect(JSON.string("a\"\\\n\u{1}é").text == "\"a\\\"\\\\\\n\\u0001é\"")
        #expect(JSON.array([.integer(1), .null]).text == "[1, null]")
    }

    /// A mark that joins a sign makes another character of both, and the same text.
    @Test func signsAreEscapedUnderMarks() {
        #expect(HTML.escape("<\u{301}&\u{301}>\u{301}\"\u{301}") == "&lt;\u{301}&amp;\u{301}&gt;\u{301}&quot;\u{301}")
        #expect(Format.csv([["a\"\u{301}b", "c"]]) == "\"a\"\"\u{301}b\",\"c\"\n")
    }

    @Test func htmlNeedsNothingButItself() {
        let html = Self.report.html
        for forbidden in ["http://", "https://", "<script", "src=", "@import", "url("] {
            #expect(!html.contains(forbidden), "\(forbidden)")
        }
        #expect(html.contains("<svg") && html.contains("prefers-color-scheme: dark"))
        #expect(html.contains("GET &lt;fast &amp; &quot;quoted&quot;&gt;"))
        #expect(!html.contains("ERR <b>") && !html.contains("NaN") && !html.contains("inf "))
        #expect(html.components(separatedBy: "<svg").count == html.components(separatedBy: "</svg>").count)
    }

    @Test func htmlOfComparisonAndSweep() {
        var report = Self.report
        var comparison = Comparison(tests: ["GET"], servers: ["a", "b"])
        comparison.entries[0].rounds = [[Self.result()], [Self.result()]]
        comparison.entries[1].rounds = [[Self.result()]]
        report.comparison = comparison
        #expect(report.html.contains("Comparison") && comparison.text().contains("1.00"))
        // Two rounds of two seconds, one behind the other.
        #expect(comparison.entries[0].course(ofTest: 0).map(\.endSeconds).suffix(2) == [3.75, 4])
        #expect(report.html.contains("Requests per second<") && report.html.contains("p99 over time"))
        report.comparison = nil
        var sweep = Sweep(objective: Objective("p99<1ms")!)
        sweep.steps = [Sweep.Step(rate: 1000, passed: true, result: Self.result())]
        sweep.best = 1000
        report.sweep = sweep
        #expect(report.html.contains("Latency by offered rate") && sweep.text().contains("1,000"))
    }

    @Test func csvHasTheKnownColumns() {
        let columns = Report.csvHeading.split(separator: ",").count
        let line = Report.csv(Self.result("SET"))
        #expect(columns == 8 && line.split(separator: ",").count == 8)
        #expect(line.hasPrefix("\"SET\",\"5000.00\","))
    }

    @Test func aRunWithoutAnyReplyStillReports() {
        var empty = RunResult(name: "x", seconds: 0, commands: [], intervals: [], connections: 1, threads: 1)
        empty.failure = "Connection refused"
        let text = Report.text(empty)
        #expect(text.contains("0 requests in 0.000 s, 1 connection, 1 thread\n  FAILED: Connection refused"))
        #expect(!text.contains("p50"))
        var report = Self.report
        report.results = [empty]
        #expect(report.html.contains("Connection refused") && report.hasProblems)
    }

    /// By the samples' own times: a server of one thread was shown with 257 % in a run's short last interval.
    @Test func theServersShareIsOfTheTimeBetweenItsSamples() {
        var (first, last) = (ServerSample(), ServerSample())
        (first.timeNs, first.cpuSeconds, first.hits) = (1_000_000_000, 5, 10)
        (last.timeNs, last.cpuSeconds, last.hits) = (1_500_000_000, 5.25, 40)
        let usage = ServerUsage(from: first, to: last, seconds: 0.4)
        #expect(usage.cpuShare == 0.625 && usage.cpuSeconds == 0.25 && usage.hits == 30)
        #expect(ServerUsage(from: first, to: last, seconds: 0.0005).cpuShare == 0.5)
        #expect(last.cpuShare(since: first) == 0.5)
        #expect(first.cpuShare(since: last) == nil && last.cpuShare(since: last) == nil)
    }

    @Test func spread() {
        #expect(Comparison.Spread([3, 1, 2]) == Comparison.Spread([1, 2, 3]))
        #expect(Comparison.Spread([4, 1, 2, 3])?.median == 2.5)
        #expect(Comparison.Spread([]) == nil)
    }

    @Test func aSignalToldTwiceIsOneWish() {
        #expect(!Interrupt.isAnother(1_000_000_000, after: 1_000_000_000))
        #expect(!Interrupt.isAnother(1_050_000_000, after: 1_000_000_000))
        #expect(Interrupt.isAnother(1_500_000_000, after: 1_000_000_000))
        // Another thread's handler may have read the clock first.
        #expect(!Interrupt.isAnother(1_000_000_000, after: 1_000_000_100))
    }

    @Test func idleConnectionsAreReportedAsSuch() {
        let idle = RunResult(name: "idle", seconds: 2, commands: [], intervals: [], connections: 500, threads: 1)
        #expect(Report.text(idle) == "\nidle\n  500 connections open for 2.00 s\n")
    }

    @Test func oneIsNotSeveral() {
        var result = Self.result("GET")
        (result.connections, result.commands[0].errors, result.commands[0].mismatches) = (1, 1, 1)
        let text = Report.text(result)
        #expect(text.contains(" 1 connection, 1 thread\n") && text.contains("GET: 1 error, first: "))
        #expect(text.contains("GET: 1 reply was not what had been written"))
    }

    /// A server that was away has no rate; it was shown with 0 requests per second at 0.000 ms.
    @Test func roundsThatFailedHaveNoFigures() {
        var comparison = Comparison(tests: ["GET"], servers: ["a", "b"])
        var failed = RunResult(name: "GET", seconds: 0, commands: [], intervals: [], connections: 1, threads: 1)
        failed.failure = "Connection refused"
        comparison.entries[0].rounds = [[Self.result()], [failed]]
        comparison.entries[1].rounds = [[failed], [failed]]
        #expect(comparison.spread(server: 0, test: 0) { $0.rate }?.least == 5000)
        #expect(comparison.spread(server: 1, test: 0) { $0.rate } == nil && comparison.hasProblems)
        #expect(
            comparison.csv().hasSuffix(
                "\"GET\",\"b\",\"-\",\"-\",\"-\",\"-\",\"-\",\"-\",\"-\",\"0\",\"0\",\"2\"\n"))
    }

    /// One that failed midway had the rate of its beginning, which went into medians and ratios.
    @Test func roundsThatFailedMidwayHaveNoFigures() throws {
        var comparison = Comparison(tests: ["GET"], servers: ["a", "b"])
        var failed = Self.result()
        failed.failure = "lost a connection"
        comparison.entries[0].rounds = [[Self.result()], [Self.result()]]
        comparison.entries[1].rounds = [[failed], [Self.result()], [failed]]
        #expect(comparison.rounds(server: 0, test: 0) == (2, 0) && comparison.rounds(server: 1, test: 0) == (1, 2))
        comparison.entries[1].rounds.remove(at: 1)
        #expect(comparison.spread(server: 1, test: 0) { $0.rate } == nil)
        #expect(comparison.csv().contains("\"a\",\"5000\"") && comparison.csv().hasSuffix(",\"4\",\"0\",\"2\"\n"))
        var report = Self.report
        report.comparison = comparison
        let root = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any]
        let summary = try #require((root?["comparison"] as? [String: Any])?["summary"] as? [[String: Any]])
        #expect(summary[0]["rounds"] as? Int == 2 && summary[1]["rounds"] as? Int == 0)
        #expect(summary[1]["failed_rounds"] as? Int == 2 && summary[1]["requests_per_second"] is NSNull)
        #expect(summary[0]["p99.9_ns"] is [String: Any])
    }

    /// Independent arrivals scatter: of 10,000, three hundred fewer than the share that must be met are chance.
    @Test func aFewTooFewAreChance() throws {
        let objective = try #require(Objective("max<1000s"))
        var result = Self.result("GET")
        (result.seconds, result.offeredSeconds, result.targetRate) = (1, nil, 10_000)
        result.commands = [result.commands[0]]
        (result.commands[0].errors, result.commands[0].late) = (0, 0)
        for (requests, isMet) in [(9501, true), (9499, false)] as [(UInt64, Bool)] {
            result.commands[0].requests = requests
            #expect(objective.isMet(by: result) == isMet)
        }
    }

    /// As when it was interrupted before its first reply.
    @Test func aRoundWithoutAReplyHasNoRate() {
        let empty = RunResult(name: "GET", seconds: 1, commands: [], intervals: [], connections: 1, threads: 1)
        var comparison = Comparison(tests: ["GET"], servers: ["a"])
        comparison.entries[0].rounds = [[Self.result("GET")], [empty]]
        let rounds = comparison.rounds(server: 0, test: 0)
        #expect(rounds.counted == 1 && rounds.failed == 1)
    }

    /// Wrong data were in the text only, and compare ended with 1 without a word of why.
    @Test func everyReportTellsOfWrongReplies() {
        var wrong = Self.result("GET")
        wrong.commands[0].mismatches = 7
        var report = Self.report
        report.results = [wrong]
        #expect(report.html.contains("GET: 7 replies were not what had been written"))
        var failed = RunResult(name: "GET", seconds: 0, commands: [], intervals: [], connections: 1, threads: 1)
        failed.failure = "Connection refused"
        var comparison = Comparison(tests: ["GET"], servers: ["a", "b"])
        comparison.entries[0].rounds = [[wrong], [wrong]]
        comparison.entries[1].rounds = [[failed], [failed]]
        #expect(
            comparison.problems == [
                "a: GET: 2 errors, first: ERR <b>", "a: GET: 7 replies were not what had been written",
                "b: GET: Connection refused",
            ])
        #expect(comparison.html.contains("b: GET: Connection refused"))
        wrong.commands[0].errors = 0
        #expect(!Objective("p99<1s")!.isMet(by: wrong))
        var sweep = Sweep(objective: Objective("p99<1s")!)
        sweep.steps = [Sweep.Step(rate: 1, passed: false, result: wrong)]
        #expect(sweep.problems.contains { $0.contains("7 replies") } && sweep.html.contains("7 replies"))
    }

    @Test func theHitRatioHasItsCourse() throws {
        var result = Self.result()
        for index in result.intervals.indices {
            result.intervals[index].server?.hits = UInt64(index * index)
            result.intervals[index].server?.misses = UInt64(index)
        }
        var report = Self.report
        report.results = [result]
        #expect(report.html.contains("Server hit ratio"))
        let root = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any]
        let results = try #require(root?["results"] as? [[String: Any]])
        let intervals = try #require(results[0]["intervals"] as? [String: [Any]])
        let ratios = try #require(intervals["server_hit_ratio"])
        #expect(ratios[0] is NSNull && ratios[1] as? Double == 0.5 && ratios[2] as? Double == 0.75)
    }

    @Test func aSweepWithoutStepsHasNoTable() {
        #expect(Sweep(objective: Objective("p99<1ms")!).text() == "no rate was tried\n")
    }

    @Test func numbers() {
        #expect(Format.fixed(1.005, 1) == "1.0" && Format.fixed(-2.5, 0) == "-3" && Format.fixed(0.0625, 3) == "0.063")
        #expect(Format.grouped(1_234_567) == "1,234,567" && Format.grouped(12) == "12")
        #expect(Format.fixed(-0.004, 2) == "0.00")
        #expect(Format.latency(287_000) == "0.287 ms" && Format.latency(12_500) == "12.5 µs")
        #expect(Format.latency(12_500_000) == "12.5 ms" && Format.latency(9_876_000) == "9.876 ms")
        #expect(Format.tick(latencyNs: 500_000) == "0.5 ms" && Format.tick(latencyNs: 5e7) == "50 ms")
        #expect(Format.bytes(1536) == "1.5 KiB")
    }
}
