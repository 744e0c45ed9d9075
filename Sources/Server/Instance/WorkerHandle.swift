// WorkerHandle: the part of a worker that the others may reach: its mailbox at any time, its clients and figures in an
// exclusive section.

internal import Datastore
internal import Memory
internal import Platform
internal import Synchronization

final class WorkerHandle: Sendable {
    let index: Int
    let mailbox = Mailbox()
    /// Held while the worker's thread lives.
    let life = Lock()
    /// Held from there until its loop is there, or cannot be had.
    let start = Lock()
    /// Connections it has, for the placement of new ones.
    let load = Atomic<Int>(0)
    let clients = Permanent(SlotTable<Client>())
    let figures = Permanent(WorkerFigures())
    let commandFigures: PermanentArray<CommandFigures>
    /// Published by the worker at the end of each turn in which they changed.
    let databaseFigures = Permanent(Database.Figures())
    let changes = Permanent(0)
    /// Copies of figures for the first worker, which samples them while this one goes on counting. How long it has been
    /// busy is as of the last round of housekeeping.
    let publishedCommands = Atomic<UInt64>(0)
    let publishedBytesIn = Atomic<UInt64>(0)
    let publishedBytesOut = Atomic<UInt64>(0)
    let publishedTurns = Atomic<UInt64>(0)
    let publishedBusyUs = Atomic<UInt64>(0)
    /// What the run loop has counted, as of the last round of housekeeping.
    let loopFigures = Permanent(LoopFigures())

    init(index: Int, commandCount: Int) {
        self.index = index
        commandFigures = PermanentArray(repeating: CommandFigures(), count: commandCount)
    }
}
