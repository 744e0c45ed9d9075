// What the tests of this folder share: a seeded generator and a view of an array.

import Memory
import Testing

/// SplitMix64: one seed, one sequence.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

extension OutputBuffer {
    mutating func append(array: [UInt8]) { append(ByteView(array.span.bytes)) }
}
extension ByteBuffer {
    mutating func append(array: [UInt8]) { append(ByteView(array.span.bytes)) }
}

/// `#expect` for conditions about noncopyable values, which its macro cannot take apart.
func expect(_ condition: Bool, _ note: String = "", at location: SourceLocation = #_sourceLocation) {
    #expect(condition, Comment(rawValue: note), sourceLocation: location)
}
