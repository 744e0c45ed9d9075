// RandomSource: the generator's only source of chance. xoshiro256**, seeded, one per thread; not for secrets.
// Invariant: the same seed and stream give the same numbers on every machine.

internal import Glibc

package struct RandomSource: RandomNumberGenerator, Sendable, BitwiseCopyable {
    private(set) var state: (UInt64, UInt64, UInt64, UInt64)

    /// Streams of one seed share no word of their states, so that each thread takes its own. The stream is scrambled: a
    /// multiple of what `mix` adds would give neighbours three words of four in common.
    package init(seed: UInt64, stream: UInt64 = 0) {
        var mixer = seed &+ Self.scramble(stream)
        state = (0, 0, 0, 0)
        state.0 = Self.mix(&mixer)
        state.1 = Self.mix(&mixer)
        state.2 = Self.mix(&mixer)
        state.3 = Self.mix(&mixer)
    }

    /// SplitMix64: spreads a small seed over the whole state.
    private static func mix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return scramble(state)
    }

    /// A fixed permutation of the 64-bit integers whose results look random.
    @inline(__always)
    package static func scramble(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    @inline(__always)
    package mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = (state.3 << 45) | (state.3 >> 19)
        return result
    }

    /// Uniform in 0 ..< bound, by multiplication; the bias is below bound / 2^64. `bound` 0 gives 0.
    @inline(__always)
    package mutating func below(_ bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// Uniform in 0 ..< 1, 53 bits.
    @inline(__always)
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Exponentially distributed with mean 1.
    package mutating func exponential() -> Double {
        -log(1 - unit())
    }

    /// Standard normal (Box and Muller; the second value is not kept, as that would be state for little gain).
    package mutating func gaussian() -> Double {
        let radius = (2 * exponential()).squareRoot()
        return radius * cos(2 * Double.pi * unit())
    }
}
