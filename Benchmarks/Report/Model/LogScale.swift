// LogScale: from values to places on a logarithmic axis, and where its grid lines stand.

#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

package struct LogScale {
    package let values: ClosedRange<Double>
    package let places: ClosedRange<Double>
    private let isReversed: Bool

    /// `isReversed`: larger values at smaller places, as on a screen's vertical axis.
    package init(_ values: ClosedRange<Double>, onto places: ClosedRange<Double>, isReversed: Bool = false) {
        precondition(values.lowerBound > 0 && values.lowerBound < values.upperBound)
        self.values = values
        self.places = places
        self.isReversed = isReversed
    }

    package func place(_ value: Double) -> Double {
        let part = log(value / values.lowerBound) / log(values.upperBound / values.lowerBound)
        let length = places.upperBound - places.lowerBound
        return isReversed ? places.upperBound - part * length : places.lowerBound + part * length
    }

    /// Powers of ten; with rounder numbers in between where there would be fewer than three lines.
    package var ticks: [Double] {
        let decades = log10(values.upperBound / values.lowerBound)
        let steps: [Double] =
            decades < 0.8 ? [1, 1.5, 2, 3, 4, 6, 8] : decades < 1.2 ? [1, 2, 5] : decades < 2.2 ? [1, 3] : [1]
        var ticks: [Double] = []
        var decade = pow(10, floor(log10(values.lowerBound)))
        while decade <= values.upperBound {
            ticks += steps.map { $0 * decade }.filter(values.contains)
            decade *= 10
        }
        // Five labels are as many as a small panel can carry.
        return ticks.count <= 5 ? ticks : ticks.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    }

    /// Round numbers for a scale that spans less than a decade or two around 1.
    package var fineTicks: [Double] {
        let candidates: [[Double]] = [
            [0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2], [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.6],
            [0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.2, 1.4, 1.7, 2], [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 4],
            [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
        ]
        for candidate in candidates {
            guard candidate.first! <= values.lowerBound, values.upperBound <= candidate.last! else { continue }
            let ticks = candidate.filter(values.contains)
            if ticks.count <= 7 { return ticks }
        }
        return ticks
    }
}
