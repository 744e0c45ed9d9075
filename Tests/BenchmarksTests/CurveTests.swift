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
        guard case .at(let elements) = Crossover(from: linear, to: constant) else {
            Issue.record("no crossover")
            return
        }
        #expect(abs(elements - 100) < 1e-6)
    }

    @Test func neverAndAlways() {
        let low = curve([4: 1, 8: 2, 16: 3])
        let high = curve([4: 5, 8: 6, 16: 7])
        #expect(Crossover(from: low, to: high) == .never(upTo: 16))
        #expect(Crossover(from: high, to: low) == .always)
    }

    @Test func equalIsNotBetter() {
        let same = curve([4: 1, 8: 2])
        #expect(Crossover(from: same, to: same) == .never(upTo: 8))
    }

    @Test func theLastCrossingCounts() {
        let wavering = curve([4: 1, 8: 3, 16: 1, 32: 4])
        let constant = curve([4: 2, 8: 2, 16: 2, 32: 2])
        #expect(Crossover(from: wavering, to: constant) == .at(16 * 2.0.squareRoot()))
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
