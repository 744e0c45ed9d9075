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
        // They last as long as the process; those who are connected end them.
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { [self] in serve(client) }
            }
        }
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

enum Loopback {
    /// A listening socket on a port of the system's choice.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let length = size
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && Foundation.listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isBound)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
