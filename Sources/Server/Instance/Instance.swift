// Instance: one running server: what all its workers share. Mutable parts are changed exclusively, or atomic.

internal import Commands
internal import Datastore
internal import Memory
internal import Platform
internal import Synchronization
internal import Transactions

final class Instance: @unchecked Sendable {
    let keyspace: Keyspace
    let commandTable: CommandTable
    let workers: [WorkerHandle]
    let log: Log
    let clock: Clock
    let startedMs: Int64
    let startedNs: Int64
    /// 40 hexadecimal digits, new with every start.
    let runID: String
    /// The file the configuration came from; empty if there was none.
    let configurationFile: String
    /// Changed exclusively, read by workers through `settings` and by commands.
    var configuration: Configuration
    /// What workers read on their way, without a lock: changed exclusively.
    let settings: Permanent<WorkerSettings>
    let nextClientID = Atomic<UInt64>(1)
    let connectedClients = Atomic<Int>(0)
    /// Authentications refused since the start.
    let refusedAuthentications = Atomic<Int>(0)
    /// When the log last told of a browser's request, in monotonic ns; 0 if it has not.
    let attackLoggedNs = Atomic<Int64>(0)
    let isStopping = Atomic<Bool>(false)
    /// The stop is not what anybody asked for: the exit code tells.
    let hasFailed = Atomic<Bool>(false)
    /// The kernel interface that the workers run on, for INFO and the log.
    var backendName = "epoll"
    var peaks = Peaks()
    var rates = Rates()
    /// What CONFIG RESETSTAT has set back to zero of the figures that cannot be.
    var forgotten = SharedFigures()
    /// Bytes in use before the first client; 0 until the first round of housekeeping.
    var memoryAtStart = 0
    /// The allocator's figures when INFO last asked for them, and when that was.
    private var memoryRead: (figures: Allocator.Statistics, atNs: Int64)?
    private static let memoryReadNs: Int64 = 100_000_000
    /// Time-stamp counter at the start, to tell how long its ticks are.
    let startedCycles = CycleCounter.now
    /// CLIENT PAUSE. Changed exclusively.
    var pause = ClientPause()
    /// What took longer than latency-monitor-threshold.
    let latency = LatencyMonitor()
    let commandLog = CommandLog()
    let monitors = Monitors()
    /// What DEBUG has switched off; changed exclusively.
    var isActiveExpiryOn = true
    var isHousekeepingPaused = false
    /// The TCP listeners, whose sockets the first worker's loop owns. Changed exclusively.
    var listeners: [TCPListener] = []
    /// Who has said SHUTDOWN, for the log; empty if nobody has. Changed exclusively.
    var shutdownOrigin = ""
    /// The service manager that hears from the server.
    var manager: ServiceManager?
    /// The child in the background that the process is, until it has said that it is ready.
    var daemon: Daemon?
    /// The out-of-memory score that the process came with, once it has another.
    var outOfMemoryScoreBefore: Int?
    /// Becomes readable when a signal has come.
    var signalDescriptor: Int32 = -1

    /// What INFO remembers.
    struct Peaks {
        var memory = 0
        var clients = 0
    }

    /// All commands there are.
    static let commands = dataCommands + transactionCommands
    /// Their own names.
    static let commandNames = commands.map { $0.spec.name }

    init(_ configuration: Configuration, configurationFile: String, log: Log, clock: Clock = .system) {
        let now = clock.now()
        var randomness = Randomness.system()
        commandTable = CommandTable(
            Self.commands, names: configuration.commandNames.names(of: Self.commandNames))
        let commandCount = commandTable.records.count
        workers = (0..<configuration.threads).map { WorkerHandle(index: $0, commandCount: commandCount) }
        keyspace = Keyspace(databases: configuration.databases, workers: configuration.threads)
        self.configuration = configuration
        self.configurationFile = configurationFile
        self.log = log
        self.clock = clock
        startedMs = now.unixMs
        startedNs = now.monotonicNs
        runID = randomness.hexDigits(40)
        settings = Permanent(WorkerSettings(configuration))
        keyspace.settings = Settings(configuration)
    }

    /// Sets the process's hash secret, before the first instance: from `hash-seed` if it is set, so that cursors agree
    /// between servers; else random.
    static func seedHash(_ seed: [UInt8]) {
        let count = Keyspace.hashSecretByteCount
        if seed.isEmpty { return Keyspace.setHashSecret(Randomness.systemBytes(count)) }
        // FNV-1a makes a number of the text, and a generator as many bytes of the number as are needed.
        var number: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in seed { number = (number ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var randomness = Randomness(seed: number)
        Keyspace.setHashSecret((0..<count).map { _ in UInt8(truncatingIfNeeded: randomness.next()) })
    }

    /// The allocator's figures, at most a tenth of a second old: to ask it and the kernel takes as long as a third of
    /// all else that INFO does. Exclusively.
    func recentMemory(_ now: Now) -> Allocator.Statistics {
        if let (memory, readNs) = memoryRead, now.monotonicNs - readNs < Self.memoryReadNs { return memory }
        let memory = Allocator.statistics()
        memoryRead = (memory, now.monotonicNs)
        return memory
    }

    /// Takes the figures that INFO shows over time. Called by the first worker's housekeeping.
    func sample(_ now: Now) {
        let used = Allocator.used
        if memoryAtStart == 0 { memoryAtStart = used }
        peaks.memory = max(peaks.memory, used)
        peaks.clients = max(peaks.clients, connectedClients.load(ordering: .relaxed))
        guard rates.isDue(now.monotonicNs) else { return }
        var totals = Rates.Totals()
        for worker in workers {
            totals.commands += worker.publishedCommands.load(ordering: .relaxed)
            totals.bytesIn += worker.publishedBytesIn.load(ordering: .relaxed)
            totals.bytesOut += worker.publishedBytesOut.load(ordering: .relaxed)
            totals.turns += worker.publishedTurns.load(ordering: .relaxed)
            totals.busyUs += worker.publishedBusyUs.load(ordering: .relaxed)
        }
        rates.sample(totals, atNs: now.monotonicNs)
    }

    /// The worker with the fewest connections.
    func leastLoadedWorker() -> WorkerHandle {
        workers.min { $0.load.load(ordering: .relaxed) < $1.load.load(ordering: .relaxed) }!
    }
}
