// StandardWorkloads: workloads that people know by name: redis-benchmark's tests, and, in files of their own, YCSB's
// A to F and this project's patterns (transactions, scripts, queues, pub/sub, streams). Pure descriptions.

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
    /// What the run may leave for nobody.
    package var backlog: Backlog?

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
}
