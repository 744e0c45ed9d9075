// Format: figures as a person reads them. Three significant digits are more than any of them is worth.

package enum Format {
    /// "0.52", "7.1", "48", "12 k", "1 M".
    package static func number(_ value: Double) -> String {
        let magnitude = value.magnitude
        if magnitude >= 999_500 { return decimal(value / 1e6, magnitude >= 9.95e6 ? 0 : 1) + " M" }
        if magnitude >= 9_995 { return decimal(value / 1e3, 0) + " k" }
        return decimal(value, magnitude >= 19.95 ? 0 : magnitude >= 1.995 ? 1 : 2)
    }

    /// "3.1×"; "–" for nothing.
    package static func times(_ ratio: Double?) -> String { ratio.map { number($0) + "×" } ?? "–" }

    /// "2.5 %" for 0.025.
    package static func percent(_ share: Double) -> String { decimal(share * 100, 1) + " %" }

    /// A number of elements, as an axis or a table's first column names it.
    package static func elements(_ count: Int) -> String {
        if count >= 1 << 20, count % (1 << 20) == 0 { return "\(count >> 20) M" }
        if count >= 1 << 14, count % (1 << 10) == 0 { return "\(count >> 10) k" }
        return "\(count)"
    }

    package static func crossover(_ crossover: Crossover) -> String {
        switch crossover {
        case .always: "any size"
        case .never(let most): "not up to " + number(most)
        case .at(let place, let range): whole(place) + spread(whole(range.lowerBound), whole(range.upperBound))
        case .unknown: "–"
        }
    }

    private static func whole(_ place: Double) -> String { number(place.rounded()) }

    private static func spread(_ low: String, _ high: String) -> String { low == high ? "" : " (\(low)–\(high))" }

    package static func article(_ encoding: String) -> String {
        (encoding.first.map("aeiou".contains) == true ? "an " : "a ") + encoding
    }

    /// With this many decimals, less trailing zeros.
    package static func decimal(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        let whole = Int(scaled / scale)
        var fraction = String(Int(scaled) - whole * Int(scale))
        fraction = String(repeating: "0", count: max(0, decimals - fraction.count)) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + "\(whole)" + (fraction.isEmpty ? "" : "." + fraction)
    }
}
