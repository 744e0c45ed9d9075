// Options: the arguments that the subcommands share. Short options mean what they mean to redis-benchmark.

internal import ArgumentParser
internal import LoadGenerator
internal import Network

struct ServerOptions: ParsableArguments {
    @Option(
        name: .customShort("h"),
        help: ArgumentHelp("Server's host. (default: \(Endpoint.usualHost))", valueName: "host"))
    var host: String?
    @Option(
        name: .customShort("p"),
        help: ArgumentHelp("Server's port. (default: \(Endpoint.usualPort))", valueName: "port"))
    var port: UInt16?
    @Option(
        name: .customShort("s"),
        help: ArgumentHelp("Server's Unix socket, instead of host and port.", valueName: "path"))
    var socket: String?
    @Option(
        name: .customShort("u"),
        help: ArgumentHelp("All of it as redis://user:password@host:port/database.", valueName: "uri"))
    var uri: String?
    @Option(name: .customShort("a"), help: ArgumentHelp("Password for AUTH.", valueName: "password"))
    var password: String?
    @Option(name: .long, help: ArgumentHelp("User for AUTH; needs -a.", valueName: "name"))
    var user: String?
    @Option(name: .customLong("dbnum"), help: ArgumentHelp("Database to SELECT.", valueName: "number"))
    var database = 0
    @Flag(name: .customShort("3"), help: "Speak RESP3.")
    var resp3 = false
    @Flag(name: .customLong("enable-tracking"), help: "Send CLIENT TRACKING ON on each connection first.")
    var tracking = false
    @Flag(name: .long, help: "Connect with TLS (refused: the server has none yet).")
    var tls = false
    @Flag(name: .long, help: "Cluster mode (refused: the server has none yet).")
    var cluster = false

    mutating func validate() throws {
        if tls { throw ValidationError("--tls: TLS is not supported, neither here nor by the server.") }
        if cluster {
            throw ValidationError("--cluster: cluster mode is not supported, neither here nor by the server.")
        }
        if let uri, Endpoint(uri: uri) == nil {
            throw ValidationError("-u: redis://[[user]:password@]host[:port][/database] (no TLS).")
        }
        if user != nil && password == nil { throw ValidationError("--user needs a password (-a).") }
        if database < 0 { throw ValidationError("--dbnum: a database's number is not negative.") }
    }

    var endpoint: Endpoint {
        let address: Endpoint.Address =
            socket.map { .unix(path: $0) }
            ?? .tcp(host: host ?? Endpoint.usualHost, port: port ?? Endpoint.usualPort)
        return completed(uri.flatMap { Endpoint(uri: $0) } ?? Endpoint(address))
    }

    /// The options that say where a server is, as far as they were given.
    var addressOptions: [String] {
        [("-h", host != nil), ("-p", port != nil), ("-s", socket != nil), ("-u", uri != nil)].filter(\.1).map(\.0)
    }

    /// An address with everything else; what a URI says goes before.
    func completed(_ written: Endpoint) -> Endpoint {
        var endpoint = written
        endpoint.user = written.user ?? user
        endpoint.password = written.password ?? password
        if written.database == 0 { endpoint.database = database }
        endpoint.protocolVersion = resp3 ? 3 : 2
        endpoint.isTracking = tracking
        return endpoint
    }
}

struct LoadOptions: ParsableArguments {
    @Option(name: .customShort("c"), help: ArgumentHelp("Connections at a time.", valueName: "clients"))
    var clients = ClientGroup.usualConnections
    @Option(
        name: .customShort("n"),
        help: ArgumentHelp("Requests of each test (100000, unless --seconds is given).", valueName: "requests"))
    var requests: UInt64?
    @Option(name: .long, help: ArgumentHelp("Time of each test instead of a number of requests.", valueName: "seconds"))
    var seconds: Double?
    @Option(
        name: .customShort("P"),
        help: ArgumentHelp(
            "Requests sent together on a connection; with --rate at most so many of those that are due.",
            valueName: "pipeline"))
    var pipeline = 1
    @Option(name: .long, help: "Threads of the generator.")
    var threads = 1
    @Option(
        name: .customShort("d"),
        help: ArgumentHelp(
            "Size of values: 64, 16-1024, \"64:3,1024:1\" (weights), exp:200, normal:500:100. (default: 3; ycsb: 100)",
            valueName: "sizes"))
    var sizes: SizeDistribution?
    @Option(
        name: .customShort("r"),
        help: ArgumentHelp("Count of different keys; without it all requests use one.", valueName: "keys"))
    var keyCount: UInt64?
    @Option(
        name: .customLong("keys"),
        help: ArgumentHelp(
            "Popularity of keys: uniform, zipf[:0.99], gaussian[:0.1], hot[:0.2:0.8], drift[:0.99:100], latest, "
                + "sequential, unique. (default: uniform; ycsb: zipf, or latest for d)",
            valueName: "popularity"))
    var popularity: Popularity?
    @Flag(name: .long, help: "As --keys sequential; __rand_int__ counts too.")
    var sequential = false
    @Option(
        name: .customShort("k"),
        help: ArgumentHelp("1: connections stay open; 0: a new one for each batch.", valueName: "0|1"))
    var keepAlive = 1
    @Option(
        name: .long,
        help: ArgumentHelp("Open loop: requests per second, whatever the server does.", valueName: "requests/s"))
    var rate: Double?
    @Option(name: .long, help: "Arrivals of an open loop: poisson or fixed. (default: poisson)")
    var arrivals: ArrivalKind?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Seconds at the start that are not counted (nor by -n). (default: 0; sweep: "
                + "\(SweepCommand.usualWarmupSeconds))", valueName: "seconds"))
    var warmup: Double?
    @Option(name: .long, help: ArgumentHelp("Additional connections that stay silent.", valueName: "connections"))
    var idle = 0
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Expiry of what -t set, --ratio, --preload, replay and the patterns cache and session write.",
            valueName: "seconds"))
    var expire: Int?
    @Option(
        name: .customLong("key-prefix"),
        help: ArgumentHelp(
            "What {key} begins with. (default: key:; ycsb: user; patterns: their name; replay: object:)",
            valueName: "text"))
    var keyPrefix: String?
    @Flag(name: .long, help: "Write every key once before the test (needs -r, but for ycsb and patterns).")
    var preload = false
    @Flag(
        name: .long,
        help: ArgumentHelp(
            "Values depend on their keys, and GET, HGET, ZSCORE (of {score}) and YCSB's records are checked, and that "
                + "subscribers (pattern pubsub) hear all. What is read must have been written with --check and the "
                + "same --seed and -d. "
                + "A key that is missing is wrong only with --preload (YCSB and verify load by themselves)."))
    var check = false
    @Option(
        name: .long,
        help: "Seed of everything random. (default: 1 for values, and other keys are drawn at each start)")
    var seed: UInt64?
    @Option(name: .long, help: ArgumentHelp("Give up when no reply comes for so long.", valueName: "seconds"))
    var timeout = 30.0
    @Option(name: .long, help: "Event loop: epoll, io_uring or auto (io_uring where it is allowed).")
    var backend = Backend.auto

    enum Backend: String, ExpressibleByArgument, CaseIterable {
        case auto, ioUring = "io_uring", epoll
    }

    /// What one machine's ports and descriptors allow at most.
    static let connectionsMax = 60_000
    static let pipelineMax = 1 << 16
    static let threadsMax = 500
    /// Four months, so that no sum of times overflows in nanoseconds.
    static let secondsMax = 1e7

    mutating func validate() throws {
        func require(_ condition: Bool, _ text: String) throws {
            if !condition { throw ValidationError(text) }
        }
        try require((1...Self.connectionsMax).contains(clients), "-c: 1 to \(Self.connectionsMax) connections.")
        try require((0...Self.connectionsMax).contains(idle), "--idle: 0 to \(Self.connectionsMax) connections.")
        try require((0...Self.pipelineMax).contains(pipeline), "-P: at most \(Self.pipelineMax) requests.")
        try require((1...Self.threadsMax).contains(threads), "--threads: 1 to \(Self.threadsMax).")
        try require(requests ?? 1 > 0, "-n: at least one request.")
        try require(seconds.map { $0 > 0 && $0 < Self.secondsMax } ?? true, "--seconds: more than 0.")
        try require(rate.map { $0 >= 0.001 && $0 <= 1e9 } ?? true, "--rate: 0.001 to 1e9 requests per second.")
        try require(keyCount ?? 0 <= Decimal.narrowMax, "-r: at most \(Decimal.narrowMax) keys.")
        try require(warmup.map { $0 >= 0 && $0 < Self.secondsMax } ?? true, "--warmup: not negative.")
        try require(timeout > 0 && timeout < Self.secondsMax, "--timeout: more than 0.")
        try require(keepAlive == 0 || keepAlive == 1, "-k is 0 or 1.")
        try require(expire ?? 1 > 0, "--expire: at least one second.")
        try require(!sequential || popularity == nil, "--sequential and --keys exclude each other.")
    }

    var workload: WorkloadOptions {
        var options = WorkloadOptions()
        options.connections = clients
        // As redis-benchmark has it, none is one: one request at a time, the key of number 0, values of a byte.
        options.pipeline = max(1, pipeline)
        options.keyCount = keyCount.map { max(1, $0) }
        options.sizes = sizes == .fixed(0) ? .fixed(1) : sizes
        options.popularity = sequential ? .sequential : popularity
        options.isChecked = check
        options.rate = rate
        if let arrivals { options.arrivals = arrivals }
        options.keyPrefix = keyPrefix
        options.reconnects = keepAlive == 0
        options.idleConnections = idle
        options.expirySeconds = expire
        options.preloads = preload
        return options
    }

    /// redis-benchmark's number of requests.
    static let usualRequests: UInt64 = 100_000

    func runner(_ endpoint: Endpoint) -> TestRunner {
        var extent = Extent(requests: requests ?? (seconds == nil ? Self.usualRequests : nil), seconds: seconds)
        extent.warmupSeconds = warmup ?? 0
        extent.patienceSeconds = timeout
        var runner = TestRunner(endpoint: endpoint, extent: extent)
        runner.settings.threads = min(threads, clients)  // more would have no connection
        runner.settings.seed = seed ?? 1
        runner.settings.turn = seed == nil ? .random(in: 0...(.max)) : 0
        runner.settings.backend = backend == .auto ? .automatic : backend == .epoll ? .epoll : .ioUring
        return runner
    }
}

struct OutputOptions: ParsableArguments {
    @Flag(name: .customShort("q"), help: "Only one line per test.")
    var quiet = false
    @Flag(name: .long, help: "CSV on the standard output, with redis-benchmark's columns.")
    var csv = false
    @Option(name: .long, help: ArgumentHelp("Write all results as JSON (- is the standard output).", valueName: "file"))
    var json: String?
    @Option(name: .long, help: ArgumentHelp("Write a report with plots as one HTML page.", valueName: "file"))
    var html: String?
    @Option(name: .long, help: ArgumentHelp("Digits of milliseconds.", valueName: "digits"))
    var precision = 3
    @Option(name: .long, help: ArgumentHelp("Title of the report. (default: apus-bench)", valueName: "text"))
    var title: String?
    @Flag(name: .customShort("e"), help: "Show errors; they always are (redis-benchmark's option).")
    var showsErrors = false
    @Flag(name: .customLong("no-live"), help: "No live view.")
    var noLive = false

    mutating func validate() throws {
        let outputs = [("--csv", csv), ("--json -", json == "-"), ("--html -", html == "-")].filter(\.1).map(\.0)
        if outputs.count > 1 {
            throw ValidationError("\(outputs.joined(separator: " and ")): only one to the standard output.")
        }
        if title != nil && json == nil && html == nil {
            throw ValidationError("--title: only a report has one (--html, --json).")
        }
        if !(0...6).contains(precision) { throw ValidationError("--precision: 0 to 6 digits.") }
    }

    var writesToOutput: Bool { json == "-" || html == "-" }

    /// A view for the terminal.
    var live: LiveView { LiveView(isShown: !quiet && !csv && !noLive) }

    /// Prints one result in the chosen form.
    func show(_ result: RunResult) throws {
        if writesToOutput { return }
        if csv {
            try StandardOutput.write(Report.csv(result, precision: precision))
            StandardError.write(Report.remarks(result))
        } else if quiet && result.failure == nil {
            try StandardOutput.write(Report.quiet(result, precision: precision))
            StandardError.write(Report.remarks(result))
        } else {
            try StandardOutput.write(Report.text(result, precision: precision))
        }
    }

    func write(_ report: Report) throws {
        if let json { try FileBytes.write(report.json.text + "\n", to: json) }
        if let html { try FileBytes.write(report.html, to: html) }
    }

    /// The report to be filled. Throws when there will be no place for it.
    func report(_ endpoint: String) throws -> Report {
        for path in [json, html] { if let path { try FileBytes.requireWritable(path) } }
        let commandLine = Self.commandLine(Swift.CommandLine.arguments)
        return Report(title: title ?? "apus-bench", commandLine: commandLine, date: Timestamp.now, endpoint: endpoint)
    }

    /// As a shell would run it again. Reports are passed on; passwords are not.
    static func commandLine(_ arguments: [String]) -> String {
        zip([""] + arguments, arguments).map { shown($1, after: $0) }.joined(separator: " ")
    }

    /// An argument as a shell has to be given it, without what is secret.
    private static func shown(_ argument: String, after option: String) -> String {
        if ["-a", "-u"].contains(option) { return "***" }
        for option in ["-a=", "-u="] where argument.hasPrefix(option) { return option + "***" }
        if option == "--opening" { return CommandLine.quoted(withoutPassword(argument)) }
        let opening = "--opening="
        if argument.hasPrefix(opening) {
            return CommandLine.quoted(opening + withoutPassword(String(argument.dropFirst(opening.count))))
        }
        return CommandLine.quoted(withoutAccount(argument))
    }

    /// A command without what follows AUTH, be it the command itself or a part of HELLO.
    private static func withoutPassword(_ command: String) -> String {
        guard let words = try? CommandLine.words(command),
            let place = words.firstIndex(where: { $0.uppercased() == "AUTH" }), place + 1 < words.count
        else { return command }
        return (words[...place].map(CommandLine.quoted) + ["***"]).joined(separator: " ")
    }

    /// The URI of a server, without its user and password.
    private static func withoutAccount(_ word: String) -> String {
        guard let scheme = ["redis://", "valkey://"].lazy.compactMap({ word.firstRange(of: $0) }).first,
            let at = word.lastIndex(of: "@"), scheme.upperBound <= at
        else { return word }
        return "\(word[..<scheme.upperBound])***\(word[at...])"
    }
}

extension SizeDistribution: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Popularity: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension ArrivalKind: ExpressibleByArgument {}
