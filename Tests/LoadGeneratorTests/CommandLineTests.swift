import ArgumentParser
import LoadGenerator
import Testing

@testable import apus_bench

@Suite struct CommandLineTests {
    static func run(_ arguments: String...) throws -> RunCommand {
        try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand)
    }

    @Test func shortOptionsMeanWhatTheyMeanToRedisBenchmark() throws {
        let command = try Self.run(
            "-h", "10.0.0.1", "-p", "7000", "-c", "20", "-n", "1000", "-P", "16", "-d", "64", "-r", "100", "-t",
            "get,set",
            "-q", "-a", "secret", "--user", "joe", "-3", "--dbnum", "2", "--threads", "2", "-k", "0", "-l",
            "--precision", "1")
        #expect(command.server.endpoint.address == .tcp(host: "10.0.0.1", port: 7000))
        #expect(command.server.endpoint.password == "secret" && command.server.endpoint.user == "joe")
        #expect(command.server.endpoint.protocolVersion == 3 && command.server.endpoint.database == 2)
        #expect(command.load.clients == 20 && command.load.pipeline == 16 && command.load.sizes == .fixed(64))
        #expect(command.load.keyCount == 100 && command.load.keepAlive == 0 && command.load.threads == 2)
        #expect(command.output.quiet && command.loop && command.output.precision == 1)
        let tests = try command.work.tests(command.load)
        // A choice from redis-benchmark's sequence, whatever the order it is written in.
        #expect(tests.map(\.workload.name) == ["SET", "GET"])
        #expect(tests[0].workload.groups[0].reconnects)
    }

    @Test func moreThreadsThanConnectionsAreNotStarted() throws {
        let command = try Self.run("--threads", "8", "-c", "3")
        #expect(command.load.runner(command.server.endpoint).settings.threads == 3)
    }

    @Test func aCommandTakesWhatFollows() throws {
        let command = try Self.run("-n", "5", "eval", "return 1", "0", "-x", "--csv")
        #expect(command.work.command == ["eval", "return 1", "0", "-x", "--csv"])
        #expect(!command.output.csv)
    }

    @Test func defaults() throws {
        let command = try Self.run()
        #expect(command.load.clients == 50 && command.load.pipeline == 1)
        #expect(command.load.runner(command.server.endpoint).settings.extent.requests == 100_000)
        #expect(try command.work.tests(command.load).count == 19)
    }

    /// What redis-benchmark and valkey-benchmark send: without -r the placeholder as it is written.
    @Test func randIntNeedsAKeyRange() throws {
        func parts(_ arguments: String...) throws -> [CommandTemplate.Part] {
            let command = try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand)
            return try command.work.tests(command.load)[0].workload.groups[0].mix[0].template.commands[0][1]
        }
        #expect(try parts("get", "k__rand_int__") == [.literal([107]), .literal(Array("__rand_int__".utf8))])
        #expect(try parts("-r", "9", "get", "k__rand_int__") == [.literal([107]), .slot(.benchmarkInteger(0))])
        #expect(try parts("-r", "9", "--sequential", "get", "k__rand_int__") == [.literal([107]), .slot(.keyNumber)])
        #expect(try Self.run("-r", "9", "--sequential").load.workload.popularity == .sequential)
    }

    @Test func functionsAsValkeyBenchmarkTestsThem() throws {
        let command = try Self.run(
            "-t", "function_load,fcall", "--num-functions", "2", "--num-keys-in-fcall", "3")
        let tests = try command.work.tests(command.load)
        #expect(tests.map(\.workload.name) == ["FUNCTION LOAD", "FCALL"])
        let words = tests.map { test in
            test.workload.groups[0].mix[0].template.commands[0].map { part -> String in
                guard case .literal(let bytes) = part.first else { return "" }
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        #expect(words[0][..<3] == ["FUNCTION", "LOAD", "REPLACE"])
        #expect(words[0][3].hasPrefix("#!lua name=benchlib\n") && words[0][3].contains("'foo2'"))
        #expect(words[1] == ["FCALL", "foo1", "3", "key1", "key2", "key3"])
        #expect(tests[1].setup.first?[..<3] == ["FUNCTION", "LOAD", "REPLACE"])
    }

    /// What is read from the standard input is sent as it is, but for what redis-benchmark replaces there, too.
    @Test func inputMayHaveRandomIntegers() {
        let input = Array("a__rand_int____rand_9th__{key}__data____rand_".utf8) + [0xFF]
        #expect(
            CommandTemplate.parts(of: input) == [
                .literal([97]), .slot(.benchmarkInteger(0)), .slot(.benchmarkInteger(9)),
                .literal(Array("{key}__data____rand_".utf8) + [0xFF]),
            ])
        #expect(CommandTemplate.parts(of: [0, 95]) == [.literal([0, 95])] && CommandTemplate.parts(of: []).isEmpty)
    }

    @Test func mixes() throws {
        let command = try Self.run("--mix", "9:GET {key}", "--mix", "1:SET {key} {value}", "-r", "10", "--preload")
        let test = try command.work.tests(command.load)[0]
        #expect(test.workload.groups[0].mix.map(\.weight) == [9, 1])
        #expect(test.preparation?.requests == 10)
    }

    @Test(arguments: [
        ["--tls"], ["--cluster"], ["-c", "0"], ["-P", "65537"], ["-k", "2"], ["--threads", "501"], ["--preload"],
        ["--user", "joe"], ["-d", "x"], ["--keys", "nonsense"], ["-r", "x"], ["--warmup", "-1"], ["--nonsense"],
        ["--rate", "0"], ["compare"], ["replay"], ["--rate", "1e-10"], ["--timeout", "inf"], ["--warmup", "1e13"],
        ["--keys", "drift:1:1e-300"], ["--keys", "gaussian:1e30"], ["-d", "1:inf"], ["-u", "rediss://host"],
        ["-p", "7000", "replay", "x.csv"], ["replay", "x.csv", "--limit", "0"],
        ["replay", "x.csv", "--speed", "1e-300"],
        ["sweep", "--objective", "p99<1e20s"], ["replay", "x", "--format", "nonsense"], ["--json", "-", "--html", "-"],
        ["--csv", "--json", "-"], ["--csv", "--html", "-"],
    ])
    func mistakesAreRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try ApusBench.parseAsRoot(arguments) }
    }

    /// As redis-benchmark takes them: the least there is.
    @Test func zerosAreOnes() throws {
        let options = try Self.run("-P", "0", "-r", "0", "-d", "0").load.workload
        #expect(options.pipeline == 1 && options.keyCount == 1 && options.sizes == .fixed(1))
        let template = try #require(try StandardWorkloads.test("get", options).workload.groups[0].mix.first).template
        #expect(template.hasPrefixedKeys)
        #expect(try Self.run("-d", "0-9").load.workload.sizes == .uniform(0...9))
    }

    @Test func unknownTestsAndBadMixesAreRefused() throws {
        for arguments in [
            ["-t", "nosuch"], ["--mix", "GET a"], ["--mix", "0:GET a"], ["--mix", "inf:GET a"], ["-t", ","],
            ["--ratio", "0:0"], ["--ratio", "a:1"], ["--ratio", "1:-1"], ["--check", "--mix", "1:SET {key} {value:9}"],
        ] {
            let command = try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand)
            #expect(throws: (any Error).self) { try command.work.tests(command.load) }
        }
    }

    /// Told before anything is sent.
    @Test func whatCannotBeSentIsRefused() throws {
        let many = String(repeating: "{rand:1-99}", count: 5)
        for arguments in [["GET", many], ["--mix", "1:GET \(many)"], ["-t", "get", "--opening", "GET \(many)"]] {
            let command = try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand)
            #expect(throws: CommandTemplate.ParseError.self) { try command.work.tests(command.load) }
        }
    }

    @Test func reportsKeepPasswordsToThemselves() {
        let arguments = ["apus-bench", "-a", "secret", "-a=secret", "-u=redis://:secret@h", "GET", "a b"]
        #expect(OutputOptions.commandLine(arguments) == "apus-bench -a *** -a=*** -u=*** GET 'a b'")
        let openings = [
            "--opening", "AUTH joe secret", "--opening=auth secret", "--opening", "HELLO 3 AUTH 'a b' secret SETNAME x",
            "--opening", "CLIENT SETNAME c", "SET", "auth", "1",
        ]
        #expect(
            OutputOptions.commandLine(["apus-bench"] + openings)
                == "apus-bench --opening 'AUTH ***' '--opening=auth ***' --opening 'HELLO 3 AUTH ***'"
                + " --opening 'CLIENT SETNAME c' SET auth 1")
        let server = ["apus-bench", "compare", "--server", "a=redis://joe:secret@h:1/2"]
        #expect(OutputOptions.commandLine(server) == "apus-bench compare --server 'a=redis://***@h:1/2'")
    }

    @Test(arguments: [
        "--save ''", "", "it's", "a\"b", "$HOME", "a;b", "*", "tab\t", "plain-1.0", "GET {key}", "é", "~"
    ])
    func reportsSayWhatAShellWouldRunAgain(word: String) throws {
        let line = OutputOptions.commandLine(["apus-bench", word, "end"])
        #expect(try LoadGenerator.CommandLine.words(line) == ["apus-bench", word, "end"])
        let isQuoted =
            line == "apus-bench '\(word.replacing("'", with: "'\\''"))' end"
        #expect(isQuoted == (word != "plain-1.0"))
    }

    /// Servers take names in any case; `get` was read and never checked.
    @Test func readersAreCheckedInAnyCase() throws {
        let mix = try Self.run("--check", "-r", "9", "--mix", "1:get {key}", "--mix", "1:set {key} {value}")
        #expect(try mix.work.tests(mix.load)[0].workload.groups[0].mix.map(\.isChecked) == [true, false])
        let score = try Self.run("--check", "-r", "9", "zscore", "z", "{key}")
        #expect(try score.work.tests(score.load)[0].workload.groups[0].mix[0].isChecked)
    }

    /// Where every key has been written and none is removed, nil is a lost write.
    @Test func preloadedKeysStay() throws {
        func isComplete(_ arguments: String...) throws -> Bool {
            let all = ["--check", "--preload", "-r", "9"] + arguments
            let command = try #require(try ApusBench.parseAsRoot(all) as? RunCommand)
            return try command.work.tests(command.load)[0].workload.groups[0].isComplete
        }
        #expect(try isComplete("-t", "get") && isComplete("--ratio", "1:1") && isComplete("get", "{key}"))
        #expect(try !isComplete("--expire", "1", "-t", "get") && !isComplete("--keys", "unique", "-t", "get"))
        #expect(try !isComplete("--mix", "1:GET {key}", "--mix", "1:DEL {key}") && !isComplete("GET", "{key}x"))
        #expect(try StandardWorkloads.pattern("verify", WorkloadOptions()).workload.groups[0].isComplete)
    }

    /// A check that checks nothing would be taken for one that found nothing wrong.
    @Test func checksThatCheckNothingAreRefused() throws {
        for arguments in [["--check", "-t", "incr,lpop"], ["--check", "--mix", "1:MGET {key} {key}"]] {
            let command = try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand)
            #expect(throws: (any Error).self) { try command.work.tests(command.load) }
        }
        for arguments in [["pattern", "queue", "--check"], ["pattern", "--check", "verify", "multi"]] {
            var command = try ApusBench.parseAsRoot(arguments + ["-p", "1"])
            let error = #expect(throws: ValidationError.self) { try command.run() }
            #expect(error?.message.contains("nothing that could be checked") == true)
        }
        let writes = try Self.run("--check", "-r", "9", "-t", "set")
        #expect(try writes.work.tests(writes.load).count == 1)
    }

    /// What is asked for is not what nobody has asked for: YCSB's skew hid `--keys uniform`.
    @Test func workloadsTakeWhatTheyAreGiven() throws {
        func group(_ arguments: String...) throws -> ClientGroup {
            let command = try #require(try ApusBench.parseAsRoot(["ycsb", "c"] + arguments) as? YCSBCommand)
            return try StandardWorkloads.ycsb("c", command.load.workload).workload.groups[0]
        }
        let usual = try group()
        #expect(usual.popularity == .zipf(exponent: 0.99) && usual.sizes == .fixed(100))
        #expect(usual.keyPrefix == Array("user".utf8))
        let asked = try group("--keys", "uniform", "-d", "7", "--key-prefix", "key:")
        #expect(asked.popularity == .uniform && asked.sizes == .fixed(7) && asked.keyPrefix == Array("key:".utf8))
    }

    @Test func subcommands() throws {
        let compare = try #require(
            try ApusBench.parseAsRoot(["compare", "--server", "a=7000", "--server", "b=valkey-server --x", "-t", "get"])
                as? CompareCommand)
        #expect(compare.servers.count == 2 && compare.rounds == 5)
        let sweep = try #require(
            try ApusBench.parseAsRoot(["sweep", "--objective", "p99<500us", "-t", "get"]) as? SweepCommand)
        #expect(sweep.objective == Objective(percentile: 99, limitNs: 500_000))
        #expect(try ApusBench.parseAsRoot(["ycsb", "a", "b"]) is YCSBCommand)
        #expect(try ApusBench.parseAsRoot(["replay", "x.csv"]) is ReplayCommand)
    }

    @Test func serversAsOfACommandLine() throws {
        let uri = try Self.run("-u", "redis://joe:p%40ss@[::1]:7000/3", "--enable-tracking", "-e").server.endpoint
        #expect(uri.address == .tcp(host: "::1", port: 7000) && uri.user == "joe" && uri.password == "p@ss")
        #expect(uri.opening == [["AUTH", "joe", "p@ss"], ["SELECT", "3"], ["CLIENT", "TRACKING", "ON"]])
        let short = Endpoint(uri: "redis://:secret@host")
        #expect(short?.address == .tcp(host: "host", port: 6379) && short?.user == nil && short?.password == "secret")
        #expect(Endpoint(uri: "valkey://host/2")?.database == 2)
        #expect(Endpoint(uri: "redis://") == nil && Endpoint(uri: "redis://h/x") == nil)
        #expect(CompareCommand.address("a.sock")?.address == .unix(path: "a.sock"))
        #expect(CompareCommand.address("server --x a.sock") == nil && CompareCommand.address("server") == nil)
    }

    @Test func endpoints() {
        #expect(Endpoint("7000")?.address == .tcp(host: "127.0.0.1", port: 7000))
        #expect(Endpoint("[::1]:7000")?.address == .tcp(host: "::1", port: 7000))
        #expect(Endpoint("/tmp/a.sock")?.address == .unix(path: "/tmp/a.sock"))
        #expect(Endpoint("host") == nil && Endpoint(":1") == nil)
    }

    /// Help is cut at 80 columns where there is no terminal, in the middle of a quote, too: whoever copies it would run
    /// something else.
    @Test func examplesFitTheirLines() {
        let commands: [any ParsableCommand.Type] = [ApusBench.self] + ApusBench.configuration.subcommands
        for command in commands {
            let lines = command.configuration.discussion.split(separator: "\n", omittingEmptySubsequences: false)
            for example in lines.drop(while: { $0 != "EXAMPLES" }).dropFirst().prefix(while: { $0.hasPrefix("  ") }) {
                #expect(example.count <= 80, "\(example)")
            }
        }
    }

    @Test func helpNamesEverySubcommandWithExamples() {
        for command in [
            ApusBench.helpMessage(), ApusBench.helpMessage(for: RunCommand.self),
            ApusBench.helpMessage(for: SweepCommand.self),
            ApusBench.helpMessage(for: CompareCommand.self), ApusBench.helpMessage(for: ReplayCommand.self),
            ApusBench.helpMessage(for: YCSBCommand.self), ApusBench.helpMessage(for: PatternCommand.self),
        ] { #expect(command.contains("EXAMPLES")) }
    }
}
