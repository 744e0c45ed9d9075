// CacheWorkload: requests to a cache, recorded or drawn from a seed, that need no file.
//
// | mix      | what it is                                                                                         |
// |----------|----------------------------------------------------------------------------------------------------|
// | zipf     | independent requests, skewed as in YCSB                                                            |
// | scans    | the same, with a fifth of the requests in long runs over keys that nobody asks for again             |
// | loop     | half the requests go round and round over a range, the others are skewed                            |
// | drift    | skewed, but the most popular key is dropped at once and the next one takes its place                |
// | news     | the newest key is the most popular one, and loses rank as others come                               |
// | sessions | keys that are read at an even pace until they expire after one of three lives, then never again     |

package import LoadGenerator

package struct CacheWorkload: Sendable {
    package struct Access: Sendable, BitwiseCopyable, Equatable {
        package var key: UInt64
        /// How long it lives once it is stored; 0 for ever.
        package var lifeMs: UInt32
        /// Takes the key out, which is no request for it.
        package var isDeletion: Bool

        package init(key: UInt64, lifeMs: UInt32 = 0, isDeletion: Bool = false) {
            self.key = key
            self.lifeMs = lifeMs
            self.isDeletion = isDeletion
        }
    }

    /// Every workload takes an hour: recorded times are of many scales, and what policies count in seconds and minutes
    /// should be worth the same in each. LFU, which forgets by the minute, is the one that notices.
    package static var durationMs: Int64 { 3_600_000 }

    package let name: String
    package let accesses: [Access]
    /// Accesses that can hit: all but deletions.
    package let requestCount: Int
    /// Different keys that are requested: the footprint that cache sizes are shares of.
    package let keyCount: Int

    package var hasExpiry: Bool { accesses.contains { $0.lifeMs > 0 } }

    package init(name: String, accesses: [Access]) {
        self.name = name
        self.accesses = accesses
        let requests = accesses.lazy.filter { !$0.isDeletion }
        requestCount = requests.count
        keyCount = Set(requests.map(\.key)).count
    }

    // MARK: Traces

    /// A recorded one. Reads and writes are requests alike: each hits if its key is there, and brings it in if not.
    /// Sizes are ignored: entries are of equal size.
    package init(name: String, _ trace: Trace) {
        self.init(
            name: name, accesses: trace.accesses.map { Access(key: $0.key, isDeletion: $0.operation == .delete) })
    }

    /// The name of what a file records: the file's, less the endings that only say its form.
    package static func name(fileName: String) -> String {
        let endings = ["bin", "lis", "trace", "txt"] + Trace.Format.allCases.map(\.rawValue)
        var name = fileName.split(separator: "/").last ?? "trace"
        while let ending = endings.first(where: { name.hasSuffix("." + $0) && name.utf8.count > $0.utf8.count + 1 }) {
            name = name.dropLast(ending.count + 1)
        }
        return String(name)
    }

    // MARK: Mixes

    /// Names that no trace may have.
    package enum Mix: String, CaseIterable { case zipf, scans, loop, drift, news, sessions }

    private init(_ mix: Mix, _ accesses: [Access]) { self.init(name: mix.rawValue, accesses: accesses) }

    private static var mixKeys: UInt64 { 100_000 }

    /// All mixes; equal seeds give equal requests on every machine.
    package static func mixes(seed: UInt64, requests: Int = 1_000_000) -> [CacheWorkload] {
        var random = RandomSource(seed: seed)
        var zipf = KeyChooser(.zipf(exponent: Popularity.usualExponent), count: mixKeys)
        var drift = KeyChooser(.drifting(exponent: Popularity.usualExponent, requests: 20), count: mixKeys)
        // A key's number says its rank; scattered, neighbours in rank are none in the table.
        func scattered(_ key: UInt64) -> UInt64 { RandomSource.scramble(key) }
        return [
            CacheWorkload(.zipf, (0..<requests).map { _ in Access(key: scattered(zipf.next(&random))) }),
            CacheWorkload(.scans, scans(requests) { scattered(zipf.next(&random)) }),
            CacheWorkload(.loop, loop(requests, &random) { scattered(zipf.next(&$0)) }),
            CacheWorkload(.drift, (0..<requests).map { _ in Access(key: scattered(drift.next(&random))) }),
            CacheWorkload(.news, news(requests, &random)),
            CacheWorkload(.sessions, sessions(requests, &random)),
        ]
    }

    /// Four in five requests as `next` says, in stretches; then a run of new keys.
    private static func scans(_ requests: Int, next: () -> UInt64) -> [Access] {
        let run = 5_000
        var scanned: UInt64 = 0
        return (0..<requests).map { index in
            guard index / run % 5 == 4 else { return Access(key: next()) }
            scanned += 1
            return Access(key: RandomSource.scramble(1 << 40 + scanned))
        }
    }

    private static func loop(
        _ requests: Int, _ random: inout RandomSource, next: (inout RandomSource) -> UInt64
    ) -> [Access] {
        var position: UInt64 = 0
        return (0..<requests).map { _ in
            guard random.next() & 1 == 0 else { return Access(key: next(&random)) }
            position = (position + 1) % (mixKeys / 2)
            return Access(key: RandomSource.scramble(1 << 41 + position))
        }
    }

    /// One request in 20 is for a key that is new.
    private static func news(_ requests: Int, _ random: inout RandomSource) -> [Access] {
        var chooser = KeyChooser(.latest(exponent: Popularity.usualExponent), count: mixKeys)
        return (0..<requests).map { index in
            chooser.grow(to: mixKeys + UInt64(index / 20))
            return Access(key: RandomSource.scramble(1 << 43 + chooser.next(&random)))
        }
    }

    /// Each session is made, then read every 30 seconds on average: what lives long yet is worth most.
    private static func sessions(_ requests: Int, _ random: inout RandomSource) -> [Access] {
        let lives: [UInt32] = [60_000, 300_000, 1_200_000]
        let secondsPerRead = 30.0
        let readsMean = lives.reduce(0) { $0 + Double($1) / 1000 / secondsPerRead } / Double(lives.count)
        var events: [(time: Double, access: Access)] = []
        for session in 0..<UInt64(Double(requests) / (readsMean + 1)) {
            let access = Access(
                key: RandomSource.scramble(1 << 42 + session), lifeMs: lives[Int(random.below(UInt64(lives.count)))])
            let birth = random.unit() * Double(durationMs)
            events.append((birth, access))
            for _ in 0..<Int(random.exponential() * Double(access.lifeMs) / 1000 / secondsPerRead + 0.5) {
                let read = birth + random.unit() * Double(access.lifeMs)
                if read < Double(durationMs) { events.append((read, access)) }
            }
        }
        return events.sorted { ($0.time, $0.access.key) < ($1.time, $1.access.key) }.map(\.access)
    }
}
