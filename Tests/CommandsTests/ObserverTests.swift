// The seam for snapshots, the effect log and notifications: an observer hears of every change, before and after it.

import Datastore
import Memory
import Synchronization
import Testing

/// Writes down what it hears: "will key", "did key event".
private final class Recorder: ChangeObserver {
    private let lines = Mutex<[String]>([])

    func willChange(_ key: borrowing Key, inDatabase database: Int) { add("will \(Self.name(key))") }

    func didChange(_ key: borrowing Key, inDatabase database: Int, event: Event) {
        add("did \(Self.name(key)) \(event)")
    }

    /// What was heard since the last call.
    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    private func add(_ line: String) { lines.withLock { $0.append(line) } }
    private static func name(_ key: borrowing Key) -> String { String(decoding: key.bytes.copied(), as: UTF8.self) }
}

@Suite struct ObserverTests {
    /// Command lines and the events that they must announce, in order. What is new ("+") has no old value to announce.
    private static let changes: [(line: String, events: [String])] = [
        ("set k 1", ["+k set"]), ("incr k", ["k incrby"]), ("append k x", ["k append"]), ("expire k 100", ["k expire"]),
        ("persist k", ["k persist"]), ("get k", []), ("setnx k 2", []), ("zadd z 1 a 2 b", ["+z zadd"]),
        ("zrem z a", ["z zrem"]), ("zrem z nobody", []), ("rename z y", ["z renameFrom", "+y renameTo"]),
        ("del k y nokey", ["k del", "y del"]),
    ]

    @Test(arguments: [1, 2])
    func everyChangeIsAnnounced(workers: Int) {
        let harness = CommandHarness(workers: workers)
        let recorder = Recorder()
        harness.keyspace.setObserver(recorder)
        for (line, events) in Self.changes {
            _ = harness.run(line)
            let heard = recorder.take()
            #expect(heard.filter { $0.hasPrefix("did ") } == events.map { "did " + $0.drop { $0 == "+" } }, "\(line)")
            for event in events where !event.hasPrefix("+") {
                let will = heard.firstIndex(of: "will \(event.prefix { $0 != " " })")
                let did = heard.firstIndex(of: "did \(event)")
                #expect((will ?? .max) < (did ?? .min), "\(line): \(heard)")
            }
        }
    }

    @Test func expiryIsAnnouncedOnce() {
        let harness = CommandHarness()
        let recorder = Recorder()
        _ = harness.run("set k 1 px 10")
        harness.keyspace.setObserver(recorder)
        harness.nowMs += 1000
        harness.expireDue()
        #expect(harness.run("get k") == "$-1\r\n")
        #expect(recorder.take().filter { $0.hasPrefix("did ") } == ["did k expired"])
    }

    @Test func whoIsDetachedHearsNothing() {
        let harness = CommandHarness(workers: 2)
        let recorder = Recorder()
        harness.keyspace.setObserver(recorder)
        harness.keyspace.setObserver(nil)
        _ = harness.run("set k 1")
        #expect(recorder.take().isEmpty)
    }
}
