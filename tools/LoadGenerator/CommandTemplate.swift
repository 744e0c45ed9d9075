// CommandTemplate: a command line with placeholders, as the user writes it, understood.
//
//   SET user:{key} {value:16-512}      HSET h:{key} f{rand:0-9} {value}      SET key:__rand_int__ __data__
//
// | placeholder            | becomes                                                                   | width |
// |------------------------|---------------------------------------------------------------------------|-------|
// | {key}                  | "key:" and the number of a key drawn by the workload's popularity         | 16    |
// | {keynum}               | that number alone                                                         | 12    |
// | {samekey} {samekeynum} | the key drawn last, once more (also in a later command of the block)      | 16/12 |
// | {newkey}               | a key above the key count that no other request has; once it is           | 16    |
// |                        | acknowledged, `latest` reads it (in the thread that wrote it)             |       |
// | {score} {samescore}    | a number below 10^9 that depends on a key alone; draws it for {samekey},   | 12    |
// |                        | or is that of the key drawn last                                          |       |
// | {int}, __rand_int__    | a uniform integer below the key count (each __rand_int__ of its own)      | 12    |
// | __rand_1st__ … __rand_9th__ | the same, but one for all of a name in a request                      | 12    |
// | {rand:A-B}             | a uniform integer of the range, without leading zeros                     | varies|
// | {seq}                  | 0, 1, 2 … over all threads                                                | 12    |
// | {unique}               | an integer that no other request of this or another run has               | 20    |
// | {time}                 | the monotonic clock in nanoseconds, for one-way latencies                 | 20    |
// | {value}, __data__      | a string of the workload's sizes                                          | varies|
// | {value:SIZES}          | a string of these sizes                                                   | varies|
// | {fieldvalue:N}         | as {value}; checked data of field N differ from those of the other fields | varies|
// | {fieldvalue}           | the same, of the field whose number {rand:A-B} drew last                  | varies|
// | {object} {objectvalue} | a trace's object: its number, and a string of its size                     | 20/v. |
// | {conn}                 | the number of the connection                                              | 12    |
//
// `__rand_…__` are redis-benchmark's and valkey-benchmark's, and as there mean themselves without a range of keys
// (`withoutKeyRange`). `{{key}` is `{key}` as it is written, and so for the others; where no placeholder follows, two
// braces are two braces, as in a script. It knows no protocol: `EncodedTemplate` makes bytes of it.

package struct CommandTemplate: Equatable, Sendable {
    package enum Part: Equatable, Sendable {
        case literal([UInt8])
        case slot(Slot)
    }

    package enum Slot: Equatable, Sendable {
        case key, keyNumber, sameKey, sameKeyNumber, newKey, score, sameScore
        case integer
        /// One of `benchmarkIntegers`.
        case benchmarkInteger(Int)
        case range(ClosedRange<UInt64>)
        case sequence, unique, time, connection
        /// Of a trace's access: its object's number in 20 digits, and a value of its size.
        case object, objectValue
        /// nil: the workload's sizes.
        case value(SizeDistribution?)
        /// Of a numbered field; nil: the last range's draw.
        case fieldValue(UInt64?)
    }

    package struct ParseError: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The arguments of each command; more than one command is a block sent together, such as MULTI … EXEC.
    package var commands: [[[Part]]]
    /// What reports call it.
    package var name: String
    /// Sent as plain lines, not as arrays.
    package var isInline = false

    /// The first command's name in upper case; servers take it in any. Empty where it holds a placeholder.
    package var commandName: String {
        guard commands[0][0].count == 1, case .literal(let bytes) = commands[0][0][0] else { return "" }
        return String(decoding: bytes, as: UTF8.self).uppercased()
    }

    package init(name: String? = nil, arguments: [String]) throws(ParseError) {
        try self.init(name: name, block: [arguments])
    }

    package init(name: String? = nil, block: [[String]]) throws(ParseError) {
        guard !block.isEmpty, block.allSatisfy({ !$0.isEmpty }) else {
            throw ParseError(description: "a command is empty")
        }
        commands = []
        for command in block {
            var arguments: [[Part]] = []
            for argument in command { arguments.append(try Self.parts(of: argument)) }
            commands.append(arguments)
        }
        self.name = name ?? block.map { $0[0].uppercased() }.joined(separator: "+")
    }

    /// A line of one or more commands, `;` as a word between them, quoted as in a shell.
    package init(name: String? = nil, line: String) throws(ParseError) {
        let words = try CommandLine.words(line)
        let block = words.split(separator: ";", omittingEmptySubsequences: false).map(Array.init)
        try self.init(name: name, block: block)
    }

    /// Whether it writes what depends on a key, when data are checked.
    package var hasCheckedData: Bool {
        hasSlot {
            switch $0 {
            case .value(nil), .fieldValue, .score, .sameScore: true
            default: false
            }
        }
    }

    /// Whether it has `{value:SIZES}`.
    package var hasOwnSizes: Bool { hasSlot { if case .value(_?) = $0 { true } else { false } } }

    /// Whether the popularity of keys shows in it.
    package var drawsKeys: Bool { has([.key, .keyNumber, .score]) }

    /// Whether it has a key with the workload's prefix.
    package var hasPrefixedKeys: Bool { has([.key, .sameKey, .newKey]) }

    /// Whether what it writes expires after so many seconds.
    package func expires(afterSeconds seconds: Int) -> Bool {
        let literals = ["EX", "EXPIRE", String(seconds)].map { [Part.literal(Array($0.utf8))] }
        return commands.contains { words in
            words[0] == literals[1] ? words.last == literals[2]
                : zip(words, words.dropFirst()).contains { $0 == literals[0] && $1 == literals[2] }
        }
    }

    private func has(_ slots: [Slot]) -> Bool { hasSlot(slots.contains) }

    private func hasSlot(_ isMeant: (Slot) -> Bool) -> Bool {
        commands.joined().joined().contains { if case .slot(let slot) = $0 { isMeant(slot) } else { false } }
    }

    // MARK: Placeholders

    /// The benchmarks' names for integers. The first is another one each time, each of the others the same in all its
    /// places.
    static let benchmarkIntegers = [
        "__rand_int__", "__rand_1st__", "__rand_2nd__", "__rand_3rd__", "__rand_4th__", "__rand_5th__", "__rand_6th__",
        "__rand_7th__", "__rand_8th__", "__rand_9th__",
    ]

    /// The same with the benchmarks' integers as they are written, which is what they send without `-r`.
    package var withoutKeyRange: CommandTemplate {
        replacingIntegers { .literal(Array(Self.benchmarkIntegers[$0].utf8)) }
    }

    /// The same with numbers of keys for `__rand_int__`, which is what it is with `--sequential`.
    package var countingIntegers: CommandTemplate {
        replacingIntegers { .slot($0 == 0 ? .keyNumber : .benchmarkInteger($0)) }
    }

    private func replacingIntegers(_ part: (Int) -> Part) -> CommandTemplate {
        var other = self
        other.commands = commands.map { command in
            command.map { argument in
                argument.map { if case .slot(.benchmarkInteger(let index)) = $0 { part(index) } else { $0 } }
            }
        }
        return other
    }

    /// Bytes as they are, but for the benchmarks' integers: the only placeholders that redis-benchmark knows in them.
    package static func parts(of bytes: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var start = 0, at = 0
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "_"),
                let index = benchmarkIntegers.firstIndex(where: { bytes[at...].starts(with: $0.utf8) })
            else {
                at += 1
                continue
            }
            if start < at { parts.append(.literal(Array(bytes[start..<at]))) }
            parts.append(.slot(.benchmarkInteger(index)))
            at += benchmarkIntegers[index].utf8.count
            start = at
        }
        if start < at { parts.append(.literal(Array(bytes[start..<at]))) }
        return parts
    }

    private static func parts(of argument: String) throws(ParseError) -> [Part] {
        var parts: [Part] = []
        var literal: [UInt8] = []
        func flush() {
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
        }
        var rest = Substring(argument)
        while let character = rest.first {
            if character == "_", let index = benchmarkIntegers.firstIndex(where: rest.hasPrefix) {
                flush()
                parts.append(.slot(.benchmarkInteger(index)))
                rest = rest.dropFirst(benchmarkIntegers[index].count)
            } else if rest.hasPrefix("__data__") {
                flush()
                parts.append(.slot(.value(nil)))
                rest = rest.dropFirst(8)
            } else if rest.hasPrefix("{{"), isPlaceholder(rest.dropFirst()) {
                literal.append(UInt8(ascii: "{"))
                rest = rest.dropFirst(2)
            } else if character == "{", let close = rest.firstIndex(of: "}"),
                let slot = try slot(String(rest[rest.index(after: rest.startIndex)..<close]))
            {
                flush()
                parts.append(.slot(slot))
                rest = rest[rest.index(after: close)...]
            } else {
                literal.append(contentsOf: String(character).utf8)
                rest = rest.dropFirst()
            }
        }
        flush()
        return parts
    }

    /// Whether the text begins with a placeholder, or what is meant for one.
    private static func isPlaceholder(_ text: Substring) -> Bool {
        guard let close = text.firstIndex(of: "}") else { return false }
        do { return try slot(String(text.dropFirst().prefix(upTo: close))) != nil } catch { return true }
    }

    /// nil when the braces hold no placeholder (a hash tag, JSON, a script): they are then literal.
    private static func slot(_ text: String) throws(ParseError) -> Slot? {
        let pair = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch text {
        case "key": return .key
        case "keynum": return .keyNumber
        case "samekey": return .sameKey
        case "samekeynum": return .sameKeyNumber
        case "newkey": return .newKey
        case "score": return .score
        case "samescore": return .sameScore
        case "object": return .object
        case "objectvalue": return .objectValue
        case "int": return .integer
        case "seq": return .sequence
        case "unique": return .unique
        case "time": return .time
        case "conn": return .connection
        case "value": return .value(nil)
        case "fieldvalue": return .fieldValue(nil)
        default: break
        }
        guard pair.count == 2 else { return nil }
        switch pair[0] {
        case "value":
            guard let sizes = SizeDistribution(pair[1]) else {
                throw ParseError(description: "'\(pair[1])' is no size or size distribution")
            }
            return .value(sizes)
        case "fieldvalue":
            guard let field = UInt64(pair[1]), field < EncodedTemplate.fieldsMax else {
                throw ParseError(description: "'{\(text)}': a field's number is below \(EncodedTemplate.fieldsMax)")
            }
            return .fieldValue(field)
        case "rand":
            let ends = pair[1].split(separator: "-").compactMap { UInt64($0) }
            guard ends.count == 2, ends[0] <= ends[1], ends[1] < .max else {
                throw ParseError(description: "'{\(text)}': a range is written {rand:LOW-HIGH}")
            }
            return .range(ends[0]...ends[1])
        default: return nil
        }
    }
}

/// Splits a line into words as a shell does (blanks separate, quotes hold together, a backslash escapes), and back.
package enum CommandLine {
    /// A word as a shell has to be given it.
    package static func quoted(_ word: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: "_@%+=:,./-".utf8.contains(byte)
            }
        }
        if !word.isEmpty, word.utf8.allSatisfy(isPlain) { return word }
        return "'\(word.replacing("'", with: "'\\''"))'"
    }

    /// The number of the first argument of this process that is no UTF-8: the strings of the arguments have other bytes
    /// in its place.
    package static var malformedArgument: Int? {
        (0..<Int(Swift.CommandLine.argc)).first { index in
            guard let argument = unsafe Swift.CommandLine.unsafeArgv[index] else { return false }
            return unsafe String(validatingCString: argument) == nil
        }
    }

    package static func words(_ line: String) throws(CommandTemplate.ParseError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var escaped = false
        for character in line {
            if escaped {
                let plain: Character =
                    switch character {
                    case "n": "\n"
                    case "r": "\r"
                    case "t": "\t"
                    default: character
                    }
                word = (word ?? "") + String(quote == "\"" ? plain : character)
                escaped = false
            } else if character == "\\" && quote != "'" {
                escaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let finished = word { words.append(finished) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !escaped else {
            throw CommandTemplate.ParseError(description: "unbalanced quotes in: \(line)")
        }
        if let finished = word { words.append(finished) }
        return words
    }
}
