// Worker+Replies: what comes in on the hot path: replies counted, timed and looked into, errors.

import Network
import Memory

extension Worker {
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
            if unsafe flight.pointee.kind.isRead {
                unsafe receiveWatched(slot, &cursor, end, loop)
                continue
            }
            var found = ReplyCounts()
            let start = unsafe cursor
            unsafe connection.pointee.scanner.scan(&cursor, end, limit: Int(flight.pointee.replies), counts: &found)
            if found.errors > 0 { unsafe noteError(slot, start, cursor) }
            if unsafe connection.pointee.scanner.hasErrorToTell { unsafe keepError(slot, start, end) }
            guard found.replies > 0 else { continue }
            lastProgressNs = nowNs
            unsafe flight.pointee.replies &-= UInt32(truncatingIfNeeded: found.replies)
            unsafe account(slot, flight.pointee, found)
            if unsafe flight.pointee.replies == 0 { unsafe connection.pointee.removeFirst() }
        }
        if unsafe connection.pointee.scanner.hasFailed {
            return plan.control.fail("\(plan.endpoint.description) sent bytes that are no replies")
        }
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
        let command = Int(flight.command)
        var requests = UInt64(truncatingIfNeeded: found.replies)
        switch flight.kind {
        case .plain, .watched, .delivery: break
        case .block, .insert: requests = flight.replies == 0 ? 1 : 0
        case .step, .part: requests = 0
        case .opening: return
        }
        counts[command].errors &+= UInt64(truncatingIfNeeded: found.errors)
        counts[command].misses &+= UInt64(truncatingIfNeeded: found.nils)
        if found.empties > 0 || flight.kind == .insert { accountKeys(slot, flight, found) }
        guard requests > 0 else { return }
        counts[command].requests &+= requests
        if flight.kind != .delivery {
            counts[command].latency.record(nowNs &- min(flight.timeNs, nowNs), count: requests)
        }
        settle(slot, Int(truncatingIfNeeded: requests))
    }

    /// What replies tell of keys: those of an insert are there when it has been answered (by an error, too, or the
    /// later ones would wait for ever); a record without a field is none.
    @inline(never)
    private mutating func accountKeys(_ slot: Int, _ flight: Flight, _ found: ReplyCounts) {
        let group = unsafe groups + Int(connections[slot].group)
        let choice = unsafe Int(flight.command) - group.pointee.firstCommand
        // Of a capture's requests there are no choices.
        guard unsafe choice < group.pointee.choiceCount else { return }
        if unsafe group.pointee.choices[choice].readsRecords {
            counts[Int(flight.command)].misses &+= UInt64(truncatingIfNeeded: found.empties)
        }
        guard flight.kind == .insert, flight.replies == 0 else { return }
        let count = unsafe group.pointee.choices[choice].template.newKeyCount
        unsafe group.pointee.renderer.acknowledge(newKey: flight.key, count: count)
    }

    private mutating func didFinishBatch(_ slot: Int, _ loop: borrowing RunLoop) {
        let group = unsafe Int(connections[slot].group)
        guard startNs != 0, mayIssue(group) else { return }
        let role = unsafe groups[group].role
        guard role == .requests || role == .companion else { return }
        if unsafe groups[group].isOpenLoop {
            // What waits for its turn has had no batch, only a message.
            if unsafe groups[group].reconnects && !groups[group].ring.contains(Int32(slot)) { reconnect(slot, loop) }
            return
        }
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
        lastProgressNs = nowNs
        unsafe connections[slot].removeFirst()
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
        let follow = unsafe groups[group].choices[choice].follow
        let follower = unsafe groups[group].choices[choice].follower
        if follow == .onMiss && found.nils > 0 && (!isStopping || waitsForAll) {
            fill(slot, group, follower, flight, loop)
        }
        defer { if flight.kind == .step { unsafe proceed(after: reply, slot, flight, found, group, choice, loop) } }
        guard found.errors == 0 else { return unsafe noteError(flight, Array(reply)) }
        // A scan's own reply is a list of keys; the records are checked.
        let isList = flight.kind == .step && follow == .records
        let check = unsafe isList ? .nothing : groups[group].choices[choice].check
        let isComplete = unsafe groups[group].isComplete
        guard found.nils == 0 else {
            if isComplete && check != .nothing { counts[Int(flight.command)].mismatches &+= 1 }
            return
        }
        let isExpected =
            switch check {
            case .nothing: true
            case .value: unsafe groups[group].renderer.isExpected(reply, key: flight.key)
            case .anyLength: unsafe groups[group].renderer.isExpected(reply, key: flight.key, ofAnyLength: true)
            case .record:
                unsafe groups[group].renderer.isExpectedRecord(
                    reply, key: flight.key, fields: StandardWorkloads.ycsbFields, mayBeNone: !isComplete)
            case .score: unsafe groups[group].renderer.isExpectedScore(reply, key: flight.key)
            case .receivers: unsafe noteReceivers(reply)
            }
        if !isExpected { counts[Int(flight.command)].mismatches &+= 1 }
        if flight.kind == .delivery { unsafe timeItems(of: reply, command: Int(flight.command)) }
        if follow == .acknowledgement { unsafe acknowledge(reply, slot, group, follower, loop) }
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
        enter(slot, 1)
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

    // MARK: Second steps

    /// Sends what a reply was needed for; the request's latency counts from its first step. Where nothing follows, it
    /// ends here.
    private mutating func proceed(
        after reply: UnsafeBufferPointer<UInt8>, _ slot: Int, _ flight: Flight, _ found: ReplyCounts, _ group: Int,
        _ choice: Int, _ loop: borrowing RunLoop
    ) {
        // The next step takes its place among what is on its way.
        settle(slot, 1)
        var isDone = found.errors > 0
        if !isDone, unsafe groups[group].choices[choice].follow == .records {
            let isChecked = unsafe groups[group].choices[choice].check != .nothing
            isDone = unsafe !readRecords(in: reply, slot, flight, isChecked: isChecked)
        } else if !isDone {
            unsafe groups[group].renderer.force(key: flight.key)
            let follower = unsafe groups[group].choices[choice].follower
            send(slot, group, follower, timeNs: max(1, flight.timeNs))
        }
        if isDone {
            counts[Int(flight.command)].requests &+= 1
            counts[Int(flight.command)].latency.record(nowNs &- min(flight.timeNs, nowNs))
        } else {
            unsafe loop.send(output.takeChain(), to: connections[slot].id)
            sent.append(Int32(slot))
        }
    }

    /// A read of each key in a reply, as one block, or to be checked one by one. False if there is none.
    private mutating func readRecords(
        in reply: UnsafeBufferPointer<UInt8>, _ slot: Int, _ flight: Flight, isChecked: Bool
    ) -> Bool {
        var strings = unsafe BulkStrings(reply)
        var count: UInt32 = 0
        var lastKey: UInt64 = 0
        let timeNs = max(1, flight.timeNs)
        while let name = unsafe strings.next() {
            let key = unsafe strings.encoded
            output.append("*2\r\n$7\r\nHGETALL\r\n")
            unsafe output.append(ByteView(_unchecked: reply.baseAddress! + key.lowerBound, count: key.count))
            if isChecked && count > 0 {
                unsafe connections[slot].add(
                    command: flight.command, replies: 1, kind: .part, key: lastKey, timeNs: timeNs)
            }
            // A name that is none of this generator's has no record that would be right.
            lastKey = unsafe Decimal.number(in: reply[name].suffix(Decimal.narrow)) ?? .max
            count += 1
        }
        guard count > 0 else { return false }
        unsafe connections[slot].add(
            command: flight.command, replies: isChecked ? 1 : count, kind: isChecked ? .watched : .block, key: lastKey,
            timeNs: timeNs)
        enter(slot, 1)
        return true
    }

    // MARK: Errors

    /// Keeps the line of an error that came before the end of its reply, which tells it.
    mutating func keepError(_ slot: Int, _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        let piece = unsafe UnsafeBufferPointer(start: start, count: end - start)
        partial[slot] = unsafe Self.errorLine(in: partial[slot, default: []] + piece)
    }

    mutating func noteError(_ slot: Int, _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        let piece = unsafe UnsafeBufferPointer(start: start, count: end - start)
        let replies = unsafe (partial.removeValue(forKey: slot) ?? []) + piece
        guard unsafe !connections[slot].isQuiet else {
            return plan.control.fail("\(plan.endpoint.description): \(Self.errorText(replies))")
        }
        unsafe noteError(connections[slot].first.pointee, replies)
    }

    private func noteError(_ flight: Flight, _ replies: [UInt8]) {
        let text = Self.errorText(replies)
        if flight.kind == .opening {
            plan.control.fail("\(plan.endpoint.description): \(text)")
        } else {
            plan.control.sample(text, command: Int(flight.command))
        }
    }

    /// So much of an error is told, its sign included.
    private static var errorLineMax: Int { 201 }

    /// The first error among replies, from its sign on, without the line's end if that has come; all if there is none.
    private static func errorLine(in replies: [UInt8]) -> [UInt8] {
        let sign = UInt8(ascii: "-")
        let first = replies.indices.first { replies[$0] == sign && ($0 == 0 || replies[$0 - 1] == 10) } ?? 0
        return Array(replies[first...].prefix(errorLineMax).prefix { $0 != 10 })
    }

    private static func errorText(_ replies: [UInt8]) -> String {
        String(decoding: errorLine(in: replies).dropFirst().prefix { $0 != 13 }, as: UTF8.self)
    }
}
