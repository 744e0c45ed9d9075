// Randomness: a xoshiro256** generator. Its twin is itself with a seed from a test.
//
// Fast and well distributed, not for keys that must stay secret from somebody who sees its output: those come straight
// from `Randomness.systemBytes`. Each thread has its own.
// Invariant: the state is never all zero.

internal import CPlatform

@usableFromInline
package struct Randomness: RandomNumberGenerator, Sendable {
    @usableFromInline var s0, s1, s2, s3: UInt64

    /// The same seed gives the same sequence for ever.
    package init(seed: UInt64) {
        // SplitMix64 spreads the seed's bits over the state; four successive outputs are never all zero.
        var state = seed
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        (s0, s1, s2, s3) = (next(), next(), next(), next())
    }

    /// A generator seeded by the kernel.
    package static func system() -> Randomness {
        var seed: UInt64 = 0
        let error = unsafe apus_random_bytes(&seed, 8)
        precondition(error == 0, "the kernel has no random bytes")
        return Randomness(seed: seed)
    }

    /// Bytes straight from the kernel's generator, for secrets.
    package static func systemBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let error = unsafe apus_random_bytes(&bytes, count)
        precondition(error == 0, "the kernel has no random bytes")
        return bytes
    }

    /// 64 random bits.
    @inlinable
    package mutating func next() -> UInt64 {
        let product = s1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = s3 << 45 | s3 >> 19
        return result
    }

    /// A number in 0 ..< bound, each equally likely. `bound` > 0.
    @inlinable
    package mutating func below(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0)
        // The high half of a product is in range; the few low halves that would favour some numbers are drawn again.
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let unfair = (0 &- bound) % bound
            while product.low < unfair { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }

    /// An index in 0 ..< count.
    @inlinable
    package mutating func index(_ count: Int) -> Int { Int(truncatingIfNeeded: below(UInt64(count))) }

    /// Another generator, for those who draw while they cannot reach this one.
    package mutating func split() -> Randomness { Randomness(seed: next()) }

    /// `count` lower-case hexadecimal digits: a run id has 40.
    package mutating func hexDigits(_ count: Int) -> String {
        unsafe String(unsafeUninitializedCapacity: count) { digits in
            for index in 0..<count {
                let digit = UInt8(truncatingIfNeeded: next() >> 60)
                unsafe digits[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return count
        }
    }
}
