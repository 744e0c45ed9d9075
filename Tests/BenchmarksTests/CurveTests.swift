import BenchmarkReport
import Testing

private func curve(_ values: KeyValuePairs<Double, Double>) -> Curve {
    Curve(values.map { Curve.Point(elements: $0.key, value: $0.value) })
}

@Suite("Curves and where they cross")
struct CurveTests {
    /// n ns against 100 ns: equal at 100 elements, wherever the measured sizes are, since both axes are logarithmic.
    @Test(arguments: [[4.0, 16, 64, 256, 1024], [10, 1000], [64, 128]])
    func proportionalAgainstConstant(_ sizes: [Double]) throws {
        let linear = Curve(sizes.map { Curve.Point(elements: $0, value: $0) })
        let constant = Curve(sizes.map { Curve.Point(elements: $0, value: 100) })
        guard case .at(let elements, let range) = Crossover(from: linear, to: constant) else {
            Issue.record("no crossover")
            return
        }
        #expect(abs(elements - 100) < 1e-6)
        // A third more or less elements is a third more or less time.
        #expect(abs(range.lowerBound - 75) < 1e-6 && abs(range.upperBound - min(100 / 0.75, sizes.last!)) < 1e-6)
    }

    @Test func neverAndAlways() {
        let low = curve([4: 1, 8: 2, 16: 3])
        let high = curve([4: 5, 8: 6, 16: 7])
        #expect(Crossover(from: low, to: high) == .never(upTo: 16))
        #expect(Crossover(from: high, to: low) == .always)
        // Better everywhere, but hardly: from the first size on, as far as a run can tell.
        let near = curve([4: 1.1, 8: 2.2, 16: 6])
        #expect(Crossover(from: near, to: low).agrees(with: .always))
        guard case .at(4, let range) = Crossover(from: near, to: low) else {
            Issue.record("not at the first size")
            return
        }
        #expect(range.lowerBound == 4 && range.upperBound > 8)
    }

    /// One size is the first and the last at once: never clearly better must not read as clearly better from the first.
    @Test func oneSizeIsJudgedByHowMuch() {
        let one = curve([4: 1])
        #expect(Crossover(from: one, to: curve([4: 0.99])) == .at(4, within: 4...4))
        #expect(Crossover(from: one, to: curve([4: 0.5])) == .always)
        #expect(Crossover(from: one, to: curve([4: 2])) == .never(upTo: 4))
    }

    @Test func equalIsNotBetter() {
        let same = curve([4: 1, 8: 2])
        #expect(Crossover(from: same, to: same) == .never(upTo: 8))
    }

    @Test func theLastCrossingCounts() {
        let wavering = curve([4: 1, 8: 3, 64: 1, 512: 4])  // in steps too different to be smoothed over the first
        let constant = curve([4: 2, 8: 2, 64: 2, 512: 2])
        guard case .at(let place, let range) = Crossover(from: wavering, to: constant) else {
            Issue.record("no crossover")
            return
        }
        #expect((64...512).contains(place) && range.contains(place))
    }

    @Test func smoothingKeepsLinesAndFlattensPeaks() {
        let line = curve([4: 4, 8: 8, 16: 16, 64: 64])
        for (smooth, point) in zip(line.smoothed.points, line.points) {
            #expect(abs(smooth.value - point.value) < 1e-9)
        }
        let peak = curve([4: 1, 8: 16, 16: 1]).smoothed
        #expect(abs(peak.points[1].value - 4) < 1e-9)
        #expect(peak.points[0].value == 1 && peak.points[2].value == 1)
    }

    @Test func oneNoisyPointMakesNoCrossing() {
        let noisy = curve([4: 1, 8: 2, 16: 4, 32: 8, 64: 16, 128: 9.9, 256: 64])
        let constant = Curve(noisy.points.map { Curve.Point(elements: $0.elements, value: 10) })
        let clean = curve([4: 1, 8: 2, 16: 4, 32: 8, 64: 16, 128: 32, 256: 64])
        let found = Crossover(from: noisy, to: constant)
        #expect(found.agrees(with: Crossover(from: clean, to: constant)), "\(found)")
    }

    @Test func crossoversAgreeWithinTheirRanges() {
        #expect(Crossover.at(30, within: 20...40).agrees(with: .at(50, within: 35...60)))
        #expect(Crossover.at(30, within: 29...31).agrees(with: .at(40, within: 39...41)))
        #expect(!Crossover.at(30, within: 29...31).agrees(with: .at(100, within: 90...110)))
        #expect(Crossover.at(3000, within: 1000...4096).agrees(with: .never(upTo: 4096)))
        #expect(!Crossover.at(30, within: 29...31).agrees(with: .never(upTo: 4096)))
        #expect(Crossover.at(5, within: 4...6).agrees(with: .always))
        #expect(!Crossover.never(upTo: 4096).agrees(with: .always))
        #expect(Crossover.always.agrees(with: .always))
    }

    @Test func onlyCommonSizesCount() {
        #expect(Crossover(from: curve([4: 1]), to: curve([8: 1])) == .unknown)
        #expect(Crossover(from: curve([4: 1, 8: 9]), to: curve([4: 2, 8: 3, 16: 100])) != .never(upTo: 16))
        #expect(Crossover(from: curve([:]), to: curve([:])) == .unknown)
    }

    @Test func valuesBetweenPoints() throws {
        let squares = curve([4: 16, 16: 256])
        #expect(abs(try #require(squares.value(at: 8)) - 64) < 1e-9)
        #expect(squares.value(at: 4) == 16)
        #expect(squares.value(at: 16) == 256)
        #expect(squares.value(at: 3) == nil)
        #expect(squares.value(at: 17) == nil)
    }

    @Test func scalesEndWhereTheyShould() {
        let across = LogScale(4...4096, onto: 10...110)
        #expect(across.place(4) == 10)
        #expect(abs(across.place(128) - 60) < 1e-9)
        #expect(abs(across.place(4096) - 110) < 1e-9)
        let down = LogScale(1...100, onto: 0...50, isReversed: true)
        #expect(down.place(1) == 50)
        #expect(abs(down.place(100)) < 1e-9)
    }

    @Test(arguments: [1.0...3, 34...93, 0.5...20, 2...500, 1...100_000, 30...15_000_000])
    func axesHaveAFewTicksInside(_ values: ClosedRange<Double>) {
        let ticks = LogScale(values, onto: 0...100).ticks
        #expect((2...5).contains(ticks.count), "\(ticks)")
        let areInside = ticks.allSatisfy { values.contains($0) }
        #expect(areInside)
        #expect(ticks == ticks.sorted())
    }
}
