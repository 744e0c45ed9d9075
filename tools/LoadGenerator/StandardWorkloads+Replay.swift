// StandardWorkloads+Replay: what a trace of accesses asks of a server that is used as a cache.

extension StandardWorkloads {
    /// A command for each operation of the trace, in its order; a read that misses is followed by a SET. Objects are
    /// called "object:" and their number, or whatever prefix the options have.
    package static func replay(
        _ trace: Trace, name: String, _ options: WorkloadOptions
    ) throws(CommandTemplate.ParseError) -> Test {
        let used = Set(trace.accesses.map(\.operation))
        if options.isChecked && used.contains(.append) {
            throw CommandTemplate.ParseError(description: "--check: what an object holds after an append is not known")
        }
        let last = max(Trace.Operation.write.rawValue, used.map(\.rawValue).max() ?? 0)
        var mix: [WeightedTemplate] = []
        for operation in Trace.Operation.allCases where operation.rawValue <= last {
            mix.append(try entry(operation, options))
        }
        var group = options.group(mix)
        group.feed = .trace(trace)
        return Test(workload: options.workload(name, groups: [group]))
    }

    private static func entry(
        _ operation: Trace.Operation, _ options: WorkloadOptions
    ) throws(CommandTemplate.ParseError) -> WeightedTemplate {
        // Not part of the text, in which braces may mean something.
        let prefix = CommandTemplate.Part.literal(Array((options.keyPrefix ?? "object:").utf8))
        let expiry = options.expirySeconds.map { ["EX", String($0)] } ?? []
        func command(_ name: String, _ words: [String]) throws(CommandTemplate.ParseError) -> CommandTemplate {
            var template = try CommandTemplate(name: name, arguments: [words[0], "{object}"] + words.dropFirst())
            template.commands[0][1].insert(prefix, at: 0)
            return template
        }
        func set(_ name: String = "SET", _ value: String = "{objectvalue}", _ condition: [String] = [])
            throws(CommandTemplate.ParseError) -> CommandTemplate
        { try command(name, ["SET", value] + expiry + condition) }
        return switch operation {
        case .read:
            WeightedTemplate(try command("GET", ["GET"]), isChecked: options.isChecked, onMiss: try set())
        case .write: WeightedTemplate(try set())
        case .add: WeightedTemplate(try set("SET NX", "{objectvalue}", ["NX"]))
        case .replace: WeightedTemplate(try set("SET XX", "{objectvalue}", ["XX"]))
        case .append: WeightedTemplate(try command("APPEND", ["APPEND", "{objectvalue}"]))
        case .delete: WeightedTemplate(try command("DEL", ["DEL"]))
        case .increment: WeightedTemplate(try command("INCR", ["INCR"]))
        case .decrement: WeightedTemplate(try command("DECR", ["DECR"]))
        case .readCounter:
            WeightedTemplate(try command("GET of counter", ["GET"]), onMiss: try set("SET of counter", "0"))
        case .writeCounter: WeightedTemplate(try set("SET of counter", "0"))
        }
    }
}
