import Commands
import TestSupport
import Testing

@testable import Server

@Suite struct LatencyHistogramTests {
    /// Buckets follow one another without a gap, and none is wider than a sixteenth of where it begins.
    @Test func bucketsCoverEverything() {
        var expected: UInt64 = 0
        for bucket in 0..<LatencyHistogram.bucketCount {
            let lower = LatencyHistogram.lowerBound(ofBucket: bucket)
            let upper = LatencyHistogram.upperBound(ofBucket: bucket)
            #expect(lower == expected && upper >= lower && upper - lower <= lower / 16)
            #expect(LatencyHistogram.bucket(lower) == bucket && LatencyHistogram.bucket(upper) == bucket)
            expected = upper &+ 1
        }
        #expect(expected == 0, "the last bucket ends with the last number")
    }

    @Test(arguments: 1...50) func percentilesAreThoseOfTheSortedDurations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        var durations: [UInt64] = []
        for _ in 0..<Int(random.next() % 1000 + 1) {
            let duration = random.next() >> (random.next() % 60)
            histogram.note(duration)
            durations.append(duration)
        }
        durations.sort()
        #expect(histogram.total == UInt64(durations.count), "seed \(seed)")
        for percent in [50, 90, 99, 99.9, 100] {
            let rank = max(Int(percent / 100 * Double(durations.count) + 0.5), 1)
            let exact = durations[rank - 1], found = histogram.duration(atPercentile: percent)
            #expect(found >= exact && found - exact <= exact / 16, "seed \(seed), \(percent) %")
        }
        let least = LatencyHistogram.bucket(durations[0])
        #expect(histogram.duration(atPercentile: 0) == LatencyHistogram.lowerBound(ofBucket: least), "seed \(seed)")
        let limit = durations[durations.count / 2]
        let exact = durations.count { $0 <= limit }
        #expect(histogram.count(upTo: limit) <= UInt64(exact), "seed \(seed)")
        #expect(histogram.count(upTo: .max) == UInt64(durations.count), "seed \(seed)")
    }

    @Test func callsOfARunCountOneByOne() {
        var figures = CommandFigures()
        figures.note(640, calls: 64)
        figures.note(10)
        #expect(figures.cycles == 650 && figures.histogram?.value.total == 65)
        #expect(figures.histogram?.value.duration(atPercentile: 100) == 10)
    }

    @Test func sumsAreThoseOfBoth() {
        var first = LatencyHistogram(), second = LatencyHistogram()
        for duration in UInt64(0)..<1000 {
            first.note(duration)
            second.note(duration * 1000)
        }
        first.add(second)
        #expect(first.total == 2000 && first.duration(atPercentile: 50) == 1023)
    }
}

@Suite struct LatencyMonitorTests {
    @Test func oneSampleForASecond() {
        let monitor = LatencyMonitor()
        monitor.note("command", milliseconds: 5, unixSeconds: 100)
        monitor.note("command", milliseconds: 9, unixSeconds: 100)
        monitor.note("command", milliseconds: 7, unixSeconds: 100)
        monitor.note("command", milliseconds: 3, unixSeconds: 101)
        monitor.note("expire-cycle", milliseconds: 2, unixSeconds: 101)
        let events = monitor.all()
        #expect(events.map(\.name) == ["command", "expire-cycle"])
        #expect(events[0].samples.map(\.milliseconds) == [9, 3])
        #expect(events[0].worstMs == 9 && events[0].sumMs == 24 && events[0].count == 4)
        #expect(monitor.reset(["command", "nosuch"]) == 1 && monitor.reset(nil) == 1 && monitor.all().isEmpty)
    }

    @Test func theOldestSamplesGo() {
        let monitor = LatencyMonitor()
        for second in 0..<200 { monitor.note("command", milliseconds: second + 1, unixSeconds: second) }
        let samples = monitor.all()[0].samples
        #expect(samples.count == LatencyMonitor.samplesMax && samples.first?.unixSeconds == 40)
    }
}
