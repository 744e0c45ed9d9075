// Curve: a quantity over the number of elements, and where two of them cross.
//
// Both axes are logarithmic throughout, as in the chart: between two measured sizes a curve is a straight line there.

#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

package struct Curve: Equatable, Sendable {
    package struct Point: Equatable, Sendable {
        package var elements: Double
        package var value: Double

        package init(elements: Double, value: Double) {
            self.elements = elements
            self.value = value
        }
    }

    /// Ascending by elements.
    package let points: [Point]

    package init(_ points: [Point]) { self.points = points.sorted { $0.elements < $1.elements } }

    package var isEmpty: Bool { points.isEmpty }

    /// The value at a number of elements; nil outside of what was measured. O(points).
    package func value(at elements: Double) -> Double? {
        guard let next = points.firstIndex(where: { $0.elements >= elements }) else { return nil }
        if points[next].elements == elements { return points[next].value }
        guard next > 0 else { return nil }
        let (a, b) = (points[next - 1], points[next])
        let part = log(elements / a.elements) / log(b.elements / a.elements)
        return a.value * pow(b.value / a.value, part)
    }

    /// This curve divided by another one, where both were measured.
    package func divided(by other: Curve) -> Curve {
        Curve(
            points.compactMap { point in
                other.points.first { $0.elements == point.elements }.map {
                    Point(elements: point.elements, value: point.value / $0.value)
                }
            })
    }
}

/// From how many elements on the second of two encodings is better (takes less).
package enum Crossover: Equatable, Sendable {
    /// At every size measured the second is better.
    case always
    /// Nowhere, up to this number of elements.
    case never(upTo: Double)
    case at(Double)
    /// Nothing measured in common.
    case unknown

    /// The last crossing counts: from there on the second stays better. Before it, near-equal sizes may alternate by
    /// noise, and a threshold that is too high costs more than one that is too low.
    package init(from first: Curve, to second: Curve) {
        let ratio = second.divided(by: first).points
        guard let last = ratio.last else {
            self = .unknown
            return
        }
        guard last.value < 1 else {
            self = .never(upTo: last.elements)
            return
        }
        guard let worse = ratio.lastIndex(where: { $0.value >= 1 }) else {
            self = .always
            return
        }
        let (a, b) = (ratio[worse], ratio[worse + 1])
        let part = log(a.value) / (log(a.value) - log(b.value))
        self = .at(a.elements * pow(b.elements / a.elements, part))
    }
}
