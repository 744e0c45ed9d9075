// compare: the same tests on several servers, in alternating rounds.

internal import ArgumentParser
internal import LoadGenerator

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare servers: the same tests in alternating rounds, with ratios, medians and spread.",
        discussion: """
            --server is NAME=ADDRESS (host:port, port, redis://user:password@host:port/database or a path \
            that ends in .sock) or NAME=COMMAND, which is started with a free port ({port} in it, or --port \
            appended) and ended afterwards. The first server is the yardstick.

            EXAMPLES
              taskset -c 1 apus-bench compare --server-cpus 0 -t get,set -P 16 \\
                --server valkey='valkey-server --save ""' --server apus=apus-server
              apus-bench compare --server a=7000 --server b=7001 --html compare.html
            """)

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @Option(
        name: .customLong("server"),
        help: ArgumentHelp("A server to compare; give two or more.", valueName: "name=address|command"))
    var servers: [String] = []
    @Option(name: .long, help: "Rounds on each server.") var rounds = 5
    @Option(
        name: .customLong("server-cpus"),
        help: ArgumentHelp("CPUs for the servers that are started, as taskset -c takes them.", valueName: "list"))
    var serverCPUs: String?
    @OptionGroup(title: "Work") var work: TestOptions

    mutating func validate() throws {
        try load.requireKeysToPreload()
        if servers.count < 2 {
            throw ValidationError("compare needs --server NAME=ADDRESS or NAME=COMMAND, twice or more.")
        }
        if !(1...1000).contains(rounds) { throw ValidationError("--rounds: 1 to 1000.") }
        if let option = server.addressOptions.first {
            throw ValidationError("\(option): the servers of a comparison are those of --server.")
        }
        if output.quiet { throw ValidationError("-q: a comparison is a table; --no-live leaves out the live view.") }
        let isAnyStarted = try contestants().contains { $0.address == nil }
        if serverCPUs != nil && !isAnyStarted {
            throw ValidationError("--server-cpus: none of these servers is started here; they are addresses.")
        }
    }

    /// What --server names: an address, or a command where there is none.
    private func contestants() throws -> [(name: String, address: Endpoint?, command: String)] {
        var found: [(name: String, address: Endpoint?, command: String)] = []
        for item in servers {
            let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else {
                throw ValidationError("--server: '\(item)' is not NAME=ADDRESS or NAME=COMMAND.")
            }
            guard !found.contains(where: { $0.name == pair[0] }) else {
                throw ValidationError("--server: two are called '\(pair[0])'.")
            }
            let address = Self.address(pair[1])
            guard address != nil || pair[1].contains(" ") || !pair[1].contains("://") else {
                throw ValidationError("--server: redis://[[user]:password@]host[:port][/database] (no TLS).")
            }
            found.append((pair[0], address, pair[1]))
        }
        return found
    }

    /// nil for what is a command.
    static func address(_ text: String) -> Endpoint? {
        if text.contains(" ") { return nil }
        if text.contains("://") { return Endpoint(uri: text) }
        if text.hasSuffix(".sock") { return Endpoint(.unix(path: text)) }
        return text.contains(":") || UInt16(text) != nil ? Endpoint(text) : nil
    }

    private func start(_ command: String) throws -> ServerProcess {
        do {
            return try ServerProcess(command: command, port: try ServerProcess.freePort(), cpus: serverCPUs)
        } catch {
            guard Interrupt.isRequested else { throw error }
            StandardError.write("interrupted\n")
            throw interruptedCode
        }
    }

    mutating func run() throws {
        Interrupt.watch()
        DescriptorLimit.raise()
        let tests = try work.tests(load)
        let live = output.live
        // Owners of the servers that were started: they end with this function.
        var processes: [ServerProcess] = []
        var endpoints: [Endpoint] = []
        let contestants = try contestants()
        let names = contestants.map(\.name)
        for (_, address, command) in contestants {
            guard let address else {
                let process = try start(command)
                processes.append(process)
                endpoints.append(server.completed(process.endpoint))
                continue
            }
            endpoints.append(server.completed(address))
        }
        defer { processes.removeAll() }
        var comparison = Comparison(tests: tests.map(\.workload.name), servers: names)
        let addresses = zip(names, endpoints).map { "\($0) (\($1.description))" }
        var report = try output.report(addresses.joined(separator: ", "))
        var runner = try work.runner(load, endpoints[0])
        let firstTurn = runner.settings.turn
        alternating: for round in 1...rounds {
            for index in endpoints.indices {
                runner.endpoint = endpoints[index]
                // The same keys for all servers.
                runner.settings.turn = firstTurn &+ UInt64((round - 1) * tests.count)
                var results: [RunResult] = []
                for original in tests {
                    runner.settings.turn &+= 1
                    var test = original
                    test.workload.name = "\(original.workload.name) on \(names[index]), round \(round) of \(rounds)"
                    let result = runner.attempt(test, observer: live)
                    live.clear()
                    if result.wasInterrupted || Interrupt.isRequested {
                        // What this round had measured is not lost.
                        comparison.entries[index].rounds.append(results)
                        break alternating
                    }
                    results.append(result)
                    report.results.append(result)
                }
                comparison.entries[index].rounds.append(results)
            }
        }
        if !output.writesToOutput {
            try StandardOutput.write(
                output.csv ? comparison.csv(precision: output.precision) : comparison.text(precision: output.precision))
        }
        if Interrupt.isRequested { StandardError.write("interrupted\n") }
        for problem in comparison.problems { StandardError.write("\(problem)\n") }
        report.comparison = comparison
        try output.write(report)
        if comparison.hasProblems { throw problemCode }
        if Interrupt.isRequested { throw interruptedCode }
    }
}
