// Clock: what time it is. The one door to it; its twin is a clock that a test moves.
//
// A thread reads it once per turn of its loop and hands the `Now` down, so that all commands of a turn agree and nobody
// below asks the system. Monotonic time measures durations; wall-clock time is what users' expiry times mean.
// Invariant: monotonic readings of one clock never decrease.

internal import CPlatform
internal import Synchronization

/// One reading of both clocks.
@usableFromInline
package struct Now: BitwiseCopyable, Sendable, Equatable {
    /// Nanoseconds since some fixed moment, unmoved by changes of the system's time.
    @usableFromInline package var monotonicNs: Int64
    /// Microseconds since 1970-01-01 00:00 UTC.
    @usableFromInline package var unixUs: Int64

    @inlinable
    package init(monotonicNs: Int64, unixUs: Int64) {
        self.monotonicNs = monotonicNs
        self.unixUs = unixUs
    }

    /// Milliseconds since 1970-01-01 00:00 UTC, as expiry times are counted.
    @inlinable package var unixMs: Int64 { unixUs / 1000 }
    /// Seconds since 1970-01-01 00:00 UTC.
    @inlinable package var unixSeconds: Int64 { unixUs / 1_000_000 }
}

/// The system's clock or a simulated one; a branch apart, no protocol in between.
package struct Clock: Sendable {
    private let simulated: SimulatedClock?

    package static let system = Clock(simulated: nil)

    package init(_ simulated: SimulatedClock) { self.init(simulated: simulated) }

    private init(simulated: SimulatedClock?) { self.simulated = simulated }

    /// Both times. About 40 ns with the system's clock.
    package func now() -> Now {
        if let simulated { return simulated.now }
        return Now(monotonicNs: apus_clock_monotonic_ns(), unixUs: apus_unix_us())
    }

    /// Monotonic nanoseconds alone, for timing one command.
    package var monotonicNs: Int64 {
        if let simulated { return simulated.now.monotonicNs }
        return apus_clock_monotonic_ns()
    }
}

/// A clock that stands still until it is told otherwise. Any thread may read or move it.
package final class SimulatedClock: Sendable {
    private let reading: Mutex<Now>

    /// Starts at the given wall-clock time, by default a round one in 2023.
    package init(unixMs: Int64 = 1_700_000_000_000, monotonicNs: Int64 = 1_000_000_000) {
        reading = Mutex(Now(monotonicNs: monotonicNs, unixUs: unixMs * 1000))
    }

    package var now: Now { reading.withLock { $0 } }

    /// Lets time pass on both clocks.
    package func advance(ms: Int64) { advance(us: ms * 1000) }
    /// The same in microseconds, at least 0.
    package func advance(us: Int64) {
        precondition(us >= 0, "monotonic time does not go back")
        reading.withLock {
            $0.monotonicNs += us * 1000
            $0.unixUs += us
        }
    }

    /// Sets the wall clock alone, as an administrator may, in either direction.
    package func setWallClock(unixMs: Int64) { reading.withLock { $0.unixUs = unixMs * 1000 } }
}
