// run, ycsb and pattern: works that are run once each, in turn.

internal import ArgumentParser
internal import LoadGenerator

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

    mutating func validate() throws {
        try load.requireKeysToPreload()
        let sending = work.kinds + load.workOptions + (work.readsInput ? ["-x"] : []) + (loop ? ["-l"] : [])
        if idleMode, let option = sending.first {
            throw ValidationError("-I and \(option) exclude each other: idle connections send nothing.")
        }
    }

    mutating func run() throws {
        if idleMode {
            var group = ClientGroup()
            group.role = .idle
            group.connections = load.clients
            var runner = try work.runner(load, server.endpoint)
            runner.settings.extent.requests = nil
            let idle = Test(workload: Workload(name: "idle", groups: [group]))
            return try perform([idle], runner, output, isOpenEnded: true)
        }
        try perform(try tests(), try work.runner(load, server.endpoint), output, repeating: loop)
    }

    func tests() throws -> [Test] { try StandardWorkloads.withListFilling(try work.tests(load), load.workload) }
}

struct YCSBCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ycsb",
        abstract: "YCSB's core workloads A to F, after loading the records (-r, \(StandardWorkloads.usualKeyCount) by "
            + "default).",
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
        try load.requireEffect(on: tests)
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
            try load.requireEffect(onPattern: name, test)
            tests.append(test)
        }
        try load.requireEffect(on: tests)
        try perform(tests, load.runner(server.endpoint), output)
    }
}
