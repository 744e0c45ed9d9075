// RequestDriver: feeds bytes to a request parser in given pieces, as a server does, and collects what comes out.
// Shared by the tests and the fuzz target.

import CAllocator
import Memory
import RESP

/// What a parser made of some bytes.
struct ParsedRequests: Equatable {
    var requests: [[[UInt8]]] = []
    var error: ProtocolError?
    /// Whether the bytes end within a request.
    var isWithinRequest = false
    /// Arguments that came in a block.
    var blocks = 0

    static func == (left: ParsedRequests, right: ParsedRequests) -> Bool {
        left.requests == right.requests && left.error == right.error && left.isWithinRequest == right.isWithinRequest
    }
}

/// Parses `bytes` cut at `cuts` (ascending offsets). With `direct`, missing bytes of large arguments are received into
/// their block; otherwise they take the normal way. Every piece lies in an allocation of its own that ends with it.
func parse(
    _ bytes: [UInt8], cuts: [Int] = [], direct: Bool = false, limits: ParserLimits = ParserLimits()
) -> ParsedRequests {
    var parser = RequestParser()
    var batch = RequestBatch()
    var result = ParsedRequests()
    var start = 0
    var missing = 0
    for end in cuts.filter({ $0 <= bytes.count }) + [bytes.count] {
        var piece = Array(bytes[start..<end])
        start = end
        if direct, missing > 0, let block = parser.bulkBlock {
            let part = min(missing, piece.count)
            append(piece[..<part], toShared: block)
            piece.removeFirst(part)
        }
        missing = feed(piece, &parser, &batch, &result, limits)
        if result.error != nil { return result }
    }
    result.isWithinRequest = parser.isWithinRequest
    return result
}

/// Appends to a block as an event loop does, which holds a reference beside the parser's.
private func append(_ bytes: ArraySlice<UInt8>, toShared block: consuming Block) {
    let shared = unsafe block.release()
    let count = Int(unsafe apus_block_count(shared))
    unsafe UnsafeMutableRawBufferPointer(start: apus_block_bytes(shared) + count, count: bytes.count)
        .copyBytes(from: bytes)
    unsafe apus_block_set_count(shared, UInt64(count + bytes.count))
    unsafe apus_block_release(shared)
}

/// Returns the bytes that a large argument misses.
private func feed(
    _ piece: [UInt8], _ parser: inout RequestParser, _ batch: inout RequestBatch, _ result: inout ParsedRequests,
    _ limits: ParserLimits
) -> Int {
    var position = 0
    while true {
        let place = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count - position, alignment: 1)
        defer { place.deallocate() }
        place.copyBytes(from: piece[position...])
        let base = place.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(bitPattern: 1)!
        let outcome = unsafe parser.parse(ByteView(_unchecked: base, count: place.count), into: &batch, limits: limits)
        batch.invariants()
        collect(&batch, &result)
        position += outcome.consumed
        switch outcome.stop {
        case .batchFull: continue
        case .error(let error):
            result.error = error
            return 0
        case .inputExhausted:
            precondition(position == piece.count)
            return 0
        case .bulk(let missing):
            precondition(position == piece.count)
            return missing
        }
    }
}

private func collect(_ batch: inout RequestBatch, _ result: inout ParsedRequests) {
    for index in 0..<batch.count {
        let arguments = batch.arguments(of: index)
        var request: [[UInt8]] = []
        var sum = 0
        for argument in 0..<arguments.count {
            request.append(arguments[argument].copied())
            sum += arguments[argument].count
            if let block = arguments.takeBlock(argument) {
                precondition(block.view == arguments[argument])
                result.blocks += 1
            }
        }
        precondition(sum == arguments.byteCount)
        result.requests.append(request)
    }
    batch.clear()
    batch.invariants()
}

/// A request as RESP bytes.
func encode(_ arguments: [[UInt8]]) -> [UInt8] {
    var bytes = Array("*\(arguments.count)\r\n".utf8)
    for argument in arguments { bytes += Array("$\(argument.count)\r\n".utf8) + argument + [0x0D, 0x0A] }
    return bytes
}
