// A directive: one name of the configuration, with everything that file, arguments, CONFIG GET and CONFIG SET need.
//
// A directive is available (it reads and writes properties of `Configuration`), idle (it tunes a feature that is
// missing: its value is kept there, without an effect) or pinned: it asks for such a feature, so the only values it
// takes are those that ask for nothing, and any other is refused with the feature's name.

/// One configuration directive.
package struct Directive: Sendable {
    /// Where it may be set.
    package enum Mutability: Sendable {
        case mutable
        /// Only in the file and the arguments.
        case immutable
        /// Like immutable, but CONFIG SET may say again what it is: the reference has no such directive, or can change
        /// it, so that tools set it to what CONFIG GET has told them.
        case fixed
        /// Like immutable, because a client that could change it could write where it likes.
        case protected
    }

    /// Whether this version does what the directive asks for.
    package enum Support: Sendable, Equatable {
        case available
        /// Only `values` are accepted, the first is the default; `why` completes "cannot be 'x': …".
        case pinned(values: [String], why: Missing)
    }

    package let name: String
    /// Older names of the same setting; they are listed by CONFIG GET as directives of their own.
    package var aliases: [String] = []
    package let mutability: Mutability
    package let support: Support
    /// Whether CONFIG GET tells it only by its name, not by a pattern.
    package var isHidden = false
    /// The largest number that this version can do, where the reference takes larger ones.
    var supportedMax: Int?
    let kind: Kind
    let read: @Sendable (Configuration) -> Value
    let write: @Sendable (inout Configuration, Value) -> Void

    /// The value as CONFIG GET tells it.
    package func text(in configuration: Configuration) -> [UInt8] {
        kind.text(of: read(configuration))
    }

    /// Checks `arguments` and stores what they say.
    /// - Throws: `Refusal` with the reference's text, or with what this version cannot do. Nothing is stored then.
    package func set(_ arguments: [[UInt8]], in configuration: inout Configuration) throws(Refusal) {
        let value = try kind.parse(arguments, current: read(configuration))
        if let refusal = refusal(of: value) { throw refusal }
        write(&configuration, value)
    }

    /// What the arguments of a line say: several words may come as one, in quotes.
    func value(of arguments: [[UInt8]], in configuration: Configuration) throws(Refusal) -> Value {
        let isOne = arguments.count == 1 && kind.takesSeveral && arguments[0].contains(UInt8(ascii: " "))
        return try kind.parse(isOne ? self.arguments(of: arguments[0]) : arguments, current: read(configuration))
    }

    /// Why this version cannot do what a well-formed value asks for; nil if it can.
    func refusal(of value: Value) -> Refusal? {
        if case .pinned(let values, let why) = support {
            let text = String(decoding: kind.text(of: value), as: UTF8.self)
            return values.contains(text) ? nil : Refusal("'\(name)' cannot be '\(text)': \(why.rawValue)")
        }
        guard let supportedMax, case .integer(let number) = value, number > supportedMax else { return nil }
        return Refusal("'\(name)' cannot be '\(number)': more than \(supportedMax) is not supported by this version")
    }

    /// The same, told only to those who know its name.
    func hidden() -> Directive {
        var hidden = self
        hidden.isHidden = true
        return hidden
    }

    /// The arguments that CONFIG SET's one value stands for.
    func arguments(of value: [UInt8]) -> [[UInt8]] {
        guard kind.takesSeveral else { return [value] }
        if value.isEmpty { return kind.emptyMeansNone ? [] : [[]] }
        return value.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
    }
}

// MARK: - Making directives

extension Directive {
    typealias Path<T> = WritableKeyPath<Configuration, T> & Sendable

    static func boolean(
        _ name: String, _ path: Path<Bool>, _ mutability: Mutability = .mutable, aliases: [String] = []
    ) -> Directive {
        Directive(
            name: name, aliases: aliases, mutability: mutability, support: .available, kind: .boolean,
            read: { .boolean($0[keyPath: path]) },
            write: { if case .boolean(let new) = $1 { $0[keyPath: path] = new } })
    }

    static func integer(
        _ name: String, _ range: ClosedRange<Int>, _ path: Path<Int>, _ mutability: Mutability = .mutable,
        aliases: [String] = [], kept: ClosedRange<Int>? = nil, supportedMax: Int? = nil
    ) -> Directive {
        var directive = number(name, .integer(range), path, mutability, aliases, kept)
        directive.supportedMax = supportedMax
        return directive
    }

    static func memory(
        _ name: String, from minimum: Int = 0, supportedMax: Int? = nil, _ path: Path<Int>,
        _ mutability: Mutability = .mutable, aliases: [String] = []
    ) -> Directive {
        var directive = number(name, .memory(minimum...Int.max), path, mutability, aliases, nil)
        directive.supportedMax = supportedMax
        return directive
    }

    /// `kept` is the range that accepted values are moved into, where the reference corrects instead of refusing.
    static func number(
        _ name: String, _ kind: Kind, _ path: Path<Int>, _ mutability: Mutability, _ aliases: [String] = [],
        _ kept: ClosedRange<Int>? = nil
    ) -> Directive {
        Directive(
            name: name, aliases: aliases, mutability: mutability, support: .available, kind: kind,
            read: { .integer($0[keyPath: path]) },
            write: {
                guard case .integer(let new) = $1 else { return }
                $0[keyPath: path] = kept.map { min(max(new, $0.lowerBound), $0.upperBound) } ?? new
            })
    }

    static func text(
        _ name: String, _ path: Path<String>, _ mutability: Mutability, ifEmpty: String? = nil, aliases: [String] = []
    ) -> Directive {
        Directive(
            name: name, aliases: aliases, mutability: mutability, support: .available, kind: .text(ifEmpty: ifEmpty),
            read: { .text(Array($0[keyPath: path].utf8)) },
            write: { if case .text(let new) = $1 { $0[keyPath: path] = String(decoding: new, as: UTF8.self) } })
    }

    static func bytes(_ name: String, _ path: Path<[UInt8]>, _ mutability: Mutability = .mutable) -> Directive {
        Directive(
            name: name, mutability: mutability, support: .available, kind: .bytes,
            read: { .text($0[keyPath: path]) },
            write: { if case .text(let new) = $1 { $0[keyPath: path] = new } })
    }

    static func choice<T: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: Path<T>, _ mutability: Mutability = .mutable
    ) -> Directive {
        Directive(
            name: name, mutability: mutability, support: .available, kind: .choice(T.allCases.map(\.rawValue)),
            read: { .text(Array($0[keyPath: path].rawValue.utf8)) },
            write: {
                guard case .text(let new) = $1, let value = T(rawValue: String(decoding: new, as: UTF8.self)) else {
                    return
                }
                $0[keyPath: path] = value
            })
    }

    /// A directive of a missing feature: takes its default, and what else in `also` asks for nothing either.
    static func pinned(
        _ name: String, _ kind: Kind, _ value: String, _ why: Missing, _ mutability: Mutability = .mutable,
        aliases: [String] = [], also: [String] = []
    ) -> Directive {
        let value = Array(value.utf8)
        // A pinned value that may vary reads as the default: the others mean the same to this version.
        return Directive(
            name: name, aliases: aliases, mutability: mutability,
            support: .pinned(values: [String(decoding: value, as: UTF8.self)] + also, why: why), kind: kind,
            read: { _ in .text(value) }, write: { _, _ in })
    }

    /// A directive that tunes a feature that is off or missing, without asking for it. Any value is kept and told,
    /// since a configuration that has it works the same without. Accepted numbers are raised to `minimum`.
    static func idle(
        _ name: String, _ kind: Kind, _ value: String, _ mutability: Mutability = .mutable, aliases: [String] = [],
        atLeast minimum: Int = .min
    ) -> Directive {
        let value = Array(value.utf8)
        return Directive(
            name: name, aliases: aliases, mutability: mutability, support: .available, kind: kind,
            read: { .text($0.idle[name] ?? value) },
            write: {
                var new = $1
                if case .integer(let number) = new { new = .integer(max(number, minimum)) }
                let text = kind.text(of: new)
                $0.idle[name] = text == value ? nil : text
            })
    }
}
