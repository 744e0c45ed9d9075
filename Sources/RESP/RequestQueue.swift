// RequestQueue: requests that are kept for later, with copies of their bytes: what MULTI queues, and what a client that
// blocks in the middle of a pipeline has sent already.
//
// Invariant: `ends` counts bytes; request i's arguments are words[firsts[i] ..< firsts[i + 1]] of the bytes.

internal import Memory

@safe
package struct RequestQueue: ~Copyable {
    private var bytes = ByteBuffer()
    /// Where each word ends in `bytes`.
    private var ends: [Int] = []
    /// The index of each request's first word.
    private var firsts: [Int] = []

    package init() {}

    package var count: Int { firsts.count }
    package var isEmpty: Bool { firsts.isEmpty }
    /// The bytes of all words.
    package var byteCount: Int { bytes.count }
    /// What a word costs besides its bytes, here and in Redis.
    package static var bytesPerWord: Int { 8 }
    /// What the requests count towards `client-query-buffer-limit`.
    package var chargedByteCount: Int { bytes.count + ends.count * Self.bytesPerWord }
    /// The memory it holds.
    package var footprint: Int { bytes.capacity + (ends.capacity + firsts.capacity) * 8 }

    /// Copies a request to the end, unless its words would be one byte more than can be kept: then false, and nothing
    /// is. Any one request fits an empty queue. O(bytes).
    @discardableResult
    package mutating func append(_ arguments: Arguments) -> Bool {
        guard arguments.byteCount <= ByteBuffer.bytesMax - bytes.count else { return false }
        firsts.append(ends.count)
        for index in 0..<arguments.count {
            bytes.append(arguments[index])
            ends.append(bytes.count)
        }
        return true
    }

    /// Forgets all requests and gives their memory back.
    package mutating func removeAll() {
        bytes = ByteBuffer()
        ends = []
        firsts = []
    }

    /// Lends request `index`'s arguments to `body`. O(words).
    package func withArguments<R: ~Copyable>(of index: Int, _ body: (Arguments) -> R) -> R {
        let first = firsts[index]
        let end = index + 1 < firsts.count ? firsts[index + 1] : ends.count
        let base = unsafe bytes.view.base
        return unsafe withUnsafeTemporaryAllocation(of: Slice.self, capacity: end - first) { slices in
            for word in first..<end {
                let start = word == 0 ? 0 : ends[word - 1]
                unsafe slices.initializeElement(
                    at: word - first, to: Slice(base: base + start, count: ends[word] - start))
            }
            return unsafe body(Arguments(_unchecked: slices.baseAddress!, count: end - first))
        }
    }
}
