// Worker+Traffic: the hot path: replies in, requests out.

import Network
import Memory
import Synchronization

extension Worker {
    // MARK: Replies

    mutating func receive(
        _ id: ConnectionID, _ base: UnsafePointer<UInt8>, _ count: Int, _ loop: borrowing RunLoop
    ) {
        let slot = id.slot
        let connection = unsafe connections + slot
        guard unsafe connection.pointee.id == id else { return }
        var cursor = unsafe base
        let end = unsafe base + count
        while unsafe cursor < end {
            if unsafe connection.pointee.isQuiet {
                unsafe receiveMessages(slot, &cursor, end, loop)
                continue
            }
            let flight = unsafe connection.pointee.first
            if unsafe flight.pointee.kind == .watched {
                unsafe receiveWatched(slot, &cursor, end, loop)
                continue
            }
            var found = ReplyCounts()
            let start = unsafe cursor
            unsafe connection.pointee.scanner.scan(&cursor, end, limit: Int(flight.pointee.replies), counts: &found)
            if found.errors > 0 { unsafe noteError(slot, start, cursor) }
            guard found.replies > 0 else { continue }
            unsafe flight.pointee.replies &-= UInt32(truncatingIfNeeded: found.replies)
            unsafe account(slot, flight.pointee, found)
            if unsafe flight.pointee.replies == 0 { unsafe connection.pointee.removeFirst() }
        }
        if unsafe connection.pointee.scanner.hasFailed {
            return plan.control.fail("\(plan.endpoint.description) sent bytes that are no replies")
        }
        lastProgressNs = nowNs
        guard unsafe connection.pointee.isQuiet else { return }
        if unsafe connection.pointee.phase == .ready {
            didFinishBatch(slot, loop)
        } else {
            becomeReadyIfOpened(slot, loop)
        }
    }

    /// Books `found` replies of a flight.
    @inline(__always)
    private mutating func account(_ slot: Int, _ flight: Flight, _ found: ReplyCounts) {
        if flight.kind == .opening { return }
        let command = Int(flight.command)
        var requests = UInt64(truncatingIfNeeded: found.replies)
        if flight.kind == .block { requests = flight.replies == 0 ? 1 : 0 }
        counts[command].errors &+= UInt64(truncatingIfNeeded: found.errors)
        counts[command].misses &+= UInt64(truncatingIfNeeded: found.nils)
        guard requests > 0 else { return }
        counts[command].requests &+= requests
        counts[command].latency.record(nowNs &- min(flight.timeNs, nowNs), count: requests)
        settle(slot, Int(truncatingIfNeeded: requests))
    }

    @inline(__always)
    private mutating func settle(_ slot: Int, _ requests: Int) {
        unsafe connections[slot].outstanding &-= UInt32(truncatingIfNeeded: requests)
        if unsafe groups[Int(connections[slot].group)].role == .requests { outstanding &-= requests }
    }

    private mutating func didFinishBatch(_ slot: Int, _ loop: borrowing RunLoop) {
        let group = unsafe Int(connections[slot].group)
        guard startNs != 0, !isStopping, unsafe !groups[group].isOpenLoop else { return }
        let role = unsafe groups[group].role
        guard role == .requests || role == .companion else { return }
        if unsafe groups[group].reconnects { return reconnect(slot, loop) }
        issue(slot, loop)
    }

    /// Reads one reply to a request that wants its reply looked into.
    private mutating func receiveWatched(
        _ slot: Int, _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ loop: borrowing RunLoop
    ) {
        let flight = unsafe connections[slot].first.pointee
        var found = ReplyCounts()
        let start = unsafe cursor
        unsafe connections[slot].scanner.scan(&cursor, end, limit: 1, counts: &found)
        guard found.replies > 0 else {
            unsafe partial[slot, default: []].append(
                contentsOf: UnsafeBufferPointer(start: start, count: cursor - start))
            return
        }
        unsafe connections[slot].removeFirst()
        if found.errors > 0 { unsafe noteError(slot, flight, start, cursor) }
        var done = flight
        done.replies = 0
        let (group, command) = unsafe (Int(connections[slot].group), Int(flight.command))
        let choice = unsafe command - groups[group].firstCommand
        let piece = unsafe UnsafeBufferPointer(start: start, count: cursor - start)
        account(slot, done, found)
        if var whole = partial.removeValue(forKey: slot) {
            unsafe whole.append(contentsOf: piece)
            unsafe whole.withUnsafeBufferPointer { unsafe look(at: $0, slot, flight, found, group, choice, loop) }
        } else {
            unsafe look(at: piece, slot, flight, found, group, choice, loop)
        }
    }

    private mutating func look(
        at reply: UnsafeBufferPointer<UInt8>, _ slot: Int, _ flight: Flight, _ found: ReplyCounts, _ group: Int,
        _ choice: Int, _ loop: borrowing RunLoop
    ) {
        let follower = unsafe groups[group].choices[choice].follower
        if found.nils > 0 && follower >= 0 && !isStopping {
            if unsafe groups[group].choices[follower].wordCount == 0 { fill(slot, group, follower, flight, loop) }
        }
        guard found.nils == 0, found.errors == 0 else { return }
        let isExpected =
            switch unsafe groups[group].choices[choice].check {
            case .nothing: true
            case .value: unsafe groups[group].renderer.isExpected(reply, key: flight.key)
            case .score: unsafe groups[group].renderer.isExpectedScore(reply, key: flight.key)
            }
        if !isExpected { counts[Int(flight.command)].mismatches &+= 1 }
        if follower >= 0 { unsafe acknowledge(reply, slot, group, follower, loop) }
    }

    /// Sends the command that acknowledges the stream entries of a reply.
    private mutating func acknowledge(
        _ reply: UnsafeBufferPointer<UInt8>, _ slot: Int, _ group: Int, _ choice: Int, _ loop: borrowing RunLoop
    ) {
        let wordCount = unsafe groups[group].choices[choice].wordCount
        let ids = unsafe StreamReply.ids(in: reply)
        guard wordCount > 0, !ids.isEmpty else { return }
        var request = Array("*\(wordCount + ids.count)\r\n".utf8)
        unsafe request += groups[group].choices[choice].words
        for id in ids { request += Array("$\(id.count)\r\n".utf8) + id + [13, 10] }
        unsafe request.withUnsafeBufferPointer { bytes in
            unsafe output.append(ByteView(_unchecked: bytes.baseAddress!, count: bytes.count))
        }
        let command = unsafe groups[group].choices[choice].command
        unsafe connections[slot].add(command: command, replies: 1, kind: .plain, key: 0, timeNs: 0)
        unsafe connections[slot].outstanding &+= 1
        if unsafe groups[group].role == .requests { outstanding &+= 1 }
        unsafe loop.send(output.takeChain(), to: connections[slot].id)
        sent.append(Int32(slot))
    }

    /// Sends the command that fills a miss.
    private mutating func fill(_ slot: Int, _ group: Int, _ choice: Int, _ flight: Flight, _ loop: borrowing RunLoop) {
        unsafe groups[group].renderer.force(key: flight.key)
        unsafe groups[group].renderer.forcedSize = Int(flight.size)
        send(slot, group, choice, timeNs: 0)
        unsafe groups[group].renderer.forcedSize = -1
        unsafe loop.send(output.takeChain(), to: connections[slot].id)
        sent.append(Int32(slot))
    }

    // MARK: Messages

    /// Bytes that answer no request: a subscriber's messages.
    private mutating func receiveMessages(
        _ slot: Int, _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ loop: borrowing RunLoop
    ) {
        var found = ReplyCounts()
        let start = unsafe cursor
        unsafe connections[slot].scanner.scan(&cursor, end, limit: 1, pushesToo: true, counts: &found)
        let group = unsafe Int(connections[slot].group)
        guard unsafe groups[group].role == .subscriber else {
            // What a server says before it turns a connection away.
            if found.errors > 0 { return unsafe noteError(slot, start, cursor) }
            if found.replies > 0 {
                plan.control.fail("\(plan.endpoint.description) sent a reply that nobody asked for")
            }
            return
        }
        guard found.replies + found.pushes > 0 else {
            unsafe partial[slot, default: []].append(
                contentsOf: UnsafeBufferPointer(start: start, count: cursor - start))
            return
        }
        let piece = unsafe UnsafeBufferPointer(start: start, count: cursor - start)
        if unsafe connections[slot].acknowledgements > 0 {
            partial[slot] = nil
            if found.errors > 0 { unsafe noteError(slot, start, cursor) }
            unsafe connections[slot].acknowledgements -= 1
            return becomeReadyIfOpened(slot, loop)
        }
        if var whole = partial.removeValue(forKey: slot) {
            unsafe whole.append(contentsOf: piece)
            unsafe whole.withUnsafeBufferPointer { unsafe countMessage($0, group) }
        } else {
            unsafe countMessage(piece, group)
        }
    }

    /// A message whose payload begins with `{time}` is timed from there.
    private mutating func countMessage(_ message: UnsafeBufferPointer<UInt8>, _ group: Int) {
        if unsafe echoes.due > 0 && Self.isEcho(message) {
            echoes.due -= 1
            return
        }
        let command = unsafe groups[group].firstCommand
        counts[command].requests &+= 1
        var begin = message.count - 2
        while begin > 0, unsafe message[begin - 1] != 10 { begin -= 1 }
        guard message.count - 2 - begin >= 20 else { return }
        var time: UInt64 = 0
        for index in begin..<begin + 20 {
            let digit = unsafe message[index] &- 48
            guard digit <= 9 else { return }
            time = time &* 10 &+ UInt64(digit)
        }
        counts[command].latency.record(nowNs &- min(time, nowNs))
    }

    /// Whether it is what a subscriber's PING is answered with: +PONG, an array of two, or a refusal. Messages have
    /// three or four elements.
    private static func isEcho(_ message: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = unsafe message.first, message.count > 1 else { return false }
        return unsafe first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || message[1] == UInt8(ascii: "2")
    }

    // MARK: Errors

    private mutating func noteError(
        _ slot: Int, _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) {
        guard unsafe !connections[slot].isQuiet else {
            return plan.control.fail("\(plan.endpoint.description): \(unsafe Self.errorText(start, end))")
        }
        unsafe noteError(slot, connections[slot].first.pointee, start, end)
    }

    private func noteError(
        _ slot: Int, _ flight: Flight, _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) {
        let text = unsafe Self.errorText(start, end)
        if flight.kind == .opening {
            plan.control.fail("\(plan.endpoint.description): \(text)")
        } else {
            plan.control.sample(text, command: Int(flight.command))
        }
    }

    /// The first error's line among replies.
    private static func errorText(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> String {
        let bytes = unsafe UnsafeBufferPointer(start: start, count: end - start)
        var begin = 0
        for index in bytes.indices {
            if unsafe bytes[index] == UInt8(ascii: "-") && (index == 0 || bytes[index - 1] == 10) {
                begin = index + 1
                break
            }
        }
        let line = unsafe bytes[begin...].prefix { $0 != 13 }.prefix(200)
        return String(decoding: unsafe Array(line), as: UTF8.self)
    }

    // MARK: Requests

    /// Renders one request of a choice and enters it as on its way. `timeNs` 0: stamped when the turn ends.
    @inline(__always)
    private mutating func send(_ slot: Int, _ group: Int, _ choice: Int, size: Int32 = -1, timeNs: UInt64) {
        let state = unsafe groups + group
        let connection = unsafe connections + slot
        unsafe state.pointee.renderer.render(state.pointee.choices[choice].template, into: &output)
        let (kind, command) = unsafe (state.pointee.choices[choice].kind, state.pointee.choices[choice].command)
        let replies = unsafe kind == .plain ? 1 : UInt32(state.pointee.choices[choice].template.replyCount)
        unsafe connection.pointee.add(
            command: command, replies: replies, kind: kind, key: state.pointee.renderer.lastKey, size: size,
            timeNs: timeNs)
        unsafe connection.pointee.outstanding &+= 1
        if unsafe state.pointee.role == .requests { outstanding &+= 1 }
    }

    /// The next request of a group on a connection. False when the feed has ended.
    @inline(__always)
    private mutating func sendNext(_ slot: Int, _ group: Int, timeNs: UInt64) -> Bool {
        if unsafe groups[group].feed != nil { return sendFed(slot, group, timeNs: timeNs) }
        let choice = unsafe groups[group].choose()
        send(slot, group, choice, timeNs: timeNs)
        return true
    }

    /// The next item of a trace or capture.
    private mutating func sendFed(_ slot: Int, _ group: Int, timeNs: UInt64) -> Bool {
        let position = unsafe groups[group].feedPosition
        switch unsafe groups[group].feed {
        case .trace(let trace):
            guard position < trace.accesses.count else { break }
            let access = trace.accesses[position]
            unsafe groups[group].feedPosition += groups[group].lanes
            if unsafe groups[group].isOpenLoop && groups[group].feedPosition >= trace.accesses.count {
                hasFeedEnded = true
            }
            unsafe groups[group].renderer.force(key: access.key)
            unsafe groups[group].renderer.forcedSize = Int(access.size)
            let choice = unsafe access.isWrite && groups[group].mixCount > 1 ? 1 : 0
            send(slot, group, choice, size: access.size, timeNs: timeNs)
            unsafe groups[group].renderer.forcedSize = -1
            return true
        case .capture(let capture):
            let client = unsafe Int(connections[slot].number - groups[group].baseNumber)
            let isTimed = unsafe groups[group].isOpenLoop
            let next =
                unsafe isTimed ? groups[group].captureLane?.due : groups[group].captureLane?.next(ofClient: client)
            guard let next else { return false }
            if isTimed { unsafe groups[group].captureLane?.advance() }
            if unsafe groups[group].captureLane?.left == 0 { hasFeedEnded = true }
            let request = capture.requests[next]
            unsafe capture.bytes.withUnsafeBufferPointer { bytes in
                unsafe output.append(ByteView(_unchecked: bytes.baseAddress! + request.offset, count: request.count))
            }
            let command = unsafe UInt16(groups[group].firstCommand + request.name)
            unsafe connections[slot].add(command: command, replies: 1, kind: .plain, key: 0, timeNs: timeNs)
            unsafe connections[slot].outstanding &+= 1
            outstanding &+= 1
            return true
        case nil: break
        }
        hasFeedEnded = true
        return false
    }

    /// Sends a closed loop's next batch.
    mutating func issue(_ slot: Int, _ loop: borrowing RunLoop) {
        let group = unsafe Int(connections[slot].group)
        let isCounted = unsafe groups[group].role == .requests
        let wanted = unsafe groups[group].pipeline
        let batch = isCounted ? takeQuota(wanted) : wanted
        guard batch > 0 else { return }
        unsafe groups[group].renderer.nowNs = nowNs
        unsafe groups[group].renderer.connection = connections[slot].number
        if unsafe groups[group].isUniform {
            sendUniform(slot, group, batch, isCounted: isCounted)
        } else {
            for done in 0..<batch {
                if sendNext(slot, group, timeNs: 0) { continue }
                if isCounted { quota += Int64(batch - done) }
                break
            }
        }
        guard !output.isEmpty else { return }
        unsafe loop.send(output.takeChain(), to: connections[slot].id)
        sent.append(Int32(slot))
    }

    /// A batch of the group's only template, entered as one flight.
    @inline(__always)
    private mutating func sendUniform(_ slot: Int, _ group: Int, _ batch: Int, isCounted: Bool) {
        let state = unsafe groups + group
        unsafe state.pointee.renderer.render(state.pointee.choices[0].template, count: batch, into: &output)
        unsafe connections[slot].add(
            command: state.pointee.choices[0].command, replies: UInt32(batch), kind: .plain, key: 0, timeNs: 0)
        unsafe connections[slot].outstanding &+= UInt32(batch)
        if isCounted { outstanding &+= batch }
    }

    /// Takes up to `wanted` requests from what the run may still send.
    mutating func takeQuota(_ wanted: Int) -> Int {
        if warmUntilNs != 0 { return wanted }
        if quota < Int64(wanted) && !isDrained {
            // Large enough to make the shared counter rare, small enough that threads end together.
            let portion = Int64(max(wanted, min(1024, wanted * 16)))
            let before = plan.control.remaining.subtract(portion, ordering: .relaxed).oldValue
            quota += min(max(before, 0), portion)
            if before < portion && quota < Int64(wanted) && before <= 0 { isDrained = quota == 0 }
        }
        let taken = min(quota, Int64(wanted))
        quota -= taken
        return Int(taken)
    }

    // MARK: Open loop

    /// When the group's next request is due; `.max` for closed loops and ended feeds.
    func nextArrival(_ group: Int) -> UInt64 {
        guard !isStopping, unsafe groups[group].isOpenLoop, startNs != 0 else { return .max }
        if let speed = unsafe groups[group].replaySpeed {
            switch unsafe groups[group].feed {
            case .capture(let capture):
                guard let next = unsafe groups[group].captureLane?.due else { return .max }
                return startNs + UInt64(Double(capture.requests[next].timeNs) / speed)
            case .trace(let trace):
                let position = unsafe groups[group].feedPosition
                guard position < trace.accesses.count else { return .max }
                return startNs + UInt64(Double(trace.accesses[position].timeMs) * 1e6 / speed)
            case nil: return .max
            }
        }
        return unsafe groups[group].schedule?.nextNs ?? .max
    }

    /// Sends everything that is due, in bursts of `pipeline` per connection, as long as a connection has room. What
    /// finds none stays in the schedule, and keeps its time.
    mutating func issueDue(_ group: Int, _ loop: borrowing RunLoop) {
        let count = unsafe groups[group].ring.count
        guard count > 0, !isStopping else { return }
        unsafe groups[group].renderer.nowNs = nowNs
        var full = 0
        while full < count {
            let due = nextArrival(group)
            guard due <= nowNs && due < endNs else { return }
            let slot = nextSlot(group)
            if slot < 0 { return }
            guard unsafe Int(connections[slot].outstanding) < groups[group].outstandingMax else {
                full += 1
                advanceRing(group)
                continue
            }
            full = 0
            unsafe groups[group].renderer.connection = connections[slot].number
            var burst = 0
            // The capture's next request may be another client's.
            let burstMax = unsafe groups[group].captureLane == nil ? groups[group].pipeline : 1
            while burst < burstMax {
                let time = nextArrival(group)
                guard time <= nowNs && time < endNs, takeQuota(1) == 1 else { break }
                guard sendNext(slot, group, timeNs: max(1, time)) else { break }
                unsafe groups[group].schedule?.advance()
                burst += 1
            }
            if !output.isEmpty { unsafe loop.send(output.takeChain(), to: connections[slot].id) }
            if burst == 0 { return }
            advanceRing(group)
        }
    }

    /// The connection whose turn it is; -1: the client whose turn it is has none yet.
    private func nextSlot(_ group: Int) -> Int {
        if case .capture(let capture) = unsafe groups[group].feed, let next = unsafe groups[group].captureLane?.due {
            return unsafe groups[group].captureLane?.slot(ofClient: capture.requests[next].client) ?? -1
        }
        return unsafe Int(groups[group].ring[groups[group].ringPosition])
    }

    private mutating func advanceRing(_ group: Int) {
        let next = unsafe groups[group].ringPosition + 1
        unsafe groups[group].ringPosition = next == groups[group].ring.count ? 0 : next
    }
}
