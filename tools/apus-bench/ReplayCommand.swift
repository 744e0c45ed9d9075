// replay: traces of accesses, as a cache would serve them, and captures of MONITOR.

internal import ArgumentParser
internal import LoadGenerator

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay a trace (GET, and SET on a miss, unless it says what was done) or a capture of MONITOR.",
        discussion: """
            Formats: \(formats).
            Unpack compressed files first, or pipe them in:

            EXAMPLES
              apus-bench replay cloudPhysicsIO.oracleGeneral.bin
              xz -dc OLTP.lis.xz | apus-bench replay - --format arc -c 1
              redis-cli monitor > capture.txt
              apus-bench replay capture.txt --format monitor --speed 2

            The columns of csv are called key (or id, object), size, op and time by a header, or are time,key or \
            time,key,size or Twitter's six or seven. Operations are memcached's: get, gets, set, cas, add (SET NX), \
            replace (SET XX), append and prepend (APPEND), delete (DEL), incr, decr, and read and write.

            A capture is replayed with one connection per recorded client (\(Capture.clientsMax) at most; more share \
            them), in its databases, with its transactions. Blocking pops, subscriptions and what changes the \
            connection itself (AUTH, CLIENT, RESET ...) are left out. Without --timed or --speed each client goes as \
            fast as its replies come, so the order between clients is not the recorded one.
            """)

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @Argument(help: "The file; - is the standard input.") var file: String
    @Option(name: .long, help: "Format, if the file's name does not tell.") var format: String?
    @Option(name: .long, help: ArgumentHelp("Accesses at most.", valueName: "count")) var limit = Int.max
    @Option(
        name: .long,
        help: ArgumentHelp("Multiple of the recorded pace; without it as fast as it goes.", valueName: "factor")
    )
    var speed: Double?
    @Flag(name: .long, help: "At the recorded times (--speed 1).") var timed = false

    private static let formats = (Trace.Format.allCases.map(\.rawValue) + ["monitor"]).joined(separator: ", ")

    private static func kind(_ name: String) -> Trace.Format? {
        Trace.Format.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
    }

    mutating func validate() throws {
        if let speed, !(speed > 1e-6 && speed < 1e6) { throw ValidationError("--speed: 1e-6 to 1e6.") }
        if let format, format != "monitor", Self.kind(format) == nil {
            throw ValidationError("--format: there is no '\(format)', only \(Self.formats).")
        }
        if limit < 1 { throw ValidationError("--limit: at least one access.") }
        if timed && speed == nil { speed = 1 }
        if speed != nil && load.rate != nil { throw ValidationError("--rate and --speed exclude each other.") }
        if load.arrivals != nil && load.rate == nil {
            throw ValidationError("--arrivals: only an open loop has them (--rate).")
        }
        try requireRecordedWork()
    }

    /// What is asked for and when is the file's matter.
    private func requireRecordedWork() throws {
        let drawing = [
            ("-r", load.keyCount != nil), ("--keys", load.popularity != nil), ("--sequential", load.sequential),
        ]
        if let option = drawing.first(where: \.1)?.0 {
            throw ValidationError("\(option): a replay asks for the recorded keys.")
        }
        if load.preload { throw ValidationError("--preload: a replay writes what it misses; run it once before.") }
        guard format == "monitor" else { return }
        let recorded = [
            ("-d", load.sizes != nil), ("--expire", load.expire != nil), ("--key-prefix", load.keyPrefix != nil),
        ]
        if let option = recorded.first(where: \.1)?.0 {
            throw ValidationError("\(option): a capture's commands are sent as they were recorded.")
        }
        if load.keepAlive == 0 { throw ValidationError("-k 0: a capture's clients keep their connections.") }
        if load.check { throw ValidationError("--check: what a capture should read is not known.") }
    }

    mutating func run() throws {
        let test = try test()
        var runner = load.runner(server.endpoint)
        runner.settings.extent.requests = load.requests
        try perform([test], runner, output)
    }

    /// The file's bytes, if they are such as can be parsed.
    private func input() throws -> [UInt8] {
        let bytes = try FileBytes.read(file)
        // The packed formats would take anything for accesses.
        if let program = FileBytes.unpacker(of: bytes) {
            throw ValidationError(
                "\(inputName) is compressed; unpack it first: \(program) FILE | apus-bench replay - --format FORMAT")
        }
        return bytes
    }

    private var inputName: String { file == "-" ? "the standard input" : file }

    /// What a parser says, with the name of the file.
    private func parse<Parsed>(_ body: () throws(Trace.ParseError) -> Parsed) throws -> Parsed {
        do { return try body() } catch { throw Trace.ParseError(description: "\(inputName): \(error)") }
    }

    private func test() throws -> Test {
        let name = "replay of \(inputName.split(separator: "/").last ?? "the input")"
        let options = load.workload
        if format == "monitor" {
            var group = options.group([])
            let bytes = try input()
            let capture = try parse { () throws(Trace.ParseError) in try Capture(bytes, limit: limit) }
            guard !capture.requests.isEmpty else { throw ValidationError("\(inputName): no requests to replay.") }
            group.feed = .capture(capture)
            group.replaySpeed = speed
            group.connections = capture.clientCount
            guard load.threads <= group.connections else {
                throw ValidationError("--threads: the capture has \(group.connections) clients.")
            }
            return Test(workload: options.workload(name, groups: [group]))
        }
        guard let kind = format.map(Self.kind) ?? Trace.Format(fileName: file) else {
            throw ValidationError("\(inputName): the name does not tell the format; say --format.")
        }
        let bytes = try input()
        let trace = try parse { () throws(Trace.ParseError) in try Trace(bytes, format: kind, limit: limit) }
        guard !trace.accesses.isEmpty else { throw ValidationError("\(inputName): no accesses to replay.") }
        guard speed == nil || trace.hasTimes else {
            throw ValidationError("--speed: the trace has no times; give a --rate instead.")
        }
        var test = try StandardWorkloads.replay(trace, name: name, options)
        test.workload.groups[0].replaySpeed = speed
        return test
    }
}
