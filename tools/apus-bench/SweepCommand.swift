// sweep: the highest rate that meets a latency objective.

internal import ArgumentParser
internal import LoadGenerator
internal import Histogram

struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Find the highest rate of an open loop whose latencies meet an objective.",
        discussion: """
            Each rate is offered for --seconds (\(usualSeconds) by default); the search starts at --rate \
            (\(Int(usualRate)) by default). A rate counts as missed when it misses twice. -q shows only the rate \
            that was found.

            EXAMPLES
              apus-bench sweep -t get -r 100000
              apus-bench sweep --objective 'p99<500us' --mix '9:GET {key}' \\
                --mix '1:SET {key} {value}' --html sweep.html
            """)

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @Option(name: .long, help: ArgumentHelp("What must hold, as 'p99.9<1ms' or 'max<10ms'.", valueName: "objective"))
    var objective = Objective(percentile: 99.9, limitNs: 1_000_000)
    @OptionGroup(title: "Work") var work: TestOptions

    private static let usualSeconds = 5
    private static let usualRate = 10_000.0
    /// Connections and caches warm up at each rate.
    static let usualWarmupSeconds = 0.5

    mutating func validate() throws {
        try load.requireKeysToPreload()
        if load.requests != nil { throw ValidationError("-n: a sweep offers each rate for --seconds.") }
        load.rate = load.rate ?? Self.usualRate
    }

    mutating func run() throws {
        Interrupt.watch()
        DescriptorLimit.raise()
        let tests = try work.tests(load)
        guard tests.count == 1 else { throw ValidationError("A sweep takes one test: -t NAME, a command or a mix.") }
        var runner = try work.runner(load, server.endpoint)
        runner.settings.extent.requests = nil
        runner.settings.extent.seconds = load.seconds ?? Double(Self.usualSeconds)
        runner.settings.extent.warmupSeconds = load.warmup ?? Self.usualWarmupSeconds
        var sweep = Sweep(objective: objective)
        var search = RateSearch(from: load.rate!)
        let live = output.live
        var report = try output.report(server.endpoint.description)
        var isFirst = true
        while let rate = search.next, !Interrupt.isRequested {
            var test = tests[0]
            for index in test.workload.groups.indices where test.workload.groups[index].role == .requests {
                test.workload.groups[index].rate = rate
            }
            // What is prepared stays for the next step.
            if !isFirst { (test.setup, test.preparation) = ([], nil) }
            isFirst = false
            test.workload.name += " at \(Format.rate(rate))/s"
            runner.settings.turn &+= 1
            let result = runner.attempt(test, observer: live)
            live.clear()
            if result.wasInterrupted { break }
            let passed = objective.isMet(by: result)
            search.tell(rate: rate, passed: passed)
            let step = Sweep.Step(rate: rate, passed: passed, result: result)
            sweep.steps.append(step)
            sweep.best = search.best
            if !output.writesToOutput && !output.csv && !output.quiet {
                let latency = result.latency
                let tail =
                    latency.totalCount > 0 ? Format.latency(latency.valueAtPercentile(objective.percentile)) : "-"
                try StandardOutput.write(
                    "\(Format.padLeft(Format.rate(rate), 12))/s  \(tail)  \(step.outcome)\n")
            }
            report.results.append(result)
            if result.failure != nil { break }
        }
        sweep.wasInterrupted = Interrupt.isRequested
        if sweep.wasInterrupted { StandardError.write("interrupted\n") }
        if !output.writesToOutput {
            let text = output.quiet ? sweep.conclusion : sweep.text(precision: output.precision)
            try StandardOutput.write(output.csv ? sweep.csv(precision: output.precision) : text)
        }
        for problem in sweep.problems { StandardError.write("\(problem)\n") }
        report.sweep = sweep
        try output.write(report)
        if report.results.contains(where: { $0.failure != nil }) { throw problemCode }
        if Interrupt.isRequested { throw interruptedCode }
        if sweep.best == nil { throw problemCode }
    }
}

extension Objective: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
    package var defaultValueDescription: String { "p99.9<1ms" }
}
