// Capture: what `MONITOR` printed, as requests to send again.
//
//   1339518083.107412 [0 127.0.0.1:60866] "SET" "a\"b" "\x00"
//
// Requests are kept encoded, back to back, in the order of the capture. Lines of scripts' inner calls ("[0 lua]") are
// left out: their script is there itself.

package struct Capture: Sendable {
    package struct Request: Sendable, BitwiseCopyable {
        package var offset: Int
        package var count: Int
        /// Into `names`.
        package var name: Int
        /// Since the first request.
        package var timeNs: UInt64
    }

    package private(set) var bytes: [UInt8] = []
    package private(set) var requests: [Request] = []
    /// Commands that occur, in upper case.
    package private(set) var names: [String] = []

    /// Commands that make no sense without their client's state, or that end or hide the replay.
    package static let skipped: Set<String> = [
        "AUTH", "HELLO", "SELECT", "QUIT", "MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE",
        "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SHUTDOWN", "SYNC", "PSYNC",
        "REPLCONF", "CLIENT", "RESET", "FAILOVER", "DEBUG", "WAIT", "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP",
        "BZPOPMIN", "BZPOPMAX", "BZMPOP",
    ]

    /// Lines that are no requests ("OK") are passed over; a malformed request line is an error.
    package init(_ text: [UInt8]) throws(Trace.ParseError) {
        var indices: [String: Int] = [:]
        var firstNs: UInt64?
        for (number, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let first = line.first, (48...57).contains(first) else { continue }
            guard let parsed = Self.parse(line) else {
                throw Trace.ParseError(description: "line \(number + 1): not a line of MONITOR")
            }
            guard !parsed.isInner, !parsed.arguments.isEmpty else { continue }
            let name = String(decoding: parsed.arguments[0], as: UTF8.self).uppercased()
            if Self.skipped.contains(name) { continue }
            let start = firstNs ?? parsed.timeNs
            firstNs = start
            let offset = bytes.count
            bytes += Array("*\(parsed.arguments.count)\r\n".utf8)
            for argument in parsed.arguments {
                bytes += Array("$\(argument.count)\r\n".utf8)
                bytes += argument
                bytes += [13, 10]
            }
            let index = indices[name] ?? names.count
            if index == names.count {
                names.append(name)
                indices[name] = index
            }
            requests.append(
                Request(
                    offset: offset, count: bytes.count - offset, name: index,
                    timeNs: parsed.timeNs > start ? parsed.timeNs - start : 0))
        }
    }

    private static func parse(_ line: ArraySlice<UInt8>) -> (timeNs: UInt64, isInner: Bool, arguments: [[UInt8]])? {
        // An IPv6 address has brackets of its own: the last one before the first argument counts.
        guard let open = line.firstIndex(of: UInt8(ascii: "[")), let quote = line.firstIndex(of: UInt8(ascii: "\"")),
            let close = line[..<quote].lastIndex(of: UInt8(ascii: "]")), open < close
        else { return nil }
        let stamp = line[..<open].split(separator: UInt8(ascii: ".")).map { part in
            UInt64(String(decoding: part.filter { $0 != 32 }, as: UTF8.self))
        }
        guard stamp.count == 2, let seconds = stamp[0], let micros = stamp[1], seconds < 1 << 33, micros < 1_000_000
        else { return nil }
        let isInner = line[open...close].reversed().starts(with: Array("]aul".utf8))
        var arguments: [[UInt8]] = []
        var index = line.index(after: close)
        while index < line.endIndex {
            if line[index] == UInt8(ascii: " ") || line[index] == 13 {
                index += 1
                continue
            }
            guard line[index] == UInt8(ascii: "\""), let argument = unquote(line, &index) else { return nil }
            arguments.append(argument)
        }
        return (seconds * 1_000_000_000 + micros * 1000, isInner, arguments)
    }

    /// From the opening quote on; the index ends behind the closing one.
    private static func unquote(_ line: ArraySlice<UInt8>, _ index: inout Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        index += 1
        while index < line.endIndex {
            let byte = line[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return bytes }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard index < line.endIndex else { return nil }
            let escape = line[index]
            index += 1
            switch escape {
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "a"): bytes.append(7)
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "x"):
                guard index + 1 < line.endIndex,
                    let value = UInt8(String(decoding: line[index...index + 1], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                index += 2
            default: bytes.append(escape)
            }
        }
        return nil
    }
}
