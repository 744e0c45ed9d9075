// Reading the configuration at the start: a file, the standard input, then the arguments.
//
// The three become one text, in this order, whose later lines win. An option `--name value…` becomes the line
// `name "value" …`, so that an error in an argument is told like one in a file, with a line number. So what this
// version cannot do is refused at the end, and only if no later line has taken it back.

internal import RESP

/// What the arguments ask the program to do.
package enum Invocation: Sendable, Equatable {
    case help, version
    case run(Configuration)
}

extension Configuration {
    /// Reads the arguments without the program's name, and what they name.
    ///
    /// The first argument is a file unless it starts with `-` or is empty, which says nothing; `-`, as the first or
    /// last one, is the standard input; the others are `--name value…`, where the first value may start with `--`
    /// itself.
    /// - Throws: the first error found, `.line` or `.file`.
    package static func load(
        arguments: [String], sources: ConfigurationSources
    ) throws(ConfigurationError) -> Invocation {
        switch arguments.first {
        case "-h", "--help": return .help
        case "-v", "--version": return .version
        default: break
        }
        var configuration = Configuration(processors: sources.processors, directory: sources.currentDirectory)
        var text: [UInt8] = []
        var file: SourceFile?
        var options = arguments[...]
        if let file = options.first, file.isEmpty {
            options.removeFirst()
        } else if let name = options.first, !name.hasPrefix("-") {
            options.removeFirst()
            let path = name.hasPrefix("/") ? name : sources.currentDirectory + "/" + name
            text = try read(path, sources)
            file = SourceFile(path: path, byteCount: text.count)
        }
        if arguments.first == "-" {
            options.removeFirst()
            text += try bytes(of: sources.readStandardInput(), "standard input")
        } else if options.last == "-" {
            options.removeLast()
            text += try bytes(of: sources.readStandardInput(), "standard input")
        }
        if !options.isEmpty {
            text.append(UInt8(ascii: "\n"))
            text += lines(ofOptions: Array(options))
        }
        var refused = RefusedLines()
        try configuration.apply(text, of: file, sources, &refused, depth: 0)
        if let error = refused.first { throw error }
        return .run(configuration)
    }

    private static func read(_ path: String, _ sources: ConfigurationSources) throws(ConfigurationError) -> [UInt8] {
        try bytes(of: sources.readFile(path), path)
    }

    private static func bytes(of result: SourceResult, _ path: String) throws(ConfigurationError) -> [UInt8] {
        switch result {
        case .bytes(let bytes): return bytes
        case .refused(let reason): throw .file(path: path, reason: reason)
        }
    }

    /// The options as lines of a configuration.
    static func lines(ofOptions options: [String]) -> [UInt8] {
        var text: [UInt8] = []
        var nextIsValue = false
        for (position, option) in options.enumerated() {
            guard option.hasPrefix("--"), !nextIsValue else {
                text += ConfigurationText.quoted(Array(option.utf8)) + [UInt8(ascii: " ")]
                nextIsValue = false
                continue
            }
            if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
            text += option.utf8.dropFirst(2) + [UInt8(ascii: " ")]
            // `--port 1` in one argument has its value; otherwise the next argument is one, whatever it looks like.
            nextIsValue = ConfigurationText.words(of: Array(option.utf8))?.count == 1
            let next = position + 1 < options.count ? options[position + 1] : nil
            // `--save` without a value is common in generated command lines; it stands for `--save ""`.
            if nextIsValue, Array(option.utf8).lowercased() == Array("--save".utf8), next?.hasPrefix("--") ?? true {
                text += Array("\"\" ".utf8)
                nextIsValue = false
            }
        }
        return text
    }

    /// The file that a text begins with; what follows is from elsewhere.
    private struct SourceFile {
        let path: String
        let byteCount: Int

        /// Whether the line at this position of the text starts in the file.
        func has(line position: Int, of text: [UInt8]) -> Bool {
            text[..<byteCount].dropLast().count { $0 == UInt8(ascii: "\n") } >= position
        }
    }

    /// The lines that hold and ask for what this version cannot do, in their order: one for each directive.
    private struct RefusedLines {
        private var lines: [(directive: String, error: ConfigurationError)] = []
        var first: ConfigurationError? { lines.first?.error }

        /// Follows a line that sets a directive: `error` is what it is refused with, if it is.
        mutating func note(_ directive: String, _ error: ConfigurationError?) {
            lines.removeAll { $0.directive == directive }
            if let error { lines.append((directive, error)) }
        }
    }

    /// Applies a text line by line.
    private mutating func apply(
        _ text: [UInt8], of file: SourceFile?, _ sources: ConfigurationSources, _ refused: inout RefusedLines,
        depth: Int
    ) throws(ConfigurationError) {
        for (position, line) in ConfigurationText.lines(of: text).enumerated() {
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            func error(_ refusal: Refusal) -> ConfigurationError {
                let path = file.flatMap { $0.has(line: position, of: text) ? $0.path : nil }
                return .line(
                    number: position + 1, text: String(decoding: line, as: UTF8.self), reason: refusal.reason,
                    file: path)
            }
            do throws(Refusal) {
                let words = try words(of: line)
                guard let name = words.first else { continue }
                if name.lowercased() == Array("include".utf8), words.count == 2 {
                    guard depth < ConfigurationText.includeDepthMax else {
                        throw Refusal("Too many files included by each other")
                    }
                } else {
                    if let (directive, refusal) = try apply(words, sources) {
                        refused.note(directive.name, refusal.map(error))
                    }
                    continue
                }
            } catch let refusal {
                throw error(refusal)
            }
            if let path = ConfigurationText.words(of: line)?.last {
                try include(String(decoding: path, as: UTF8.self), sources, &refused, depth: depth + 1)
            }
        }
    }

    private func words(of line: [UInt8]) throws(Refusal) -> [[UInt8]] {
        guard line.count <= ConfigurationText.lineBytesMax else { throw Refusal("Line too long") }
        guard let words = ConfigurationText.words(of: line) else {
            throw Refusal("Unbalanced quotes in configuration line")
        }
        return words
    }

    /// Applies the files that `pattern` names: all matches of a pattern, none if there are none; a plain path must
    /// exist.
    private mutating func include(
        _ pattern: String, _ sources: ConfigurationSources, _ refused: inout RefusedLines, depth: Int
    ) throws(ConfigurationError) {
        let isPattern = pattern.utf8.contains { Array("*?[".utf8).contains($0) }
        for path in isPattern ? sources.matchingPaths(pattern) : [pattern] {
            let text = try Self.read(path, sources)
            try apply(text, of: SourceFile(path: path, byteCount: text.count), sources, &refused, depth: depth)
        }
    }

    /// Applies the words of one line.
    /// - Returns: the directive that it sets, and why this version cannot; nil if it sets none.
    private mutating func apply(
        _ words: [[UInt8]], _ sources: ConfigurationSources
    ) throws(Refusal) -> (Directive, Refusal?)? {
        let name = String(decoding: words[0].lowercased(), as: UTF8.self)
        let arguments = Array(words.dropFirst())
        guard let entry = Directive.entry(named: words[0]) else {
            try applyOther(name, arguments, sources)
            return nil
        }
        let directive = Directive.entries[entry].directive
        let value = try directive.value(of: arguments, in: self)
        // Each line of save points adds to those before it: without any it changes nothing.
        if name == "save" && arguments.isEmpty { return nil }
        if let refusal = directive.refusal(of: value) { return (directive, refusal) }
        directive.write(&self, value)
        if name == "dir" {
            switch sources.changeDirectory(directory) {
            case .path(let path): directory = path
            case .refused(let reason): throw Refusal(reason)
            }
        }
        return (directive, nil)
    }

    /// Lines that are not directives: the default user's, those of features that are missing, and those that mean
    /// nothing any more.
    private mutating func applyOther(
        _ name: String, _ arguments: [[UInt8]], _ sources: ConfigurationSources
    ) throws(Refusal) {
        switch name {
        case "user" where !arguments.isEmpty:
            guard try admitDefaultUser(arguments) else { throw Refusal("'user': \(Missing.acl.rawValue)") }
        case "loadmodule" where !arguments.isEmpty: throw Refusal("'loadmodule': \(Missing.modules.rawValue)")
        case "rename-command" where arguments.count == 2:
            try commandNames.rename(arguments[0], to: arguments[1], among: sources.commands)
        case "sentinel" where !arguments.isEmpty: throw Refusal("sentinel directive while not in sentinel mode")
        case _ where Directive.retired.contains(name) && arguments.count == 1: return
        default: throw .unknown
        }
    }
}
