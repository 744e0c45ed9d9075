// Worker+Messages: what subscribers hear and consumers are given: messages and items counted and timed, and how a run
// knows that it has heard all.

import Network
import Memory
import Synchronization

/// How far the end of a run with subscribers has come, for one thread.
struct Echoes {
    /// This thread has all its replies, and has said so.
    var isAnswered = false
    /// All threads have, and the subscribers were asked for echoes.
    var areAsked = false
    var due = 0
    /// Messages that this thread's publishers were told of, and those that its subscribers heard, warm-up included.
    var promised: UInt64 = 0
    var heard: UInt64 = 0

    var isWaitingForOthers: Bool { isAnswered && !areAsked }
}

extension Worker {
    /// Bytes that answer no request: a subscriber's messages.
    mutating func receiveMessages(
        _ slot: Int, _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ loop: borrowing RunLoop
    ) {
        var found = ReplyCounts()
        let start = unsafe cursor
        unsafe connections[slot].scanner.scan(&cursor, end, limit: 1, pushesToo: true, counts: &found)
        let group = unsafe Int(connections[slot].group)
        guard unsafe groups[group].role == .subscriber else {
            // What a server says before it turns a connection away.
            if found.errors > 0 { return unsafe noteError(slot, start, cursor) }
            if unsafe connections[slot].scanner.hasErrorToTell { unsafe keepError(slot, start, end) }
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
        lastProgressNs = nowNs
        let piece = unsafe UnsafeBufferPointer(start: start, count: cursor - start)
        if unsafe connections[slot].acknowledgements > 0 {
            if found.errors > 0 { unsafe noteError(slot, start, cursor) }
            partial[slot] = nil
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
        echoes.heard &+= 1
        var begin = message.count - 2
        while begin > 0, unsafe message[begin - 1] != 10 { begin -= 1 }
        unsafe timeItem(message, begin..<max(begin, message.count - 2), command)
    }

    /// What a consumer has waited for is timed from when it was sent, item by item: how long the consumer waited says
    /// how seldom something came.
    mutating func timeItems(of reply: UnsafeBufferPointer<UInt8>, command: Int) {
        var strings = unsafe BulkStrings(reply)
        while let place = unsafe strings.next() { unsafe timeItem(reply, place, command) }
    }

    /// Records how long what begins with a `{time}` was on its way; what does not is passed over.
    private mutating func timeItem(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Range<Int>, _ command: Int) {
        guard place.count >= Decimal.wide, let time = unsafe Decimal.number(in: bytes[place].prefix(Decimal.wide))
        else { return }
        counts[command].latency.record(nowNs &- min(time, nowNs))
    }

    /// Whether it is what a subscriber's PING is answered with: +PONG, an array of two, or a refusal. Messages have
    /// three or four elements.
    private static func isEcho(_ message: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = unsafe message.first, message.count > 1 else { return false }
        return unsafe first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || message[1] == UInt8(ascii: "2")
    }

    /// Keeps how many of the run's subscribers a PUBLISH's reply (`:count\r\n`) says to have reached; others may listen
    /// as well. False if it says nothing of the kind.
    mutating func noteReceivers(_ reply: UnsafeBufferPointer<UInt8>) -> Bool {
        guard unsafe reply.first == UInt8(ascii: ":"), reply.count > 3 else { return false }
        guard let count = unsafe UInt64(String(decoding: reply[1..<reply.count - 2], as: UTF8.self)) else {
            return false
        }
        let subscribers = plan.workload.groups.reduce(0) { $0 + ($1.role == .subscriber ? $1.connections : 0) }
        echoes.promised &+= min(count, UInt64(subscribers))
        return true
    }

    /// Whether no message is on its way any more. Subscribers may hear of what was published after the publishers have
    /// their replies, which may be another thread's: so each asks for an echo once all threads have all replies, and
    /// what the server sent before comes before it.
    mutating func hasHeardAll(_ loop: borrowing RunLoop) -> Bool {
        guard plan.workload.groups.contains(where: { $0.role == .subscriber }) else { return true }
        if !echoes.isAnswered {
            echoes.isAnswered = true
            plan.control.answeredWorkers.add(1, ordering: .acquiringAndReleasing)
        }
        guard plan.control.answeredWorkers.load(ordering: .acquiring) == plan.threads else { return false }
        if !echoes.areAsked {
            echoes.areAsked = true
            lastProgressNs = nowNs
            for slot in 0..<connectionCapacity {
                let (phase, group) = unsafe (connections[slot].phase, Int(connections[slot].group))
                guard unsafe phase == .ready && groups[group].role == .subscriber else { continue }
                output.append("*1\r\n$4\r\nPING\r\n")
                unsafe loop.send(output.takeChain(), to: connections[slot].id)
                echoes.due += 1
            }
        }
        guard echoes.due == 0 else { return false }
        if plan.workload.groups.contains(where: { $0.mix.contains { $0.isChecked } }) {
            plan.control.compareMessages(promised: echoes.promised, heard: echoes.heard, threads: plan.threads)
        }
        return true
    }
}
