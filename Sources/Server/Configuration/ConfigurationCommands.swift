// CONFIG GET and CONFIG SET on a configuration.

import Memory
import RESP

extension Configuration {
    /// The directives whose names match any of `patterns`, in the order of their names, each once.
    ///
    /// A pattern without special characters is a name, and comes back in the case in which it was asked.
    package func matching(patterns: [[UInt8]]) -> [(name: [UInt8], value: [UInt8])] {
        var found: [(entry: Int, name: [UInt8])] = []
        for pattern in patterns {
            guard pattern.contains(where: Self.isGlobbing) else {
                guard let entry = Directive.entry(named: pattern) else { continue }
                if !found.contains(where: { $0.entry == entry }) { found.append((entry, pattern)) }
                continue
            }
            let earlier = Set(found.map(\.entry))
            for (position, entry) in Directive.entries.enumerated()
            where !entry.directive.isHidden && !earlier.contains(position) {
                let name = Array(entry.name.utf8)
                if ByteView(name.span).matches(glob: ByteView(pattern.span), ignoringCase: true) {
                    found.append((position, name))
                }
            }
        }
        if found.count > 1 { found.sort { $0.entry < $1.entry } }
        return found.map { ($0.name, Directive.entries[$0.entry].directive.text(in: self)) }
    }

    /// Whether a pattern with this character is no plain name.
    private static func isGlobbing(_ character: UInt8) -> Bool {
        character == UInt8(ascii: "*") || character == UInt8(ascii: "?") || character == UInt8(ascii: "[")
    }

    /// The value of the directive `name` as CONFIG GET tells it.
    package func text(of name: String) -> String {
        guard let entry = Directive.entry(named: Array(name.utf8)) else { preconditionFailure("no directive \(name)") }
        return String(decoding: Directive.entries[entry].directive.text(in: self), as: UTF8.self)
    }

    /// Sets all pairs, or none if one of them is refused.
    /// - Returns: the main names of the directives whose values changed, each once, in the order of the pairs; the
    ///   server applies their effects, and puts the old configuration back if one of those fails (`failure`).
    /// - Throws: `.set` with the reply.
    package mutating func set(
        _ pairs: [(name: [UInt8], value: [UInt8])], protectedToo: Bool = false
    ) throws(ConfigurationError) -> [String] {
        var entries: [Int] = []
        for (name, _) in pairs {
            let name = String(decoding: name, as: UTF8.self)
            guard let entry = Directive.entry(named: Array(name.utf8)) else {
                let shown = name.prefix { $0 != "\0" }
                throw .set(reply: "Unknown option or number of arguments for CONFIG SET - '\(shown)'")
            }
            switch Directive.entries[entry].directive.mutability {
            case .mutable, .fixed: break
            case .immutable: throw Self.failure(of: name, reason: "can't set immutable config")
            case .protected: if !protectedToo { throw Self.failure(of: name, reason: "can't set protected config") }
            }
            if entries.contains(entry) { throw Self.failure(of: name, reason: "duplicate parameter") }
            entries.append(entry)
        }
        var changed = self
        var names: [String] = []
        for (entry, pair) in zip(entries, pairs) {
            let (name, directive) = Directive.entries[entry]
            let before = directive.read(changed)
            do throws(Refusal) {
                try directive.set(directive.arguments(of: pair.value), in: &changed)
            } catch {
                throw Self.failure(of: name, reason: error.reason)
            }
            if directive.name == "requirepass" { changed.passwordHashes = [] }
            if directive.mutability == .fixed && directive.read(changed) != before {
                throw Self.failure(of: name, reason: "can't set immutable config")
            }
            if directive.read(changed) != before, !names.contains(directive.name) { names.append(directive.name) }
        }
        self = changed
        return names
    }

    /// The refusal of CONFIG SET because of one directive, for effects that fail as well ("Failed to bind to
    /// specified addresses.").
    package static func failure(of name: String, reason: String) -> ConfigurationError {
        .set(reply: "CONFIG SET failed (possibly related to argument '\(name)') - \(reason)")
    }
}
