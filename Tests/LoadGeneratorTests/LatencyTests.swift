import Histogram
import LoadGenerator
import Testing

@Suite struct LatencyTests {
    @Test func percentilesAgreeWithTheValues() {
        for seed in 1...5 as ClosedRange<UInt64> {
            var random = RandomSource(seed: seed)
            var counters = LatencyCounters()
            var values: [UInt64] = []
            for _ in 0..<20_000 {
                let value = random.next() >> (24 + random.below(38))
                values.append(min(value, (1 << 40) - 1))
                counters.record(value)
            }
            counters.invariants()
            values.sort()
            var histogram = LatencyCounters.histogram()
            counters.add(to: &histogram)
            #expect(histogram.totalCount == 20_000)
            for percentile in [10.0, 50, 90, 99, 99.9] {
                // The neighbours too: whether the rank is rounded up or down is a matter of taste.
                let rank = Int(percentile / 100 * 20_000)
                let found = Double(histogram.valueAtPercentile(percentile))
                let isNear = values[rank - 2...rank].contains { abs(found - Double($0)) <= Double($0) * 0.0021 + 1 }
                #expect(isNear, "p\(percentile), seed \(seed)")
            }
            #expect(counters.maxNs == values.last && histogram.maxRecorded == counters.maxNs)
            let own = counters.values(atPercentiles: [50, 99, 99.9])
            for (value, percentile) in zip(own, [50.0, 99, 99.9]) {
                let other = Double(histogram.valueAtPercentile(percentile))
                #expect(abs(Double(value) - other) <= other * 0.0021 + 1, "p\(percentile), seed \(seed)")
            }
        }
    }

    @Test func aCellIsToldByItsMiddle() {
        var counters = LatencyCounters()
        counters.record(1 << 20, count: 3)
        counters.record(1 << 30)
        #expect(counters.values(atPercentiles: [50, 100]) == [1 << 20 + 512, 1 << 30])
    }

    @Test func drainingMergesAndEmpties() {
        var random = RandomSource(seed: 3)
        var first = LatencyCounters()
        var second = LatencyCounters()
        var both = LatencyCounters()
        for _ in 0..<5000 {
            let value = random.below(10_000_000)
            both.record(value, count: 2)
            if value % 2 == 0 { first.record(value, count: 2) } else { second.record(value, count: 2) }
        }
        first.drain(&second)
        first.invariants()
        second.invariants()
        #expect(second.total == 0 && first.total == 10_000 && first.sumNs == both.sumNs)
        var left = LatencyCounters.histogram()
        var right = LatencyCounters.histogram()
        first.add(to: &left)
        both.add(to: &right)
        for percentile in [1.0, 50, 99, 100] {
            #expect(left.valueAtPercentile(percentile) == right.valueAtPercentile(percentile))
        }
    }

    @Test func tooLongIsCountedAsTheLongest() {
        var counters = LatencyCounters()
        counters.record(.max)
        counters.record(0)
        counters.invariants()
        #expect(counters.total == 2 && counters.maxNs == (1 << 40) - 1)
    }

    // MARK: Arrivals

    @Test func fixedArrivalsAreEvenlySpaced() {
        var schedule = ArrivalSchedule(.fixed, rate: 3000, startNs: 1_000_000, random: RandomSource(seed: 1))
        let first = schedule.nextNs
        #expect((1_000_000..<1_333_334).contains(first))
        for _ in 0..<30_000 { schedule.advance() }
        // No drift, though a period is no whole number of nanoseconds.
        #expect(abs(Double(schedule.nextNs - first) - 1e10) < 1000)
    }

    /// All threads' arrivals together are evenly spaced, not each thread's alone.
    @Test func threadsTakeTurnsWithFixedArrivals() {
        var times: [UInt64] = []
        for thread in 0..<3 {
            var schedule = ArrivalSchedule(
                .fixed, rate: 1000, startNs: 0, random: RandomSource(seed: 1), lane: thread, lanes: 3)
            for _ in 0..<10 {
                times.append(schedule.nextNs)
                schedule.advance()
            }
        }
        times.sort()
        for index in 1..<times.count { #expect(abs(Int(times[index] - times[index - 1]) - 333_333) <= 1) }
    }

    @Test func poissonArrivalsHaveTheRateAndTheSpread() {
        var schedule = ArrivalSchedule(.poisson, rate: 1000, startNs: 0, random: RandomSource(seed: 4))
        var gaps: [Double] = []
        var last = schedule.nextNs
        for _ in 0..<50_000 {
            schedule.advance()
            gaps.append(Double(schedule.nextNs - last))
            last = schedule.nextNs
        }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let deviation = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)).squareRoot()
        #expect(abs(mean - 1e6) < 2e4)
        #expect(abs(deviation - 1e6) < 3e4)
    }

    /// A server that answers in 10 µs, but stands still for 100 ms in the middle of a second. What a closed loop would
    /// see as one slow request, an open loop must see as a tenth of all requests.
    @Test func aStallIsNotHidden() {
        var schedule = ArrivalSchedule(.fixed, rate: 10_000, startNs: 0, random: RandomSource(seed: 1))
        var counters = LatencyCounters()
        var now: UInt64 = 0
        let (stallStart, stallEnd) = (UInt64(500_000_000), UInt64(600_000_000))
        while schedule.nextNs < 1_000_000_000 {
            let intended = schedule.nextNs
            schedule.advance()
            now = max(now, intended)
            if (stallStart..<stallEnd).contains(now) { now = stallEnd }
            now += 10_000
            counters.record(now - intended)
        }
        var histogram = LatencyCounters.histogram()
        counters.add(to: &histogram)
        #expect(abs(Double(counters.total) - 10_000) <= 1)
        #expect(histogram.valueAtPercentile(50) < 20_000)
        #expect(histogram.valueAtPercentile(95) > 50_000_000)
        #expect(counters.maxNs > 99_000_000)
    }

    // MARK: Search

    @Test func theSearchFindsTheEdge() {
        for edge in [700.0, 12_345, 9e5] {
            var search = RateSearch(from: 1000, precision: 0.05)
            var steps = 0
            while let rate = search.next {
                search.tell(rate: rate, passed: rate <= edge)
                steps += 1
            }
            #expect(search.best! <= edge && search.best! > edge / 1.06, "edge \(edge)")
            #expect(steps < 25)
        }
        // Down to a sixty-fourth, each rate twice.
        var hopeless = RateSearch(from: 1000)
        var rates: [Double] = []
        while let rate = hopeless.next {
            hopeless.tell(rate: rate, passed: false)
            rates.append(rate)
        }
        #expect(hopeless.best == nil && rates.count == 14 && rates.last == 1000 / 64)
    }

    /// A pause that is the machine's own: the search went on below the rate that it hit, however low.
    @Test func oneChanceMissDoesNotEndTheSearch() {
        for unlucky in 0..<5 {
            var search = RateSearch(from: 1000)
            var steps = 0
            while let rate = search.next {
                search.tell(rate: rate, passed: rate <= 50_000 && steps != unlucky)
                steps += 1
            }
            #expect(search.best! > 47_000 && search.best! <= 50_000, "unlucky step \(unlucky)")
        }
    }

    @Test func objectives() {
        #expect(Objective("p99.9<1ms") == Objective(percentile: 99.9, limitNs: 1_000_000))
        #expect(Objective("max < 10us") == Objective(percentile: 100, limitNs: 10_000))
        #expect(Objective("p99<1e20s") == nil)
        #expect(Objective("p99") == nil && Objective("p101<1ms") == nil && Objective("p50<1") == nil)
    }
}
