// LatencyCounters: what the hot path counts latencies in: one array, no calls, cheap to record several at once.
//
// Same cells as an HdrHistogram of three significant digits: values up to 2047 ns exactly, above that 1024 cells per
// doubling (0.1 %). A thread fills its own; the reader merges them and hands them to `Histogram` for percentiles.
// `Histogram.record` costs three times as much (range bookkeeping and checks), which at 3 M requests per second shows.
// Invariant: total is the sum of all cells; every non-zero cell lies in lowIndex ... highIndex, and the last of them,
// which maxNs belongs to, is one.

package import Histogram
internal import Glibc

@safe
package struct LatencyCounters: ~Copyable {
    private let cells: UnsafeMutablePointer<UInt64>
    package private(set) var total: UInt64 = 0
    package private(set) var sumNs: UInt64 = 0
    package private(set) var maxNs: UInt64 = 0
    private var lowIndex = Self.cellsMax
    private var highIndex = -1

    /// 2^40 ns are 18 minutes; what is longer is counted as that.
    static var valuesMaxNs: UInt64 { (1 << 40) - 1 }
    static var cellsMax: Int { 31 << 10 }

    package init() {
        // Zeroed by the kernel page by page as they are counted in: few of the cells ever are.
        unsafe cells = calloc(Self.cellsMax, MemoryLayout<UInt64>.stride)!
            .bindMemory(to: UInt64.self, capacity: Self.cellsMax)
    }

    deinit { unsafe free(cells) }

    @inline(__always)
    static func index(of value: UInt64) -> Int {
        let shift = 53 &- (value | 0x7FF).leadingZeroBitCount
        return (shift << 10) &+ Int(truncatingIfNeeded: value >> UInt64(truncatingIfNeeded: shift))
    }

    /// The middle of a cell.
    static func value(at index: Int) -> UInt64 {
        if index < 2048 { return UInt64(index) }
        let shift = (index >> 10) - 1
        let low = UInt64(index - (shift << 10)) << UInt64(shift)
        return low + (UInt64(1) << UInt64(shift)) / 2
    }

    @inline(__always)
    package mutating func record(_ valueNs: UInt64, count: UInt64 = 1) {
        let value = min(valueNs, Self.valuesMaxNs)
        let index = Self.index(of: value)
        unsafe cells[index] &+= count
        total &+= count
        sumNs &+= value &* count
        if value > maxNs { maxNs = value }
        if index < lowIndex { lowIndex = index }
        if index > highIndex { highIndex = index }
    }

    /// Adds `other`'s counts and empties it. O(cells in use).
    package mutating func drain(_ other: inout LatencyCounters) {
        guard other.total > 0 else { return }
        for index in other.lowIndex...other.highIndex {
            unsafe cells[index] &+= other.cells[index]
            unsafe other.cells[index] = 0
        }
        total &+= other.total
        sumNs &+= other.sumNs
        maxNs = max(maxNs, other.maxNs)
        lowIndex = min(lowIndex, other.lowIndex)
        highIndex = max(highIndex, other.highIndex)
        other.forgetTotals()
    }

    package mutating func clear() {
        guard total > 0 else { return }
        for index in lowIndex...highIndex { unsafe cells[index] = 0 }
        forgetTotals()
    }

    private mutating func forgetTotals() {
        (total, sumNs, maxNs, lowIndex, highIndex) = (0, 0, 0, Self.cellsMax, -1)
    }

    /// The value at each of some ascending percentiles, for the intervals of a run: without a histogram's 250 KiB to
    /// clear and walk. O(cells in use).
    package func values(atPercentiles percentiles: [Double]) -> [UInt64] {
        var values: [UInt64] = []
        guard total > 0 else { return percentiles.map { _ in 0 } }
        var seen: UInt64 = 0
        var index = lowIndex - 1
        for percentile in percentiles {
            // Less a little, so that 99.9 % of 20,000 is not the 19,981st by a rounding error.
            let rank = UInt64(max(1, (percentile / 100 * Double(total) - 1e-6).rounded(.up)))
            while seen < rank && index < highIndex {
                index += 1
                seen += unsafe cells[index]
            }
            values.append(min(Self.value(at: index), maxNs))
        }
        return values
    }

    /// Adds `other`'s counts and leaves it as it is.
    package mutating func add(_ other: borrowing LatencyCounters) {
        guard other.total > 0 else { return }
        for index in other.lowIndex...other.highIndex { unsafe cells[index] &+= other.cells[index] }
        total &+= other.total
        sumNs &+= other.sumNs
        maxNs = max(maxNs, other.maxNs)
        lowIndex = min(lowIndex, other.lowIndex)
        highIndex = max(highIndex, other.highIndex)
    }

    /// Adds these counts to a histogram. The largest value goes in exactly.
    package func add(to histogram: inout Histogram<UInt64>) {
        guard total > 0 else { return }
        for index in lowIndex...highIndex {
            let count = unsafe cells[index] - (index == highIndex ? 1 : 0)
            if count > 0 { histogram.record(min(Self.value(at: index), maxNs), count: count) }
        }
        histogram.record(maxNs)
    }

    package static func histogram() -> Histogram<UInt64> {
        Histogram<UInt64>(highestTrackableValue: valuesMaxNs, numberOfSignificantValueDigits: .three)
    }

    /// Checks the invariant. O(cells).
    package func invariants() {
        var sum: UInt64 = 0
        for index in 0..<Self.cellsMax {
            let count = unsafe cells[index]
            sum += count
            precondition(count == 0 || (index >= lowIndex && index <= highIndex))
        }
        precondition(sum == total && (total == 0 || highIndex == Self.index(of: maxNs)))
        precondition(unsafe total == 0 || cells[highIndex] > 0)
    }
}
