// Mailbox: what other threads ask a worker to do. Rare messages; the wake-up costs a system call only if it sleeps.

internal import Network
internal import Platform

/// A request to a worker.
enum Message: Sendable {
    /// Take over an accepted connection.
    case adopt(descriptor: Int32, listener: UInt32)
    /// Close this client.
    case close(ConnectionID, clientID: UInt64)
    /// The wait of this client is over, and this is its reply.
    case served(BlockedClient, reply: [UInt8])
    /// The wait of this client is over, as a pause keeps it from being served: now it waits for the end of that.
    case postponed(BlockedClient)
    /// Send this to a client that may be gone by now.
    case deliver(ConnectionID, clientID: UInt64, bytes: [UInt8])
    /// Listen on these TCP sockets, and no more on those before (the first worker only).
    case relisten([Int32])
    /// Look whether the server is shutting down.
    case stop
}

/// Many senders, one receiver.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        var waker: Waker?
    }

    private let state = Guarded(State())

    /// The worker's loop, once it runs; it is woken for what has come before it.
    func attach(_ waker: Waker?) {
        state.withLock { state in
            state.waker = waker
            if !state.messages.isEmpty { waker?.wake() }
        }
    }

    /// Leaves a message and wakes the worker.
    func post(_ message: Message) {
        state.withLock { state in
            state.messages.append(message)
            state.waker?.wake()
        }
    }

    /// Bytes that wait for this client to read. Exclusively.
    func refusedOutputBytes(_ connection: ConnectionID) -> Int {
        state.withLock { $0.waker?.refusedOutputBytes(connection) ?? 0 }
    }

    /// All messages since the last call, oldest first.
    func takeAll() -> [Message] {
        state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }
}
