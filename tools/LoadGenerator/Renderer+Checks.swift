// Renderer+Checks: whether a reply is what was written: values and scores are functions of their keys.

extension Renderer {
    /// What `{score}` writes for a key.
    package static func score(ofKey key: UInt64) -> UInt64 { RandomSource.scramble(key &+ 1) % 1_000_000_000 }

    /// Whether a ZSCORE's reply (`$count\r\ndigits\r\n`, or `,digits\r\n`) is the score of key `key`.
    func isExpectedScore(_ reply: UnsafeBufferPointer<UInt8>, key: UInt64) -> Bool {
        let text = unsafe String(decoding: reply, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        guard let last = lines.last else { return false }
        return UInt64(last.first == "," ? last.dropFirst() : last) == Self.score(ofKey: key)
    }

    /// Whether a bulk string reply (`$count\r\n…\r\n`, whole) holds the value of key `key`.
    func isExpected(_ reply: UnsafeBufferPointer<UInt8>, key: UInt64, ofAnyLength: Bool = false) -> Bool {
        let shape = ValuePool.shape(ofKey: key, sizes: sizes)
        var position = 0
        guard let value = unsafe Self.bulk(reply, &position), position == reply.count else { return false }
        guard ofAnyLength || value.count == shape.count else { return false }
        return unsafe pool.matches(reply.baseAddress! + value.lowerBound, offset: shape.offset, count: value.count)
    }

    /// Whether each field of a HGETALL's reply (`*2n` or `%n`, then names and values in turn) holds the value of `key`.
    /// `mayBeNone`: the hash may not be there.
    func areExpectedFields(_ reply: UnsafeBufferPointer<UInt8>, key: UInt64, mayBeNone: Bool = true) -> Bool {
        let shape = ValuePool.shape(ofKey: key, sizes: sizes)
        guard var position = unsafe reply.firstIndex(of: 10).map({ $0 + 1 }) else { return false }
        guard mayBeNone || position < reply.count else { return false }
        while position < reply.count {
            guard unsafe Self.bulk(reply, &position) != nil, let value = unsafe Self.bulk(reply, &position),
                value.count == shape.count,
                unsafe pool.matches(reply.baseAddress! + value.lowerBound, offset: shape.offset, count: value.count)
            else { return false }
        }
        return true
    }

    /// The place of a bulk string's bytes; `position` moves from its `$` behind it.
    private static func bulk(_ reply: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Range<Int>? {
        guard position < reply.count, unsafe reply[position] == UInt8(ascii: "$") else { return nil }
        var header = position + 1
        var count = 0
        while header < reply.count, unsafe reply[header] != 13 {
            let digit = unsafe reply[header] &- 48
            guard digit <= 9, count < SizeDistribution.sizesMax else { return nil }
            count = count * 10 + Int(digit)
            header += 1
        }
        let start = header + 2
        guard start + count + 2 <= reply.count else { return nil }
        position = start + count + 2
        return start..<start + count
    }
}
