// TitleTemplate: a process's title with variables: "{title} {listen-addr} {server-mode}".

package enum TitleTemplate {
    package static let standard = "{title} {listen-addr} {server-mode}"
    static let variables = ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"]

    /// The text with its variables replaced; `{{` stands for a brace. Nil if one is unknown or has no end.
    package static func expand(_ template: String, _ value: (String) -> String?) -> String? {
        var text = "", rest = Substring(template)
        while let brace = rest.firstIndex(of: "{") {
            text += rest[..<brace]
            rest = rest[rest.index(after: brace)...]
            if rest.first == "{" {
                text += "{"
                rest.removeFirst()
                continue
            }
            guard let end = rest.firstIndex(of: "}"), let value = value(String(rest[..<end])) else { return nil }
            text += value
            rest = rest[rest.index(after: end)...]
        }
        text += rest
        // A variable at an end may be empty.
        let isSpace = { (character: Character) in character == " " }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }

    static let check: @Sendable ([UInt8]) -> String? = { text in
        let isKnown = !text.isEmpty && expand(String(decoding: text, as: UTF8.self)) {
            variables.contains($0) ? $0 : nil
        } != nil
        return isKnown ? nil : "template format is invalid or contains unknown variables"
    }
}
