// StandardWorkloads+Patterns: what applications do with a server, a function for each way of using it.

extension StandardWorkloads {
    package static let patternNames = [
        "cache", "multi", "script", "queue", "pubsub", "stream", "session", "leaderboard", "verify", "verify-hashes",
    ]

    /// Half an hour, as many a site has it.
    private static let usualSessionSeconds = 1800

    /// Entries that a stream keeps.
    private static let streamMax: Int64 = 100_000

    /// One of the patterns. Throws if there is none of this name.
    package static func pattern(_ name: String, _ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        var options = options
        options.keyCount = options.keyCount ?? usualKeyCount
        // Patterns keep different types under their keys.
        options.keyPrefix = options.keyPrefix ?? "\(name):"
        switch name {
        case "cache": return try cache(options)
        case "multi":
            let block = try request("MULTI ; INCR {key} ; INCR {key} ; EXEC", name: "MULTI")
            return Test(workload: options.workload(name, [block]))
        case "script":
            let source = "redis.call('INCR', KEYS[1]); return redis.call('GET', KEYS[1])"
            let call = WeightedTemplate(try CommandTemplate(arguments: ["EVAL", source, "1", "{key}"]))
            return Test(workload: options.workload(name, [call]))
        case "queue": return try queue(options)
        case "pubsub": return try pubsub(options)
        case "stream": return try stream(options)
        case "session":
            let seconds = options.expirySeconds ?? usualSessionSeconds
            let save = try request(
                "HSET {key} user {value} cart {value} ; EXPIRE {samekey} \(seconds)", name: "HSET", weight: 0.3)
            let read = try request("HMGET {key} user cart", weight: 0.7)
            var test = Test(workload: options.workload(name, [read, save]))
            if options.preloads { test.preparation = options.preload(save.template) }
            return test
        case "leaderboard":
            return Test(
                workload: options.workload(
                    name,
                    [
                        try request("ZINCRBY board {rand:1-100} {key}", weight: 0.5),
                        try request("ZREVRANK board {key}", weight: 0.4),
                        try request("ZREVRANGE board 0 9 WITHSCORES", weight: 0.1),
                    ]))
        case "verify":
            return try verified(
                name, options, load: "ZADD verify-scores {score} {samekey} ; SET {samekey} {value}",
                [
                    try request("SET {key} {value}"), try request("GET {key}", isChecked: true),
                    try request("ZADD verify-scores {score} {samekey}"),
                    try request("ZSCORE verify-scores {key}", isChecked: true),
                ])
        case "verify-hashes":
            return try verified(
                name, options, load: "HSET {key} field {value}",
                [try request("HSET {key} field {value}"), try request("HGET {key} field", isChecked: true)])
        default: throw CommandTemplate.ParseError(description: "there is no pattern '\(name)'")
        }
    }

    /// A command line, or several; reports call it by the first word of each, unless it has a name.
    private static func request(
        _ line: String, name: String? = nil, weight: Double = 1, isChecked: Bool = false
    ) throws(CommandTemplate.ParseError) -> WeightedTemplate {
        WeightedTemplate(try CommandTemplate(name: name, line: line), weight: weight, isChecked: isChecked)
    }

    /// What is not there is written, as a cache is filled.
    private static func cache(_ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        let expiry = options.expirySeconds.map { " EX \($0)" } ?? ""
        var read = try request("GET {key}", isChecked: options.isChecked)
        read.onMiss = try CommandTemplate(line: "SET {samekey} {value}\(expiry)")
        var test = Test(workload: options.workload("cache", [read]))
        if options.preloads {
            test.preparation = options.preload(try CommandTemplate(line: options.setLine))
        }
        return test
    }

    /// Producers push the time, consumers wait for it.
    private static func queue(_ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        let pop = try request("BLPOP queue 1", name: "BLPOP (delivery)")
        let groups = [options.group([try request("RPUSH queue {time}{value}")]), consumers(options, pop)]
        var test = Test(workload: options.workload("queue", groups: groups), setup: [["DEL", "queue"]])
        test.backlog = Backlog(command: ["LLEN", "queue"], whereabouts: "left in the list")
        return test
    }

    /// Every subscriber hears what each of a tenth as many publishers says. Checked, it must hear all that a publisher
    /// is told it does.
    private static func pubsub(_ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        var subscribers = ClientGroup()
        subscribers.role = .subscriber
        subscribers.connections = options.connections
        subscribers.opening = [try CommandTemplate(line: "SUBSCRIBE channel")]
        var publishers = options.group([try request("PUBLISH channel {time}{value}", isChecked: options.isChecked)])
        publishers.connections = max(1, options.connections / 10)
        return Test(workload: options.workload("pubsub", groups: [publishers, subscribers]))
    }

    /// Producers add entries, a group of consumers reads and acknowledges them.
    private static func stream(_ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        var read = try request(
            "XREADGROUP GROUP workers w{conn} COUNT 10 BLOCK 1000 STREAMS stream >", name: "XREADGROUP (delivery)")
        read.acknowledgement = ["XACK", "stream", "workers"]
        let add = try request("XADD stream MAXLEN ~ \(streamMax) * time {time} value {value}")
        var test = Test(
            workload: options.workload("stream", groups: [options.group([add]), consumers(options, read)]),
            setup: [["DEL", "stream"], ["XGROUP", "CREATE", "stream", "workers", "$", "MKSTREAM"]])
        test.backlog = Backlog(
            command: ["XINFO", "GROUPS", "stream"], whereabouts: "left unread in the stream", capacity: streamMax)
        return test
    }

    /// Clients that take what the others put in: one request at a time, as fast as it comes.
    private static func consumers(_ options: WorkloadOptions, _ request: WeightedTemplate) -> ClientGroup {
        var consumers = options.group([request])
        consumers.mix[0].isDelivery = true
        consumers.role = .companion
        consumers.pipeline = 1
        consumers.rate = nil
        return consumers
    }

    /// What is written depends on its key alone, and what is read is compared with that. All is loaded first, or a lost
    /// write would look like one that is yet to come.
    private static func verified(
        _ name: String, _ options: WorkloadOptions, load: String, _ mix: [WeightedTemplate]
    ) throws(CommandTemplate.ParseError) -> Test {
        var options = options
        options.isChecked = true
        var test = Test(workload: options.workload(name, mix))
        test.preparation = options.preload(try CommandTemplate(name: "LOAD", line: load))
        test.workload.groups[0].isComplete = options.popularity != .unique
        return test
    }
}
