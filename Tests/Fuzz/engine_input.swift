// What the engine's fuzz target makes of its input: a list of commands, each a list of words.
//
// A line of text is a command as one types it (set k "\x00" ex 10), so that seeds and kept crashes can be read. A line
// whose first byte is 0x80 or more says with its other bytes how to draw a command from the grammar of its spec: the
// second one which, and one each for every choice on the way. So whatever the fuzzer changes within a line changes one
// command, and nearly every line gets past the checks of its words. Where a line ends early, choices are 0.

import Commands
import Memory

/// What a test does beside commands of the protocol. Each is a word that begins with "@", and takes a number or none.
enum EngineAction: String, CaseIterable {
    /// Lets so many milliseconds pass; the clock may also be set back.
    case time = "@time"
    /// What the server does when it is idle.
    case expireDue = "@expire-due", resize = "@resize"
    /// Keys whose time has come stay for so long, as in a pause of all clients.
    case pauseExpiry = "@pause-expiry"
    /// zset-max-listpack-entries and zset-max-listpack-value.
    case entriesMax = "@entries-max", valueMax = "@value-max"
    /// Watches all keys of the pool in the database, and what EXEC then does.
    case watch = "@watch", exec = "@exec"
}

struct EngineInput {
    /// More are not worth their time.
    static let commandsMax = 400

    let table: CommandTable
    let words: EngineWords
    /// What commands of the data there are, and of the server; containers are none.
    private let data, server: [CommandRecord]

    init(_ table: CommandTable) {
        self.table = table
        words = EngineWords(table)
        let runnable = table.records.filter { !table.routes[$0.index].isContainer }
        data = runnable.filter { table.routes[$0.index].data != nil }
        server = runnable.filter { table.routes[$0.index].data == nil }
    }

    func commands(_ input: some Collection<UInt8>) -> [[[UInt8]]] {
        let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: Self.commandsMax).prefix(Self.commandsMax)
        return lines.compactMap { line in
            guard let first = line.first, first >= 0x80 else {
                return parse(Array(line) + Array("\r\n".utf8)).requests.first
            }
            var choices = Choices(bytes: line.dropFirst())
            return draw(first & 0x7F, &choices)
        }
    }

    // MARK: Drawing

    /// The bytes that decide.
    private struct Choices {
        var bytes: ArraySlice<UInt8>
        /// What the command is about.
        var group = CommandGroup.generic
        /// Not 0: the words are numbered from here on, since there are more of them than bytes to choose them by.
        var number = 0
        /// Where the number of keys stands that will follow, and how many did.
        var keyCountIndex: Int?
        var keyCount = 0

        init(bytes: some Collection<UInt8>) { self.bytes = ArraySlice(bytes) }

        mutating func next() -> Int { Int(bytes.popFirst() ?? 0) }
        mutating func next(_ count: Int) -> Int { next() % count }
    }

    private func draw(_ family: UInt8, _ choices: inout Choices) -> [[UInt8]] {
        let number = choices.next() + Int(family >> 4) << 8
        switch family & 15 {
        case 0..<11: return draw(data[number % data.count], &choices)
        case 11: return draw(server[number % server.count], &choices)
        default:
            let action = EngineAction.allCases[number % EngineAction.allCases.count]
            return [Array(action.rawValue.utf8), word(action == .time ? .unixTime : .integer, &choices)]
        }
    }

    private func draw(_ command: CommandRecord, _ choices: inout Choices) -> [[UInt8]] {
        choices.group = command.spec.group
        var line = command.fullName.split(separator: "|").map { Array($0.utf8) }
        for argument in command.spec.arguments { draw(argument, &choices, &line) }
        // Whose arguments are a command.
        if command.fullName.hasPrefix("command|getkeys") { line[2...] = draw(UInt8(choices.next(0x80)), &choices)[...] }
        // Then wrong ones: fewer words, one twice, two exchanged, any word in place of one. Most bytes are no fault.
        while let fault = choices.bytes.popFirst(), fault < 16, line.count > 1 {
            let index = 1 + choices.next(line.count - 1)
            switch fault & 7 {
            case 0: line.remove(at: index)
            case 1: line.removeSubrange(index...)
            case 2: line.insert(line[index], at: 1 + choices.next(line.count - 1))
            case 3: line.swapAt(index, 1 + choices.next(line.count - 1))
            case 4: line[index] = anyWord(&choices)
            case 5: line.insert(anyWord(&choices), at: index)
            case 6: line.append(anyWord(&choices))
            default: line[index] = line[index].map { $0 ^ 0x20 }
            }
        }
        return line
    }

    private func draw(_ argument: ArgumentSpec, _ choices: inout Choices, _ line: inout [[UInt8]]) {
        if argument.isOptional && choices.next() & 1 == 0 { return }
        let token = argument.token.map { [Array($0.utf8)] } ?? []
        line += token
        let count = argument.isMultiple ? repetitions(&choices) : 1
        if argument.isMultiple, let index = choices.keyCountIndex {
            line[index] = Array("\(count)".utf8)
            choices.keyCount = count
            choices.keyCountIndex = nil
        }
        for index in 0..<count {
            if argument.isTokenRepeated && index > 0 { line += token }
            switch argument.kind {
            case .pureToken: break
            case .oneOf: draw(argument.arguments[choices.next(argument.arguments.count)], &choices, &line)
            case .block: for part in argument.arguments { draw(part, &choices, &line) }
            default:
                if argument.name == "numkeys" && choices.next() & 7 != 7 { choices.keyCountIndex = line.count }
                line.append(word(argument.kind, &choices))
            }
            if argument.isMultiple && choices.number > 0 { choices.number += 1 }
        }
        if argument.isMultiple { choices.number = 0 }
    }

    /// Mostly a few, sometimes enough for the largest encodings and for tables to grow. What follows a number of keys
    /// mostly agrees with it.
    private func repetitions(_ choices: inout Choices) -> Int {
        let choice = choices.next()
        if choice & 8 == 0 && choices.keyCount > 0 { return choices.keyCount }
        let count = choice < 0xE0 ? 1 + choice & 7 : 20 * (1 + choice & 31)
        if count > 8 { choices.number = 1 + choices.next() }
        return count
    }

    private func word(_ kind: ArgumentSpec.Kind, _ choices: inout Choices) -> [UInt8] {
        if choices.number > 0 {
            let number = choices.number
            return Array((kind == .double || kind == .integer ? "\(number % 7)" : "n\(number)").utf8)
        }
        let choice = choices.next()
        if choice >= 0xF0 { return (0..<choice & 15).map { _ in UInt8(choices.next()) } }
        if choice >= 0xD0 { return anyWord(&choices) }
        let usual =
            switch kind {
            case .key: choice & 3 == 0 ? words.keys : words.homes[choices.group] ?? words.keys
            case .integer: words.integers
            case .double: words.doubles
            case .pattern: words.patterns
            case .unixTime: words.times
            default: words.strings
            }
        return usual[(kind == .key ? choice >> 2 : choice) % usual.count]
    }

    private func anyWord(_ choices: inout Choices) -> [UInt8] {
        words.all[(choices.next() << 8 + choices.next()) % words.all.count]
    }
}
