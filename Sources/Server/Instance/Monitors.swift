// Monitors: the clients that see every command (MONITOR), wherever they are.
//
// Nearly always there are none, and then no command comes here. Invariant: `count` is that of the list.

internal import Commands
internal import Memory
internal import Network
internal import Platform
internal import Synchronization

final class Monitors: Sendable {
    private struct Listener {
        let worker: Int
        let connection: ConnectionID
        let clientID: UInt64
    }

    private let listeners = Guarded([Listener]())
    private let countWord = Atomic<Int>(0)

    var count: Int { countWord.load(ordering: .relaxed) }

    func add(worker: Int, _ connection: ConnectionID, clientID: UInt64) {
        listeners.withLock { $0.append(Listener(worker: worker, connection: connection, clientID: clientID)) }
        countWord.add(1, ordering: .relaxed)
    }

    func remove(clientID: UInt64) {
        let removed = listeners.withLock { listeners in
            let before = listeners.count
            listeners.removeAll { $0.clientID == clientID }
            return before - listeners.count
        }
        countWord.subtract(removed, ordering: .relaxed)
    }

    /// Sends a line, whose time is put before it, to all of them, each by way of its worker. The lines' times go by
    /// their order.
    func feed(_ rest: [UInt8], _ clock: Clock, _ workers: [WorkerHandle]) {
        listeners.withLock { listeners in
            let time = clock.now()
            let micros = String(time.unixUs % 1_000_000)
            let fraction = String(repeating: "0", count: 6 - micros.count) + micros
            let line = Array("+\(time.unixSeconds).\(fraction)".utf8) + rest
            for listener in listeners {
                workers[listener.worker].mailbox.post(
                    .deliver(listener.connection, clientID: listener.clientID, bytes: line))
            }
        }
    }
}

extension Instance {
    /// Exclusively: from here on all workers know that there is a monitor.
    func startMonitoring(_ session: inout Session) {
        session.flags.insert(.monitor)
        let worker = Int(session.worker)
        let connection = workers[worker].clients.value[Int(session.slot)].connection
        monitors.add(worker: worker, connection, clientID: session.id)
        settings.value.generation &+= 1
    }
}
