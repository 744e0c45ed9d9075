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

    /// Where Unicode's characters of two columns are: the scripts of East Asia, their forms of Latin signs, and what is
    /// drawn as a picture by itself.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x20000...0x3FFFD,
    ]

    /// How many columns a character takes.
    static func columns(of character: Character) -> Int {
        let first = character.unicodeScalars[character.unicodeScalars.startIndex]
        let isPicture = first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}")
        return isPicture || wideRanges.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// A line without what cannot be shown.
    package func adapted(_ line: String) -> String {
        var text = ""
        for (character, isEscape) in Self.pieces(of: line) {
            if isEscape {
                if hasColours { text.append(character) }
            } else {
                text.append(hasUTF8 || character.isASCII ? character : Self.plain[character] ?? "?")
            }
        }
        return text
    }

    /// A line's characters, and whether each is part of an escape sequence, which takes no room.
    static func pieces(of line: String) -> [(character: Character, isEscape: Bool)] {
        var isEscape = false
        return line.map { character in
            if character == "\u{1B}" { isEscape = true }
            defer { if character.isLetter { isEscape = false } }
            return (character, isEscape)
        }
    }
}
