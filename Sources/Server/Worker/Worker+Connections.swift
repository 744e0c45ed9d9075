// A worker's connections: how they come, deliver bytes, and go.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform
internal import RESP
internal import Synchronization

extension Worker {
    /// Tokens of listeners.
    enum Listener {
        static let tcp: UInt32 = 1
        static let unix: UInt32 = 2
    }

    // MARK: Coming

    /// Gives an accepted connection to the worker that has the fewest.
    mutating func place(_ descriptor: Int32, _ listener: UInt32, _ loop: borrowing RunLoop) {
        let target = instance.leastLoadedWorker()
        target.load.add(1, ordering: .relaxed)
        if target === handle {
            adopt(descriptor, listener, loop)
        } else {
            target.mailbox.post(.adopt(descriptor: descriptor, listener: listener))
        }
    }

    /// Makes a client of an accepted connection, or tells it why not. Its place in `load` is already taken.
    mutating func adopt(_ descriptor: Int32, _ listener: UInt32, _ loop: borrowing RunLoop) {
        let connection: ConnectionID
        do {
            connection = try loop.adopt(
                descriptor: descriptor,
                keepaliveSeconds: listener == Listener.tcp ? settings.value.keepaliveSeconds : 0)
        } catch {
            handle.load.subtract(1, ordering: .relaxed)
            return instance.log.write(.verbose, "Error registering a new connection: \(error.text)")
        }
        let total = instance.connectedClients.add(1, ordering: .relaxed).newValue
        let id = instance.nextClientID.add(1, ordering: .relaxed).oldValue
        var session = Session(id: id, nowMs: now.unixMs)
        if listener == Listener.unix { session.flags.insert(.unixSocket) }
        if !settings.value.requiresPassword { session.flags.insert(.authenticated) }
        if instance.pause.isOn(now.unixMs) { session.flags.insert(.paused) }
        let slot = connection.slot
        session.worker = UInt16(index)
        session.slot = UInt32(slot)
        clients.value.insert(
            Client(session: session, connection: connection, descriptor: descriptor), at: slot)
        if instance.log.writes(.verbose) { logComing(slot) }
        if total > settings.value.clientsMax {
            return refuse(slot, "-ERR max number of clients reached\r\n", loop)
        }
        if settings.value.isProtected && listener == Listener.tcp && !admitNeighbour(slot, loop) { return }
        figures.value.connectionsAccepted += 1
    }

    private mutating func refuse(_ slot: Int, _ text: StaticString, _ loop: borrowing RunLoop) {
        figures.value.connectionsRefused += 1
        loop.send(copying: ByteView(text), to: clients.value[slot].connection)
        closeAfterFlush(slot, loop)
    }

    /// In protected mode only the loopback interface is served; false of who is turned away. Where a peer was that has
    /// gone already is not known: what it may have left is not executed, and it is none of those.
    private mutating func admitNeighbour(_ slot: Int, _ loop: borrowing RunLoop) -> Bool {
        let peer = SocketAddress.name(ofSocket: clients.value[slot].descriptor, peer: true)
        if peer.isEmpty {
            close(slot, loop)
        } else if !SocketAddress.isLoopback(peer) {
            refuse(slot, Self.protectedModeText, loop)
            return false
        }
        return true
    }

    // MARK: Bytes

    /// A client's bytes: parses them into the batch, which is executed when it is full, at the end of the turn, or when
    /// this client's requests have to be done before it can go on.
    mutating func receive(
        _ bytes: ByteView, _ slot: Int, _ loop: borrowing RunLoop, _ batch: inout RequestBatch
    ) {
        // A client that CLIENT KILL has found is only waiting to be closed.
        if clients.value[slot].session.flags.has(.closing) { return }
        clients.value[slot].session.bytesIn &+= UInt64(bytes.count)
        clients.value[slot].session.lastActivityMs = now.unixMs
        figures.value.bytesIn &+= UInt64(bytes.count)
        if clients.value[slot].waiter != nil || clients.value[slot].backlog != nil {
            return keep(bytes, slot, loop)
        }
        gather(bytes, slot, loop, &batch)
    }

    /// Sends what the reply buffer holds; closes the client if it is to be closed.
    mutating func flush(_ connection: ConnectionID, _ slot: Int, _ loop: borrowing RunLoop) {
        if !reply.output.isEmpty {
            let count = UInt64(reply.output.count)
            clients.value[slot].session.bytesOut &+= count
            clients.value[slot].replyPeakBytes = max(clients.value[slot].replyPeakBytes, UInt32(clamping: count))
            figures.value.bytesOut &+= count
            let isCut = reply.output.hasOverflowed
            let chain = reply.output.takeChain()
            if isCut { return closeOverLimit(slot, Int(loop.pendingOutputBytes(connection) + count), loop) }
            loop.send(chain, to: connection)
            if !isWithinOutputLimits(slot, loop) { return }
        }
        if clients.value[slot].session.flags.has(.closing) { closeAfterFlush(slot, loop) }
    }

    /// Sends a monitor a line, which it may have asked for no longer, or not to be told, since that was written.
    mutating func deliver(
        _ bytes: [UInt8], _ connection: ConnectionID, _ clientID: UInt64, _ loop: borrowing RunLoop
    ) {
        let slot = connection.slot
        guard isHere(connection), clients.value[slot].session.id == clientID,
            clients.value[slot].session.flags.has(.monitor), !clients.value[slot].session.flags.has(.repliesOff)
        else { return }
        clients.value[slot].session.bytesOut &+= UInt64(bytes.count)
        figures.value.bytesOut &+= UInt64(bytes.count)
        loop.send(copying: ByteView(bytes.span), to: connection)
        _ = isWithinOutputLimits(slot, loop)
    }

    /// Parses a client's bytes into the batch. What ends them other than their end is dealt with once the requests
    /// before it are executed.
    mutating func gather(
        _ bytes: ByteView, _ slot: Int, _ loop: borrowing RunLoop, _ batch: inout RequestBatch
    ) {
        let connection = clients.value[slot].connection
        var position = 0
        while true {
            let limits = parserLimits(slot)
            let first = batch.count
            let outcome = clients.value[slot].parser.parse(bytes[position..<bytes.count], into: &batch, limits: limits)
            position += outcome.consumed
            addPart(connection, slot, from: first, batch)
            if case .inputExhausted = outcome.stop { return }
            executeGathered(&batch, loop)
            guard isHere(connection), !clients.value[slot].session.flags.has(.closing) else { return }
            if clients.value[slot].waiter != nil {
                return keepRest(bytes[position..<bytes.count], outcome.stop, slot, loop)
            }
            switch outcome.stop {
            case .inputExhausted: return
            case .batchFull:
                if position < bytes.count && hasHadItsShare(connection) {
                    return waitForTurn(bytes[position..<bytes.count], slot, loop)
                }
            case .bulk(let missing): return receiveBulk(slot, missing, loop)
            case .error(let error):
                refuse(slot, error)
                return flush(connection, slot, loop)
            }
        }
    }

    /// Prepares the requests that a connection has added to the batch.
    private mutating func addPart(
        _ connection: ConnectionID, _ slot: Int, from first: Int, _ batch: borrowing RequestBatch
    ) {
        guard batch.count > first else { return }
        database.index = Int(clients.value[slot].session.database)
        for index in first..<batch.count { prepare(index, batch.arguments(of: index)) }
        let hashes = keyHashes.span.extracting(first..<batch.count)
        if isShared { database.prefetchBucketsLocking(hashes) } else { database.prefetchBuckets(hashes) }
        parts[partCount] = BatchPart(connection: connection, end: batch.count)
        partCount += 1
    }

    /// What is left when the client has blocked: bytes, or the error that they ended in.
    @inline(never)
    private func keepRest(
        _ bytes: ByteView, _ stop: ParseOutcome.Stop, _ slot: Int, _ loop: borrowing RunLoop
    ) {
        if case .error(let error) = stop {
            makeBacklog(slot).error = error
        } else {
            keep(bytes, slot, loop)
        }
    }

    /// Answers bytes that are no request, if the client wants replies. Nothing more is read from it.
    @inline(never)
    mutating func refuse(_ slot: Int, _ error: ProtocolError) {
        reply.version = clients.value[slot].session.version
        withReplyPolicy(slot) { $0.protocolError(error) }
        // Who exceeds the query buffer is told nothing.
        if error == .queryBufferExceeded { figures.value.queryLimitDisconnects += 1 } else { countError() }
        clients.value[slot].session.flags.insert(.closing)
        logRefusal(slot, error)
    }

    private func parserLimits(_ slot: Int) -> ParserLimits {
        ParserLimits(
            bulkBytesMax: settings.value.bulkBytesMax, queryBufferBytesMax: settings.value.queryBufferBytesMax,
            isUnauthenticated: isStranger(slot))
    }

    /// Keeps bytes of a blocked client for later, and stops receiving when there are enough: what the client sends then
    /// waits in its own buffers. That it goes away is still noticed.
    func keep(_ bytes: ByteView, _ slot: Int, _ loop: borrowing RunLoop) {
        let backlog = makeBacklog(slot)
        if backlog.error != nil { return }
        backlog.input.append(bytes)
        if backlog.input.count > Limits.backlogBytesMax && !backlog.isReceivePaused {
            backlog.isReceivePaused = true
            loop.pauseReceive(clients.value[slot].connection, watchingHangup: true)
        }
    }

    func makeBacklog(_ slot: Int) -> Client.Backlog {
        if let backlog = clients.value[slot].backlog { return backlog }
        let new = Client.Backlog()
        clients.value[slot].backlog = new
        return new
    }

    /// Receives the rest of a large argument straight into its block.
    private mutating func receiveBulk(_ slot: Int, _ missing: Int, _ loop: borrowing RunLoop) {
        guard let block = clients.value[slot].parser.bulkBlock else { return }
        loop.receiveBulk(clients.value[slot].connection, into: block, count: missing)
    }

    /// A large argument has all its bytes; what follows it comes as usual.
    mutating func bulkReceived(_ slot: Int) {
        guard clients.value.contains(slot) else { return }
        clients.value[slot].session.lastActivityMs = now.unixMs
    }

    // MARK: Going

    /// Whether the client of this connection is still there.
    @inline(__always)
    func isHere(_ connection: ConnectionID) -> Bool {
        clients.value.contains(connection.slot) && clients.value[connection.slot].connection == connection
    }

    /// Sends what is queued, then closes; nothing more is read.
    mutating func closeAfterFlush(_ slot: Int, _ loop: borrowing RunLoop) {
        guard clients.value.contains(slot) else { return }
        let connection = clients.value[slot].connection
        forget(slot)
        loop.closeAfterFlush(connection, lingerNanoseconds: Limits.lingerNs)
    }

    /// A peer sends nothing more. It may still read: the replies to its last requests, which can have come in this very
    /// turn, are sent to it, unless the connection has failed.
    mutating func end(_ slot: Int, _ error: Int32, _ loop: borrowing RunLoop) {
        if instance.log.writes(.verbose), clients.value.contains(slot) { logGoing(slot, error) }
        if error == 0 { closeAfterFlush(slot, loop) } else { close(slot, loop) }
    }

    /// Closes at once.
    mutating func close(_ slot: Int, _ loop: borrowing RunLoop) {
        guard clients.value.contains(slot) else { return }
        let connection = clients.value[slot].connection
        forget(slot)
        loop.close(connection)
    }

    /// Takes a client out of everything that knows it.
    private mutating func forget(_ slot: Int) {
        endWaitOfVanished(slot)
        if clients.value[slot].session.transaction != nil { unwatchAll(slot) }
        if clients.value[slot].session.flags.has(.monitor) {
            instance.monitors.remove(clientID: clients.value[slot].session.id)
        }
        _ = clients.value.remove(slot)
        handle.load.subtract(1, ordering: .relaxed)
        instance.connectedClients.subtract(1, ordering: .relaxed)
    }

    private static let protectedModeText: StaticString = """
        -DENIED Running in protected mode because protected mode is enabled and no password is set for the default \
        user. In this mode connections are only accepted from the loopback interface. If you want to connect from \
        external computers, you may adopt one of the following solutions: 1) Just disable protected mode sending the \
        command 'CONFIG SET protected-mode no' from the loopback interface by connecting from the same host the \
        server is running, however MAKE SURE it's not publicly accessible from internet if you do so. Use CONFIG \
        REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing \
        the configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If \
        you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Set \
        up an authentication password for the default user. NOTE: You only need to do one of the above things in \
        order for the server to start accepting connections from the outside.\r\n
        """
}
