// Capture: what `MONITOR` printed, as requests to send again.
//
//   1339518083.107412 [0 127.0.0.1:60866] "SET" "a\"b" "\x00"
//
// Requests are kept encoded, back to back, in the order of the capture, each with its client, so that a replay gives
// every client a connection of its own and transactions stay whole. A request whose database is another than its
// client's last one gets a SELECT before it (and recorded ones are left out: clients may have selected before the
// capture began). Lines of scripts' inner calls ("[0 lua]") are left out: their script is there itself.

package struct Capture: Sendable {
    package struct Request: Sendable, BitwiseCopyable {
        package var offset: Int
        package var count: Int
        /// Into `names`.
        package var name: Int
        /// Since the first request.
        package var timeNs: UInt64
        /// Below `clientCount`.
        package var client: Int
    }

    /// What a client's connection is known to be in.
    private struct ClientState {
        var database: [UInt8] = Array("0".utf8)
        var isInTransaction = false
    }

    /// Connections of a replay at most; the clients beyond share them.
    package static let clientsMax = 10_000
    package private(set) var clientCount = 0

    package private(set) var bytes: [UInt8] = []
    package private(set) var requests: [Request] = []
    /// Commands that occur, in upper case; of very many the last is `others`.
    package private(set) var names: [String] = []

    /// More than any server has commands. Each has counters of its own in every thread.
    package static let namesMax = 512
    package static let others = "others"

    /// Commands that carry no replayable argument (AUTH), that would end or hide the replay, that get messages instead
    /// of one reply, or that could wait for ever when the order between clients is not the recorded one.
    package static let skipped: Set<String> = [
        "AUTH", "HELLO", "SELECT", "QUIT", "MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE",
        "PUNSUBSCRIBE", "SUNSUBSCRIBE", "SHUTDOWN", "SYNC", "PSYNC",
        "REPLCONF", "CLIENT", "RESET", "FAILOVER", "DEBUG", "WAIT", "WAITAOF", "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH",
        "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP",
    ]

    /// Whether a request is left out. Of streams' readers, those that may wait are.
    private static func isSkipped(_ name: String, _ arguments: [[UInt8]]) -> Bool {
        guard name == "XREAD" || name == "XREADGROUP" else { return skipped.contains(name) }
        let options = arguments.map { String(decoding: $0, as: UTF8.self).uppercased() }.prefix { $0 != "STREAMS" }
        // Behind XREADGROUP GROUP come two names, which may be any word.
        return options.dropFirst(name == "XREAD" ? 1 : 4).contains("BLOCK")
    }

    /// Lines that are no requests ("OK") are passed over; a malformed request line is an error. `limit`: requests at
    /// most.
    package init(_ text: [UInt8], limit: Int = .max) throws(Trace.ParseError) {
        var numbers: [[UInt8]: Int] = [:]
        var clients: [ClientState] = []
        var firstNs: UInt64?
        for (number, line) in Trace.lines(text) {
            if requests.count >= limit { break }
            guard let first = line.first, (48...57).contains(first) else { continue }
            guard let parsed = Self.parse(line) else {
                throw Trace.ParseError(description: "line \(number + 1): not a line of MONITOR")
            }
            guard !parsed.isInner, !parsed.arguments.isEmpty else { continue }
            let name = String(decoding: parsed.arguments[0], as: UTF8.self).uppercased()
            if Self.isSkipped(name, parsed.arguments) { continue }
            let client = numbers[parsed.client] ?? numbers.count % Self.clientsMax
            numbers[parsed.client] = client
            if client == clients.count { clients.append(ClientState()) }
            // Of a transaction that began before the capture, only the commands are left.
            let endsTransaction = name == "EXEC" || name == "DISCARD"
            if endsTransaction && !clients[client].isInTransaction { continue }
            clients[client].isInTransaction =
                !endsTransaction && (clients[client].isInTransaction || name == "MULTI")
            let start = firstNs ?? parsed.timeNs
            firstNs = start
            let timeNs = parsed.timeNs > start ? parsed.timeNs - start : 0
            if clients[client].database != parsed.database {
                clients[client].database = parsed.database
                append([Array("SELECT".utf8), parsed.database], "SELECT", timeNs, client)
            }
            append(parsed.arguments, name, timeNs, client)
            clientCount = clients.count
        }
        indices = [:]
    }

    /// While parsing: the place of each name.
    private var indices: [String: Int] = [:]

    private mutating func append(_ arguments: [[UInt8]], _ name: String, _ timeNs: UInt64, _ client: Int) {
        let offset = bytes.count
        bytes += Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            bytes += Array("$\(argument.count)\r\n".utf8)
            bytes += argument
            bytes += [13, 10]
        }
        requests.append(
            Request(
                offset: offset, count: bytes.count - offset, name: index(ofName: name), timeNs: timeNs,
                client: client))
    }

    /// The place of a command's name, or of `others` when there is no room for one more.
    private mutating func index(ofName name: String) -> Int {
        if let index = indices[name] { return index }
        let counted = names.count < Self.namesMax - 1 ? name : Self.others
        let index = indices[counted] ?? names.count
        if index == names.count { names.append(counted) }
        indices[counted] = index
        return index
    }

    private struct Line {
        var timeNs: UInt64
        var isInner: Bool
        var database: [UInt8]
        /// Address and port.
        var client: [UInt8]
        var arguments: [[UInt8]]
    }

    private static func parse(_ line: ArraySlice<UInt8>) -> Line? {
        // An IPv6 address has brackets of its own: the last one before the first argument counts.
        guard let open = line.firstIndex(of: UInt8(ascii: "[")), let quote = line.firstIndex(of: UInt8(ascii: "\"")),
            let close = line[..<quote].lastIndex(of: UInt8(ascii: "]")), open < close
        else { return nil }
        let stamp = line[..<open].split(separator: UInt8(ascii: ".")).map { part in
            UInt64(String(decoding: part.filter { $0 != 32 }, as: UTF8.self))
        }
        guard stamp.count == 2, let seconds = stamp[0], let micros = stamp[1], seconds < 1 << 33, micros < 1_000_000
        else { return nil }
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
        let source = line[line.index(after: open)..<close]
        let blank = source.firstIndex(of: 32) ?? source.endIndex
        let client = Array(source[blank...])
        return Line(
            timeNs: seconds * 1_000_000_000 + micros * 1000, isInner: client == Array(" lua".utf8),
            database: Array(source[..<blank]), client: client, arguments: arguments)
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
