// What the memory is used for, as INFO, MEMORY STATS and MEMORY DOCTOR tell it.

internal import Commands
internal import Datastore
internal import Memory

/// The figures of one moment, as the reference sums them up: what is used is what the server took at its start, what
/// clients hold, the tables of the keyspace, and the data.
struct MemoryUse {
    /// Bytes of pages, or in them, beside a part of them.
    struct Gap {
        let ratio: Double
        let bytes: Int

        init(_ whole: Int, beside part: Int) {
            ratio = MemoryUse.ratio(whole, part)
            bytes = whole - part
        }
    }

    /// The tables of a database, its index of expiries included; the expiries themselves are kept in the entries.
    struct Tables {
        let database: Int
        let bytes: Int
    }

    /// May be a little older than `used`.
    let allocator: Allocator.Statistics
    let used: Int
    let peak: Int
    let atStart: Int
    let clientBytes: Int
    /// Of the first database in any case, of the others once they have had keys.
    private(set) var tables: [Tables] = []
    private(set) var tableBytes = 0
    private(set) var keyCount = 0

    /// Exclusively. O(databases * shards).
    init(of instance: Instance, _ allocator: Allocator.Statistics, used: Int, clientBytes: Int) {
        self.allocator = allocator
        self.used = used
        peak = max(instance.peaks.memory, used)
        atStart = min(instance.memoryAtStart, used)
        self.clientBytes = clientBytes
        let keyspace = instance.keyspace
        for database in 0..<keyspace.databaseCount where database == 0 || keyspace.hasTables(inDatabase: database) {
            tables.append(Tables(database: database, bytes: keyspace.tableBytes(inDatabase: database)))
            tableBytes += tables.last!.bytes
            keyCount += keyspace.count(inDatabase: database)
        }
    }

    /// What is no data.
    var overhead: Int { min(atStart + tableBytes + clientBytes, used) }
    var dataset: Int { used - overhead }
    var datasetPercentage: Double { 100 * Self.ratio(dataset, used - atStart) }
    var peakPercentage: Double { 100 * Self.ratio(used, peak) }
    var bytesPerKey: Int { keyCount == 0 ? 0 : (used - atStart) / keyCount }

    // Where the difference between what is used and what the process occupies lies: within the allocator's pages, in
    // pages it has not given back, and outside of it.

    var fragmentation: Gap { Gap(allocator.active, beside: allocator.allocated) }
    var unreturned: Gap { Gap(allocator.resident, beside: allocator.active) }
    var outside: Gap { Gap(allocator.residentSet, beside: allocator.resident) }
    var all: Gap { Gap(allocator.residentSet, beside: used) }

    /// How much one number of bytes is of another; 0 of none.
    static func ratio(_ part: Int, _ whole: Int) -> Double { whole <= 0 ? 0 : Double(part) / Double(whole) }
}

extension Instance {
    /// What the memory is used for at this moment, for MEMORY.
    private var memoryUse: MemoryUse {
        let allocator = Allocator.statistics()
        return MemoryUse(of: self, allocator, used: allocator.used, clientBytes: ClientCounts(self).bytes)
    }

    func memoryFigures() -> [(name: String, figure: MemoryFigure)] {
        let use = memoryUse
        let databases = use.tables.map { tables in
            let parts: [(name: String, figure: MemoryFigure)] = [
                ("overhead.hashtable.main", .count(tables.bytes)), ("overhead.hashtable.expires", .count(0)),
            ]
            return (name: "db.\(tables.database)", figure: MemoryFigure.group(parts))
        }
        let absent = ["cluster.links", "cluster.slot_import", "cluster.slot_export", "aof.buffer", "lua.caches",
            "functions.caches"]
        return [
            ("peak.allocated", .count(use.peak)), ("total.allocated", .count(use.used)),
            ("startup.allocated", .count(use.atStart)), ("replication.backlog", .count(0)),
            ("replicas.repl.buffer", .count(0)), ("clients.slaves", .count(0)),
            ("clients.normal", .count(use.clientBytes)),
        ] + absent.map { ($0, .count(0)) } + databases + [
            ("overhead.db.hashtable.lut", .count(use.tableBytes)), ("overhead.db.hashtable.rehashing", .count(0)),
            ("overhead.total", .count(use.overhead)), ("db.dict.rehashing.count", .count(0)),
            ("keys.count", .count(use.keyCount)), ("keys.bytes-per-key", .count(use.bytesPerKey)),
            ("dataset.bytes", .count(use.dataset)), ("dataset.percentage", .ratio(use.datasetPercentage)),
            ("peak.percentage", .ratio(use.peakPercentage)),
        ] + fragmentation(use)
    }

    private func fragmentation(_ use: MemoryUse) -> [(name: String, figure: MemoryFigure)] {
        let allocator = use.allocator
        return [
            ("allocator.allocated", .count(allocator.allocated)), ("allocator.active", .count(allocator.active)),
            ("allocator.resident", .count(allocator.resident)), ("allocator.muzzy", .count(allocator.muzzy)),
            ("allocator-fragmentation.ratio", .ratio(use.fragmentation.ratio)),
            ("allocator-fragmentation.bytes", .count(use.fragmentation.bytes)),
            ("allocator-rss.ratio", .ratio(use.unreturned.ratio)),
            ("allocator-rss.bytes", .count(use.unreturned.bytes)), ("rss-overhead.ratio", .ratio(use.outside.ratio)),
            ("rss-overhead.bytes", .count(use.outside.bytes)), ("fragmentation", .ratio(use.all.ratio)),
            ("fragmentation.bytes", .count(use.all.bytes)),
        ]
    }

    /// Below this much memory ratios mean nothing.
    private static var reportBytesMin: Int { 5 << 20 }
    /// Ratios above which something is worth a word: memory at its peak beside now, and pages beside what is in them.
    private static var peakRatioMax: Double { 1.5 }
    private static var fragmentationRatioMax: Double { 1.4 }
    private static var fragmentationBytesMin: Int { 10 << 20 }

    func memoryReport() -> String {
        let use = memoryUse
        guard use.used >= Self.reportBytesMin else { return "The server is nearly empty: there is nothing to say." }
        var report = ""
        if MemoryUse.ratio(use.peak, use.used) > Self.peakRatioMax {
            report += "Peak: \(use.peak) bytes were in use at one time, now it is \(use.used). Pages of that time may "
                + "still be held; MEMORY PURGE gives them back.\n"
        }
        let lost = use.fragmentation, unreturned = use.unreturned
        if lost.ratio > Self.fragmentationRatioMax, lost.bytes > Self.fragmentationBytesMin {
            report += "Fragmentation: \(lost.bytes) bytes lie unused between values that are in use.\n"
        }
        if unreturned.ratio > Self.fragmentationRatioMax, unreturned.bytes > Self.fragmentationBytesMin {
            report += "Unused pages: \(unreturned.bytes) bytes have not been given back to the system yet.\n"
        }
        return report.isEmpty ? "Nothing is wrong with the memory." : report
    }
}
