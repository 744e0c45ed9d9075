// Turns: one client's long pipeline does not make the others wait for its end.
//
// What a turn of the loop brings of one connection may be a megabyte of requests, and those may be expensive. A client
// that has had its share stops being received from; what is there of its bytes waits until the other clients' requests
// of the next turn are executed, and then it has the next share. Its replies so far go out between the two.
// Invariant: who waits for a turn and for nothing else has a backlog of bytes, receives nothing, and is in
// `waitingTurns` once.

internal import Memory
internal import Network
internal import RESP

extension Worker {
    /// Whether a client with more requests than a batch holds has gone on for long enough. Asked after each batch.
    mutating func hasHadItsShare(_ connection: ConnectionID) -> Bool {
        let nowNs = RunLoop.now
        if connection != turnHolder {
            turnHolder = connection
            turnHeldSinceNs = nowNs
        }
        return nowNs - turnHeldSinceNs > Limits.turnShareNs
    }

    /// Lets the others go first: `bytes` are what is left.
    @inline(never)
    mutating func waitForTurn(_ bytes: ByteView, _ slot: Int, _ loop: borrowing RunLoop) {
        let backlog = makeBacklog(slot)
        backlog.input.append(bytes)
        backlog.isReceivePaused = true
        // That the client goes away is told behind its bytes: it may have sent all it wanted and wait for the replies.
        loop.pauseReceive(clients.value[slot].connection, watchingHangup: false)
        waitingTurns.append(clients.value[slot].connection)
    }

    /// The next share of each who waits, at the end of a turn.
    mutating func serveWaitingTurns(_ loop: borrowing RunLoop, _ batch: inout RequestBatch) {
        var waiting: [ConnectionID] = []
        swap(&waiting, &waitingTurns)
        for connection in waiting {
            // Whoever has begun to wait for something else meanwhile goes on when that has come.
            guard isHere(connection), clients.value[connection.slot].waiter == nil else { continue }
            runBacklog(connection.slot, loop, &batch)
            if isHere(connection) { flush(connection, connection.slot, loop) }
        }
    }
}
