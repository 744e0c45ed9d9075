// Format: numbers as people and files like them. No locale: a point is a point.

package enum Format {
    /// With `digits` digits after the point.
    package static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e15 else { return "\(value)" }
        let integer = UInt64(scaled)
        let unit = UInt64(scale)
        let sign = value < 0 && integer > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(integer)" }
        let fraction = String(integer % unit)
        return "\(sign)\(integer / unit).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// 1234567 as "1,234,567".
    package static func grouped(_ value: UInt64) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// Per second: "1,234,567", and below a hundred with the decimals that matter there: "0.50", "12". `whole` writes
    /// what has none: people like separators, programs do not.
    package static func rate(_ value: Double, _ whole: (UInt64) -> String = grouped) -> String {
        value < 100 ? short(value) : whole(UInt64(value.rounded()))
    }

    /// "1 request", "1,200 requests".
    package static func count(_ value: some BinaryInteger, _ noun: String) -> String {
        "\(grouped(UInt64(value))) \(noun)\(value == 1 ? "" : "s")"
    }

    /// "1 reply was", "1,200 replies were".
    package static func replies(_ count: UInt64) -> String {
        count == 1 ? "1 reply was" : "\(grouped(count)) replies were"
    }

    /// "1.25 M", "870.4 k", "12".
    package static func short(_ value: Double) -> String {
        switch abs(value) {
        case 1e9...: "\(fixed(value / 1e9, 2)) G"
        case 1e6...: "\(fixed(value / 1e6, 2)) M"
        case 1e4...: "\(fixed(value / 1e3, 1)) k"
        case 100...: fixed(value, 0)
        default: fixed(value, value == value.rounded() ? 0 : 2)
        }
    }

    /// "1.2 GiB", "340 KiB".
    package static func bytes(_ value: UInt64) -> String {
        switch value {
        case (1 << 30)...: "\(fixed(Double(value) / 0x1p30, 2)) GiB"
        case (1 << 20)...: "\(fixed(Double(value) / 0x1p20, 1)) MiB"
        case (1 << 10)...: "\(fixed(Double(value) / 0x1p10, 1)) KiB"
        default: "\(value) B"
        }
    }

    /// "0.287 ms", "12.5 µs", "1.20 s": three digits that matter.
    package static func latency(_ ns: UInt64) -> String {
        let value = Double(ns)
        switch value {
        case 1e9...: return "\(fixed(value / 1e9, 2)) s"
        case 1e7...: return "\(fixed(value / 1e6, 1)) ms"
        case 1e5...: return "\(fixed(value / 1e6, 3)) ms"
        default: return "\(fixed(value / 1e3, 1)) µs"
        }
    }

    /// For axes: "5 ms", "0.5 ms", "50 µs", without superfluous zeros.
    package static func tick(latencyNs ns: Double) -> String {
        func plain(_ value: Double) -> String {
            var text = fixed(value, 3)
            while text.hasSuffix("0") { text.removeLast() }
            return text.hasSuffix(".") ? String(text.dropLast()) : text
        }
        return ns >= 1e9 ? "\(plain(ns / 1e9)) s" : ns >= 1e5 ? "\(plain(ns / 1e6)) ms" : "\(plain(ns / 1e3)) µs"
    }

    package static func milliseconds(_ ns: UInt64, _ digits: Int = 3) -> String { fixed(Double(ns) / 1e6, digits) }

    package static func percent(_ share: Double) -> String { "\(fixed(share * 100, 1)) %" }

    package static func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    package static func padRight(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Rows of quoted fields, as redis-benchmark writes them.
    package static func csv(_ rows: [[String]]) -> String {
        rows.map { row in
            row.map { "\"\(doublingQuotes($0))\"" }.joined(separator: ",") + "\n"
        }.joined()
    }

    /// By scalars, as a mark that follows a quote makes another character of it.
    private static func doublingQuotes(_ field: String) -> String {
        field.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar == "\"" { text += "\"" }
            text.unicodeScalars.append(scalar)
        }
    }

    /// The text with a question mark for what would move a terminal's cursor, ring its bell or change its colours: what
    /// servers and captures say may hold anything. Ends of lines stay.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" }) else { return text }
        return text.unicodeScalars.reduce(into: "") { printable, scalar in
            printable.unicodeScalars.append(scalar.isControl && scalar != "\n" ? "?" : scalar)
        }
    }

    /// Columns of a table, the first to the left and the others to the right. The first row is the heading.
    package static func table(_ rows: [[String]]) -> String {
        guard let first = rows.first else { return "" }
        let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { $0 == 0 ? padRight(row[$0], widths[$0]) : padLeft(row[$0], widths[$0]) }
                .joined(separator: "  ") + "\n"
        }.joined()
    }
}

extension Unicode.Scalar {
    /// Of the general category "control": the first 32, and the 33 from DEL on.
    var isControl: Bool { value < 32 || (0x7F...0x9F).contains(value) }
}
