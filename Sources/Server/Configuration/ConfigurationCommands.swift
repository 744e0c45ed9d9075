// CONFIG GET and CONFIG SET on a configuration.

extension Configuration {
    /// The directives whose names match any of `patterns`, in the order of their names, each once.
    ///
    /// A pattern without special characters is a name, and comes back in the case in which it was asked.
    package func matching(patterns: [[UInt8]]) -> [(name: [UInt8], value: [UInt8])] {
        var names: [Int: [UInt8]] = [:]
        for pattern in patterns {
            guard pattern.contains(where: Array("*?[".utf8).contains) else {
                if let entry = Directive.entry(named: pattern), names[entry] == nil { names[entry] = pattern }
                continue
            }
            for (position, entry) in Directive.entries.enumerated() where names[position] == nil {
                let name = Array(entry.name.utf8)
                if Glob.matches(name[...], pattern[...]) { names[position] = name }
            }
        }
        return names.sorted { $0.key < $1.key }.map { position, name in
            (name: name, value: Directive.entries[position].directive.text(in: self))
        }
    }

    /// Sets all pairs, or none if one of them is refused.
    /// - Returns: the main names of the directives whose values changed, each once, in the order of the pairs; the
    ///   server applies their effects, and puts the old configuration back if one of those fails (`failure`).
    /// - Throws: `.set` with the reply.
    package mutating func set(
        _ pairs: [(name: [UInt8], value: [UInt8])]
    ) throws(ConfigurationError) -> [String] {
        var entries: [Int] = []
        for (name, _) in pairs {
            let name = String(decoding: name, as: UTF8.self)
            guard let entry = Directive.entry(named: Array(name.utf8)) else {
                throw .set(reply: "Unknown option or number of arguments for CONFIG SET - '\(name)'")
            }
            switch Directive.entries[entry].directive.mutability {
            case .mutable: break
            case .immutable: throw Self.failure(of: name, reason: "can't set immutable config")
            case .protected: throw Self.failure(of: name, reason: "can't set protected config")
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

/// Patterns over the names of directives, in any case: `*`, `?`, `[a-z]`, `[^x]` and `\` before a literal.
enum Glob {
    /// O(pattern × text): only the last `*` is ever retried.
    static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var at = text.startIndex
        var rule = pattern.startIndex
        var retry: (rule: Int, at: Int)?
        while at < text.endIndex || rule < pattern.endIndex {
            if rule < pattern.endIndex, pattern[rule] == UInt8(ascii: "*") {
                rule += 1
                retry = (rule, at)
                continue
            }
            if at < text.endIndex, rule < pattern.endIndex, let next = step(lower(text[at]), pattern, rule) {
                at += 1
                rule = next
                continue
            }
            guard let last = retry, last.at < text.endIndex else { return false }
            retry = (last.rule, last.at + 1)
            (rule, at) = (last.rule, last.at + 1)
        }
        return true
    }

    /// The position after the rule at `rule` if it matches `byte`.
    private static func step(_ byte: UInt8, _ pattern: ArraySlice<UInt8>, _ rule: Int) -> Int? {
        switch pattern[rule] {
        case UInt8(ascii: "?"): return rule + 1
        case UInt8(ascii: "["): return set(byte, pattern, rule + 1)
        case UInt8(ascii: "\\") where rule + 1 < pattern.endIndex:
            return lower(pattern[rule + 1]) == byte ? rule + 2 : nil
        default: return lower(pattern[rule]) == byte ? rule + 1 : nil
        }
    }

    /// Matches a bracket's content from `start`; an unclosed bracket ends with the pattern.
    private static func set(_ byte: UInt8, _ pattern: ArraySlice<UInt8>, _ start: Int) -> Int? {
        var at = start
        let negated = at < pattern.endIndex && pattern[at] == UInt8(ascii: "^")
        if negated { at += 1 }
        var found = false
        while at < pattern.endIndex, pattern[at] != UInt8(ascii: "]") {
            if pattern[at] == UInt8(ascii: "\\"), at + 1 < pattern.endIndex { at += 1 }
            let low = lower(pattern[at])
            if at + 2 < pattern.endIndex, pattern[at + 1] == UInt8(ascii: "-") {
                let high = lower(pattern[at + 2])
                found = found || (min(low, high)...max(low, high)).contains(byte)
                at += 3
            } else {
                found = found || low == byte
                at += 1
            }
        }
        return found != negated ? min(at + 1, pattern.endIndex) : nil
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
