// BulkStrings: the bulk strings of a whole reply, one after another, as places of their bytes. RESP2 and RESP3.
// Invariant: `position` is where a reply, or an item of one, begins, or the reply's end.

@unsafe
struct BulkStrings {
    private let reply: UnsafeBufferPointer<UInt8>
    private(set) var position: Int
    /// The last one with its length and line ends, as a request may take it over.
    private(set) var encoded = 0..<0

    init(_ reply: UnsafeBufferPointer<UInt8>, from position: Int = 0) {
        unsafe self.reply = reply
        unsafe self.position = position
    }

    var isAtEnd: Bool { unsafe position == reply.count }

    /// The next one, wherever it is; counts, numbers and nils before it are passed over. nil: there is none.
    mutating func next() -> Range<Int>? {
        while unsafe position < reply.count {
            if let place = unsafe take() { return place }
            guard let end = unsafe reply[position...].firstIndex(of: 10) else { break }
            unsafe position = end + 1
        }
        return nil
    }

    /// The one that begins here. nil: something else does, or not all of it is there.
    mutating func take() -> Range<Int>? {
        guard unsafe position < reply.count, unsafe reply[position] == UInt8(ascii: "$") else { return nil }
        var header = unsafe position + 1
        var count = 0
        while unsafe header < reply.count, unsafe reply[header] != 13 {
            let digit = unsafe reply[header] &- 48
            guard digit <= 9, count < SizeDistribution.sizesMax else { return nil }
            count = count * 10 + Int(digit)
            header += 1
        }
        let start = header + 2
        guard unsafe start + count + 2 <= reply.count else { return nil }
        unsafe encoded = position..<start + count + 2
        unsafe position = start + count + 2
        return start..<start + count
    }
}
