// run: redis-benchmark's tests, any command line, or a weighted mix of them.

internal import ArgumentParser
internal import LoadGenerator

/// What is to be run, for the subcommands that run the same tests in different ways.
struct TestOptions: ParsableArguments {
    @Option(
        name: .customShort("t"),
        help: ArgumentHelp(
            "Tests, with commas, run in this order: \(StandardWorkloads.testNames.joined(separator: ", ")).",
            valueName: "tests"))
    var tests: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A command of a weighted mix, as 'WEIGHT:COMMAND'; may be repeated. ' ; ' joins commands to a block.",
            valueName: "weight:command"))
    var mix: [String] = []
    @Option(name: .long, help: ArgumentHelp("A mix of GET and SET of strings, as 9:1.", valueName: "gets:sets"))
    var ratio: String?
    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "A command sent on each connection first; may be repeated.", valueName: "command"))
    var opening: [String] = []
    @Option(
        name: .customLong("num-functions"),
        help: ArgumentHelp("Functions of the library that function_load loads.", valueName: "count"))
    var functionCount = 10
    @Option(
        name: .customLong("num-keys-in-fcall"), help: ArgumentHelp("Keys of each FCALL of fcall.", valueName: "count"))
    var functionKeys = 1
    @Flag(name: .customShort("x"), help: "The command's last argument is the standard input.")
    var readsInput = false
    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp(
            """
            A command to send instead of tests. Placeholders: {key} {keynum} {samekey} {newkey} {score} {int} \
            {rand:A-B} {seq} {unique} {time} {value} {value:SIZES} {conn}, __data__, and with -r also \
            __rand_int__ and __rand_1st__ to __rand_9th__, as redis-benchmark and valkey-benchmark have them.
            """, valueName: "command"))
    var command: [String] = []

    /// The command takes whatever follows the options, so it is here that what only looks like one shows.
    mutating func validate() throws {
        guard (1...999).contains(functionCount), (0...999).contains(functionKeys) else {
            throw ValidationError("--num-functions: 1 to 999; --num-keys-in-fcall: 0 to 999.")
        }
        guard let first = command.first else { return }
        if ApusBench.configuration.subcommands.contains(where: { $0.configuration.commandName == first }) {
            throw ValidationError("'\(first)' comes before the options: apus-bench \(first) ...")
        }
        guard first.hasPrefix("-"), first != "--" else { return }
        guard first == "--help" else { throw ValidationError("Unknown option '\(first)'") }
        switch Swift.CommandLine.arguments.dropFirst().first {
        case "run": throw CleanExit.helpRequest(RunCommand.self)
        case "sweep": throw CleanExit.helpRequest(SweepCommand.self)
        case "compare": throw CleanExit.helpRequest(CompareCommand.self)
        default: throw CleanExit.helpRequest(ApusBench.self)
        }
    }

    func tests(_ load: LoadOptions) throws -> [Test] {
        var options = load.workload
        (options.functionCount, options.functionKeys) = (functionCount, functionKeys)
        var found: [Test] = []
        if let ratio {
            let parts = ratio.split(separator: ":").map(String.init)
            let expiry = load.expire.map { " EX \($0)" } ?? ""
            guard mix.isEmpty else { throw ValidationError("--ratio and --mix exclude each other.") }
            guard parts.count == 2, parts.allSatisfy({ Double($0).map { $0 >= 0 && $0.isFinite } == true }) else {
                throw ValidationError("--ratio is GETS:SETS, as 9:1.")
            }
            let items = ["\(parts[0]):GET {key}", "\(parts[1]):SET {key} {value}\(expiry)"]
            let asked = zip(parts, items).filter { Double($0.0)! > 0 }.map(\.1)
            guard !asked.isEmpty else { throw ValidationError("--ratio: one of the two is more than 0.") }
            found = [try mixTest(asked, options)]
        } else if !mix.isEmpty {
            found = [try mixTest(mix, options)]
        } else if !command.isEmpty {
            found = [try commandTest(options)]
        } else {
            let names =
                tests.map { $0.split(separator: ",").map(String.init) }
                ?? StandardWorkloads.usualTestNames
            var asked: Set<String> = []
            for name in names {
                guard let expanded = StandardWorkloads.expand(name) else {
                    throw ValidationError("-t: there is no test '\(name)'.")
                }
                asked.formUnion(expanded)
            }
            // As redis-benchmark has it, -t chooses from its sequence, in which GET finds what SET has written.
            for name in StandardWorkloads.testNames where asked.contains(name) {
                found.append(try StandardWorkloads.test(name, options))
            }
            guard !found.isEmpty else { throw ValidationError("-t: which tests?") }
        }
        for index in found.indices {
            for line in opening {
                let template = options.ranged(try CommandTemplate(line: line))
                found[index].workload.groups[0].opening.append(template)
            }
        }
        if load.preload, !found.isEmpty {
            let expiry = load.expire.map { " EX \($0)" } ?? ""
            found[0].preparation = options.preload(try CommandTemplate(name: "SET", line: "SET {key} {value}\(expiry)"))
        }
        if load.preload, load.expire == nil, options.popularity != .unique {
            for index in found.indices { found[index].workload.groups[0].isComplete = try Self.keepsKeys(found[index]) }
        }
        let entries = found.flatMap { $0.workload.groups.flatMap(\.mix) }
        let isOfUse = load.preload || entries.contains { $0.isChecked || $0.template.hasCheckedData }
        guard !load.check || isOfUse else {
            throw ValidationError("--check: nothing is written or read that could be checked (GET, HGET, ZSCORE).")
        }
        return found
    }

    /// Whether it reads and writes what is preloaded, and does nothing else.
    private static func keepsKeys(_ test: Test) throws -> Bool {
        let known = try ["GET {key}", "SET {key} {value}"].map { try CommandTemplate(line: $0) }
        return test.workload.groups[0].mix.allSatisfy { entry in
            entry.template.commands.count == 1
                && known.contains {
                    $0.commandName == entry.template.commandName
                        && $0.commands[0].dropFirst() == entry.template.commands[0].dropFirst()
                }
        }
    }

    private func mixTest(_ mix: [String], _ options: WorkloadOptions) throws -> Test {
        var options = options
        options.keyCount = options.keyCount ?? 100_000
        var entries: [WeightedTemplate] = []
        for item in mix {
            let pair = item.split(separator: ":", maxSplits: 1).map(String.init)
            guard pair.count == 2, let weight = Double(pair[0]), weight > 0, weight.isFinite else {
                throw ValidationError("--mix: '\(item)' is not WEIGHT:COMMAND.")
            }
            entries.append(try entry(CommandTemplate(line: pair[1]), weight, options))
        }
        return Test(workload: options.workload("mix", entries))
    }

    private func commandTest(_ options: WorkloadOptions) throws -> Test {
        var arguments = command
        // What was captured may begin with the mark that ends the options.
        if arguments.first == "--" { arguments.removeFirst() }
        var template = try CommandTemplate(name: arguments.joined(separator: " "), arguments: arguments)
        // Bytes as they are, and none of them a placeholder.
        if readsInput { template.commands[0].append([.literal(try FileBytes.read("-"))]) }
        return Test(workload: options.workload(template.name, [try entry(template, 1, options)]))
    }

    /// What can be checked: a single command whose reply is the value of its key, or its score.
    private func entry(
        _ template: CommandTemplate, _ weight: Double, _ options: WorkloadOptions
    ) throws -> WeightedTemplate {
        if options.isChecked && template.hasOwnSizes {
            throw ValidationError("--check: values have the sizes of -d, so that readers know them; no {value:SIZES}.")
        }
        let isRead = template.commands.count == 1 && ["GET", "HGET", "ZSCORE"].contains(template.commandName)
        return WeightedTemplate(template, weight: weight, isChecked: options.isChecked && isRead)
    }
}

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run tests, a command or a mix (the default subcommand).",
        discussion: """
            EXAMPLES
              apus-bench -t get,set -r 100000 -P 16
              apus-bench -r 10000 HSET h:{key} field{rand:0-9} {value:16-512}
              apus-bench --mix '3:GET {key}' --mix '1:SET {key} {value}' \\
                -r 1000000 --keys zipf:1.1 --preload
              apus-bench --mix '1:MULTI ; INCR n:{int} ; INCR n:{int} ; EXEC' \\
                -r 1000 --seconds 5
              apus-bench -t set,get --check --preload -r 1000 -d 10-100
              apus-bench -I -c 5000
            """)

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @Flag(name: .customShort("l"), help: "Run the tests again and again.")
    var loop = false
    @Flag(name: .customShort("I"), help: "Idle mode: open the connections (-c) and wait for Ctrl-C.")
    var idleMode = false
    @OptionGroup(title: "Work") var work: TestOptions

    mutating func run() throws {
        if idleMode {
            var group = ClientGroup()
            group.role = .idle
            group.connections = load.clients
            var runner = load.runner(server.endpoint)
            runner.extent.requests = nil
            return try perform([Test(workload: Workload(name: "idle", groups: [group]))], runner, output)
        }
        try perform(try work.tests(load), load.runner(server.endpoint), output, repeating: loop)
    }
}

struct YCSBCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ycsb",
        abstract: "YCSB's core workloads A to F, after loading the records (-r, 100000 by default).",
        discussion: """
            a: 50 % read, 50 % update    b: 95 % read, 5 % update    c: read only
            d: 95 % read latest, 5 % insert    e: 95 % short scans, 5 % insert    f: 50 % read, 50 % read-modify-write

            A scan reads each record that it finds, and a read-modify-write writes when it has read: both are one \
            request, timed from their first step. Unlike YCSB, a scan reads its records together (it waits once, not \
            for each), an insert's HSET and ZADD go out together, keys are numbers of which the first is the most \
            popular (YCSB hashes both), and with --threads each thread reads the latest of its own inserts.

            EXAMPLES
              apus-bench ycsb a --seconds 10
              apus-bench ycsb a b c -r 1000000 --threads 2 --html ycsb.html
            """)

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @Argument(help: "Workloads: a b c d e f.") var workloads: [String] = ["a", "b", "c", "d", "e", "f"]

    mutating func run() throws {
        var tests: [Test] = []
        for name in workloads {
            let test = try StandardWorkloads.ycsb(name.lowercased(), load.workload)
            try load.requireChecks(in: test, name: name)
            tests.append(test)
        }
        try perform(tests, load.runner(server.endpoint), output)
    }
}

struct PatternCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pattern",
        abstract: "Patterns of use: \(StandardWorkloads.patternNames.joined(separator: ", ")).",
        discussion: """
            cache: GET, and SET on a miss     multi: MULTI blocks     script: EVAL
            queue: RPUSH and blocked BLPOPs     stream: XADD, XREADGROUP and XACK
            pubsub: fan-out (with --check subscribers must hear all that PUBLISH counts)
            session: hashes with expiry     leaderboard: a sorted set
            verify: what is read is what was written (strings, sorted sets)     verify-hashes: the same for hashes

            The latencies of consumers (queue, stream) and subscribers are those of each item, from the moment it was \
            sent.

            EXAMPLES
              apus-bench pattern pubsub -c 100 --rate 1000 --seconds 5
              apus-bench pattern cache --keys zipf -r 1000000 -d 100-2000 \\
                --expire 60 --seconds 30
            """)

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @Argument(help: "Patterns to run.") var patterns: [String]

    mutating func run() throws {
        var tests: [Test] = []
        for name in patterns {
            let test = try StandardWorkloads.pattern(name.lowercased(), load.workload)
            try load.requireChecks(in: test, name: name)
            tests.append(test)
        }
        try perform(tests, load.runner(server.endpoint), output)
    }
}
