import ArgumentParser
import Foundation
import LoadGenerator
import Testing

@testable import apus_bench

/// What is asked for happens or is refused: an option without effect would make figures of something else.
@Suite struct OptionEffectTests {
    private static func tests(_ arguments: [String]) throws -> [LoadGenerator.Test] {
        let command = try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand)
        return try command.work.tests(command.load)
    }

    @Test(arguments: [
        ["--expire", "60", "--mix", "1:SET {key} {value}"], ["--expire", "60", "SET", "{key}", "{value}"],
        ["--expire", "60", "-t", "mset"], ["--keys", "zipf", "-t", "get"], ["--keys", "zipf", "GET", "{key}"],
        ["--keys", "zipf", "-r", "9", "-t", "lpush"], ["--keys", "unique", "-t", "set"],
        ["--key-prefix", "p:", "-t", "set"], ["--key-prefix", "p:", "-r", "9", "GET", "k"], ["-x", "-t", "set"],
        ["--arrivals", "fixed", "-t", "set"], ["--ratio", "1:1", "-t", "lpush"], ["--ratio", "1:1", "GET", "foo"],
        ["--mix", "1:GET {key}", "GET", "foo"], ["--mix", "1:GET {key}", "-t", "set"],
        ["--mix", "1:GET {key}", "--ratio", "1:1"], ["--preload", "-r", "9", "-t", "lrange_100"],
    ])
    func optionsWithoutEffectAreRefused(arguments: [String]) {
        #expect(throws: ValidationError.self) { try Self.tests(arguments) }
    }

    @Test(arguments: [
        ["--expire", "60", "-t", "set,mset"], ["--expire", "60", "--ratio", "1:1"], ["--expire", "60"],
        ["--expire", "60", "--preload", "-r", "9", "-t", "get"], ["--keys", "zipf", "-r", "9", "-t", "get,lpush"],
        ["--keys", "zipf", "--ratio", "1:1"], ["--keys", "unique", "SET", "{key}", "{value}"],
        ["--key-prefix", "p:", "-r", "9", "-t", "set"], ["--arrivals", "fixed", "--rate", "9", "-t", "set"],
        ["--expire", "60", "SET", "{key}", "{value}", "EX", "60"], ["--sequential", "-t", "set"],
        ["--preload", "-r", "9", "-t", "lrange_100,mget"], ["-t", "set", "GET", "foo"], ["-P", "16", "--rate", "9"],
    ])
    func optionsWithEffectAreTaken(arguments: [String]) throws {
        #expect(try !Self.tests(arguments).isEmpty)
    }

    /// As redis-benchmark does, which says so, too.
    @Test func aCommandGoesBeforeTests() throws {
        #expect(try Self.tests(["-t", "set", "GET", "foo"]).map(\.workload.name) == ["GET foo"])
    }

    /// As redis-benchmark does, once: its lines, of -q and --csv too, are all there.
    @Test func listsAreFilledBeforeTheyAreRead() throws {
        func names(_ arguments: String...) throws -> [String] {
            let command = try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand)
            return try command.tests().map { $0.workload.groups[0].mix[0].template.name }
        }
        let filling = "LPUSH (needed to benchmark LRANGE)"
        #expect(
            try names("-t", "lpush,lrange_300,lrange_100,mset") == [
                "LPUSH", filling, "LRANGE_100 (first 100 elements)", "LRANGE_300 (first 300 elements)",
                "MSET (10 keys)",
            ])
        #expect(try names().count { $0 == filling } == 1)
        #expect(try names("-t", "lpush,get").count == 2)
        #expect(try names("LRANGE", "mylist", "0", "9") == ["LRANGE mylist 0 9"])
    }

    /// LRANGE's list is its own preparation, which the keys would have taken the place of.
    @Test func preloadingLeavesPreparations() throws {
        let tests = try Self.tests(["--preload", "-r", "9", "-t", "lrange_100,mget"])
        #expect(tests.map { $0.preparation?.workload.name } == ["LPUSH", "preload"])
    }

    @Test(arguments: [
        ["replay", "x.csv", "--keys", "zipf"], ["replay", "x.csv", "-r", "9"], ["replay", "x.csv", "--sequential"],
        ["replay", "x.csv", "-r", "9", "--preload"], ["replay", "x", "--format", "monitor", "--key-prefix", "p:"],
        ["replay", "x", "--format", "monitor", "--expire", "9"], ["replay", "x", "--format", "monitor", "-d", "9"],
        ["replay", "x.csv", "--arrivals", "fixed"], ["sweep", "-n", "9", "-t", "get"],
        ["compare", "--server", "a=1", "--server", "b=2", "-h", "host"],
        ["compare", "--server", "a=1", "--server", "b=2", "-p", "3"],
        ["compare", "--server", "a=1", "--server", "b=2", "-s", "/tmp/s"],
        ["compare", "--server", "a=1", "--server", "b=2", "-u", "redis://:secret@host"],
        ["sweep", "--preload", "-t", "get"], ["compare", "--server", "a=1", "--server", "b=2", "--preload"],
        ["replay", "x.csv", "--preload"], ["compare", "--server", "a=1", "--server", "b=2", "-q"],
        ["compare", "--server", "a=1", "--server", "b=2", "--server-cpus", "0"], ["-t", "get", "--title", "x"],
        ["compare", "--server", "a=1"], ["-I", "-t", "get"], ["-I", "--mix", "1:GET {key}"], ["-I", "--ratio", "1:1"],
        ["-I", "--rate", "9"], ["-I", "--idle", "9"], ["-I", "-r", "9", "--preload"], ["-I", "--check"],
        ["-I", "-n", "9"], ["-I", "-P", "9"], ["-I", "-d", "9"], ["-I", "-r", "9"], ["-I", "-k", "0"], ["-I", "-l"],
        ["-I", "--keys", "zipf"], ["-I", "--sequential"], ["-I", "--expire", "9"], ["-I", "--key-prefix", "p:"],
        ["-I", "--arrivals", "fixed"], ["-I", "-x"], ["-I", "GET", "k"],
        ["--sequential", "--keys", "zipf", "-r", "9", "-t", "get"],
        ["compare", "--server", "a=1", "--server", "a=2"], ["compare", "--server", "a=1", "--server", "b=rediss://h"],
    ])
    func subcommandsRefuseWhatTheyDoNotHeed(arguments: [String]) {
        #expect(throws: (any Error).self) { try ApusBench.parseAsRoot(arguments) }
    }

    private static func isTaken(_ arguments: [String], by name: String) throws -> Bool {
        let parsed = try ApusBench.parseAsRoot(["pattern", name] + arguments)
        let command = try #require(parsed as? PatternCommand)
        let test = try StandardWorkloads.pattern(name, command.load.workload)
        do {
            try command.load.requireEffect(onPattern: name, test)
            try command.load.requireEffect(on: [test])
            return true
        } catch { return false }
    }

    @Test(arguments: StandardWorkloads.patternNames) func patternsTakeWhatTheyCan(name: String) throws {
        let expires = ["cache", "session"].contains(name)
        let hasKeys = !["queue", "pubsub", "stream"].contains(name)
        #expect(try Self.isTaken(["--expire", "9"], by: name) == expires)
        #expect(try Self.isTaken(["--preload"], by: name) == (expires || name.hasPrefix("verify")))
        #expect(try Self.isTaken(["--keys", "zipf"], by: name) == hasKeys)
        #expect(try Self.isTaken(["--key-prefix", "p:"], by: name) == hasKeys)
    }

    @Test func patternsPreloadWhatTheyRead() throws {
        var options = WorkloadOptions()
        (options.keyCount, options.preloads, options.expirySeconds) = (9, true, 60)
        for name in ["cache", "session"] {
            let preparation = try #require(try StandardWorkloads.pattern(name, options).preparation)
            let template = preparation.workload.groups[0].mix[0].template
            #expect(preparation.requests == 9 && template.hasPrefixedKeys && template.expires(afterSeconds: 60))
        }
        options.preloads = false
        #expect(try StandardWorkloads.pattern("cache", options).preparation == nil)
    }

    @Test func aReplaysObjectsHaveThePrefix() throws {
        var options = WorkloadOptions()
        options.keyPrefix = "{t}:"
        let trace = Trace(accesses: [.init(key: 1)])
        let mix = try StandardWorkloads.replay(trace, name: "x", options).workload.groups[0].mix
        #expect(mix[0].template.commands[0][1] == [.literal(Array("{t}:".utf8)), .slot(.object)])
    }

    /// Addresses say all that -u says, and the other options complete them.
    @Test func serversOfAComparisonAreURIsToo() throws {
        let uri = try #require(CompareCommand.address("redis://:secret@127.0.0.1:8001/2"))
        #expect(uri.address == .tcp(host: "127.0.0.1", port: 8001) && uri.password == "secret" && uri.database == 2)
        let parsed = try ApusBench.parseAsRoot(["-a", "other", "--user", "joe", "-3", "PING"])
        let options = try #require(parsed as? RunCommand).server
        let whole = options.completed(uri)
        #expect(whole.password == "secret" && whole.database == 2 && whole.protocolVersion == 3)
        #expect(options.completed(Endpoint(.tcp(host: "h", port: 1))).password == "other")
    }

    @Test func idlenessTakesWhatActsOnIt() throws {
        let arguments = ["-I", "-c", "7", "--seconds", "1", "--threads", "2", "--opening", "SELECT 1", "-3"]
        #expect(try #require(try ApusBench.parseAsRoot(arguments) as? RunCommand).idleMode)
    }

    @Test func latenciesHaveTheDigitsAskedFor() throws {
        let result = ReportTests.result("SET")
        let (usual, fine) = (Report.csv(result), Report.csv(result, precision: 6))
        let latency = Format.milliseconds(result.latency.maxRecorded, 6)
        #expect(fine.hasSuffix("\"\(latency)\"\n") && usual.hasSuffix("\"\(Format.fixed(Double(latency)!, 3))\"\n"))
    }

    @Test func aSweepAlwaysHasARate() throws {
        let parsed = try ApusBench.parseAsRoot(["sweep", "--arrivals", "fixed", "-t", "get"])
        let sweep = try #require(parsed as? SweepCommand)
        #expect(sweep.load.rate == 10_000)
        #expect(try sweep.work.tests(sweep.load).count == 1)
    }
}
