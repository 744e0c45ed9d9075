// SizeDistribution: how long the generated strings are.
// Invariant: a drawn size is between 0 and `sizesMax`.

internal import Glibc

package enum SizeDistribution: Equatable, Sendable {
    case fixed(Int)
    /// Every size of the range alike.
    case uniform(ClosedRange<Int>)
    /// Listed sizes with weights.
    case choice(sizes: [Int], cumulative: [Double])
    /// Many small, few large, with this mean.
    case exponential(mean: Double)
    case normal(mean: Double, deviation: Double)

    /// redis-benchmark's.
    package static let usual = SizeDistribution.fixed(3)

    /// Redis's limit for a string (proto-max-bulk-len) by default.
    package static let sizesMax = 512 << 20

    /// "64", "16-1024", "64:3,1024:1", "exp:200", "normal:500:100".
    package init?(_ text: String) {
        func size(_ part: some StringProtocol) -> Int? {
            Int(part).flatMap { (0...Self.sizesMax).contains($0) ? $0 : nil }
        }
        let parts = text.split(separator: ":").map(String.init)
        if let fixed = size(text) {
            self = .fixed(fixed)
        } else if parts.count == 2, parts[0] == "exp", let mean = size(parts[1]) {
            self = .exponential(mean: Double(mean))
        } else if parts.count == 3, parts[0] == "normal", let mean = size(parts[1]), let deviation = size(parts[2]) {
            self = .normal(mean: Double(mean), deviation: Double(deviation))
        } else if text.contains(":") {
            var sizes: [Int] = []
            var cumulative: [Double] = []
            for item in text.split(separator: ",") {
                let pair = item.split(separator: ":")
                guard pair.count == 2, let value = size(pair[0]), let weight = Double(pair[1]), weight > 0,
                    weight.isFinite
                else {
                    return nil
                }
                sizes.append(value)
                cumulative.append((cumulative.last ?? 0) + weight)
            }
            self = .choice(sizes: sizes, cumulative: cumulative)
        } else {
            let ends = text.split(separator: "-")
            guard ends.count == 2, let low = size(ends[0]), let high = size(ends[1]), low <= high else { return nil }
            self = .uniform(low...high)
        }
    }

    /// Set when every drawn size is the same.
    package var fixedSize: Int? {
        switch self {
        case .fixed(let size): size
        case .uniform(let range) where range.count == 1: range.lowerBound
        case .choice(let sizes, _) where sizes.count == 1: sizes[0]
        default: nil
        }
    }

    package func next(_ random: inout RandomSource) -> Int {
        switch self {
        case .fixed(let size): return size
        case .uniform(let range): return range.lowerBound + Int(random.below(UInt64(range.count)))
        case .choice(let sizes, let cumulative):
            let draw = random.unit() * cumulative[cumulative.count - 1]
            for index in sizes.indices where draw < cumulative[index] { return sizes[index] }
            return sizes[sizes.count - 1]
        case .exponential(let mean): return Self.whole(mean * random.exponential())
        case .normal(let mean, let deviation): return Self.whole(mean + deviation * random.gaussian())
        }
    }

    /// Rounded to the nearest: down would take half a byte from the mean, which of small ones is much.
    private static func whole(_ size: Double) -> Int { Int(min(max(size.rounded(), 0), Double(sizesMax))) }
}
