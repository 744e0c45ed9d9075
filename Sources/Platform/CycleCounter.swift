// CycleCounter: the time-stamp counter, for durations that are taken too often for a system clock.

public import CPlatform

@usableFromInline
package enum CycleCounter {
    /// Ticks since some fixed moment, at a constant rate that the caller finds by comparing with a clock.
    @inlinable @inline(__always)
    package static var now: UInt64 { apus_cycles() }
}
