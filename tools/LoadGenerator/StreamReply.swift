// StreamReply: finds the entries' ids in what XREADGROUP replies, to acknowledge them. RESP2 and RESP3.
//
// An id is a bulk string of digits, a dash and digits; the generator's own values hold no dash, so nothing else in a
// reply looks like one.

package enum StreamReply {
    @unsafe
    package static func ids(in reply: UnsafeBufferPointer<UInt8>) -> [[UInt8]] {
        var ids: [[UInt8]] = []
        var index = 0
        while index < reply.count {
            let line = unsafe Array(reply[index...].prefix { $0 != 13 })
            index += line.count + 2
            guard line.first == UInt8(ascii: "$"), let count = Int(String(decoding: line.dropFirst(), as: UTF8.self)),
                count >= 0, index + count <= reply.count
            else { continue }
            let body = unsafe Array(reply[index..<index + count])
            if isID(body) { ids.append(body) }
            index += count + 2
        }
        return ids
    }

    private static func isID(_ bytes: [UInt8]) -> Bool {
        let halves = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return halves.count == 2 && halves.allSatisfy { !$0.isEmpty && $0.allSatisfy { (48...57).contains($0) } }
    }
}
