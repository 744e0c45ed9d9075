// Checks of the few directives whose text has a grammar of its own. Each returns nil, or the reference's refusal.

internal import Memory
internal import Platform
internal import RESP

extension Directive {
    static let shutdownWords = ["default", "save", "nosave", "now", "force", "safe", "failover"]

    /// Pairs of seconds and changes, in one argument or several; one empty argument clears them.
    static let checkSave: @Sendable ([[UInt8]]) -> String? = { arguments in
        let refusal = "Invalid save parameters"
        if arguments == [[]] { return nil }
        let words = arguments.flatMap { $0.split(separator: UInt8(ascii: " ")).map(Array.init) }
        guard words.count == arguments.count || arguments.count == 1 else { return refusal }
        guard words.count.isMultiple(of: 2), arguments.isEmpty || !words.isEmpty else { return refusal }
        for (position, word) in words.enumerated() {
            // Seconds are positive; a change count of 0 would save always and is allowed.
            guard let number = decimal(word), number >= (position.isMultiple(of: 2) ? 1 : 0) else { return refusal }
        }
        return nil
    }

    /// Three scores from -2000 to 2000 that do not fall.
    static let checkOOMScores: @Sendable ([[UInt8]]) -> String? = { arguments in
        guard arguments.count == 3 else { return "wrong number of arguments" }
        for argument in arguments {
            guard let score = decimal(argument), (-2000...2000).contains(score) else {
                return "Invalid oom-score-adj-values, elements must be between -2000 and 2000."
            }
        }
        return nil
    }

    /// A host and a port, or `no one`; a single empty argument is none.
    static let checkReplicaOf: @Sendable ([[UInt8]]) -> String? = { arguments in
        if arguments.isEmpty || arguments.count != 2 { return "wrong number of arguments" }
        if arguments.map({ $0.lowercased() }) == [Array("no".utf8), Array("one".utf8)] { return nil }
        guard let port = decimal(arguments[1]), portRange.contains(port) else { return "Invalid primary port" }
        return nil
    }

    static let checkPercentiles: @Sendable ([[UInt8]]) -> String? = { arguments in
        for argument in arguments where !(arguments.count == 1 && argument.isEmpty) {
            guard let number = ByteView(argument.span).double else {
                return "Invalid latency-tracking-info-percentiles parameters"
            }
            guard (0...100).contains(number) else {
                return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
            }
        }
        return nil
    }

    static let checkLocale: @Sendable ([UInt8]) -> String? = { name in
        ProcessFacts.hasLocale(name) ? nil : "Invalid locale name"
    }

    static let checkEventClasses: @Sendable ([UInt8]) -> String? = { text in
        text.allSatisfy(Array("Ag$lshzxeKEtmdn".utf8).contains)
            ? nil : "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
    }
}
