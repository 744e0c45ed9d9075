// The seam for snapshots, the effect log and notifications: an observer hears of every change, before and after it.

import Datastore
import Memory
import Synchronization
import Testing

/// Writes down what it hears: "will key", "did key event", "clear database", "exchange database database", the last two
/// with the number of keys that are there at that moment.
private final class Recorder: ChangeObserver {
    private let lines = Mutex<[String]>([])
    private unowned let keyspace: Keyspace

    init(_ keyspace: Keyspace) { self.keyspace = keyspace }

    func willChange(_ key: borrowing Key, inDatabase database: Int) { add("will \(Self.name(key))") }

    func didChange(_ key: borrowing Key, inDatabase database: Int, event: Event) {
        add("did \(Self.name(key)) \(event)")
    }

    func willClear(database: Int) { add("clear \(described(database))") }

    func willExchange(_ first: Int, _ second: Int) { add("exchange \(described(first)) \(described(second))") }

    /// "number(keys)"
    private func described(_ database: Int) -> String { "\(database)(\(keyspace.count(inDatabase: database)))" }

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
        let recorder = Recorder(harness.keyspace)
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

    /// What INFO tells as rdb_changes_since_last_save: each element that has changed, and no key twice.
    @Test func changesAreCountedAsByTheReference() {
        let harness = CommandHarness()
        let counts = [
            ("set k 1", 1), ("zadd z 1 a 2 b 3 c 4 d 5 e", 5), ("zadd z 1 a 3 b 6 f", 2), ("zadd z xx 9 nobody", 0),
            ("zincrby z 1 a", 1), ("zrem z a b nobody", 2), ("rename z y", 1), ("renamenx y z", 1), ("rename z z", 0),
            ("zremrangebyrank z 0 0", 1), ("zrangestore d z 0 -1", 1), ("zrangestore d none 0 -1", 1),
            ("zrangestore d none 0 -1", 0), ("zpopmax z 5", 3), ("zadd z 1 a", 1), ("zpopmin z", 1), ("zpopmin z", 0),
            ("zadd z 1 a 2 b", 2), ("bzpopmin z 0", 1), ("bzmpop 0 1 z min count 5", 1), ("zadd z 1 a 2 b", 2),
            ("zremrangebyscore z 0 9", 2), ("mset a 1 b 2", 2), ("del a b nokey", 2),
            ("swapdb 0 1", 1), ("swapdb 1 1", 1),
        ]
        for (line, count) in counts {
            let before = harness.database.changes
            _ = harness.run(line)
            #expect(harness.database.changes - before == count, "\(line)")
        }
    }

    @Test func expiryIsAnnouncedOnce() {
        let harness = CommandHarness()
        let recorder = Recorder(harness.keyspace)
        _ = harness.run("set k 1 px 10")
        harness.keyspace.setObserver(recorder)
        harness.nowMs += 1000
        harness.expireDue()
        #expect(harness.run("get k") == "$-1\r\n")
        #expect(recorder.take().filter { $0.hasPrefix("did ") } == ["did k expired"])
    }

    @Test(arguments: [1, 2])
    func wholeDatabasesAreAnnouncedOnce(workers: Int) {
        let harness = CommandHarness(workers: workers, databases: 3)
        let recorder = Recorder(harness.keyspace)
        _ = harness.run("mset a 1 b 2 c 3")
        harness.keyspace.setObserver(recorder)
        let steps = [
            ("swapdb 0 1", ["exchange 0(3) 1(0)"]), ("swapdb 1 0", ["exchange 1(3) 0(0)"]), ("swapdb 0 0", []),
            ("flushdb", ["clear 0(3)"]), ("flushall", ["clear 0(0)", "clear 1(0)", "clear 2(0)"]),
        ]
        for (line, heard) in steps {
            _ = harness.run(line)
            #expect(recorder.take() == heard, "\(line)")
        }
    }

    @Test func whoIsDetachedHearsNothing() {
        let harness = CommandHarness(workers: 2)
        let recorder = Recorder(harness.keyspace)
        harness.keyspace.setObserver(recorder)
        harness.keyspace.setObserver(nil)
        _ = harness.run("set k 1")
        #expect(recorder.take().isEmpty)
    }
}
