// What the load generator's tests share.

import LoadGenerator
import Memory

/// Renders `count` requests of a command line.
func render(
    _ line: String, count: Int = 1, sizes: SizeDistribution = .fixed(3), popularity: Popularity = .sequential,
    keyCount: UInt64 = 1000, checked: Bool = false, seed: UInt64 = 1, sequences: Sequences = Sequences()
) throws -> String {
    let template = try EncodedTemplate(CommandTemplate(line: line), sizes: sizes, keyPrefix: Array("key:".utf8))
    var renderer = Renderer(
        popularity: popularity, keyCount: keyCount, sizes: sizes, pool: ValuePool(seed: seed), isChecked: checked,
        seed: seed, sequences: sequences)
    var output = OutputBuffer()
    for _ in 0..<count { renderer.render(template, into: &output) }
    return String(decoding: output.copiedBytes(), as: UTF8.self)
}

/// Counts replies in bytes that come in pieces of the given sizes.
func count(_ bytes: [UInt8], cutAt cuts: [Int] = []) -> ReplyCounts {
    var scanner = ReplyScanner()
    var counts = ReplyCounts()
    var start = 0
    for end in cuts.sorted() + [bytes.count] {
        let piece = Array(bytes[start..<end])
        piece.withUnsafeBufferPointer { buffer in
            guard var cursor = buffer.baseAddress else { return }
            scanner.scan(&cursor, cursor + buffer.count, limit: .max, counts: &counts)
        }
        start = end
    }
    return counts
}
