// Curve: a quantity over the number of elements (or their size), and where two of them cross.
//
// Both axes are logarithmic throughout, as in the chart: between two measured sizes a curve is a straight line there.

#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

/// The mean of ratios, in which twice as much and half as much are as far from 1; 1 of none.
func geometricMean(_ ratios: [Double]) -> Double {
    exp(ratios.reduce(0) { $0 + log($1) } / Double(max(1, ratios.count)))
}

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

    /// Each point as the geometric mean of itself (half) and its neighbours (a quarter each), where they are equally
    /// far. Straight lines stay as they are.
    package var smoothed: Curve {
        Curve(
            points.indices.map { index in
                guard index > 0, index + 1 < points.count else { return points[index] }
                let (a, b, c) = (points[index - 1], points[index], points[index + 1])
                guard abs(log(b.elements / a.elements) - log(c.elements / b.elements)) < 1e-6 else { return b }
                return Point(elements: b.elements, value: sqrt(b.value * sqrt(a.value * c.value)))
            })
    }

    /// From where on the values stay below `level`; nil if the last one does not. The first point's place if all do.
    func lastFall(below level: Double) -> Double? {
        guard let last = points.last, last.value < level else { return nil }
        guard let above = points.lastIndex(where: { $0.value >= level }) else { return points[0].elements }
        let (a, b) = (points[above], points[above + 1])
        let part = log(a.value / level) / log(a.value / b.value)
        return a.elements * pow(b.elements / a.elements, part)
    }
}

/// From how many elements on the second of two encodings is better (takes less).
package enum Crossover: Equatable, Sendable {
    /// At every size measured the second is better, and clearly so.
    case always
    /// Nowhere, up to this number of elements.
    case never(upTo: Double)
    /// There; within the range, the two differ by less than `Crossover.tie`, and another run may find either ahead.
    case at(Double, within: ClosedRange<Double>)
    /// Nothing measured in common.
    case unknown

    /// Nearer than a third is equal: nine points of ten move by less from run to run, on a machine with neighbours.
    package static var tie: Double { 4.0 / 3 }

    /// The last crossing counts: from there on the second stays better. Before it, near-equal sizes may alternate by
    /// noise, and a threshold that is too high costs more than one that is too low. The ratio is smoothed first, so
    /// that one noisy point does not make a crossing.
    package init(from first: Curve, to second: Curve) {
        let ratio = second.divided(by: first).smoothed
        guard let least = ratio.points.first?.elements, let most = ratio.points.last?.elements else {
            self = .unknown
            return
        }
        guard let place = ratio.lastFall(below: 1) else {
            self = .never(upTo: most)
            return
        }
        let low = ratio.lastFall(below: Self.tie) ?? least
        let clear = ratio.lastFall(below: 1 / Self.tie)
        self = clear == least ? .always : .at(place, within: min(low, place)...max(clear ?? most, place))
    }

    /// Whether two runs found the same: each place within the other's range, or as near as a noisy point.
    package func agrees(with other: Crossover) -> Bool {
        switch (self, other) {
        case (.at(let a, let aRange), .at(let b, let bRange)):
            return aRange.overlaps(bRange) || max(a, b) / min(a, b) < Self.nearby
        case (.at(_, let range), .never(let most)), (.never(let most), .at(_, let range)):
            return range.upperBound >= most / Self.nearby
        case (.at(_, let range), .always), (.always, .at(_, let range)):
            // Ahead from the first size on, or a little later.
            return range.lowerBound / Self.nearby <= Self.elementsMin
        case (.always, .always), (.never, .never), (.unknown, _), (_, .unknown): return true
        case (.always, .never), (.never, .always): return false
        }
    }

    /// Less than a step between two measured sizes.
    private static var nearby: Double { 1.5 }
    private static var elementsMin: Double { 8 }
}
