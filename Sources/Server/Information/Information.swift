// Information: the text of INFO: which sections are asked for, in which order they come, and the lines of each.
//
// A section is a function that writes its lines; the figures of all workers are added up once. Fields of features that
// Apus does not have hold what the reference shows while they are off, since clients and monitors expect to find them.
// Invariant: sections are separated by an empty line, and every line ends with CR LF.

internal import Datastore
internal import Platform

struct Information: ~Copyable {
    let instance: Instance
    let now: Now
    let figures: WorkerFigures
    let shared: SharedFigures
    /// How long keys with an expiry live on, by database; empty if it was not looked at.
    let lifetimesMs: [Int]
    lazy var clients = ClientCounts(instance)
    lazy var executionUs = sumOfExecutionUs()
    private(set) var text = TextBuffer(capacity: 8192)

    enum Section: String, CaseIterable {
        case server, tls, clients, memory, persistence, stats, replication, cpu, modules, commandstats, errorstats
        case latencystats, cluster, clusterInfo = "cluster_info", scriptingengines, keyspace

        /// Shown without a name.
        static let usual: [Section] = [
            .server, .clients, .memory, .persistence, .stats, .replication, .cpu, .modules, .errorstats, .cluster,
            .keyspace,
        ]

        /// The sections that names ask for, in their order; several names add up.
        static func named(_ names: [String]) -> [Section] {
            names.isEmpty ? usual : allCases.filter { names.contains(where: $0.isMeant) }
        }

        private func isMeant(by name: String) -> Bool {
            switch name {
            case "default": Self.usual.contains(self)
            case "all", "everything": true
            default: name == rawValue
            }
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
    static func text(of instance: Instance, sections: [Section], lifetimesMs: [Int] = []) -> [UInt8] {
        var information = Information(instance, lifetimesMs: lifetimesMs)
        for section in sections { information.write(section) }
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

    mutating func heading(_ name: StaticString) {
        if !text.isEmpty { text.append("\r\n") }
        text.append("# ")
        text.append(name)
        text.append("\r\n")
    }

    mutating func field(_ name: StaticString, _ value: String) {
        begin(name)
        text.append(value)
        text.append("\r\n")
    }

    mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        begin(name)
        text.append(value)
        text.append("\r\n")
    }

    mutating func field(_ name: StaticString, _ value: Double, digits: Int = 2, unit: StaticString = "") {
        begin(name)
        text.append(value, digits: digits)
        text.append(unit)
        text.append("\r\n")
    }

    /// A field whose name ends with that of what it is about; `value` writes what is told of that.
    mutating func field(_ name: StaticString, of subject: String, _ value: (inout TextBuffer) -> Void) {
        text.append(name)
        text.append(subject)
        text.append(":")
        value(&text)
        text.append("\r\n")
    }

    /// Fields of what does not happen.
    mutating func zeros(_ names: [StaticString]) {
        for name in names { field(name, 0) }
    }

    /// A number of bytes and, beside it, the same for people.
    mutating func bytes(_ name: StaticString, _ count: Int) {
        field(name, count)
        text.append(name)
        text.append("_human:")
        text.append(bytes: count)
        text.append("\r\n")
    }

    private mutating func begin(_ name: StaticString) {
        text.append(name)
        text.append(":")
    }
}

extension Instance {
    func information(sections names: [String], database: borrowing Database) -> [UInt8] {
        let sections = Information.Section.named(names)
        var lifetimesMs: [Int] = []
        if sections.contains(.keyspace) {
            var batch = ScanBatch()
            for index in 0..<keyspace.databaseCount {
                lifetimesMs.append(database.averageLifetimeMs(inDatabase: index, batch: &batch))
            }
        }
        return Information.text(of: self, sections: sections, lifetimesMs: lifetimesMs)
    }
}
