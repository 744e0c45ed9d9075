// ArgumentSpec: the grammar of a command's arguments, for COMMAND DOCS and those who generate requests.

/// An argument of the grammar, as COMMAND DOCS describes it.
package struct ArgumentSpec: Sendable {
    /// The type, by its name in COMMAND DOCS.
    package enum Kind: String, Sendable {
        case string, integer, double, key, pattern, unixTime = "unix-time", pureToken = "pure-token", oneOf = "oneof"
        case block
    }
    package var name: String
    package var kind: Kind
    package var displayText: String?
    package var keySpecIndex: Int?
    package var token: String?
    package var summary: String?
    package var since: String?
    package var deprecatedSince: String?
    package var isOptional: Bool
    package var isMultiple: Bool
    package var isTokenRepeated: Bool
    package var arguments: [ArgumentSpec]

    package init(
        _ name: String, _ kind: Kind, token: String? = nil, display: String? = nil, key: Int? = nil,
        summary: String? = nil, since: String? = nil, deprecatedSince: String? = nil, optional: Bool = false,
        multiple: Bool = false, multipleToken: Bool = false, _ arguments: [ArgumentSpec] = []
    ) {
        self.name = name
        self.kind = kind
        self.token = token
        displayText = display
        keySpecIndex = key
        self.summary = summary
        self.since = since
        self.deprecatedSince = deprecatedSince
        isOptional = optional
        isMultiple = multiple
        isTokenRepeated = multipleToken
        self.arguments = arguments
    }

    /// A word that stands for itself.
    package static func word(
        _ name: String, _ token: String, since: String? = nil, optional: Bool = false
    ) -> ArgumentSpec {
        ArgumentSpec(name, .pureToken, token: token, since: since, optional: optional)
    }

    /// `LIMIT offset count`, which takes a part of a range.
    package static func limit(since: String? = nil) -> ArgumentSpec {
        ArgumentSpec(
            "limit", .block, token: "LIMIT", since: since, optional: true,
            [ArgumentSpec("offset", .integer), ArgumentSpec("count", .integer)])
    }
}
