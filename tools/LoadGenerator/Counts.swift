// Counts: what happened, per command. A thread counts into its own table and pours it into its mailbox a few times a
// second; the reader pours all mailboxes into one. Pouring empties the source, so nothing is counted twice.

internal import Glibc
internal import Network
internal import Synchronization

package struct CommandCounts: ~Copyable {
    package var latency = LatencyCounters()
    /// Requests that were answered (a block of commands is one request). Their latencies are in `latency`.
    package var requests: UInt64 = 0
    package var errors: UInt64 = 0
    /// Nil replies.
    package var misses: UInt64 = 0
    /// Checked replies that were not what had been written.
    package var mismatches: UInt64 = 0
    /// Of the requests, those that were answered when the time of the run was over.
    package var late: UInt64 = 0

    package init() {}

    mutating func drain(_ other: inout CommandCounts) {
        latency.drain(&other.latency)
        requests += other.requests
        errors += other.errors
        misses += other.misses
        mismatches += other.mismatches
        late += other.late
        (other.requests, other.errors, other.misses, other.mismatches, other.late) = (0, 0, 0, 0, 0)
    }

    mutating func clear() {
        latency.clear()
        (requests, errors, misses, mismatches, late) = (0, 0, 0, 0, 0)
    }
}

/// The counts of all commands of a workload, by their number.
@safe
package struct CountsTable: ~Copyable, @unchecked Sendable {
    package let count: Int
    private let commands: UnsafeMutablePointer<CommandCounts>
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0

    package init(count: Int) {
        self.count = count
        unsafe commands = .allocate(capacity: max(1, count))
        for index in 0..<count { unsafe (commands + index).initialize(to: CommandCounts()) }
    }

    deinit {
        for index in 0..<count { unsafe (commands + index).deinitialize(count: 1) }
        unsafe commands.deallocate()
    }

    package subscript(index: Int) -> CommandCounts {
        @inline(__always)
        unsafeAddress {
            precondition(index >= 0 && index < count)
            return unsafe UnsafePointer(commands + index)
        }
        @inline(__always)
        unsafeMutableAddress {
            precondition(index >= 0 && index < count)
            return unsafe commands + index
        }
    }

    /// Takes over all counts of `other`.
    package mutating func drain(_ other: inout CountsTable) {
        precondition(count == other.count)
        for index in 0..<count { self[index].drain(&other[index]) }
        bytesIn += other.bytesIn
        bytesOut += other.bytesOut
        (other.bytesIn, other.bytesOut) = (0, 0)
    }

    package mutating func clear() {
        for index in 0..<count { self[index].clear() }
        (bytesIn, bytesOut) = (0, 0)
    }

    /// All that it has been given since it was emptied came after the time of the run.
    mutating func markLate() {
        for index in 0..<count { self[index].late = self[index].requests }
    }

    /// All commands' latencies.
    func addLatencies(to all: inout LatencyCounters) {
        for index in 0..<count { unsafe all.add(commands[index].latency) }
    }

    package var requests: UInt64 { (0..<count).reduce(0) { $0 + self[$1].requests } }
    package var errors: UInt64 { (0..<count).reduce(0) { $0 + self[$1].errors } }
    package var misses: UInt64 { (0..<count).reduce(0) { $0 + self[$1].misses } }
    package var mismatches: UInt64 { (0..<count).reduce(0) { $0 + self[$1].mismatches } }
}

/// What a run's threads and its conductor share.
package final class RunControl: Sendable {
    /// Monotonic; 0 until all connections are ready.
    let startNs = Atomic<UInt64>(0)
    let shouldStop = Atomic<Bool>(false)
    let readyWorkers = Atomic<Int>(0)
    let finishedWorkers = Atomic<Int>(0)
    /// Whether the server has been asked for its last figures, so that the threads may close their connections.
    let isDismissed = Atomic<Bool>(false)
    /// Threads that have had all their replies.
    let answeredWorkers = Atomic<Int>(0)
    /// When the last of them ended.
    let endNs = Atomic<UInt64>(0)
    /// Requests that were on their way when the run was over.
    let unanswered = Atomic<Int>(0)
    /// Requests not yet taken by a thread.
    let remaining: Atomic<Int64>
    /// By group.
    let sequences: [Sequences]
    /// Messages of a checked run with subscribers, and the threads that have told theirs.
    private let messages = Mutex<(promised: UInt64, heard: UInt64, threads: Int)>((0, 0, 0))
    private let failureText = Mutex<String?>(nil)
    private let errorSamples = Mutex<[Int: String]>([:])

    init(requests: UInt64?, groups: Int) {
        remaining = Atomic(Int64(clamping: requests ?? .max))
        // By chance and not by the seed, since no two runs may write the same `{unique}`. Below 2^62, so that no run
        // counts past 20 digits' reach; no group of a run makes as many requests as lie between two groups'.
        let uniqueFrom = UInt64.random(in: 0..<1 << 62)
        sequences = (0..<groups).map { Sequences(uniqueFrom: uniqueFrom &+ UInt64($0) << 40) }
    }

    /// A thread has done its part.
    func finish() {
        endNs.max(RunLoop.now, ordering: .acquiringAndReleasing)
        finishedWorkers.add(1, ordering: .acquiringAndReleasing)
    }

    func awaitDismissal() {
        while !isDismissed.load(ordering: .acquiring) { usleep(500) }
    }

    /// Ends the run; the first reason is kept.
    func fail(_ text: String) {
        failureText.withLock { if $0 == nil { $0 = text } }
        shouldStop.store(true, ordering: .releasing)
    }

    var failure: String? { failureText.withLock { $0 } }

    /// Takes what a thread's publishers were told to have reached, and what its subscribers heard, when it has heard
    /// all. The last of the threads finds what is missing.
    func compareMessages(promised: UInt64, heard: UInt64, threads: Int) {
        let all = messages.withLock {
            $0 = ($0.promised + promised, $0.heard + heard, $0.threads + 1)
            return $0
        }
        guard all.threads == threads, all.heard != all.promised else { return }
        let isLoss = all.heard < all.promised
        let difference = isLoss ? all.promised - all.heard : all.heard - all.promised
        let count = Format.count(difference, "message")
        fail("\(count) \(isLoss ? "lost of" : "more than") the \(Format.grouped(all.promised)) that PUBLISH counted")
    }

    /// Keeps the first error text of each command.
    func sample(_ text: String, command: Int) {
        errorSamples.withLock { if $0[command] == nil { $0[command] = text } }
    }

    var samples: [Int: String] { errorSamples.withLock { $0 } }
}

/// Where a thread leaves its counts.
final class Mailbox: Sendable {
    let counts: Mutex<CountsTable>

    init(commandCount: Int) { counts = Mutex(CountsTable(count: commandCount)) }
}
