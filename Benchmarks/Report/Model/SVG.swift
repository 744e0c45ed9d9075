// SVG: a document being written, element by element.
//
// Contract: elements are closed in the order they were opened; text and attribute values are escaped here and nowhere
// else. Colours are classes, so that the reader's light or dark theme chooses them.

package struct SVG {
    private var body = ""
    private var open: [String] = []

    package init() {}

    package typealias Attributes = KeyValuePairs<String, String>

    package mutating func begin(_ name: String, _ attributes: Attributes = [:]) {
        body += "<\(name)\(Self.text(of: attributes))>"
        open.append(name)
    }

    package mutating func end() { body += "</\(open.removeLast())>\n" }

    package mutating func element(_ name: String, _ attributes: Attributes) {
        body += "<\(name)\(Self.text(of: attributes))/>\n"
    }

    package mutating func text(_ text: String, x: Double, y: Double, class name: String) {
        body += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" class=\"\(name)\">\(Self.escaped(text))</text>\n"
    }

    package mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) {
        element("path", ["class": name, "d": Self.path([(x1, y1), (x2, y2)])])
    }

    /// A style sheet: trusted text, the only one that is not escaped.
    package mutating func style(_ sheet: StaticString) { body += "<style>\(sheet)</style>\n" }

    /// The whole document, `width` × `height` units.
    package func document(width: Double, height: Double, title: String) -> String {
        precondition(open.isEmpty, "an element is still open")
        let (width, height) = (Self.number(width), Self.number(height))
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
            + " viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n<title>\(Self.escaped(title))</title>\n"
            + "\(body)</svg>\n"
    }

    /// The `d` of a path through these points.
    package static func path(_ points: [(x: Double, y: Double)]) -> String {
        var path = ""
        for (index, point) in points.enumerated() {
            path += (index == 0 ? "M" : "L") + number(point.x) + " " + number(point.y)
        }
        return path
    }

    /// A tenth of a unit is finer than a screen shows.
    package static func number(_ value: Double) -> String { Format.decimal(value, 1) }

    package static func escaped(_ text: String) -> String {
        var escaped = ""
        // Not by characters: a mark that follows a sign is one with it.
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// What a document shows: the texts of these classes, as they stand in it.
    package static func texts(of document: String, classes: [String]) -> Set<String> {
        var found: Set<String> = []
        for name in classes {
            for part in document.split(separator: " class=\"\(name)\">").dropFirst() {
                found.insert(String(part.prefix { $0 != "<" }))
            }
        }
        return found
    }

    /// What a picture of ours (its sections and panels) shows that another one does not.
    package static func missing(from picture: String, shownIn other: String) -> [String] {
        let classes = ["title", "panel"]
        return texts(of: other, classes: classes).subtracting(texts(of: picture, classes: classes)).sorted()
    }

    private static func text(of attributes: Attributes) -> String {
        attributes.reduce(into: "") { $0 += " \($1.key)=\"\(escaped($1.value))\"" }
    }
}
