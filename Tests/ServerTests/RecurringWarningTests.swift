import Testing

@testable import Server

@Suite struct RecurringWarningTests {
    /// When each of an hour's seconds is asked about, which warn, if all of `failing` bring a failure.
    private func warnings(failing: (Int64) -> Bool) -> [Int64] {
        var warning = RecurringWarning()
        var failures: UInt64 = 0
        return (Int64(1)...3600).filter { second in
            if failing(second) { failures += 1 }
            return warning.isDue(failures, nowNs: second * 1_000_000_000)
        }
    }

    @Test func nothingIsSaidOfNothing() { #expect(warnings { _ in false }.isEmpty) }

    @Test func theFirstIsToldAtOnceAndMoreEverLessOften() {
        let told = warnings { _ in true }
        #expect(told.prefix(8) == [1, 2, 4, 8, 16, 32, 64, 124])
        #expect(told.count == 7 + (3600 - 64) / 60)
    }

    @Test func whatBeginsAnewIsToldAtOnce() {
        #expect(warnings { $0 == 5 || $0 == 1000 || $0 == 1001 } == [5, 1000, 1001])
        // A minute without a failure is enough.
        #expect(warnings { $0 <= 64 || $0 == 124 || $0 == 125 } == [1, 2, 4, 8, 16, 32, 64, 124, 125])
    }
}
