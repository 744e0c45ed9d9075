// StreamReply: finds the entries' ids in what XREADGROUP replies, to acknowledge them. RESP2 and RESP3.
//
// An id is a bulk string of digits, a dash and digits; the generator's own values hold no dash, so nothing else in a
// reply looks like one.

package enum StreamReply {
    @unsafe
    package static func ids(in reply: UnsafeBufferPointer<UInt8>) -> [[UInt8]] {
        var ids: [[UInt8]] = []
        var strings = unsafe BulkStrings(reply)
        while let place = unsafe strings.next() {
            let body = unsafe Array(reply[place])
            if isID(body) { ids.append(body) }
        }
        return ids
    }

    private static func isID(_ bytes: [UInt8]) -> Bool {
        let halves = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return halves.count == 2 && halves.allSatisfy { !$0.isEmpty && $0.allSatisfy { (48...57).contains($0) } }
    }
}
