// ArrivalSchedule: when an open loop intends to send, no matter how the server fares.
//
// The schedule is also the queue: an arrival that finds no room on any connection is left in place, and still carries
// the time it was meant for when it is sent at last. That is what keeps a stall visible.
// Invariant: intended times never go backwards.

package enum ArrivalKind: String, Sendable, CaseIterable {
    /// Evenly spaced.
    case fixed
    /// Independent arrivals: exponential gaps.
    case poisson
}

package struct ArrivalSchedule: Sendable {
    private let kind: ArrivalKind
    private let periodNs: Double
    private let startNs: UInt64
    /// Kept apart from the start so that its fraction survives long runs.
    private var elapsedNs: Double
    private var random: RandomSource

    /// Intended time of the arrival that is due next, in monotonic nanoseconds.
    package private(set) var nextNs: UInt64

    /// `rate`: arrivals per second.
    package init(_ kind: ArrivalKind, rate: Double, startNs: UInt64, random: RandomSource) {
        precondition(rate > 0)
        self.kind = kind
        periodNs = 1e9 / rate
        self.startNs = startNs
        elapsedNs = 0
        self.random = random
        nextNs = startNs
        // The first gap is drawn too, or all threads would send together at the start.
        elapsedNs = kind == .poisson ? periodNs * self.random.exponential() : periodNs * self.random.unit()
        nextNs = startNs + UInt64(elapsedNs)
    }

    /// Moves on to the following arrival.
    package mutating func advance() {
        elapsedNs += kind == .poisson ? periodNs * random.exponential() : periodNs
        nextNs = startNs + UInt64(elapsedNs)
    }
}
