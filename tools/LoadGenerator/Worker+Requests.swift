// Worker+Requests: what goes out on the hot path: batches of closed loops, and what the schedule of an open loop says.

import Network
import Memory
import Synchronization

extension Worker {
    /// Enters requests as on their way: the run's end waits for those of a role that has a share in it. `settle` undoes
    /// it.
    @inline(__always)
    mutating func enter(_ slot: Int, _ requests: Int) {
        unsafe connections[slot].outstanding &+= UInt32(truncatingIfNeeded: requests)
        if unsafe groups[Int(connections[slot].group)].role == .requests { outstanding &+= requests }
    }

    /// Requests that have been answered are on their way no more.
    @inline(__always)
    mutating func settle(_ slot: Int, _ requests: Int) {
        unsafe connections[slot].outstanding &-= UInt32(truncatingIfNeeded: requests)
        if unsafe groups[Int(connections[slot].group)].role == .requests { outstanding &-= requests }
    }

    /// Renders one request of a choice and enters it as on its way. `timeNs` 0: stamped when the turn ends.
    @inline(__always)
    mutating func send(_ slot: Int, _ group: Int, _ choice: Int, size: Int32 = -1, timeNs: UInt64) {
        let state = unsafe groups + group
        let connection = unsafe connections + slot
        unsafe state.pointee.renderer.render(state.pointee.choices[choice].template, into: &output)
        let (kind, command) = unsafe (state.pointee.choices[choice].kind, state.pointee.choices[choice].command)
        let replies = unsafe kind == .plain ? 1 : UInt32(state.pointee.choices[choice].template.replyCount)
        let key = unsafe kind == .insert ? state.pointee.renderer.newestKey : state.pointee.renderer.lastKey
        unsafe connection.pointee.add(
            command: command, replies: replies, kind: kind, key: key, size: size, timeNs: timeNs)
        enter(slot, 1)
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
            let choice = unsafe min(Int(access.operation.rawValue), groups[group].mixCount - 1)
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
            enter(slot, 1)
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
            sendUniform(slot, group, batch)
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
    private mutating func sendUniform(_ slot: Int, _ group: Int, _ batch: Int) {
        let state = unsafe groups + group
        unsafe state.pointee.renderer.render(state.pointee.choices[0].template, count: batch, into: &output)
        unsafe connections[slot].add(
            command: state.pointee.choices[0].command, replies: UInt32(batch), kind: .plain, key: 0, timeNs: 0)
        enter(slot, batch)
    }

    /// Takes up to `wanted` requests from what the run may still send.
    mutating func takeQuota(_ wanted: Int) -> Int {
        if warmUntilNs != 0 { return wanted }
        if quota < Int64(wanted) && !isDrained {
            // Large enough to make the shared counter rare, small enough that threads end together.
            let portion = Int64(max(wanted, min(1024, wanted * 16)))
            let before = plan.control.remaining.subtract(portion, ordering: .relaxed).oldValue
            quota += min(max(before, 0), portion)
            if before <= 0 { isDrained = quota == 0 }
        }
        let taken = min(quota, Int64(wanted))
        quota -= taken
        return Int(taken)
    }

    // MARK: Open loop

    /// Whether a group still sends. What was due in an open loop's time and found no room is sent after its end, as
    /// long as the grace lasts: those are the requests that waited longest, and a stall at the end would hide them. A
    /// number of requests, or a feed, may come to its end meanwhile.
    func mayIssue(_ group: Int) -> Bool {
        unsafe !isStopping || (isInArrears && groups[group].isOpenLoop && !shouldStop && !waitsForAll)
    }

    /// Whether something is due that was not sent in its time.
    var hasArrears: Bool { isInArrears && (0..<groupCount).contains { nextArrival($0) != .max } }

    /// Gives up what was due and has not been sent. Returns how many requests that were. O(1) for a rate, O(requests)
    /// for a replay.
    mutating func dropArrears() -> Int {
        var count = 0
        for group in 0..<groupCount where unsafe groups[group].role == .requests && nextArrival(group) != .max {
            count += unsafe groups[group].schedule?.drop(until: scheduleEndNs) ?? 0
            while nextArrival(group) != .max {
                unsafe groups[group].passOverRecorded()
                count += 1
            }
        }
        return count
    }

    /// When the group's next request is due; `.max` for closed loops, ended feeds, and what is due after the end.
    func nextArrival(_ group: Int) -> UInt64 {
        guard mayIssue(group), startNs != 0, let next = scheduledArrival(group), next < scheduleEndNs
        else { return .max }
        return next
    }

    private func scheduledArrival(_ group: Int) -> UInt64? {
        guard unsafe groups[group].isOpenLoop else { return nil }
        if let speed = unsafe groups[group].replaySpeed {
            switch unsafe groups[group].feed {
            case .capture(let capture):
                guard let next = unsafe groups[group].captureLane?.due else { return nil }
                return replayTime(capture.requests[next].timeNs, speed)
            case .trace(let trace):
                let position = unsafe groups[group].feedPosition
                guard position < trace.accesses.count else { return nil }
                return replayTime(trace.accesses[position].timeNs, speed)
            case nil: return nil
            }
        }
        return unsafe groups[group].schedule?.nextNs
    }

    /// When a recorded moment comes; what no clock will ever show never does.
    private func replayTime(_ recordedNs: UInt64, _ speed: Double) -> UInt64 {
        let elapsedNs = Double(recordedNs) / speed
        return elapsedNs < 0x1p63 ? startNs + UInt64(elapsedNs) : .max
    }

    /// Sends everything that is due, in bursts of `pipeline` per connection, as long as a connection has room. What
    /// finds none stays in the schedule, and keeps its time.
    mutating func issueDue(_ group: Int, _ loop: borrowing RunLoop) {
        guard mayIssue(group) else { return }
        var full = 0
        while unsafe full < groups[group].ring.count {
            let due = nextArrival(group)
            guard due <= nowNs else { return }
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
                guard time <= nowNs, takeQuota(1) == 1 else { break }
                // A `{time}` is when it was meant to go out: that this came late is part of what its receiver measures.
                unsafe groups[group].renderer.nowNs = time
                guard sendNext(slot, group, timeNs: max(1, time)) else { break }
                unsafe groups[group].schedule?.advance()
                burst += 1
            }
            if !output.isEmpty { unsafe loop.send(output.takeChain(), to: connections[slot].id) }
            if burst == 0 { return }
            if unsafe groups[group].reconnects { leaveRing(group) } else { advanceRing(group) }
        }
    }

    /// The connection whose turn it is; -1: the client whose turn it is has none yet.
    private func nextSlot(_ group: Int) -> Int {
        if case .capture(let capture) = unsafe groups[group].feed, let next = unsafe groups[group].captureLane?.due {
            return unsafe groups[group].captureLane?.slot(ofClient: capture.requests[next].client) ?? -1
        }
        return unsafe Int(groups[group].ring[groups[group].ringPosition])
    }

    /// Its turn comes again when it has been made anew.
    private mutating func leaveRing(_ group: Int) {
        let position = unsafe groups[group].ringPosition
        unsafe groups[group].ring.remove(at: position)
        if unsafe position == groups[group].ring.count { unsafe groups[group].ringPosition = 0 }
    }

    private mutating func advanceRing(_ group: Int) {
        let next = unsafe groups[group].ringPosition + 1
        unsafe groups[group].ringPosition = next == groups[group].ring.count ? 0 : next
    }
}
