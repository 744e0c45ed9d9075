// The kinds of values that directives take: how text is read, checked and written back.

internal import RESP

extension Directive {
    /// A checked value.
    enum Value: Sendable, Equatable {
        case boolean(Bool)
        case integer(Int)
        case text([UInt8])
        case texts([[UInt8]])
        case outputBufferLimits(OutputBufferLimits)
    }

    /// What a directive's arguments look like.
    enum Kind: Sendable {
        /// `yes` or `no`.
        case boolean
        case integer(ClosedRange<Int>)
        /// Bytes with an optional unit: b, k (1000), kb (1024), m, mb, g, gb, in any case.
        case memory(ClosedRange<Int>)
        /// As `memory`, from 0 to 2^64 - 1.
        case unsignedMemory
        /// As `memory`, or up to `100%`.
        case memoryOrPercent
        /// An octal number up to 777.
        case permissions
        case choice([String])
        /// Several of these words.
        case flags([String])
        /// Anything; `ifEmpty` is the refusal of an empty text where there is one.
        case text(ifEmpty: String?)
        /// Anything, and the only kind that does not end at a NUL.
        case bytes
        /// One argument that passes the check: nil, or the refusal.
        case checked(@Sendable ([UInt8]) -> String?)
        /// Any number of arguments that pass the check together.
        case list(@Sendable ([[UInt8]]) -> String?)
        case outputBufferLimits
    }
}

extension Directive.Kind {
    /// Whether the directive takes several arguments (and CONFIG SET's one value is cut at spaces).
    var takesSeveral: Bool {
        switch self {
        case .flags, .list, .outputBufferLimits: true
        default: false
        }
    }

    /// Whether an empty value of CONFIG SET stands for no argument at all.
    var emptyMeansNone: Bool {
        switch self {
        case .list, .outputBufferLimits: true
        default: false
        }
    }

    /// Checks a directive's arguments. Those that name only parts of a value leave the others as `current` has them.
    func parse(_ arguments: [[UInt8]], current: Directive.Value) throws(Refusal) -> Directive.Value {
        switch self {
        case .flags(let words): return try flags(arguments, words)
        case .list(let check):
            if let reason = check(arguments) { throw Refusal(reason) }
            return .texts(arguments)
        case .outputBufferLimits:
            guard case .outputBufferLimits(let limits) = current else { return current }
            return .outputBufferLimits(try limits.changed(by: arguments))
        default:
            guard arguments.count == 1 else { throw .argumentCount }
            return try parse(one: endsAtNUL ? Array(arguments[0].prefix { $0 != 0 }) : arguments[0])
        }
    }

    /// Whether no more is looked at of an argument than what C takes for a text.
    private var endsAtNUL: Bool {
        switch self {
        case .integer, .bytes: false
        default: true
        }
    }

    private func parse(one argument: [UInt8]) throws(Refusal) -> Directive.Value {
        switch self {
        case .boolean:
            switch argument.lowercased() {
            case Array("yes".utf8): return .boolean(true)
            case Array("no".utf8): return .boolean(false)
            default: throw Refusal("argument must be 'yes' or 'no'")
            }
        case .integer(let range):
            guard let number = decimal(argument) else {
                throw Refusal("argument couldn't be parsed into an integer")
            }
            return .integer(try checked(number, range))
        case .memory(let range):
            // Where the range begins below 0, a minus sign is read as well, so that the refusal tells the range.
            let isNegative = range.lowerBound < 0 && argument.first == UInt8(ascii: "-")
            guard let bytes = byteCount(Array(argument.dropFirst(isNegative ? 1 : 0))) else {
                throw Refusal("argument must be a memory value")
            }
            guard let count = Int(exactly: bytes) else { throw Self.refusal(of: range) }
            return .integer(try checked(isNegative ? -count : count, range))
        case .unsignedMemory:
            guard let bytes = byteCount(argument) else { throw Refusal("argument must be a memory value") }
            return .text(Array(String(bytes).utf8))
        case .memoryOrPercent:
            return .text(try memoryOrPercent(argument))
        case .permissions:
            return .integer(try permissions(argument))
        case .choice(let words):
            guard let word = words.first(where: { Array($0.utf8).lowercased() == argument.lowercased() }) else {
                throw Refusal("argument(s) must be one of the following: " + words.joined(separator: ", "))
            }
            return .text(Array(word.utf8))
        case .text(let ifEmpty):
            if argument.isEmpty, let ifEmpty { throw Refusal(ifEmpty) }
            return .text(argument)
        case .bytes:
            return .text(argument)
        case .checked(let check):
            if let reason = check(argument) { throw Refusal(reason) }
            return .text(argument)
        case .flags, .list, .outputBufferLimits:
            preconditionFailure("kinds of several arguments are parsed together")
        }
    }

    func text(of value: Directive.Value) -> [UInt8] {
        switch value {
        case .boolean(let value): return Array((value ? "yes" : "no").utf8)
        case .integer(let value):
            if case .permissions = self { return Array(String(value, radix: 8).utf8) }
            return Array(String(value).utf8)
        case .text(let value): return value
        case .texts(let values): return Array(values.joined(separator: [UInt8(ascii: " ")]))
        case .outputBufferLimits(let limits): return Array(limits.text.utf8)
        }
    }
}

// MARK: - Numbers

extension Directive.Kind {
    private func checked(_ number: Int, _ range: ClosedRange<Int>) throws(Refusal) -> Int {
        guard range.contains(number) else { throw Self.refusal(of: range) }
        return number
    }

    private static func refusal(of range: ClosedRange<Int>) -> Refusal {
        Refusal("argument must be between \(range.lowerBound) and \(range.upperBound) inclusive")
    }

    private func memoryOrPercent(_ argument: [UInt8]) throws(Refusal) -> [UInt8] {
        if argument.last == UInt8(ascii: "%"), let percent = decimal(Array(argument.dropLast())), percent >= 0 {
            guard percent <= 100 else { throw Refusal("percentage argument must be less or equal to 100") }
            return argument
        }
        guard let bytes = byteCount(argument) else {
            throw Refusal("argument must be a memory or percent value")
        }
        return Array(String(bytes).utf8)
    }

    private func permissions(_ argument: [UInt8]) throws(Refusal) -> Int {
        if argument.isEmpty { return 0 }
        guard let mode = Int(String(decoding: argument, as: UTF8.self), radix: 8) else {
            throw Refusal("argument couldn't be parsed as an octal number")
        }
        guard (0...0o777).contains(mode) else { throw Refusal("argument must be between 0 and 777 inclusive") }
        return mode
    }

    private func flags(_ arguments: [[UInt8]], _ words: [String]) throws(Refusal) -> Directive.Value {
        var chosen: [[UInt8]] = []
        for argument in arguments {
            let word = words.first { Array($0.utf8) == argument.lowercased() }
            guard let word else { chosen = []; break }
            chosen.append(Array(word.utf8))
        }
        guard !chosen.isEmpty else {
            throw Refusal("argument(s) must be one of the following: " + words.joined(separator: ", "))
        }
        if chosen.contains(Array("save".utf8)) && chosen.contains(Array("nosave".utf8)) {
            throw Refusal("shutdown options SAVE and NOSAVE can't be used simultaneously")
        }
        // Told in the order of their list, each once. The default is what there is without the others.
        let told = words.map { Array($0.utf8) }.filter(chosen.contains)
        let others = told.filter { $0 != Array("default".utf8) }
        return .texts(others.isEmpty ? told : others)
    }
}
