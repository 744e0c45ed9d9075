// Chart: a run as a picture: a section per comparison, a panel per quantity, a line per encoding over the number of
// elements, both axes logarithmic.
//
// A dashed line stands at the configured threshold; a ring where the encoding beyond it becomes the better one, in a
// bar over the places where both are as good as equal. Where line and ring are in one panel, their distance is the
// answer.

package struct Chart {
    private let results: Results
    private let comparisons: [Comparison]

    private static let width = 980.0
    private static let margin = 20.0
    private static let columns = 3
    private static let panelWidth = (width - 2 * margin) / Double(columns)
    private static let panelHeight = 150.0
    private static let sectionHeadHeight = 58.0

    package init(_ results: Results, _ comparisons: [Comparison]) {
        self.results = results
        self.comparisons = comparisons.filter { !results.quantities($0.name).isEmpty }
    }

    package var svg: String {
        var svg = SVG()
        svg.style(Self.style)
        var top = Self.margin
        for comparison in comparisons {
            drawHead(&svg, comparison, top)
            top += Self.sectionHeadHeight
            let quantities = results.quantities(comparison.name)
            for (index, quantity) in quantities.enumerated() {
                let left = Self.margin + Double(index % Self.columns) * Self.panelWidth
                let panel = Panel(
                    left: left, top: top + Double(index / Self.columns) * Self.panelHeight, width: Self.panelWidth,
                    height: Self.panelHeight)
                draw(&svg, comparison, quantity, panel)
            }
            let rows = (quantities.count + Self.columns - 1) / Self.columns
            top += Double(rows) * Self.panelHeight + 14
        }
        return svg.document(
            width: Self.width, height: top,
            title: "Time and memory of the encodings by number of elements, with the configured thresholds")
    }

    // MARK: Sections

    private func drawHead(_ svg: inout SVG, _ comparison: Comparison, _ top: Double) {
        svg.line(Self.margin, top, Self.width - Self.margin, top, class: "grid")
        svg.text(comparison.title, x: Self.margin, y: top + 24, class: "title")
        let encodings = results.encodings(comparison.name)
        let group = comparison.describe(group: comparison.groupShown)
        var note = "\(group) · \(comparison.directive) \(comparison.nodeSetting ?? 0) stands for \(encodings[0])"
        if let threshold = comparison.threshold {
            let next = encodings[comparison.successor(encodings)]
            let are = next == "blocks" ? "are" : "is"
            note = "\(group) · dashed: \(comparison.directive) \(threshold) · ring: \(next) \(are) better from here on"
        }
        svg.text(note, x: Self.margin, y: top + 42, class: "note")
        var right = Self.width - Self.margin
        for (index, encoding) in encodings.enumerated().reversed() {
            right -= 7.2 * Double(encoding.count) + 34
            svg.line(right, top + 20, right + 16, top + 20, class: "line s\(index)")
            svg.text(encoding, x: right + 21, y: top + 24, class: "legend")
        }
    }

    // MARK: Panels

    private func draw(_ svg: inout SVG, _ comparison: Comparison, _ quantity: Quantity, _ panel: Panel) {
        let encodings = results.encodings(comparison.name)
        let curves = encodings.map { results.curve(comparison, comparison.groupShown, quantity, $0) }
        let points = curves.flatMap(\.points)
        guard let least = points.map(\.value).min(), let most = points.map(\.value).max(),
            let fewest = points.map(\.elements).min(), let many = points.map(\.elements).max()
        else { return }
        let x = LogScale(fewest...max(many, 2 * fewest), onto: panel.across)
        // At least a factor of three, so that noise does not look like a cliff.
        let spread = max(1.12, (3 / (most / least)).squareRoot())
        let y = LogScale(least / spread...most * spread, onto: panel.down, isReversed: true)
        svg.text(
            quantity.isTime ? quantity.title + ", ns" : quantity.title, x: panel.across.lowerBound, y: panel.top + 13,
            class: "panel")
        drawAxes(&svg, comparison, x, y, panel)
        if let threshold = comparison.threshold, x.values.contains(Double(threshold)) {
            let place = x.place(Double(threshold))
            svg.line(place, panel.down.lowerBound, place, panel.down.upperBound, class: "threshold")
        }
        for (index, curve) in curves.enumerated().reversed() where !curve.isEmpty {
            let path = SVG.path(curve.points.map { (x.place($0.elements), y.place($0.value)) })
            svg.element("path", ["class": "line s\(index)", "d": path])
        }
        drawCrossover(&svg, comparison, quantity, curves, x, y)
    }

    private func drawAxes(_ svg: inout SVG, _ comparison: Comparison, _ x: LogScale, _ y: LogScale, _ panel: Panel) {
        for tick in y.ticks {
            svg.line(panel.across.lowerBound, y.place(tick), panel.across.upperBound, y.place(tick), class: "grid")
            svg.text(Format.number(tick), x: panel.across.lowerBound - 5, y: y.place(tick) + 3.5, class: "tick end")
        }
        var elements = x.values.lowerBound
        let step = x.values.upperBound / x.values.lowerBound > 1000 ? 16.0 : 4.0
        while elements <= x.values.upperBound {
            let place = x.place(elements)
            svg.line(place, panel.down.upperBound, place, panel.down.upperBound + 3, class: "axis")
            svg.text(
                comparison.label(Int(elements.rounded())), x: place, y: panel.down.upperBound + 14,
                class: "tick middle")
            elements *= step
        }
        svg.line(
            panel.across.lowerBound, panel.down.upperBound, panel.across.upperBound, panel.down.upperBound,
            class: "axis")
    }

    /// A ring where the curves cross, and a bar over the places where they are as good as equal.
    private func drawCrossover(
        _ svg: inout SVG, _ comparison: Comparison, _ quantity: Quantity, _ curves: [Curve], _ x: LogScale,
        _ y: LogScale
    ) {
        guard case .at(let place, let range) = results.crossover(comparison, comparison.groupShown, quantity),
            let value = curves[comparison.successor(results.encodings(comparison.name))].value(at: place)
        else { return }
        let (across, down) = (x.place(place), y.place(value))
        svg.line(x.place(range.lowerBound), down, x.place(range.upperBound), down, class: "tie")
        svg.element("circle", ["class": "mark", "cx": SVG.number(across), "cy": SVG.number(down), "r": "4"])
        svg.text(Format.number(place.rounded()), x: across, y: down - 8, class: "found middle")
    }

    /// Shared by all pictures.
    static let style: StaticString = """
        text { font: 11px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #59636e }
        .title { font-size: 16px; font-weight: 600; fill: #1f2328 }
        .panel { font-size: 12px; font-weight: 600; fill: #1f2328 }
        .legend { font-size: 12px; fill: #1f2328 }
        .note { font-size: 12px }
        .tick { font-size: 10px }
        .end { text-anchor: end }
        .middle { text-anchor: middle }
        .found { font-size: 11px; font-weight: 600; fill: #1f2328; stroke: #ffffff; stroke-width: 3px; \
        paint-order: stroke }
        path { fill: none }
        .grid { stroke: #d1d9e0; stroke-width: 0.7 }
        .axis { stroke: #818b98; stroke-width: 1 }
        .threshold { stroke: #59636e; stroke-width: 1.2; stroke-dasharray: 4 3 }
        .line { stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
        .s0 { stroke: #0969da } .s1 { stroke: #bc4c00 } .s2 { stroke: #8250df } .s3 { stroke: #1a7f37 }
        .s4 { stroke: #bf3989 } .s5 { stroke: #24292f } .s6 { stroke: #1b7c83 } .s7 { stroke: #9a6700 }
        .bar { stroke-width: 9 }
        .tie { stroke: #1f2328; stroke-width: 6; opacity: 0.25; stroke-linecap: round }
        .mark { fill: #ffffff; stroke: #1f2328; stroke-width: 1.6 }
        @media (prefers-color-scheme: dark) {
        text { fill: #9198a1 }
        .title, .panel, .legend { fill: #f0f6fc }
        .found { fill: #f0f6fc; stroke: #0d1117 }
        .grid { stroke: #30363d }
        .axis { stroke: #656c76 }
        .threshold { stroke: #9198a1 }
        .s0 { stroke: #58a6ff } .s1 { stroke: #f0883e } .s2 { stroke: #bc8cff } .s3 { stroke: #3fb950 }
        .s4 { stroke: #f778ba } .s5 { stroke: #f0f6fc } .s6 { stroke: #39c5cf } .s7 { stroke: #d29922 }
        .mark { fill: #0d1117; stroke: #f0f6fc }
        .tie { stroke: #f0f6fc }
        }
        """
}
