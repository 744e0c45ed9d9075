// TerminalStyle: which characters and escapes the terminal can show.

internal import Glibc

/// What the terminal can show, as the environment says. Without a word about it: colours and UTF-8, as most can.
package struct TerminalStyle: Sendable {
    private let hasColours: Bool
    private let hasUTF8: Bool
    /// Whether frames can be drawn over each other.
    package let canMove: Bool

    package init(_ variable: (String) -> String?) {
        func set(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        canMove = set("TERM") != "dumb"
        hasColours = set("NO_COLOR") == nil
        let locale = (set("LC_ALL") ?? set("LC_CTYPE") ?? set("LANG"))?.lowercased() ?? "utf-8"
        hasUTF8 = locale.hasSuffix("utf-8") || locale.hasSuffix("utf8")
    }

    /// The process's own.
    package static var current: TerminalStyle {
        TerminalStyle { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
    }

    private static let plain: [Character: Character] = [
        "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#", "░": ".", "µ": "u",
    ]

    /// A line without what cannot be shown.
    package func adapted(_ line: String) -> String {
        var text = ""
        var isEscape = false
        for character in line {
            if character == "\u{1B}" { isEscape = true }
            if isEscape {
                if hasColours { text.append(character) }
                if character.isLetter { isEscape = false }
            } else {
                text.append(hasUTF8 || character.isASCII ? character : Self.plain[character] ?? "?")
            }
        }
        return text
    }
}
