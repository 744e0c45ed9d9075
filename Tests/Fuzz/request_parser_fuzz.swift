// Fuzzes the request parser: whatever a client sends, and however the network cuts it, the same requests and the same
// error come out, and no byte outside the input is read (every piece ends with its allocation).
//
// Input: one byte of options, one with the number of cuts, the cuts (two bytes each), then the client's bytes.

import Memory
import RESP

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequestParser(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    let options = input[0]
    let cutCount = min(Int(input[1] & 15), (input.count - 2) / 2)
    let sent = Array(input[(2 + 2 * cutCount)...])
    let cuts = (0..<cutCount).map { index in
        (Int(input[2 + 2 * index]) << 8 | Int(input[3 + 2 * index])) % (sent.count + 1)
    }
    let limits = ParserLimits(
        bulkBytesMax: options & 1 == 0 ? 1 << 20 : 100, queryBufferBytesMax: 4 << 20,
        isUnauthenticated: options & 2 != 0)
    let whole = parse(sent, limits: limits)
    let pieces = parse(sent, cuts: cuts.sorted(), direct: options & 4 != 0, limits: limits)
    precondition(whole == pieces, "cuts \(cuts.sorted()) change what is parsed")
    if options & 8 != 0 && sent.count < 2000 {
        precondition(parse(sent, cuts: Array(0..<sent.count), limits: limits) == whole)
    }
    // What was parsed says what was sent: encoded again, it parses to the same.
    let again = parse(whole.requests.flatMap(encode), limits: ParserLimits())
    precondition(again.requests == whole.requests && again.error == nil)
    return 0
}
