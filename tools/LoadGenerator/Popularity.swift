// Popularity: which keys are asked for how often. `Popularity` says it; a `KeyChooser` per thread draws.
// Invariant: every drawn key is below the chooser's count, or one that `grow` told of (for `unique`: every key from 0
// on is drawn once in the run).

internal import Glibc

package enum Popularity: Equatable, Sendable {
    case uniform
    /// 0, 1, 2 … and again from 0, over all threads.
    case sequential
    /// As sequential, without wrapping: no key twice.
    case unique
    /// Rank k is drawn in proportion to 1 / (k + 1)^exponent; key 0 is the most popular.
    case zipf(exponent: Double)
    /// A bell around the middle key; `deviation` is a fraction of the key count.
    case gaussian(deviation: Double)
    /// `share` of the requests go to the first `fraction` of the keys.
    case hotSet(fraction: Double, share: Double)
    /// Zipf, but the popular end wanders over the key space: the hottest key moves on by one every `requests` draws of
    /// all threads.
    case drifting(exponent: Double, requests: Double)
    /// Zipf over recency: the newest key is the hottest of which this thread knows that it is there, which it does of
    /// its own (YCSB's "latest").
    case latest(exponent: Double)

    /// The exponent of YCSB's skewed workloads.
    package static let usualExponent = 0.99

    /// "uniform", "zipf[:0.99]", "gaussian[:0.1]", "hot[:0.2:0.8]", "drift[:0.99:100]", "latest[:0.99]",
    /// "sequential", "unique".
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.dropFirst().map { Double($0) ?? .nan }
        guard !numbers.contains(where: { !$0.isFinite || $0 <= 0 }) else { return nil }
        func number(_ index: Int, _ usual: Double) -> Double { index < numbers.count ? numbers[index] : usual }
        switch (parts[0], numbers.count) {
        case ("uniform", 0): self = .uniform
        case ("sequential", 0): self = .sequential
        case ("unique", 0): self = .unique
        case ("zipf", 0...1): self = .zipf(exponent: number(0, Self.usualExponent))
        case ("gaussian", 0...1):
            self = .gaussian(deviation: number(0, 0.1))
            // Wider is uniform, and draws outside the keys would be repeated for ever.
            guard number(0, 0.1) <= 10 else { return nil }
        case ("hot", 0...2):
            self = .hotSet(fraction: number(0, 0.2), share: number(1, 0.8))
            guard number(0, 0.2) <= 1, number(1, 0.8) <= 1 else { return nil }
        case ("drift", 0...2):
            self = .drifting(exponent: number(0, Self.usualExponent), requests: number(1, 100))
            // Faster has no meaning, and positions would overflow.
            guard number(1, 100) >= 0.001 else { return nil }
        case ("latest", 0...1): self = .latest(exponent: number(0, Self.usualExponent))
        default: return nil
        }
    }
}

/// Draws keys for one thread.
package struct KeyChooser: Sendable {
    private enum Kind: UInt8 { case uniform, sequential, unique, zipf, gaussian, hotSet, drifting, latest }

    private let count: UInt64
    private let kind: Kind
    private let zipf: ZipfSampler
    private let first: Double
    private let second: Double
    private let sequences: Sequences
    /// For `latest`: the lane's first key from `count` on, the way from one to the next, and how many are there.
    private let added: UInt64
    private let stride: UInt64
    private var addedCount: UInt64 = 0

    /// `lane` of `lanes`: this thread's share of the keys that are added. `sequences`: shared by all of them.
    package init(
        _ popularity: Popularity, count: UInt64, lane: UInt64 = 0, lanes: UInt64 = 1,
        sequences: Sequences = Sequences()
    ) {
        precondition(count > 0 && lane < lanes)
        self.count = count
        self.sequences = sequences
        added = count &+ lane
        stride = lanes
        switch popularity {
        case .uniform: (kind, first, second) = (.uniform, 0, 0)
        case .sequential: (kind, first, second) = (.sequential, 0, 0)
        case .unique: (kind, first, second) = (.unique, 0, 0)
        case .zipf(let exponent): (kind, first, second) = (.zipf, exponent, 0)
        case .gaussian(let deviation): (kind, first, second) = (.gaussian, deviation * Double(count), 0)
        case .hotSet(let fraction, let share):
            (kind, first, second) = (.hotSet, max(1, fraction * Double(count)), share)
        case .drifting(let exponent, let requests): (kind, first, second) = (.drifting, exponent, requests)
        case .latest(let exponent): (kind, first, second) = (.latest, exponent, 0)
        }
        switch kind {
        case .zipf, .drifting, .latest: zipf = ZipfSampler(count: count, exponent: first)
        default: zipf = ZipfSampler(count: 1, exponent: 1)
        }
    }

    /// Tells a `latest` chooser that this lane's keys below `bound` are there now.
    package mutating func grow(to bound: UInt64) {
        guard kind == .latest, bound > added else { return }
        addedCount = (bound - added + stride - 1) / stride
    }

    @inline(__always)
    package mutating func next(_ random: inout RandomSource) -> UInt64 {
        if kind == .uniform { return random.below(count) }
        return nextSkewed(&random)
    }

    @inline(never)
    private mutating func nextSkewed(_ random: inout RandomSource) -> UInt64 {
        switch kind {
        case .uniform: return random.below(count)
        case .sequential: return sequences.nextKey() % count
        case .unique: return sequences.nextKey()
        case .zipf: return zipf.next(&random)
        case .gaussian:
            // Redrawn outside the range, so that no mass piles up at its ends.
            while true {
                let key = Double(count) / 2 + random.gaussian() * first
                if key >= 0 && key < Double(count) { return UInt64(key) }
            }
        case .hotSet:
            let hot = min(count, UInt64(first))
            if hot == count || random.unit() < second { return random.below(hot) }
            return hot + random.below(count - hot)
        case .drifting:
            return (zipf.next(&random) + UInt64(Double(sequences.nextKey()) / second)) % count
        case .latest:
            // Ranks are below `count`.
            let rank = zipf.next(&random)
            return rank < addedCount ? added + (addedCount - 1 - rank) * stride : count - 1 - (rank - addedCount)
        }
    }
}

/// Ranks by Zipf's law without tables, by rejection from the inverted hull of the density (W. Hörmann,
/// G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions", 1996). O(1) for any
/// count and exponent; about 1.1 rounds.
struct ZipfSampler: Sendable {
    private let count: Double
    private let exponent: Double
    private let hullFirst: Double
    private let hullLast: Double
    private let cut: Double

    init(count: UInt64, exponent: Double) {
        self.count = Double(count)
        self.exponent = exponent
        hullFirst = Self.integral(1.5, exponent) - 1
        hullLast = Self.integral(Double(count) + 0.5, exponent)
        cut = 2 - Self.inverse(Self.integral(2.5, exponent) - pow(2, -exponent), exponent)
    }

    /// A rank from 0.
    func next(_ random: inout RandomSource) -> UInt64 {
        while true {
            let height = hullLast + random.unit() * (hullFirst - hullLast)
            let x = Self.inverse(height, exponent)
            let rank = min(max(x.rounded(), 1), count)
            if rank - x <= cut || height >= Self.integral(rank + 0.5, exponent) - pow(rank, -exponent) {
                return UInt64(rank) - 1
            }
        }
    }

    /// The integral of x^-exponent, up to a constant; continuous where the exponent passes 1.
    private static func integral(_ x: Double, _ exponent: Double) -> Double {
        let logarithm = log(x)
        let scaled = (1 - exponent) * logarithm
        return abs(scaled) > 1e-8 ? expm1(scaled) / scaled * logarithm : logarithm * (1 + scaled / 2)
    }

    private static func inverse(_ height: Double, _ exponent: Double) -> Double {
        let scaled = max(-1, height * (1 - exponent))
        return abs(scaled) > 1e-8 ? exp(log1p(scaled) / scaled * height) : exp(height * (1 - scaled / 2))
    }
}
