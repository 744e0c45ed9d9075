// Traces+CSV: traces as comma-separated text: which column is what, and what its words mean.
//
// | columns                                                            | of                                     |
// |--------------------------------------------------------------------|----------------------------------------|
// | by name: key, size, operation, time; others are of no concern      | a file with a header, that is a first  |
// |                                                                    | line of which no field is a number     |
// | time, key                                                          | two columns without a header           |
// | time, key, size                                                    | three                                  |
// | time, key, key size, value size, client, operation[, time to live] | six or seven: Twitter's                |
//
// Quotes hold a field together, and are doubled within it. What is not understood is an error with its line: a guess
// would be replayed as if it were what had been recorded.

extension Trace {
    /// Where a row says what; nil: nowhere.
    private struct Columns {
        var count: Int
        var time: Int?
        var key: Int
        var size: Int?
        var operation: Int?

        /// Of a file without a header.
        init?(count: Int) {
            self.count = count
            (time, key) = (0, 1)
            switch count {
            case 2: break
            case 3: size = 2
            case 6, 7: (size, operation) = (3, 5)
            default: return nil
            }
        }

        /// Of a header; nil if it names no key.
        init?(header fields: [ArraySlice<UInt8>]) {
            let names = fields.map { field in
                String(decoding: field, as: UTF8.self).lowercased().filter { !" _#".contains($0) }
            }
            func find(_ candidates: [String]) -> Int? { names.firstIndex { candidates.contains($0) } }
            guard let key = find(["key", "id", "object", "objid", "objectid", "anonymizedkey"]) else { return nil }
            (count, self.key) = (fields.count, key)
            time = find(["time", "timestamp", "realtime", "ts"])
            size = find(["size", "valuesize", "objsize", "objectsize", "bytes"])
            operation = find(["op", "operation", "cmd", "command"])
        }
    }

    /// What the operations are called. The memcached names are Twitter's; a value put before another takes as many
    /// bytes as one put behind it.
    private static let operations: [String: Operation] = [
        "get": .read, "gets": .read, "read": .read, "r": .read,
        "set": .write, "cas": .write, "write": .write, "w": .write, "put": .write,
        "add": .add, "replace": .replace, "append": .append, "prepend": .append,
        "delete": .delete, "del": .delete, "incr": .increment, "decr": .decrement,
    ]

    mutating func readCSV(_ bytes: [UInt8], _ limit: Int) throws(ParseError) {
        var columns: Columns?
        // Some programs begin a text with the mark of its encoding.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        for (number, line) in Self.lines(bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes) {
            guard accesses.count < limit else { break }
            func failure(_ text: String) -> ParseError { ParseError(description: "line \(number + 1): \(text)") }
            guard let fields = Self.fields(line) else { throw failure("a quote without its end") }
            guard let known = columns else {
                let isHeader = fields.allSatisfy { Self.thousandths($0) == nil }
                columns = isHeader ? Columns(header: fields) : Columns(count: fields.count)
                guard let columns else {
                    throw failure(
                        isHeader ? "no column is called key, id or object"
                            : "\(fields.count) columns without a header that says what they are")
                }
                if !isHeader { accesses.append(try access(fields, columns, failure)) }
                continue
            }
            guard fields.count == known.count else { throw failure("\(fields.count) columns, not \(known.count)") }
            accesses.append(try access(fields, known, failure))
        }
        markCounters()
    }

    /// One row. A key that is no number is known by its hash, a size may be missing.
    private mutating func access(
        _ fields: [ArraySlice<UInt8>], _ columns: Columns, _ failure: (String) -> ParseError
    ) throws(ParseError) -> Access {
        func text(_ field: Int) -> String { String(decoding: fields[field], as: UTF8.self) }
        let key = fields[columns.key]
        guard !key.isEmpty else { throw failure("no key") }
        var access = Access(key: Self.canonicalNumber(key) ?? Self.hash(key))
        if let field = columns.size, !fields[field].isEmpty, text(field) != "-1" {
            guard let size = Self.canonicalNumber(fields[field]) else { throw failure("'\(text(field))' is no size") }
            access = Access(key: access.key, size: Int32(clamping: size))
        }
        if let field = columns.operation {
            guard let operation = Self.operations[text(field).lowercased()] else {
                throw failure("'\(text(field))' is no operation that is known")
            }
            access.operation = operation
        }
        if let field = columns.time {
            guard let time = Self.thousandths(fields[field]) else { throw failure("'\(text(field))' is no time") }
            access.timeNs = sinceStart(time)
        }
        return access
    }

    /// What counts needs a number there, however it came there.
    private mutating func markCounters() {
        let counters = Set(accesses.lazy.filter { $0.operation.counts }.map(\.key))
        guard !counters.isEmpty else { return }
        for index in accesses.indices where counters.contains(accesses[index].key) {
            accesses[index].operation = accesses[index].operation.ofCounter
        }
    }

    // MARK: Fields

    /// The fields of a line, without the blanks and quotes around them; nil where a quote does not end.
    private static func fields(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
        guard line.contains(quote) else {
            return line.split(separator: comma, omittingEmptySubsequences: false).map(trimmed)
        }
        var fields: [ArraySlice<UInt8>] = []
        var start = line.startIndex
        var isQuoted = false
        for index in line.indices {
            // A doubled one ends and begins again.
            if line[index] == quote { isQuoted.toggle() }
            guard line[index] == comma, !isQuoted else { continue }
            fields.append(unquoted(trimmed(line[start..<index])))
            start = index + 1
        }
        fields.append(unquoted(trimmed(line[start...])))
        return isQuoted ? nil : fields
    }

    private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
        let begun = field.drop(while: isBlank)
        return begun[..<(begun.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? begun.startIndex)]
    }

    private static func unquoted(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let quote = UInt8(ascii: "\"")
        guard field.count > 1, field.first == quote, field.last == quote else { return field }
        let inner = field.dropFirst().dropLast()
        guard inner.contains(quote) else { return inner }
        var plain: [UInt8] = []
        var isSecond = false
        for byte in inner {
            isSecond = byte == quote && !isSecond
            if !isSecond { plain.append(byte) }
        }
        return plain[...]
    }

    /// A number as it is written but once: "007" and "1 2" are names.
    private static func canonicalNumber(_ field: ArraySlice<UInt8>) -> UInt64? {
        guard field.allSatisfy({ (48...57).contains($0) }), field.count == 1 || field.first != 48 else { return nil }
        return number(field)
    }

    /// Seconds, which may have decimals, in thousandths.
    static func thousandths(_ seconds: ArraySlice<UInt8>) -> UInt64? {
        let parts = seconds.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.joined().allSatisfy({ (48...57).contains($0) }), let whole = number(parts[0]) else { return nil }
        let (scaled, over) = whole.multipliedReportingOverflow(by: 1000)
        guard !over else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else { return scaled }
        let digits = parts[1].prefix(3) + [UInt8](repeating: 48, count: max(0, 3 - parts[1].count))
        return number(digits).flatMap { part in
            let (sum, isBeyond) = scaled.addingReportingOverflow(part)
            return isBeyond ? nil : sum
        }
    }

    /// FNV-1a, for keys that are no numbers.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
