// StandardWorkloads: workloads that people know by name: redis-benchmark's tests, YCSB's A to F, and, in a file of
// their own, this project's patterns (transactions, scripts, queues, pub/sub, streams). Pure descriptions.

/// What all tests of one invocation have in common.
package struct WorkloadOptions: Sendable {
    package var connections = 50
    package var pipeline = 1
    /// nil: keys are one fixed name, as redis-benchmark does without `-r`.
    package var keyCount: UInt64?
    /// nil, as for the two below: what the workload has by itself, which is mostly `usualSizes`.
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

    /// redis-benchmark's.
    package static let usualSizes = SizeDistribution.fixed(3)

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
        group.sizes = sizes ?? Self.usualSizes
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
        idle.name = "idle"
        idle.role = .idle
        idle.connections = idleConnections
        return Workload(name: name, groups: groups + [idle])
    }

    /// Writes every key once.
    package func preload(_ template: CommandTemplate, name: String = "preload") -> (
        workload: Workload, requests: UInt64
    ) {
        var options = self
        options.popularity = .unique
        options.rate = nil
        options.pipeline = 64
        options.idleConnections = 0
        options.reconnects = false
        return (options.workload(name, [WeightedTemplate(template)]), keyCount ?? 1)
    }
}

/// A workload with what must happen before it.
package struct Test: Sendable {
    package var workload: Workload
    /// Run first, uncounted: the workload and its number of requests.
    package var preparation: (workload: Workload, requests: UInt64)?
    /// Single commands sent before that.
    package var setup: [[String]] = []

    package init(workload: Workload, setup: [[String]] = []) {
        self.workload = workload
        self.setup = setup
    }

    /// Everything that it may send as its requests.
    package var templates: [CommandTemplate] {
        workload.groups.flatMap { $0.mix.flatMap { [$0.template] + ($0.onMiss.map { [$0] } ?? []) } }
    }

    /// The same, with what is sent before them.
    package var allTemplates: [CommandTemplate] {
        templates + (preparation?.workload.groups.flatMap { $0.mix.map(\.template) } ?? [])
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

    /// One of redis-benchmark's tests.
    package static func test(_ name: String, _ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        // Without a key range the placeholder stays as it is written, as redis-benchmark has it.
        let random = options.keyCount == nil ? "__rand_int__" : "{keynum}"
        let fixedSize = (options.sizes ?? WorkloadOptions.usualSizes).fixedSize
        let key = options.keyCount == nil ? "key:__rand_int__" : "{key}"
        func words(_ arguments: [String]) throws(CommandTemplate.ParseError) -> CommandTemplate {
            guard options.keyCount == nil, !options.isChecked, let fixedSize else {
                return try CommandTemplate(arguments: arguments)
            }
            return CommandTemplate(
                literal: arguments.map { $0 == "{value}" ? String(repeating: "x", count: fixedSize) : $0 })
        }
        func single(_ arguments: [String], checked: Bool = false) throws(CommandTemplate.ParseError) -> Test {
            var template = try words(arguments)
            template.name = name.uppercased()
            return Test(workload: options.workload(name.uppercased(), [WeightedTemplate(template, isChecked: checked)]))
        }
        let expiry = options.expirySeconds.map { ["EX", String($0)] } ?? []
        switch name {
        case "ping_inline":
            var template = CommandTemplate(literal: ["PING"])
            template.isInline = true
            template.name = "PING_INLINE"
            return Test(workload: options.workload("PING_INLINE", [WeightedTemplate(template)]))
        case "ping_mbulk": return try single(["PING"])
        case "set": return try single(["SET", key, "{value}"] + expiry)
        case "get": return try single(["GET", key], checked: options.isChecked)
        case "incr": return try single(["INCR", "counter:\(random)"])
        case "lpush": return try single(["LPUSH", "mylist", "{value}"])
        case "rpush": return try single(["RPUSH", "mylist", "{value}"])
        case "lpop": return try single(["LPOP", "mylist"])
        case "rpop": return try single(["RPOP", "mylist"])
        case "sadd": return try single(["SADD", "myset", "element:\(random)"])
        case "hset": return try single(["HSET", "myhash", "element:\(random)", "{value}"])
        case "spop": return try single(["SPOP", "myset"])
        case "zadd":
            return try single(["ZADD", "myzset", options.keyCount == nil ? "0" : "{int}", "element:\(random)"])
        case "zpopmin": return try single(["ZPOPMIN", "myzset"])
        case "mset":
            var arguments = ["MSET"]
            for _ in 0..<10 { arguments += [key, "{value}"] }
            var test = try single(arguments)
            test.workload.groups[0].mix[0].template.name = "MSET (10 keys)"
            return test
        case "xadd": return try single(["XADD", "mystream", "*", "myfield", "{value}"])
        case "mget":
            var test = try single(["MGET"] + Array(repeating: key, count: 10))
            test.workload.groups[0].mix[0].template.name = "MGET (10 keys)"
            return test
        case "function_load", "fcall": return functionTest(name, options)
        default:
            guard name.hasPrefix("lrange_"), let count = Int(name.dropFirst(7)) else {
                throw CommandTemplate.ParseError(description: "there is no test '\(name)'")
            }
            var test = try single(["LRANGE", "mylist", "0", String(count - 1)])
            test.workload.groups[0].mix[0].template.name = "LRANGE_\(count) (first \(count) elements)"
            var filling = options
            filling.pipeline = 64
            filling.rate = nil
            filling.idleConnections = 0
            let push = try words(["LPUSH", "mylist", "{value}"])
            test.setup = [["DEL", "mylist"]]
            test.preparation = (filling.workload("LPUSH", [WeightedTemplate(push)]), UInt64(count))
            return test
        }
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

    // MARK: YCSB

    package static let ycsbNames = ["a", "b", "c", "d", "e", "f"]

    /// Keys of workloads that make no sense with one, unless the user says how many.
    static let usualKeyCount: UInt64 = 100_000

    /// Fields of a YCSB record, and bytes of each.
    package static let ycsbFields = 10
    package static let ycsbFieldBytes = 100

    /// YCSB's core workload: records are hashes, an index of keys is a sorted set (as YCSB's Redis binding has it).
    package static func ycsb(_ letter: String, _ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        var options = options
        options.keyCount = options.keyCount ?? usualKeyCount
        options.keyPrefix = options.keyPrefix ?? "user"
        options.sizes = options.sizes ?? .fixed(ycsbFieldBytes)
        let skew = Popularity.usualExponent
        options.popularity = options.popularity ?? (letter == "d" ? .latest(exponent: skew) : .zipf(exponent: skew))
        let fields = (0..<ycsbFields).flatMap { ["field\($0)", "{value}"] }
        func entry(_ name: String, _ weight: Double, _ block: [[String]]) throws(CommandTemplate.ParseError)
            -> WeightedTemplate
        {
            let template = try CommandTemplate(name: name, block: block)
            return WeightedTemplate(template, weight: weight, isChecked: options.isChecked && name == "READ")
        }
        let read = [["HGETALL", "{key}"]]
        let update = [["HSET", "{key}", "field{rand:0-\(ycsbFields - 1)}", "{value}"]]
        let insert = [["HSET", "{newkey}"] + fields, ["ZADD", "_indices", "{samekeynum}", "{samekey}"]]
        let mix: [WeightedTemplate]
        switch letter {
        case "a": mix = [try entry("READ", 0.5, read), try entry("UPDATE", 0.5, update)]
        case "b": mix = [try entry("READ", 0.95, read), try entry("UPDATE", 0.05, update)]
        case "c": mix = [try entry("READ", 1, read)]
        case "d": mix = [try entry("READ", 0.95, read), try entry("INSERT", 0.05, insert)]
        case "e":
            let scan = [["ZRANGE", "_indices", "{keynum}", "+inf", "BYSCORE", "LIMIT", "0", "{rand:1-100}"]]
            mix = [try entry("SCAN", 0.95, scan), try entry("INSERT", 0.05, insert)]
        case "f":
            let modify = [["HGETALL", "{key}"], ["HSET", "{samekey}", "field{rand:0-\(ycsbFields - 1)}", "{value}"]]
            mix = [try entry("READ", 0.5, read), try entry("READ-MODIFY-WRITE", 0.5, modify)]
        default: throw CommandTemplate.ParseError(description: "YCSB has workloads a to f, not '\(letter)'")
        }
        var test = Test(workload: options.workload("YCSB \(letter.uppercased())", mix))
        let load = [["HSET", "{key}"] + fields, ["ZADD", "_indices", "{samekeynum}", "{samekey}"]]
        test.preparation = options.preload(try CommandTemplate(name: "LOAD", block: load))
        // Of inserts, the newest is read before it is there.
        let inserts = mix.contains { $0.template.name == "INSERT" }
        test.workload.groups[0].isComplete = !inserts && options.popularity != .unique
        return test
    }
}
