// ReplyValue: a reply as a value that tests can compare and print. RESP2 and RESP3. Not fast, and not for servers.

/// One parsed reply.
public indirect enum ReplyValue: Equatable, Sendable {
    case simple(String)
    case error(String)
    case integer(Int)
    case bulk([UInt8])
    case null
    case array([ReplyValue])
    case map([ReplyValue])
    case set([ReplyValue])
    case push([ReplyValue])
    case attribute([ReplyValue], ReplyValue)
    /// A double's text: how it is written is what tests are about.
    case double(String)
    case boolean(Bool)
    case bigNumber(String)
    case verbatim(String, [UInt8])

    /// A bulk string of text.
    public static func text(_ text: String) -> ReplyValue { .bulk(Array(text.utf8)) }

    /// Bytes that are not RESP, at this offset.
    public struct FormatError: Error, Equatable {
        public let offset: Int
    }

    /// Parses the first reply of `bytes`: the value and its length, nil if it is incomplete.
    public static func parse(_ bytes: ArraySlice<UInt8>) throws -> (value: ReplyValue, count: Int)? {
        var reader = Reader(bytes: bytes, position: bytes.startIndex)
        guard let value = try reader.value() else { return nil }
        return (value, reader.position - bytes.startIndex)
    }

    /// Parses all replies of `bytes`, which must end with one.
    public static func parseAll(_ bytes: [UInt8]) throws -> [ReplyValue] {
        var values: [ReplyValue] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let (value, count) = try parse(rest) else { throw FormatError(offset: rest.endIndex) }
            values.append(value)
            rest = rest.dropFirst(count)
        }
        return values
    }
}

private struct Reader {
    let bytes: ArraySlice<UInt8>
    var position: Int

    func failure() -> ReplyValue.FormatError { .init(offset: position - bytes.startIndex) }

    /// The line at the position without its end; nil if it is incomplete.
    mutating func line() -> String? {
        guard let end = bytes[position...].firstIndex(of: 0x0A), end > position else { return nil }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<(end - 1)], as: UTF8.self)
    }

    mutating func value() throws -> ReplyValue? {
        guard position < bytes.endIndex else { return nil }
        guard let line = line(), let type = line.first else { return nil }
        let rest = String(line.dropFirst())
        switch type {
        case "+": return .simple(rest)
        case "-": return .error(rest)
        case ":": return .integer(try number(rest))
        case ",": return .double(rest)
        case "(": return .bigNumber(rest)
        case "_": return .null
        case "#": return .boolean(rest == "t")
        case "$": return try bulk(try number(rest))
        case "=":
            guard case .bulk(let text)? = try bulk(try number(rest)) else { return nil }
            return .verbatim(String(decoding: text.prefix(3), as: UTF8.self), Array(text.dropFirst(4)))
        case "*":
            let count = try number(rest)
            return count < 0 ? .null : try values(count).map { .array($0) }
        case "~": return try values(try number(rest)).map { .set($0) }
        case ">": return try values(try number(rest)).map { .push($0) }
        case "%": return try values(2 * (try number(rest))).map { .map($0) }
        case "|":
            guard let pairs = try values(2 * (try number(rest))), let value = try value() else { return nil }
            return .attribute(pairs, value)
        default: throw failure()
        }
    }

    func number(_ text: String) throws -> Int {
        guard let number = Int(text) else { throw failure() }
        return number
    }

    mutating func bulk(_ count: Int) throws -> ReplyValue? {
        if count < 0 { return .null }
        guard bytes.endIndex - position >= count + 2 else { return nil }
        defer { position += count + 2 }
        guard bytes[position + count] == 0x0D, bytes[position + count + 1] == 0x0A else { throw failure() }
        return .bulk(Array(bytes[position..<(position + count)]))
    }

    mutating func values(_ count: Int) throws -> [ReplyValue]? {
        var values: [ReplyValue] = []
        for _ in 0..<max(count, 0) {
            guard let value = try value() else { return nil }
            values.append(value)
        }
        return values
    }
}
