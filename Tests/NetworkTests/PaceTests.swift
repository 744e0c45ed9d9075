// The pace of a busy loop (pace.h): who is made to wait for others, for how many of them and for how long.

import CReactor
import Testing

@Suite struct PaceTests {
    /// One epoch: events from `connections` in turn, each with `bytes`, within `elapsedUs`, of which the thread
    /// works `workedUs`.
    func learnt(
        from start: Start = .init(), connections: Int, bytes: Int = 40, elapsedUs: UInt64, workedUs: UInt64
    ) -> pace {
        var pace = start.pace
        var seen = [UInt32](repeating: .max, count: connections)
        var event = 0
        while pace_is_due(&pace) == 0 {
            pace_note(&pace, &seen[event % connections])
            event += 1
        }
        let received = start.received + UInt64(event * bytes)
        pace_learn(&pace, start.nowNs + elapsedUs * 1000, start.workedNs + workedUs * 1000, received)
        return pace
    }

    struct Start {
        var pace = CReactor.pace()
        var nowNs: UInt64 = 0
        var workedNs: UInt64 = 0
        var received: UInt64 = 0
    }

    @Test func oneClientIsNeverMadeToWait() {
        let pace = learnt(connections: 1, elapsedUs: 1000, workedUs: 1000)
        #expect(pace.wait_count == 1)
    }

    @Test(arguments: 2...7) func norAreAFew(connections: Int) {
        #expect(learnt(connections: connections, elapsedUs: 1000, workedUs: 1000).wait_count == 1)
    }

    @Test func aThreadAtItsLimitGathers() {
        let pace = learnt(connections: 50, elapsedUs: 1000, workedUs: 1000)
        #expect(pace.wait_count == 25 && pace.wait_us == UInt32(PACE_WAIT_US))
    }

    /// What a turn brings stays within PACE_BYTES_MAX; a few large requests are run as they come.
    @Test func noMoreGatherThanTheCacheHolds() {
        let some = learnt(connections: 128, bytes: 16 << 10, elapsedUs: 1000, workedUs: 1000)
        #expect(some.event_bytes == 16 << 10 && some.wait_count == UInt32(PACE_BYTES_MAX) >> 14)
        let few = learnt(connections: 128, bytes: 80 << 10, elapsedUs: 1000, workedUs: 1000)
        #expect(few.wait_count == 1)
    }

    /// Hundreds of clients wait longer for a thread at its limit, but hardly for one with time to spare.
    @Test func amongManyTheBusiestGatherLonger() {
        let busiest = learnt(connections: 128, elapsedUs: 1000, workedUs: 1000)
        #expect(busiest.wait_us > UInt32(PACE_WAIT_US) * 2 - 20)
        let half = learnt(connections: 128, elapsedUs: 1000, workedUs: 500)
        let halfOfFew = learnt(connections: 64, elapsedUs: 1000, workedUs: 500)
        #expect(half.wait_us > halfOfFew.wait_us && half.wait_us < halfOfFew.wait_us * 3 / 2)
    }

    @Test func aThreadWithTimeToSpareDoesNot() {
        let pace = learnt(connections: 50, elapsedUs: 10_000, workedUs: 1000)
        #expect(pace.wait_count == 1)
    }

    /// What clients of a thread that is half at work wait is not more than a request takes.
    @Test func aThreadThatIsHalfBusyGathersBriefly() {
        #expect(learnt(connections: 50, elapsedUs: 1000, workedUs: 400).wait_us <= 3)
        #expect(learnt(connections: 50, elapsedUs: 1000, workedUs: 500).wait_us <= 18)
        #expect(learnt(connections: 50, elapsedUs: 1000, workedUs: 667).wait_us > 150)
        #expect(learnt(connections: 50, elapsedUs: 1000, workedUs: 770).wait_us == UInt32(PACE_WAIT_US))
    }

    @Test func aTrickleFromManyDoesNotWaitEither() {
        // All work, but the events of the longest wait would be too few to gain anything.
        let pace = learnt(connections: 128, elapsedUs: 100_000, workedUs: 100_000)
        #expect(pace.wait_count == 1)
    }

    @Test func neitherCountNorTimeGoesBeyondItsLimit() {
        // More work than time: the two clocks need not agree.
        let pace = learnt(connections: 128, elapsedUs: 100, workedUs: 1000)
        #expect(pace.wait_count == UInt32(PACE_EVENTS_MAX))
        #expect(pace.wait_us <= UInt32(PACE_WAIT_US + PACE_WAIT_US_EACH * (128 - PACE_MANY)))
    }

    /// An epoch forgets the one before.
    @Test func loadThatEndsIsForgotten() {
        let busy = learnt(connections: 50, elapsedUs: 1000, workedUs: 1000)
        #expect(busy.wait_count > 1 && busy.events == 0 && busy.active == 0)
        let state = Start(pace: busy, nowNs: 1_000_000, workedNs: 1_000_000)
        #expect(learnt(from: state, connections: 50, elapsedUs: 10_000, workedUs: 100).wait_count == 1)
    }
}
