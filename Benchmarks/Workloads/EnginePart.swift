// EnginePart: the parts of the engine that are not encodings, each as a loop of a given number of rounds.

internal import CWorkloads

/// A part's name, what it is compared with (the name of another part), and its loop.
package struct EnginePart {
    package let name: String
    package let alternativeTo: String?
    /// Operations that one round stands for.
    package let operationsPerRound: Int
    /// Rounds that take roughly a tenth of a millisecond.
    package let rounds: Int
    /// Whether others take part, so that the caller's processor time is not what it takes.
    package let isContended: Bool
    package let run: (_ rounds: Int) -> Void

    init(
        _ name: String, alternativeTo: String? = nil, operationsPerRound: Int = 1, rounds: Int,
        isContended: Bool = false, run: @escaping (Int) -> Void
    ) {
        self.name = name
        self.alternativeTo = alternativeTo
        self.operationsPerRound = operationsPerRound
        self.rounds = rounds
        self.isContended = isContended
        self.run = run
    }

    /// Nanoseconds in which contended parts have paused so far: no part of what they take.
    package static var pausesNs: Int64 { bench_pauses_ns() }

    /// Dependent multiplications: the unit in which baselines are kept.
    package static var yardstick: EnginePart {
        EnginePart("yardstick", rounds: 100_000) { _ = bench_yardstick_run(UInt32($0)) }
    }

    package static var all: [EnginePart] { hashing + tables + locking + contention + RequestParts.all + ReplyParts.all }

    private static var hashing: [EnginePart] {
        [16, 64, 1024].map { bytes in
            EnginePart("hash of \(bytes) bytes", rounds: 10_000) { _ = bench_hash_run(UInt32(bytes), UInt32($0)) }
        }
    }

    private static var locking: [EnginePart] {
        [
            EnginePart("lock, one", rounds: 10_000) { _ = bench_lock_run(1, UInt32($0)) },
            EnginePart("lock, one of 1024", alternativeTo: "lock, one", rounds: 10_000) {
                _ = bench_lock_run(1024, UInt32($0))
            },
            EnginePart("gate, enter and leave", rounds: 10_000) { _ = bench_gate_run(8, false, UInt32($0)) },
            EnginePart("exclusive section, 2 workers", rounds: 2_000) { _ = bench_gate_run(2, true, UInt32($0)) },
            EnginePart("exclusive section, 64 workers", alternativeTo: "exclusive section, 2 workers", rounds: 1_000) {
                _ = bench_gate_run(64, true, UInt32($0))
            },
        ]
    }

    /// What a thread waits for its turn while others want theirs. Rounds take milliseconds, to outweigh the waking of
    /// the other threads. More threads than processors show what happens when a holder is not running. Between two
    /// exclusive sections lies a turn of 16 short commands, about a microsecond, which is a pause.
    private static var contention: [EnginePart] {
        func lock(_ name: String, _ alternative: String, threads: UInt32, locks: UInt32) -> EnginePart {
            EnginePart(name, alternativeTo: alternative, rounds: 100_000, isContended: true) {
                bench_lock_run_contended(threads, locks, UInt32($0))
            }
        }
        func exclusive(_ name: String, threads: UInt32) -> EnginePart {
            EnginePart(name, alternativeTo: "exclusive section, 2 workers", rounds: 1000, isContended: true) {
                bench_gate_run_exclusive(threads, UInt32($0))
            }
        }
        return [
            lock("lock, one, 2 threads", "lock, one", threads: 2, locks: 1),
            lock("lock, one, 4 threads", "lock, one", threads: 4, locks: 1),
            lock("lock, one of 1024, 2 threads", "lock, one of 1024", threads: 2, locks: 1024),
            EnginePart(
                "gate, enter and leave, 2 threads", alternativeTo: "gate, enter and leave", rounds: 100_000,
                isContended: true
            ) { bench_gate_run_shared(2, UInt32($0)) },
            exclusive("exclusive section, 1 party inside", threads: 2),
            exclusive("exclusive section, 3 parties inside", threads: 4),
        ]
    }

    private static var tables: [EnginePart] {
        let small = KeyTable(items: 1000)
        let large = KeyTable(items: 1_000_000)
        return [
            small.part("table, 1 k keys, one by one", prefetches: false),
            small.part("table, 1 k keys, prefetched", "table, 1 k keys, one by one", prefetches: true),
            large.part("table, 1 M keys, one by one", prefetches: false),
            large.part("table, 1 M keys, prefetched", "table, 1 M keys, one by one", prefetches: true),
        ]
    }
}

/// A table of keys, built when it is first asked, shared by the parts that ask it.
@safe
private final class KeyTable {
    private let items: Int
    private var keys: OpaquePointer?

    init(items: Int) {
        self.items = items
        unsafe keys = nil
    }

    deinit {
        if let keys = unsafe keys { unsafe bench_keys_free(keys) }
    }

    private func lookUp(batches: Int, prefetches: Bool) {
        let keys = unsafe self.keys ?? bench_keys_create(UInt32(items))
        unsafe self.keys = keys
        _ = unsafe bench_keys_lookup(keys, UInt32(batches), prefetches)
    }

    func part(_ name: String, _ alternativeTo: String? = nil, prefetches: Bool) -> EnginePart {
        EnginePart(name, alternativeTo: alternativeTo, operationsPerRound: 64, rounds: 50) { rounds in
            self.lookUp(batches: rounds, prefetches: prefetches)
        }
    }
}
