// TestOptions: redis-benchmark's tests, any command line, or a weighted mix of them.

internal import ArgumentParser
internal import LoadGenerator

/// What is to be run, for the subcommands that run the same tests in different ways.
struct TestOptions: ParsableArguments {
    @Option(
        name: .customShort("t"),
        help: ArgumentHelp(
            "Tests, with commas, run in this order: \(StandardWorkloads.testNames.joined(separator: ", ")). "
                + "A command goes before them.",
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
            "A command sent on each connection first, those of --preload included; may be repeated.",
            valueName: "command"))
    var opening: [String] = []
    @Option(
        name: .customLong("num-functions"),
        help: ArgumentHelp("Functions of the library that function_load loads.", valueName: "count"))
    var functionCount = 10
    @Option(
        name: .customLong("num-keys-in-fcall"), help: ArgumentHelp("Keys of each FCALL of fcall.", valueName: "count"))
    var functionKeys = 1
    @Flag(
        name: .customShort("x"),
        help: "The command's last argument is the standard input, with no placeholders but __rand_int__ and its kin.")
    var readsInput = false
    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp(
            """
            A command to send instead of tests. Placeholders: {key} {keynum} {samekey} {newkey} {score} {int} \
            {rand:A-B} {seq} {unique} {time} {value} {value:SIZES} {conn}, __data__, and with -r also \
            __rand_int__ and __rand_1st__ to __rand_9th__, as redis-benchmark and valkey-benchmark have them. \
            {{key} is sent as {key}.
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
        try requireOneKind()
        var options = load.workload
        (options.functionCount, options.functionKeys) = (functionCount, functionKeys)
        var found = try chosen(options)
        if load.preload, !found.isEmpty { try preload(&found, options) }
        try load.requireEffect(on: found)
        let entries = found.flatMap { $0.workload.groups.flatMap(\.mix) }
        let isOfUse = load.preload || entries.contains { $0.isChecked || $0.template.hasCheckedData }
        guard !load.check || isOfUse else {
            throw ValidationError("--check: nothing is written or read that could be checked (GET, HGET, ZSCORE).")
        }
        let opening = try openingTemplates(load)
        for test in found { try test.requireSendable(opening: opening) }
        return found
    }

    /// A runner whose connections all begin with what --opening says.
    func runner(_ load: LoadOptions, _ endpoint: Endpoint) throws -> TestRunner {
        var runner = load.runner(endpoint)
        runner.opening = try openingTemplates(load)
        return runner
    }

    private func openingTemplates(_ load: LoadOptions) throws -> [CommandTemplate] {
        try opening.map { load.workload.ranged(try CommandTemplate(line: $0)) }
    }

    /// What says which work is to be done, as far as it was given.
    var kinds: [String] {
        [("--ratio", ratio != nil), ("--mix", !mix.isEmpty), ("-t", tests != nil), ("a command", !command.isEmpty)]
            .filter(\.1).map(\.0)
    }

    /// One of them would be done, and the others not.
    private func requireOneKind() throws {
        let asked = kinds
        if readsInput && command.isEmpty {
            throw ValidationError("-x: the standard input is a command's last argument, and there is no command.")
        }
        // redis-benchmark does this, and there are scripts that rely on it.
        if asked == ["-t", "a command"] { return StandardError.write("-t is ignored: a command was given.\n") }
        guard asked.count < 2 else {
            throw ValidationError("\(asked.joined(separator: " and ")) exclude each other.")
        }
    }

    private func chosen(_ options: WorkloadOptions) throws -> [Test] {
        if let ratio { return [try mixTest(Self.mix(ratio: ratio, options), options)] }
        if !mix.isEmpty { return [try mixTest(mix, options)] }
        if !command.isEmpty { return [try commandTest(options)] }
        let names = tests.map { $0.split(separator: ",").map(String.init) } ?? StandardWorkloads.usualTestNames
        var asked: Set<String> = []
        for name in names {
            guard let expanded = StandardWorkloads.expand(name) else {
                throw ValidationError("-t: there is no test '\(name)'.")
            }
            asked.formUnion(expanded)
        }
        guard !asked.isEmpty else { throw ValidationError("-t: which tests?") }
        // As redis-benchmark has it, -t chooses from its sequence, in which GET finds what SET has written.
        return try StandardWorkloads.testNames.filter(asked.contains).map { try StandardWorkloads.test($0, options) }
    }

    /// GETS:SETS as commands of a mix.
    private static func mix(ratio: String, _ options: WorkloadOptions) throws -> [String] {
        let parts = ratio.split(separator: ":").map(String.init)
        guard parts.count == 2, parts.allSatisfy({ Double($0).map { $0 >= 0 && $0.isFinite } == true }) else {
            throw ValidationError("--ratio is GETS:SETS, as 9:1.")
        }
        let items = ["\(parts[0]):GET {key}", "\(parts[1]):\(options.setLine)"]
        let asked = zip(parts, items).filter { Double($0.0)! > 0 }.map(\.1)
        guard !asked.isEmpty else { throw ValidationError("--ratio: one of the two is more than 0.") }
        return asked
    }

    /// Writes all keys before the first test that needs nothing else to be there.
    private func preload(_ found: inout [Test], _ options: WorkloadOptions) throws {
        guard let first = found.firstIndex(where: { $0.preparation == nil }) else {
            throw ValidationError("--preload: these tests read nothing but what they prepare themselves.")
        }
        found[first].preparation = options.preload(try CommandTemplate(name: "SET", line: options.setLine))
        guard options.expirySeconds == nil, options.popularity != .unique else { return }
        for index in found.indices { found[index].workload.groups[0].isComplete = try Self.keepsKeys(found[index]) }
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
        options.keyCount = options.keyCount ?? StandardWorkloads.usualKeyCount
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
        if readsInput { template.commands[0].append(CommandTemplate.parts(of: try FileBytes.read("-"))) }
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
