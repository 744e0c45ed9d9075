// What DEBUG, MEMORY and the command log ask of the server.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform

extension Instance {
    // MARK: Debugging

    func mayDebug(_ session: borrowing Session) -> Bool { isAllowed(configuration.debugCommand, session) }

    /// Whether a client may do what is open to `permission`.
    func isAllowed(_ permission: Permission, _ session: borrowing Session) -> Bool {
        switch permission {
        case .no: return false
        case .yes: return true
        case .local:
            if session.flags.has(.unixSocket) { return true }
            let clients = workers[Int(session.worker)].clients
            let slot = Int(session.slot)
            guard clients.value.contains(slot) else { return false }
            return SocketAddress.isLoopback(SocketAddress.name(ofSocket: clients.value[slot].descriptor, peer: true))
        }
    }

    /// The longest sleep: what a request may ask for has no limit, what a day's worth of test may need has.
    private static var sleepSecondsMax: Double { 86400 }

    func sleep(seconds: Double) {
        guard seconds > 0 else { return }
        Thread.sleep(nanoseconds: Int64(min(seconds, Self.sleepSecondsMax) * 1e9))
    }

    func writeLog(_ prefix: String, _ text: [UInt8]) {
        log.write(.warning, prefix + String(decoding: text, as: UTF8.self))
    }

    func crash(isNoticed: Bool) -> Never { CrashReporter.crash(isNoticed: isNoticed) }

    // MARK: Command log

    func commandLogEntries(_ kind: CommandLogKind, count: Int) -> [CommandLogEntry] {
        commandLog.entries(kind, count: count)
    }

    func commandLogCount(_ kind: CommandLogKind) -> Int { commandLog.count(kind) }
    func clearCommandLog(_ kind: CommandLogKind) { commandLog.clear(kind) }

    // MARK: Memory

    func memoryFigures() -> [(name: String, figure: MemoryFigure)] {
        let memory = Allocator.statistics()
        let used = memory.used, peak = max(peaks.memory, used), atStart = min(memoryAtStart, used)
        let clientBytes = ClientCounts(self).bytes
        var keys = 0, tableBytes = 0
        var databases: [(name: String, figure: MemoryFigure)] = []
        // The first database is told of in any case, the others once they have had keys.
        for database in 0..<keyspace.databaseCount where database == 0 || keyspace.hasTables(inDatabase: database) {
            let bytes = keyspace.tableBytes(inDatabase: database)
            keys += keyspace.count(inDatabase: database)
            tableBytes += bytes
            // Expiries are kept inside the entries.
            let parts: [(name: String, figure: MemoryFigure)] = [
                ("overhead.hashtable.main", .count(bytes)), ("overhead.hashtable.expires", .count(0)),
            ]
            databases.append(("db.\(database)", .group(parts)))
        }
        let overhead = min(atStart + tableBytes + clientBytes, used)
        let dataset = used - overhead
        let absent = ["cluster.links", "cluster.slot_import", "cluster.slot_export", "aof.buffer", "lua.caches",
            "functions.caches"]
        return [
            ("peak.allocated", .count(peak)), ("total.allocated", .count(used)), ("startup.allocated", .count(atStart)),
            ("replication.backlog", .count(0)), ("replicas.repl.buffer", .count(0)), ("clients.slaves", .count(0)),
            ("clients.normal", .count(clientBytes)),
        ] + absent.map { ($0, .count(0)) } + databases + [
            ("overhead.db.hashtable.lut", .count(tableBytes)), ("overhead.db.hashtable.rehashing", .count(0)),
            ("overhead.total", .count(overhead)), ("db.dict.rehashing.count", .count(0)), ("keys.count", .count(keys)),
            ("keys.bytes-per-key", .count(keys == 0 ? 0 : (used - atStart) / keys)),
            ("dataset.bytes", .count(dataset)),
            ("dataset.percentage", .ratio(100 * Self.ratio(dataset, used - atStart))),
            ("peak.percentage", .ratio(100 * Self.ratio(used, peak))),
        ] + fragmentation(memory)
    }

    private func fragmentation(_ memory: Allocator.Statistics) -> [(name: String, figure: MemoryFigure)] {
        [
            ("allocator.allocated", .count(memory.allocated)), ("allocator.active", .count(memory.active)),
            ("allocator.resident", .count(memory.resident)), ("allocator.muzzy", .count(memory.muzzy)),
            ("allocator-fragmentation.ratio", .ratio(Self.ratio(memory.active, memory.allocated))),
            ("allocator-fragmentation.bytes", .count(memory.active - memory.allocated)),
            ("allocator-rss.ratio", .ratio(Self.ratio(memory.resident, memory.active))),
            ("allocator-rss.bytes", .count(memory.resident - memory.active)),
            ("rss-overhead.ratio", .ratio(Self.ratio(memory.residentSet, memory.resident))),
            ("rss-overhead.bytes", .count(memory.residentSet - memory.resident)),
            ("fragmentation", .ratio(Self.ratio(memory.residentSet, memory.used))),
            ("fragmentation.bytes", .count(memory.residentSet - memory.used)),
        ]
    }

    private static func ratio(_ part: Int, _ whole: Int) -> Double { whole <= 0 ? 0 : Double(part) / Double(whole) }

    /// Below this much memory ratios mean nothing.
    private static var reportBytesMin: Int { 5 << 20 }
    /// Ratios above which something is worth a word: memory at its peak beside now, and pages beside what is in them.
    private static var peakRatioMax: Double { 1.5 }
    private static var fragmentationRatioMax: Double { 1.4 }
    private static var fragmentationBytesMin: Int { 10 << 20 }

    func memoryReport() -> String {
        let memory = Allocator.statistics()
        guard memory.used >= Self.reportBytesMin else { return "The server is nearly empty: there is nothing to say." }
        var report = ""
        if Self.ratio(peaks.memory, memory.used) > Self.peakRatioMax {
            report += "Peak: \(peaks.memory) bytes were in use at one time, now it is \(memory.used). Pages of that "
                + "time may still be held; MEMORY PURGE gives them back.\n"
        }
        let lost = memory.active - memory.allocated
        if Self.ratio(memory.active, memory.allocated) > Self.fragmentationRatioMax, lost > Self.fragmentationBytesMin {
            report += "Fragmentation: \(lost) bytes lie unused between values that are in use.\n"
        }
        let unreturned = memory.resident - memory.active
        if Self.ratio(memory.resident, memory.active) > Self.fragmentationRatioMax,
            unreturned > Self.fragmentationBytesMin
        {
            report += "Unused pages: \(unreturned) bytes have not been given back to the system yet.\n"
        }
        return report.isEmpty ? "Nothing is wrong with the memory." : report
    }
}
