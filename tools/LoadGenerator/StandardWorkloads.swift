// StandardWorkloads: workloads that people know by name: redis-benchmark's tests, and, in files of their own, YCSB's
// A to F and this project's patterns (transactions, scripts, queues, pub/sub, streams). Pure descriptions.

/// What all tests of one invocation have in common.
package struct WorkloadOptions: Sendable {
    package var connections = ClientGroup.usualConnections
    package var pipeline = 1
    /// nil: keys are one fixed name, as redis-benchmark does without `-r`.
    package var keyCount: UInt64?
    /// nil, as for the two below: what the workload has by itself, which is mostly the usual one.
    package var sizes: SizeDistribution?
    /// Mostly uniform.
    package var popularity: Popularity?
    /// Mostly "key:".
    package var keyPrefix: String?
    package var isChecked = false
    package var rate: Double?
    package var arrivals = ArrivalKind.poisson
    package var reconnects = false
    package var idleConnections = 0
    /// Seconds until written strings expire; nil: never.
    package var expirySeconds: Int?
    /// Every key is written once before the run, also where the workload does not need it.
    package var preloads = false
    /// Of the library that `function_load` loads.
    package var functionCount = 10
    /// Keys that `fcall` passes.
    package var functionKeys = 1

    package init() {}

    /// Writes the string of a key, as a line.
    package var setLine: String { "SET {key} {value}\(expirySeconds.map { " EX \($0)" } ?? "")" }

    /// The template as it is sent with these options: without a key range the benchmarks' placeholders mean themselves,
    /// and where keys come in sequence, so do they.
    package func ranged(_ template: CommandTemplate) -> CommandTemplate {
        if keyCount == nil { return template.withoutKeyRange }
        return popularity == .sequential ? template.countingIntegers : template
    }

    /// A group with these options and this mix.
    package func group(_ mix: [WeightedTemplate]) -> ClientGroup {
        var group = ClientGroup()
        group.connections = connections
        group.pipeline = pipeline
        group.mix = mix
        for index in mix.indices { group.mix[index].template = ranged(mix[index].template) }
        group.popularity = popularity ?? .uniform
        group.keyCount = keyCount ?? 1
        if let keyPrefix { group.keyPrefix = Array(keyPrefix.utf8) }
        group.sizes = sizes ?? .usual
        group.isChecked = isChecked
        group.rate = rate
        group.arrivals = arrivals
        group.reconnects = reconnects
        return group
    }

    /// A workload of one mix, with the idle connections beside it.
    package func workload(_ name: String, _ mix: [WeightedTemplate]) -> Workload {
        workload(name, groups: [group(mix)])
    }

    package func workload(_ name: String, groups: [ClientGroup]) -> Workload {
        guard idleConnections > 0 else { return Workload(name: name, groups: groups) }
        var idle = ClientGroup()
        idle.role = .idle
        idle.connections = idleConnections
        return Workload(name: name, groups: groups + [idle])
    }

    /// Writes every key once.
    package func preload(_ template: CommandTemplate) -> (workload: Workload, requests: UInt64) {
        var options = preparing
        options.popularity = .unique
        return (options.workload("preload", [WeightedTemplate(template)]), keyCount ?? 1)
    }

    /// The same for what comes before the run, which is to be over soon.
    var preparing: WorkloadOptions {
        var options = self
        options.pipeline = Self.preparingPipeline
        (options.rate, options.idleConnections, options.reconnects) = (nil, 0, false)
        return options
    }

    /// Beyond it a server gains little.
    private static let preparingPipeline = 64
}

/// A workload with what must happen before it.
package struct Test: Sendable {
    package var workload: Workload
    /// Run first, uncounted: the workload and its number of requests.
    package var preparation: (workload: Workload, requests: UInt64)?
    /// Single commands sent before that.
    package var setup: [[String]] = []
    /// What the run may leave for nobody.
    package var backlog: Backlog?

    package init(workload: Workload, setup: [[String]] = []) {
        self.workload = workload
        self.setup = setup
    }

    /// Everything that it may send as its requests.
    package var templates: [CommandTemplate] {
        workload.groups.flatMap { $0.mix.flatMap { [$0.template] + ($0.follower.map { [$0] } ?? []) } }
    }

    /// Throws if one of these, or of what connections begin with, cannot be sent.
    package func requireSendable(opening: [CommandTemplate] = []) throws(CommandTemplate.ParseError) {
        for group in workload.groups + (preparation?.workload.groups ?? []) {
            let all = opening + group.opening + group.mix.map(\.template) + group.mix.compactMap(\.follower)
            for template in all { _ = try EncodedTemplate(template, sizes: group.sizes, keyPrefix: group.keyPrefix) }
        }
    }

    /// The same, with what is sent before them.
    package var allTemplates: [CommandTemplate] {
        templates + (preparation?.workload.groups.flatMap { $0.mix.map(\.template) } ?? [])
    }
}

/// What producers were ahead of their consumers when a run ended.
package struct Backlog: Sendable {
    /// Tells how much it is: by an integer, or by the lag of a stream's first group.
    package var command: [String]
    /// "left in the list".
    package var whereabouts: String
    /// The server drops the oldest of more; nil: of none.
    var capacity: Int64?

    /// The number in a reply; nil: it holds none.
    func count(in reply: BlockingClient.Reply) -> Int64? {
        switch reply {
        case .integer(let count): return count
        case .array(let items):
            if case .array? = items.first { return count(in: items[0]) }
            guard let name = items.firstIndex(of: .bulk("lag")), name + 1 < items.count else { return nil }
            return count(in: items[name + 1])
        default: return nil
        }
    }
}

package enum StandardWorkloads {
    /// redis-benchmark's `-t` names, in its order.
    package static let testNames = usualTestNames + ["xadd", "mget", "function_load", "fcall"]

    /// What it runs when it is not told; the others are newer.
    package static let usualTestNames = [
        "ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop",
        "zadd", "zpopmin", "lrange_100", "lrange_300", "lrange_500", "lrange_600", "mset",
    ]

    /// Names that stand for several tests.
    private static let aliases = [
        "ping": ["ping_inline", "ping_mbulk"], "lrange": ["lrange_100", "lrange_300", "lrange_500", "lrange_600"],
    ]

    /// Expands aliases. nil: an unknown name.
    package static func expand(_ name: String) -> [String]? {
        let lower = name.lowercased()
        if let several = aliases[lower] { return several }
        return testNames.contains(lower) ? [lower] : nil
    }

    /// One of redis-benchmark's tests. Throws if there is none of this name.
    package static func test(_ name: String, _ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        switch name {
        case "ping_inline":
            var template = CommandTemplate(literal: ["PING"])
            template.isInline = true
            template.name = name.uppercased()
            return Test(workload: options.workload(template.name, [WeightedTemplate(template)]))
        case "mset":
            let pairs = Array(repeating: [key(options), "{value}"], count: severalKeys).joined()
            return try single(name, ["MSET"] + pairs, options, title: "MSET (\(severalKeys) keys)")
        case "mget":
            let keys = Array(repeating: key(options), count: severalKeys)
            return try single(name, ["MGET"] + keys, options, title: "MGET (\(severalKeys) keys)")
        case "function_load", "fcall": return functionTest(name, options)
        default:
            if let words = words(name, options) { return try single(name, words, options) }
            return try rangeTest(name, options)
        }
    }

    /// Keys of one MSET or MGET.
    private static let severalKeys = 10

    private static func key(_ options: WorkloadOptions) -> String {
        // Without a key range the placeholder stays as it is written, as redis-benchmark has it.
        options.keyCount == nil ? "key:__rand_int__" : "{key}"
    }

    /// The words of a test that is one command; nil: it is none of those.
    private static func words(_ name: String, _ options: WorkloadOptions) -> [String]? {
        let number = options.keyCount == nil ? "__rand_int__" : "{keynum}"
        let (element, score) = ("element:\(number)", options.keyCount == nil ? "0" : "{int}")
        let expiry = options.expirySeconds.map { ["EX", String($0)] } ?? []
        let words: [String: [String]] = [
            "ping_mbulk": ["PING"],
            "set": ["SET", key(options), "{value}"] + expiry,
            "get": ["GET", key(options)],
            "incr": ["INCR", "counter:\(number)"],
            "lpush": ["LPUSH", "mylist", "{value}"],
            "rpush": ["RPUSH", "mylist", "{value}"],
            "lpop": ["LPOP", "mylist"],
            "rpop": ["RPOP", "mylist"],
            "sadd": ["SADD", "myset", element],
            "hset": ["HSET", "myhash", element, "{value}"],
            "spop": ["SPOP", "myset"],
            "zadd": ["ZADD", "myzset", score, element],
            "zpopmin": ["ZPOPMIN", "myzset"],
            "xadd": ["XADD", "mystream", "*", "myfield", "{value}"],
        ]
        return words[name]
    }

    /// A test of one command, which reports call by the test's name, or by a title.
    private static func single(
        _ name: String, _ words: [String], _ options: WorkloadOptions, title: String? = nil
    ) throws(CommandTemplate.ParseError) -> Test {
        var template = try template(words, options)
        template.name = title ?? name.uppercased()
        let entry = WeightedTemplate(template, isChecked: options.isChecked && name == "get")
        return Test(workload: options.workload(name.uppercased(), [entry]))
    }

    /// Words with their placeholders, or as they are where none of them would vary.
    private static func template(
        _ words: [String], _ options: WorkloadOptions
    ) throws(CommandTemplate.ParseError) -> CommandTemplate {
        guard options.keyCount == nil, !options.isChecked, let size = (options.sizes ?? .usual).fixedSize else {
            return try CommandTemplate(arguments: words)
        }
        let value = String(repeating: "x", count: size)
        return CommandTemplate(literal: words.map { $0 == "{value}" ? value : $0 })
    }

    /// These with redis-benchmark's test before those of LRANGE, so that its lines are all there. It fills their list,
    /// of which each of them has its own here.
    package static func withListFilling(
        _ tests: [Test], _ options: WorkloadOptions
    ) throws(CommandTemplate.ParseError) -> [Test] {
        let names = (aliases["lrange"] ?? []).map { $0.uppercased() }
        guard let first = tests.firstIndex(where: { names.contains($0.workload.name) }) else { return tests }
        let title = "LPUSH (needed to benchmark LRANGE)"
        let filling = try single("lpush", ["LPUSH", "mylist", "{value}"], options, title: title)
        return tests[..<first] + [filling] + tests[first...]
    }

    /// LRANGE of the beginning of a list, which is pushed first.
    private static func rangeTest(
        _ name: String, _ options: WorkloadOptions
    ) throws(CommandTemplate.ParseError) -> Test {
        let prefix = "lrange_"
        guard name.hasPrefix(prefix), let count = Int(name.dropFirst(prefix.count)), count > 0 else {
            throw CommandTemplate.ParseError(description: "there is no test '\(name)'")
        }
        let title = "LRANGE_\(count) (first \(count) elements)"
        var test = try single(name, ["LRANGE", "mylist", "0", String(count - 1)], options, title: title)
        let push = WeightedTemplate(try template(["LPUSH", "mylist", "{value}"], options))
        test.setup = [["DEL", "mylist"]]
        test.preparation = (options.preparing.workload("LPUSH", [push]), UInt64(count))
        return test
    }

    /// valkey-benchmark's tests of functions: `foo1` and so on of the library `benchlib`.
    private static func functionTest(_ name: String, _ options: WorkloadOptions) -> Test {
        func load(_ count: Int) -> [String] {
            let functions = (1...count).map { "server.register_function('foo\($0)', function() return 0 end)\n" }
            return ["FUNCTION", "LOAD", "REPLACE", "#!lua name=benchlib\n" + functions.joined()]
        }
        let isLoad = name == "function_load"
        let keys = (0..<options.functionKeys).map { "key\($0 + 1)" }
        var template = CommandTemplate(
            literal: isLoad ? load(options.functionCount) : ["FCALL", "foo1", String(keys.count)] + keys)
        template.name = isLoad ? "FUNCTION LOAD" : "FCALL"
        let workload = options.workload(template.name, [WeightedTemplate(template)])
        return Test(workload: workload, setup: isLoad ? [] : [load(1)])
    }
}
