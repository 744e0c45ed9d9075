// LatencyHistogram: how often one command took how long, in 976 counters, for percentiles within 6 %.
//
// Durations are ticks of the time-stamp counter. Below 32 each has a counter of its own; above, each power of two is
// cut into 16 parts. To count is a shift, an addition and an increment: the count of calls is not kept beside it but is
// the sum of all counters, so that a histogram costs a call no more than a counter of calls would.
// Invariant: duration d is counted in the one bucket b with lowerBound(b) <= d <= upperBound(b).

struct LatencyHistogram: BitwiseCopyable {
    /// Sixteen parts for each of the 60 powers of two from 2^4 on, and 16 counters below.
    private typealias Counts = InlineArray<976, UInt64>

    static var bucketCount: Int { Counts.count }
    private static var partBits: UInt64 { 4 }

    private var counts = Counts(repeating: 0)

    @inline(__always)
    static func bucket(_ duration: UInt64) -> Int {
        let shift = 59 &- (duration | 1 << partBits).leadingZeroBitCount
        return shift << Int(partBits) &+ Int(truncatingIfNeeded: duration >> UInt64(shift))
    }

    static func lowerBound(ofBucket bucket: Int) -> UInt64 {
        let shift = max(bucket >> Int(partBits) - 1, 0)
        return UInt64(bucket - shift << Int(partBits)) << UInt64(shift)
    }

    static func upperBound(ofBucket bucket: Int) -> UInt64 {
        lowerBound(ofBucket: bucket) + (1 << UInt64(max(bucket >> Int(partBits) - 1, 0)) - 1)
    }

    @inline(__always)
    mutating func note(_ duration: UInt64, _ calls: UInt64 = 1) {
        counts[Self.bucket(duration)] &+= calls
    }

    mutating func add(_ other: borrowing LatencyHistogram) {
        let added = other.counts.span
        var sums = counts.mutableSpan
        for bucket in added.indices { sums[bucket] &+= added[bucket] }
    }

    /// Everything that was counted. O(buckets).
    var total: UInt64 {
        let counts = self.counts.span
        var total: UInt64 = 0
        for bucket in counts.indices { total &+= counts[bucket] }
        return total
    }

    /// The duration that `percent` of all do not exceed: its bucket's upper bound, but the lower one at 0 percent.
    /// Precondition: something was counted. O(buckets).
    func duration(atPercentile percent: Double) -> UInt64 {
        let wanted = max(UInt64(percent / 100 * Double(total) + 0.5), 1)
        let counts = self.counts.span
        var seen: UInt64 = 0
        for bucket in counts.indices {
            seen &+= counts[bucket]
            guard seen >= wanted else { continue }
            return percent == 0 ? Self.lowerBound(ofBucket: bucket) : Self.upperBound(ofBucket: bucket)
        }
        return .max
    }

    /// How many took at most `duration`, as far as the buckets tell: those whose upper bound does not exceed it.
    func count(upTo duration: UInt64) -> UInt64 {
        let counts = self.counts.span
        var count: UInt64 = 0
        for bucket in counts.indices {
            if Self.upperBound(ofBucket: bucket) > duration { break }
            count &+= counts[bucket]
        }
        return count
    }
}
