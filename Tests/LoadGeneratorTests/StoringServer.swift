import Foundation
import LoadGenerator
import Network
import Synchronization
import Testing

/// A server that stores what the workloads write, and forgets of it what it is told to. A thread for each connection,
/// one lock for all data.
final class StoringServer: Sendable {
    struct Data {
        var strings: [String: String] = [:]
        var hashes: [String: [(field: String, value: String)]] = [:]
        var scores: [String: Double] = [:]
        var list: [String] = []
        /// What LLEN said last.
        var listCount = 0
        var subscribers: [Int32] = []
        var published = 0
        /// Requests by their command's name.
        var asked: [String: Int] = [:]
    }

    let data = Mutex(Data())
    let endpoint: Endpoint
    /// Answers instead of the server, where it does not return nil.
    private let override: @Sendable ([String], inout Data) -> String?

    init(override: @escaping @Sendable ([String], inout Data) -> String? = { _, _ in nil }) throws {
        self.override = override
        let (listener, port) = try Loopback.listen()
        endpoint = Endpoint(.tcp(host: "127.0.0.1", port: port))
        Loopback.accept(at: listener) { [self] in serve($0) }
    }

    static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
    static func array(_ items: [String]) -> String { "*\(items.count)\r\n" + items.map(bulk).joined() }

    private func serve(_ client: Int32) {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var rest: ArraySlice<UInt8> = []
        while true {
            let count = read(client, &bytes, bytes.count)
            guard count > 0 else { break }
            rest += bytes[..<count]
            var replies = ""
            while let words = Self.takeRequest(&rest) { replies += answer(words, client) }
            if !replies.isEmpty { _ = send(client, replies, replies.utf8.count, 0x4000) }
        }
        data.withLock { $0.subscribers.removeAll { $0 == client } }
        close(client)
    }

    /// The words of the next request, if it is there whole. No word holds a line end.
    private static func takeRequest(_ bytes: inout ArraySlice<UInt8>) -> [String]? {
        var rest = bytes
        func line() -> String? {
            guard let end = rest.firstIndex(of: 10) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[rest.startIndex..<end - 1], as: UTF8.self)
        }
        guard let header = line(), let count = Int(header.dropFirst()) else { return nil }
        var words: [String] = []
        for _ in 0..<count {
            guard line() != nil, let word = line() else { return nil }
            words.append(word)
        }
        bytes = rest
        return words
    }

    private func answer(_ words: [String], _ client: Int32) -> String {
        data.withLock { data in
            data.asked[words[0], default: 0] += 1
            if let own = override(words, &data) { return own }
            switch words[0] {
            case "SET":
                data.strings[words[1]] = words[2]
                return "+OK\r\n"
            case "GET": return data.strings[words[1]].map(Self.bulk) ?? "$-1\r\n"
            case "HSET":
                for index in stride(from: 2, to: words.count, by: 2) {
                    data.hashes[words[1], default: []].removeAll { $0.field == words[index] }
                    data.hashes[words[1], default: []].append((words[index], words[index + 1]))
                }
                return ":1\r\n"
            case "HGETALL": return Self.array((data.hashes[words[1]] ?? []).flatMap { [$0.field, $0.value] })
            case "ZADD":
                data.scores[words[3]] = Double(words[2])
                return ":1\r\n"
            case "ZRANGE": return Self.array(Self.range(data.scores, from: Double(words[2])!, count: Int(words[7])!))
            case "DEL": return ":0\r\n"
            case "RPUSH":
                data.list.append(words[2])
                return ":\(data.list.count)\r\n"
            case "BLPOP": return data.list.isEmpty ? "*-1\r\n" : Self.array(["queue", data.list.removeFirst()])
            case "LLEN":
                data.listCount = data.list.count
                return ":\(data.listCount)\r\n"
            case "SUBSCRIBE":
                data.subscribers.append(client)
                return "*3\r\n$9\r\nsubscribe\r\n" + Self.bulk(words[1]) + ":1\r\n"
            case "PUBLISH":
                data.published += 1
                let message = Self.array(["message", words[1], words[2]])
                for subscriber in data.subscribers { _ = send(subscriber, message, message.utf8.count, 0x4000) }
                return ":\(data.subscribers.count)\r\n"
            case "PING": return Self.array(["pong", ""])
            default: return "-ERR unknown\r\n"
            }
        }
    }

    private static func range(_ scores: [String: Double], from low: Double, count: Int) -> [String] {
        scores.filter { $0.value >= low }.sorted { $0.value < $1.value }.prefix(count).map(\.key)
    }
}
