// EvictionChart: a panel per workload, with the misses of each policy as a multiple of exact LRU's over the cache's
// size; and the policies' costs as bars.
//
// The reference is the dashed line at 1; below it is better. Hit ratios themselves differ by workload more than by
// policy, so that curves of them would lie on one another.

package struct EvictionChart {
    private let results: EvictionResults
    private let reference: String
    private let policies: [String]

    private static let width = 980.0
    private static let margin = 20.0
    private static let columns = 3
    private static let panelWidth = (width - 2 * margin) / Double(columns)
    private static let panelHeight = 176.0
    private static let barHeight = 15.0

    package init(_ results: EvictionResults) {
        self.results = results
        reference = results.reference ?? ""
        policies = results.policies.filter { $0 != results.reference }
    }

    package var svg: String {
        var svg = SVG()
        svg.style(Chart.style)
        var top = drawHead(&svg, Self.margin)
        for (index, workload) in results.workloads.enumerated() {
            draw(
                &svg, workload,
                Panel(
                    left: Self.margin + Double(index % Self.columns) * Self.panelWidth,
                    top: top + Double(index / Self.columns) * Self.panelHeight, width: Self.panelWidth,
                    height: Self.panelHeight))
        }
        top += Double((results.workloads.count + Self.columns - 1) / Self.columns) * Self.panelHeight + 10
        top = drawCosts(&svg, top)
        return svg.document(width: Self.width, height: top, title: "Eviction policies: misses by cache size, and costs")
    }

    private func drawHead(_ svg: inout SVG, _ top: Double) -> Double {
        svg.line(Self.margin, top, Self.width - Self.margin, top, class: "grid")
        svg.text("Eviction", x: Self.margin, y: top + 24, class: "title")
        svg.text(
            "misses as a multiple of those of \(reference) (dashed); below is better · entries as a share of all keys",
            x: Self.margin, y: top + 42, class: "note")
        var left = Self.margin
        for (index, policy) in policies.enumerated() {
            svg.line(left, top + 60, left + 16, top + 60, class: "line s\(index)")
            svg.text(policy, x: left + 21, y: top + 64, class: "legend")
            left += 6.6 * Double(policy.count) + 40
        }
        return top + 80
    }

    private func draw(_ svg: inout SVG, _ workload: String, _ panel: Panel) {
        let curves = policies.map { policy in
            Curve(
                results.shares.compactMap { share in
                    results.relativeMisses(workload, policy, share).map { Curve.Point(elements: share, value: $0) }
                })
        }
        let values = curves.flatMap { $0.points.map(\.value) }
        guard let first = results.shares.first, let last = results.shares.last, first < last,
            let least = values.min(), let most = values.max()
        else { return }
        let x = LogScale(first...last, onto: panel.across)
        let y = LogScale(min(least, 0.9) / 1.03...max(most, 1.1) * 1.03, onto: panel.down, isReversed: true)
        let keys = results.hitRatios.first { $0.workload == workload }?.keys ?? 0
        svg.text(workload, x: panel.across.lowerBound, y: panel.top + 13, class: "panel")
        svg.text(
            "\(Format.number(Double(keys))) keys", x: panel.across.upperBound, y: panel.top + 13, class: "tick end")
        let ticks = y.fineTicks.filter { abs($0 - 1) > 0.001 } + [1]
        for tick in ticks {
            let place = y.place(tick)
            svg.line(
                panel.across.lowerBound, place, panel.across.upperBound, place,
                class: tick == 1 ? "threshold" : "grid")
            svg.text(Format.number(tick) + "×", x: panel.across.lowerBound - 5, y: place + 3.5, class: "tick end")
        }
        for share in results.shares {
            svg.text(Format.percent(share), x: x.place(share), y: panel.down.upperBound + 14, class: "tick middle")
        }
        svg.line(
            panel.across.lowerBound, panel.down.upperBound, panel.across.upperBound, panel.down.upperBound,
            class: "axis")
        for (index, curve) in curves.enumerated() where !curve.isEmpty {
            svg.element(
                "path",
                [
                    "class": "line s\(index)",
                    "d": SVG.path(curve.points.map { (x.place($0.elements), y.place($0.value)) }),
                ])
        }
    }

    /// Bars for what a hit, an insertion and an eviction take. Returns where they end.
    private func drawCosts(_ svg: inout SVG, _ top: Double) -> Double {
        guard !results.costs.isEmpty else { return top }
        let kinds: [(String, (EvictionCost) -> Double)] = [
            ("hit, ns", \.hit), ("insert, ns", \.insert), ("evict, ns", \.evict),
        ]
        for (column, kind) in kinds.enumerated() {
            let left = Self.margin + Double(column) * Self.panelWidth + 128
            let room = Self.panelWidth - 128 - 44
            let most = results.costs.map(kind.1).max() ?? 1
            svg.text(kind.0, x: left, y: top + 13, class: "panel")
            for (row, cost) in results.costs.enumerated() {
                let y = top + 24 + Double(row) * Self.barHeight
                let color = policies.firstIndex(of: cost.policy).map { "s\($0)" } ?? "axis"
                let end = left + max(1, room * kind.1(cost) / most)
                svg.text(cost.policy, x: left - 6, y: y + 8.5, class: "tick end")
                svg.line(left, y + 5, end, y + 5, class: "bar " + color)
                svg.text(Format.number(kind.1(cost)), x: end + 5, y: y + 8.5, class: "tick")
            }
        }
        return top + 24 + Double(results.costs.count) * Self.barHeight + 14
    }
}
