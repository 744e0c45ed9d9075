// KeyRun: a walk over many keys of one request that asks the memory for them ahead.
//
// Each look-up waits for two lines of memory: the key's bucket, then its entry. Of a batch of keys the buckets are all
// asked for first, then the entries, so that the waits overlap instead of adding up.
// Invariant: while `next` returns true, `index` is a key's argument and `hash` its hash.

internal import Datastore
internal import RESP

struct KeyRun {
    /// Those of a batch: about as many lines as a core keeps in flight.
    private typealias Hashes = InlineArray<16, UInt64>

    private var hashes = Hashes(repeating: 0)
    private var position = 0
    private var batchCount = 0
    private let step: Int
    /// The current key's argument.
    private(set) var index: Int

    /// The arguments from `first` on, every `step`.
    init(from first: Int, step: Int = 1) {
        index = first - step
        self.step = step
    }

    /// The current key's hash.
    var hash: UInt64 { hashes[position] }

    /// Goes on to the next key; false after the last one, which is before argument `end`.
    @inline(__always)
    mutating func next(_ request: Request, _ database: inout Database, end: Int) -> Bool {
        index += step
        guard index < end else { return false }
        position += 1
        if position >= batchCount { load(request, &database, end) }
        database.place = position
        return true
    }

    private mutating func load(_ request: Request, _ database: inout Database, _ end: Int) {
        position = 0
        batchCount = 0
        var argument = index
        while argument < end && batchCount < Hashes.count {
            let hash = Key.hash(of: request[argument])
            hashes[batchCount] = hash
            batchCount += 1
            argument += step
        }
        database.prefetchBuckets(hashes.span.extracting(0..<batchCount))
        database.prefetchEntries(hashes.span.extracting(0..<batchCount))
    }
}

extension Request {
    /// The current key of a run.
    @_lifetime(copy self)
    @inline(__always)
    func key(of run: KeyRun) -> Key { Key(arguments[run.index], hash: run.hash) }
}
