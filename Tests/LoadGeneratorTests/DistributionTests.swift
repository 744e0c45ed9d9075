import Foundation
import LoadGenerator
import Testing

@Suite struct DistributionTests {
    static let draws = 200_000

    /// How often each key was drawn.
    static func histogram(_ popularity: Popularity, count: UInt64, seed: UInt64 = 42) -> [Int] {
        var chooser = KeyChooser(popularity, count: count)
        var random = RandomSource(seed: seed)
        var seen = [Int](repeating: 0, count: Int(count))
        for _ in 0..<draws { seen[Int(chooser.next(&random))] += 1 }
        return seen
    }

    @Test func uniformIsFlat() {
        let seen = Self.histogram(.uniform, count: 100)
        // Six standard deviations around 2000.
        #expect(seen.allSatisfy { (1730...2270).contains($0) })
    }

    @Test(arguments: [0.5, 0.99, 1.0, 1.3]) func zipfRanks(exponent: Double) {
        let count = 1000
        let seen = Self.histogram(.zipf(exponent: exponent), count: UInt64(count))
        let weights = (1...count).map { 1 / pow(Double($0), exponent) }
        let sum = weights.reduce(0, +)
        for rank in [0, 1, 2, 4, 9, 99, 500] {
            let expected = Double(Self.draws) * weights[rank] / sum
            let deviation = expected.squareRoot()
            #expect(abs(Double(seen[rank]) - expected) < 6 * deviation + 1, "rank \(rank), exponent \(exponent)")
        }
    }

    @Test func gaussianIsABell() {
        let seen = Self.histogram(.gaussian(deviation: 0.1), count: 1000)
        let mean = seen.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) } / Double(Self.draws)
        let variance =
            seen.enumerated().reduce(0.0) {
                $0 + (Double($1.offset) - mean) * (Double($1.offset) - mean) * Double($1.element)
            } / Double(Self.draws)
        #expect(abs(mean - 499.5) < 2)
        #expect(abs(variance.squareRoot() - 100) < 2)
    }

    @Test func hotSetTakesItsShare() {
        let seen = Self.histogram(.hotSet(fraction: 0.1, share: 0.9), count: 1000)
        let hot = Double(seen[..<100].reduce(0, +)) / Double(Self.draws)
        #expect(abs(hot - 0.9) < 0.005)
    }

    @Test func driftingMovesTheHottestKey() {
        var chooser = KeyChooser(.drifting(exponent: 1.2, requests: 10), count: 100_000)
        var random = RandomSource(seed: 5)
        func hottest() -> UInt64 {
            var seen: [UInt64: Int] = [:]
            for _ in 0..<200 { seen[chooser.next(&random), default: 0] += 1 }
            return seen.max { $0.value < $1.value }!.key
        }
        let before = hottest()
        for _ in 0..<50_000 { _ = chooser.next(&random) }
        #expect(hottest() > before + 4000)
    }

    /// The pace is the run's, not each thread's: all have one hottest key, although one draws more than the other.
    @Test func driftingGoesByTheDrawsOfAllThreads() {
        let sequences = Sequences()
        var random = RandomSource(seed: 5)
        var choosers = (0..<2).map { _ in
            KeyChooser(.drifting(exponent: 40, requests: 10), count: 100_000, sequences: sequences)
        }
        for _ in 0..<900 { _ = choosers[0].next(&random) }
        for _ in 0..<100 { _ = choosers[1].next(&random) }
        #expect(choosers[0].next(&random) == 100 && choosers[1].next(&random) == 100)
    }

    @Test func latestPrefersTheNewest() {
        var chooser = KeyChooser(.latest(exponent: 0.99), count: 1000)
        var random = RandomSource(seed: 5)
        chooser.grow(to: 2000)
        var newer = 0
        for _ in 0..<1000 where chooser.next(&random) >= 1000 { newer += 1 }
        #expect(newer > 500)
    }

    @Test func sequentialWrapsAndUniqueDoesNot() {
        var random = RandomSource(seed: 1)
        var sequential = KeyChooser(.sequential, count: 3)
        #expect((0..<5).map { _ in sequential.next(&random) } == [0, 1, 2, 0, 1])
        var unique = KeyChooser(.unique, count: 3)
        #expect((0..<4).map { _ in unique.next(&random) } == [0, 1, 2, 3])
    }

    @Test func everyKeyIsInRange() {
        for seed in 1...20 as ClosedRange<UInt64> {
            for count in [1, 2, 17] as [UInt64] {
                for text in ["uniform", "zipf:1.5", "gaussian", "hot", "drift:0.8:2", "latest", "sequential"] {
                    var chooser = KeyChooser(Popularity(text)!, count: count)
                    var random = RandomSource(seed: seed)
                    for _ in 0..<200 { #expect(chooser.next(&random) < count, "\(text), \(count) keys, seed \(seed)") }
                }
            }
        }
    }

    @Test func sizes() {
        var random = RandomSource(seed: 9)
        #expect(SizeDistribution("64") == .fixed(64))
        #expect(SizeDistribution("16-32") == .uniform(16...32))
        #expect(SizeDistribution("x") == nil && SizeDistribution("9-1") == nil && SizeDistribution("-5") == nil)
        let uniform = SizeDistribution("16-32")!
        #expect((0..<1000).allSatisfy { _ in (16...32).contains(uniform.next(&random)) })
        let choice = SizeDistribution("10:3,20:1")!
        let small = (0..<10_000).filter { _ in choice.next(&random) == 10 }.count
        #expect((7250...7750).contains(small))
        // Down to whole bytes, a mean of 3 was one of 2.5.
        for text in ["exp:3", "normal:20:3"] {
            let (sizes, count) = (SizeDistribution(text)!, 50_000)
            let mean = Double((0..<count).reduce(0) { sum, _ in sum + sizes.next(&random) }) / Double(count)
            #expect(abs(mean - (text == "exp:3" ? 3 : 20)) < 0.1, "\(text): \(mean)")
        }
        let exponential = SizeDistribution("exp:200")!
        let mean = (0..<50_000).reduce(0.0) { sum, _ in sum + Double(exponential.next(&random)) } / 50_000
        #expect(abs(mean - 199.5) < 6)
    }

    @Test func popularityNames() {
        #expect(Popularity("zipf") == .zipf(exponent: 0.99))
        #expect(Popularity("hot:0.1:0.9") == .hotSet(fraction: 0.1, share: 0.9))
        #expect(Popularity("zipf:0") == nil && Popularity("nonsense") == nil && Popularity("hot:2:0.5") == nil)
    }
}
