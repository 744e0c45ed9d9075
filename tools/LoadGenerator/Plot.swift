// Plot: a line chart as inline SVG. Colours are CSS variables of the page, so that it follows light and dark.

package struct Plot {
    package struct Series {
        package var name: String
        package var points: [(x: Double, y: Double)]

        package init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    package enum Scale { case linear, logarithmic }

    package var title: String
    package var xLabel: String
    package var series: [Series]
    package var yScale = Scale.linear
    package var xScale = Scale.linear
    /// Ticks of the x axis with their labels; nil: round numbers.
    package var xTicks: [(Double, String)]?
    package var formatY: (Double) -> String
    package var formatX: (Double) -> String = { Format.short($0) }
    /// Marks every point; for few points.
    package var hasDots = false

    package init(
        title: String, xLabel: String, series: [Series], formatY: @escaping (Double) -> String = { Format.short($0) }
    ) {
        self.title = title
        self.xLabel = xLabel
        self.series = series
        self.formatY = formatY
    }

    // Units of the drawing; the page scales it.
    private static let width = 860.0
    private static let height = 280.0
    private static let left = 74.0
    private static let right = 34.0
    private static let top = 14.0
    private static let bottom = 40.0
    /// Colours that the page defines.
    static let colours = 8
    /// More points than pixels only cost bytes.
    private static let pointsMax = 700

    package var html: String {
        let all = series.flatMap(\.points).filter { usable($0) }
        guard all.count > 0 else { return "" }
        var x = axis(all.map(\.x), xScale, fromZero: xScale == .linear)
        // Time ends where it ends; only heights are rounded up.
        x.high = all.map(\.x).max()!
        if x.high <= x.low { x.high = x.low + 1 }
        let y = axis(all.map(\.y), yScale, fromZero: yScale == .linear)
        var svg = "<figure><figcaption>\(HTML.escape(title))</figcaption>"
        svg +=
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\""
        svg += " aria-label=\"\(HTML.escape(title))\">"
        svg += grid(x, y)
        for (index, line) in series.enumerated() {
            svg += path(thinned(line.points.filter { usable($0) }), line.name, index % Self.colours, x, y)
        }
        svg += "</svg>"
        if series.count > 1 { svg += legend }
        return svg + "</figure>\n"
    }

    private func usable(_ point: (x: Double, y: Double)) -> Bool {
        point.x.isFinite && point.y.isFinite && (yScale == .linear || point.y > 0) && (xScale == .linear || point.x > 0)
    }

    // MARK: Axes

    private struct Axis {
        var low: Double
        var high: Double
        var scale: Scale
        var ticks: [Double]

        /// 0 ... 1.
        func place(_ value: Double) -> Double {
            switch scale {
            case .linear: (value - low) / (high - low)
            case .logarithmic: (Logarithm.ten(value) - Logarithm.ten(low)) / (Logarithm.ten(high) - Logarithm.ten(low))
            }
        }
    }

    private func axis(_ values: [Double], _ scale: Scale, fromZero: Bool) -> Axis {
        let (least, most) = (values.min()!, values.max()!)
        switch scale {
        case .linear:
            let low = fromZero ? min(0, least) : least
            let span = most > low ? most - low : 1
            let step = Self.roundStep(span / 5)
            let high = (most / step).rounded(.up) * step
            let end = high > low ? high : low + step
            let ticks = stride(from: (low / step).rounded(.up) * step, through: end + step / 2, by: step).map { $0 }
            return Axis(low: low, high: end, scale: scale, ticks: ticks.filter { $0 <= end * (1 + 1e-9) })
        case .logarithmic:
            // Whole steps of 1, 2, 5 around the values.
            var steps: [Double] = []
            var decade = Logarithm.powerOfTen(Int(Logarithm.ten(least).rounded(.down)))
            while decade <= most * 10 {
                steps += [decade, 2 * decade, 5 * decade]
                decade *= 10
            }
            let low = steps.last { $0 <= least } ?? least
            let high = steps.first { $0 >= most && $0 > low } ?? most
            var ticks = steps.filter { $0 >= low && $0 <= high }
            if ticks.count > 9 { ticks = ticks.filter { Logarithm.isPowerOfTen($0) } }
            return Axis(low: low, high: high, scale: scale, ticks: ticks)
        }
    }

    /// 1, 2 or 5 times a power of ten, at least `raw`.
    private static func roundStep(_ raw: Double) -> Double {
        let magnitude = Logarithm.powerOfTen(Int(Logarithm.ten(raw).rounded(.down)))
        for factor in [1.0, 2, 5] where factor * magnitude >= raw * (1 - 1e-9) { return factor * magnitude }
        return 10 * magnitude
    }

    private func xPlace(_ x: Axis, _ value: Double) -> Double {
        Self.left + x.place(value) * (Self.width - Self.left - Self.right)
    }

    private func yPlace(_ y: Axis, _ value: Double) -> Double {
        Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
    }

    private func grid(_ x: Axis, _ y: Axis) -> String {
        var svg = ""
        for tick in y.ticks {
            let place = Format.fixed(yPlace(y, tick), 1)
            svg +=
                "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\""
            svg += " y1=\"\(place)\" y2=\"\(place)\"/>"
            svg += "<text x=\"\(Self.left - 8)\" y=\"\(place)\" text-anchor=\"end\" dominant-baseline=\"middle\">"
            svg += "\(HTML.escape(formatY(tick)))</text>"
        }
        let ticks = xTicks ?? Array(zip(x.ticks, labels(x.ticks)))
        for (value, label) in ticks where x.place(value) >= -1e-9 && x.place(value) <= 1 + 1e-9 {
            let place = Format.fixed(xPlace(x, value), 1)
            svg +=
                "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\""
            svg += " y1=\"\(Self.top)\" y2=\"\(Self.height - Self.bottom)\"/>"
            svg += "<text x=\"\(place)\" y=\"\(Self.height - Self.bottom + 16)\" text-anchor=\"middle\">"
            svg += "\(HTML.escape(label))</text>"
        }
        svg += "<text class=\"axis\" x=\"\(Self.width - Self.right)\" y=\"\(Self.height - 6)\" text-anchor=\"end\">"
        return svg + "\(HTML.escape(xLabel))</text>"
    }

    /// Labels of an axis, which must differ: small steps need more digits than the usual form has.
    private func labels(_ ticks: [Double]) -> [String] {
        let short = ticks.map(formatX)
        guard ticks.count > 1, Set(short).count < ticks.count else { return short }
        let digits = Int((-Logarithm.ten(ticks[1] - ticks[0])).rounded(.up))
        return ticks.map { Format.fixed($0, min(9, max(0, digits))) }
    }

    // MARK: Lines

    /// Keeps the lowest and the highest point of each stretch: neither a stall nor a peak may vanish.
    private func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > Self.pointsMax else { return points }
        let stretches = Self.pointsMax / 2
        let stretch = (points.count + stretches - 1) / stretches
        return stride(from: 0, to: points.count, by: stretch).flatMap { start in
            let places = start..<min(points.count, start + stretch)
            let low = places.min { points[$0].y < points[$1].y }!
            let high = places.max { points[$0].y < points[$1].y }!
            return low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
        }
    }

    private func path(_ points: [(x: Double, y: Double)], _ name: String, _ colour: Int, _ x: Axis, _ y: Axis) -> String
    {
        guard !points.isEmpty else { return "" }
        var data = ""
        for (index, point) in points.enumerated() {
            data += index == 0 ? "M" : "L"
            data += "\(Format.fixed(xPlace(x, point.x), 1)) \(Format.fixed(yPlace(y, point.y), 1))"
        }
        var svg = "<path class=\"line c\(colour)\" d=\"\(data)\"><title>\(HTML.escape(name))</title></path>"
        if hasDots || points.count == 1 {
            for point in points {
                svg += "<circle class=\"dot c\(colour)\" r=\"3.5\" cx=\"\(Format.fixed(xPlace(x, point.x), 1))\" "
                svg += "cy=\"\(Format.fixed(yPlace(y, point.y), 1))\"><title>\(HTML.escape(name)): "
                svg += "\(HTML.escape(formatX(point.x))), \(HTML.escape(formatY(point.y)))</title></circle>"
            }
        }
        return svg
    }

    private var legend: String {
        let items = series.enumerated().map { index, line in
            "<li><i class=\"c\(index % Self.colours)\"></i>\(HTML.escape(line.name))</li>"
        }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }
}
