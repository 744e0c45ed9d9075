// Renderer+Checks: whether a reply is what was written: values and scores are functions of their keys.

extension Renderer {
    /// What `{score}` and `{samescore}` write for a key.
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
        var strings = unsafe BulkStrings(reply)
        guard let value = unsafe strings.take(), unsafe strings.isAtEnd else { return false }
        guard ofAnyLength || value.count == shape.count else { return false }
        return unsafe pool.matches(reply.baseAddress! + value.lowerBound, offset: shape.offset, count: value.count)
    }

    /// Whether a HGETALL's reply (`*2n` or `%n`, then names and values in turn) is the record of `key`: each of its
    /// `fields` (64 at most), in any order, with its own value. `mayBeNone`: the record may not be there.
    func isExpectedRecord(
        _ reply: UnsafeBufferPointer<UInt8>, key: UInt64, fields: Int, mayBeNone: Bool = true
    ) -> Bool {
        guard let begin = unsafe reply.firstIndex(of: 10).map({ $0 + 1 }) else { return false }
        if begin == reply.count { return mayBeNone }
        var strings = unsafe BulkStrings(reply, from: begin)
        var missing = UInt64.max >> UInt64(64 - fields)
        while unsafe !strings.isAtEnd {
            guard let name = unsafe strings.take(), let value = unsafe strings.take(),
                let field = unsafe Self.fieldNumber(reply, name), field < fields, missing & 1 << field != 0
            else { return false }
            missing &= ~(1 << field)
            let shape = ValuePool.shape(ofKey: key, field: field + 1, sizes: sizes)
            guard value.count == shape.count,
                unsafe pool.matches(reply.baseAddress! + value.lowerBound, offset: shape.offset, count: value.count)
            else { return false }
        }
        return missing == 0
    }

    /// The number behind "field", if the name is one of a record's.
    private static func fieldNumber(_ reply: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) -> UInt64? {
        let prefix = StandardWorkloads.ycsbFieldPrefix.utf8
        let text = unsafe reply[name]
        guard unsafe text.starts(with: prefix) else { return nil }
        return unsafe UInt64(String(decoding: text.dropFirst(prefix.count), as: UTF8.self))
    }
}
