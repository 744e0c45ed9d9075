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
    /// Gaps that `drop` takes one by one.
    private static var exactDropsMax: Int { 100_000 }

    /// Intended time of the arrival that is due next, in monotonic nanoseconds.
    package private(set) var nextNs: UInt64

    /// `rate`: arrivals per second. With `lane` of `lanes` schedules of one rate: fixed arrivals take turns, so that
    /// all together are evenly spaced too.
    package init(
        _ kind: ArrivalKind, rate: Double, startNs: UInt64, random: RandomSource, lane: Int = 0, lanes: Int = 1
    ) {
        precondition(rate > 0)
        self.kind = kind
        periodNs = 1e9 / rate
        self.startNs = startNs
        elapsedNs = 0
        self.random = random
        nextNs = startNs
        // There is a first gap too, or all threads would send together at the start.
        elapsedNs = periodNs * (kind == .poisson ? self.random.exponential() : (Double(lane) + 0.5) / Double(lanes))
        nextNs = startNs + UInt64(elapsedNs)
    }

    /// Moves on to the following arrival.
    package mutating func advance() {
        elapsedNs += kind == .poisson ? periodNs * random.exponential() : periodNs
        nextNs = startNs + UInt64(elapsedNs)
    }

    /// Passes over all arrivals before `endNs`. Returns how many those were: for very many independent ones what is to
    /// be expected of them, since drawing each gap would take longer than the run. O(1), beyond a named number.
    package mutating func drop(until endNs: UInt64) -> Int {
        var count = 0
        while nextNs < endNs {
            guard count < Self.exactDropsMax else {
                let left = Int((Double(endNs - nextNs) / periodNs).rounded(.up))
                elapsedNs += Double(left) * periodNs
                nextNs = max(endNs, startNs + UInt64(elapsedNs))
                return count + left
            }
            advance()
            count += 1
        }
        return count
    }
}
