// HTML: escaping, and the frame of a page that needs nothing but itself: no network, no script, light and dark.

enum HTML {
    static func escape(_ text: String) -> String {
        var escaped = ""
        // Not by characters: a mark that follows a sign is one with it.
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // XML, which a plot is, has no place for them.
            case _ where scalar.isControl && scalar != "\n": escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    static func page(title: String, body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(escape(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }

    /// Rows of escaped text; the first is the heading.
    static func table(_ rows: [[String]]) -> String {
        var html = "<div class=\"scroll\"><table>"
        for (index, row) in rows.enumerated() {
            let tag = index == 0 ? "th" : "td"
            html += "<tr>" + row.map { "<\(tag)>\(escape($0))</\(tag)>" }.joined() + "</tr>"
        }
        return html + "</table></div>\n"
    }

    /// A paragraph for each.
    static func problems(_ lines: [String]) -> String {
        lines.map { "<p class=\"problem\">\(escape($0))</p>\n" }.joined()
    }

    static func cards(_ items: [(String, String)]) -> String {
        let cells = items.map { "<div><dt>\(escape($0.0))</dt><dd>\(escape($0.1))</dd></div>" }
        return "<dl class=\"cards\">\(cells.joined())</dl>\n"
    }

    private static let style = """
        :root { --paper: #fbfaf8; --card: #ffffff; --ink: #1d2126; --soft: #69707a; --rule: #e4e2dd;
          --c0: #d8572a; --c1: #2a6fb0; --c2: #2f8f5b; --c3: #8a4fbf;
          --c4: #b8860b; --c5: #c2377e; --c6: #178a94; --c7: #6b7280; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #14171b; --card: #1c2026; --ink: #e8e6e1; --soft: #98a0ab; --rule: #2e343c;
            --c0: #ff8357; --c1: #6cb1f2; --c2: #63cf95; --c3: #c195f0;
            --c4: #e6b949; --c5: #f07fb3; --c6: #58c9d3; --c7: #a3abb6; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2.2rem 1.4rem 4rem; max-width: 72rem;
          background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
        h1 { font-size: 1.7rem; margin: 0; letter-spacing: -0.015em; }
        h2 { font-size: 1.15rem; margin: 2.4rem 0 0.7rem; padding-top: 1.1rem; border-top: 1px solid var(--rule); }
        header p { margin: 0.25rem 0; color: var(--soft); }
        code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
        .cards { display: grid; margin: 1.1rem 0; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
          gap: 0.7rem; }
        .cards div { background: var(--card); border: 1px solid var(--rule); border-radius: 0.6rem;
          padding: 0.65rem 0.9rem; }
        .cards dt { color: var(--soft); font-size: 0.78rem; }
        .cards dd { margin: 0; font-size: 1.18rem; font-weight: 600; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 0.88rem; }
        th { color: var(--soft); font-weight: 500; }
        th, td { padding: 0.38rem 0.6rem; text-align: right; white-space: nowrap; }
        th:first-child, td:first-child { text-align: left; } tr + tr td { border-top: 1px solid var(--rule); }
        figure { margin: 0.9rem 0; background: var(--card); border: 1px solid var(--rule);
          border-radius: 0.6rem; padding: 0.8rem 0.9rem 0.6rem; }
        figcaption { font-weight: 600; font-size: 0.92rem; margin-bottom: 0.2rem; }
        svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 11px; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .line { fill: none; stroke: var(--k); stroke-width: 1.8; stroke-linejoin: round; } .dot { fill: var(--k); }
        .legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; list-style: none;
          margin: 0.2rem 0 0; padding: 0; font-size: 0.82rem; }
        .legend i { display: inline-block; width: 0.9rem; height: 0.25rem; border-radius: 1px;
          background: var(--k); margin-right: 0.4rem; vertical-align: middle; }
        .c0 { --k: var(--c0); } .c1 { --k: var(--c1); } .c2 { --k: var(--c2); } .c3 { --k: var(--c3); }
        .c4 { --k: var(--c4); } .c5 { --k: var(--c5); } .c6 { --k: var(--c6); } .c7 { --k: var(--c7); }
        .problem { border-left: 3px solid var(--c5); padding: 0.3rem 0.9rem; background: var(--card); }
        """
}
