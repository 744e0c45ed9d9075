// CommandLog: the latest commands that took long, were large, or were answered at length.
//
// Not on the way of any command: a worker comes here only with a command that it has found to be over a limit.
// Invariant: ids rise by one per entry of a kind, and the youngest entry comes first when told.

internal import Commands
internal import Platform

final class CommandLog: Sendable {
    /// The entries of one kind, oldest first.
    private struct Record {
        var entries: [CommandLogEntry] = []
        var nextID = 0
    }

    private let records = Guarded([Record](repeating: Record(), count: CommandLogKind.allCases.count))

    /// Adds an entry under the next id and drops the oldest ones beyond `max`.
    func add(_ kind: CommandLogKind, _ entry: CommandLogEntry, max: Int) {
        var entry = entry
        records.withLock { records in
            entry.id = records[kind.rawValue].nextID
            records[kind.rawValue].nextID += 1
            records[kind.rawValue].entries.append(entry)
            let surplus = records[kind.rawValue].entries.count - max
            if surplus > 0 { records[kind.rawValue].entries.removeFirst(surplus) }
        }
    }

    /// The youngest `count` entries, youngest first.
    func entries(_ kind: CommandLogKind, count: Int) -> [CommandLogEntry] {
        records.withLock { $0[kind.rawValue].entries.suffix(count).reversed() }
    }

    func count(_ kind: CommandLogKind) -> Int { records.withLock { $0[kind.rawValue].entries.count } }

    func clear(_ kind: CommandLogKind) { records.withLock { $0[kind.rawValue].entries = [] } }
}

extension Instance {
    func commandLogEntries(_ kind: CommandLogKind, count: Int) -> [CommandLogEntry] {
        commandLog.entries(kind, count: count)
    }

    func commandLogCount(_ kind: CommandLogKind) -> Int { commandLog.count(kind) }
    func clearCommandLog(_ kind: CommandLogKind) { commandLog.clear(kind) }
}
