// Information: the text of INFO: which sections are asked for, in which order they come, and the lines of each.
//
// A section is a function that writes its lines; the figures of all workers are added up once. Fields of features that
// Apus does not have hold what the reference shows while they are off, since clients and monitors expect to find them.
// Invariant: sections are separated by an empty line, and every line ends with CR LF.

internal import Commands
internal import Datastore
internal import Memory
internal import Platform
internal import RESP
internal import Synchronization

struct Information: ~Copyable {
    let instance: Instance
    let now: Now
    let figures: WorkerFigures
    let shared: SharedFigures
    /// How long keys with an expiry live on, by database; empty if it was not looked at.
    let lifetimesMs: [Int]
    private(set) var text = TextBuffer(capacity: 8192)

    enum Section: String, CaseIterable {
        case server, tls, clients, memory, persistence, stats, replication, cpu, modules, commandstats, errorstats
        case latencystats, cluster, clusterInfo = "cluster_info", scriptingengines, keyspace

        /// Shown without a name.
        static let usual: Set<Section> = [
            .server, .clients, .memory, .persistence, .stats, .replication, .cpu, .modules, .errorstats, .cluster,
            .keyspace,
        ]

        /// The sections that names ask for; several names add up.
        static func named(_ names: [String]) -> Set<Section> {
            if names.isEmpty { return usual }
            var sections: Set<Section> = []
            for name in names {
                switch name {
                case "default": sections.formUnion(usual)
                case "all", "everything": sections.formUnion(allCases)
                default: if let section = Section(rawValue: name) { sections.insert(section) }
                }
            }
            return sections
        }
    }

    init(_ instance: Instance, lifetimesMs: [Int] = []) {
        self.instance = instance
        self.lifetimesMs = lifetimesMs
        now = instance.clock.now()
        figures = WorkerFigures(sumOf: instance.workers)
        shared = SharedFigures(of: instance.workers).since(instance.forgotten)
    }

    /// The text of these sections. Exclusively.
    static func text(of instance: Instance, sections names: [String], lifetimesMs: [Int] = []) -> [UInt8] {
        let wanted = Section.named(names)
        var information = Information(instance, lifetimesMs: lifetimesMs)
        for section in Section.allCases where wanted.contains(section) { information.write(section) }
        return information.text.bytes
    }

    private mutating func write(_ section: Section) {
        switch section {
        case .server: writeServer()
        case .tls: writeTLS()
        case .clients: writeClients()
        case .memory: writeMemory()
        case .persistence: writePersistence()
        case .stats: writeStats()
        case .replication: writeReplication()
        case .cpu: writeProcessor()
        case .modules: heading("Modules")
        case .commandstats: writeCommands()
        case .errorstats: writeErrors()
        case .latencystats: writeLatencies()
        case .cluster:
            heading("Cluster")
            field("cluster_enabled", 0)
        case .clusterInfo: heading("Cluster Info")
        case .scriptingengines:
            heading("Scripting Engines")
            zeros(["engines_count", "engines_total_used_memory", "engines_total_memory_overhead"])
        case .keyspace: writeKeyspace()
        }
    }

    // MARK: Lines

    mutating func heading(_ name: String) {
        if !text.isEmpty { text.append("\r\n") }
        text.append("# ")
        text.append(name)
        text.append("\r\n")
    }

    mutating func field(_ name: String, _ value: String) {
        text.append(name)
        text.field(":", value)
        text.append("\r\n")
    }

    mutating func field(_ name: String, _ value: some FixedWidthInteger) {
        text.append(name)
        text.field(":", value)
        text.append("\r\n")
    }

    /// Fields of what does not happen.
    mutating func zeros(_ names: [String]) {
        for name in names { field(name, 0) }
    }

    /// A number of bytes and, beside it, the same for people.
    mutating func bytes(_ name: String, _ count: Int) {
        field(name, count)
        field("\(name)_human", Self.human(count))
    }

    /// "1017.93K", "23.54G".
    static func human(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "K", "M", "G", "T", "P"] {
            if value < 1024 || unit == "P" { return unit == "B" ? "\(count)B" : decimal(value) + unit }
            value /= 1024
        }
        return "\(count)B"
    }

    /// With so many digits after the point, rounded.
    static func decimal(_ value: Double, digits: Int = 2) -> String {
        guard value.isFinite else { return "0." + String(repeating: "0", count: digits) }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        // Beyond 2^53 a double has no fraction left to round.
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 9e15 else { return String(Int(clamping: Int64(min(value.magnitude, 9e18)))) }
        let whole = Int(scaled) / Int(scale), part = Int(scaled) % Int(scale)
        let padding = String(repeating: "0", count: digits - String(part).count)
        return "\(value < 0 && scaled != 0 ? "-" : "")\(whole).\(padding)\(part)"
    }

    static func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}

extension Instance {
    func information(sections: [String], database: borrowing Database) -> [UInt8] {
        var lifetimesMs: [Int] = []
        if Information.Section.named(sections).contains(.keyspace) {
            var batch = ScanBatch()
            for index in 0..<keyspace.databaseCount {
                lifetimesMs.append(database.averageLifetimeMs(inDatabase: index, batch: &batch))
            }
        }
        return Information.text(of: self, sections: sections, lifetimesMs: lifetimesMs)
    }
}

extension WorkerFigures {
    /// All workers' figures added up. Exclusively.
    init(sumOf workers: [WorkerHandle]) {
        for worker in workers {
            let one = worker.figures.value
            commandsProcessed &+= one.commandsProcessed
            connectionsAccepted &+= one.connectionsAccepted
            connectionsRefused &+= one.connectionsRefused
            bytesIn &+= one.bytesIn
            bytesOut &+= one.bytesOut
            batches &+= one.batches
            protocolErrors &+= one.protocolErrors
            outputLimitDisconnects &+= one.outputLimitDisconnects
            queryLimitDisconnects &+= one.queryLimitDisconnects
            clientsBlocked += one.clientsBlocked
            clientsTimedOut &+= one.clientsTimedOut
            expiryCycles &+= one.expiryCycles
            expiryRoundsCut &+= one.expiryRoundsCut
            errorReplies &+= one.errorReplies
            for (code, count) in one.errors { errors[code, default: 0] += count }
        }
    }
}
