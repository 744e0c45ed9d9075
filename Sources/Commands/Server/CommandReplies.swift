// The replies of COMMAND INFO and COMMAND DOCS, derived from specs: field by field in the protocol's order.

internal import Memory
internal import RESP

extension CommandTable {
    /// The record of "get" or "config|get" in any case.
    func record(named name: ByteView) -> CommandRecord? { find(fullName: name).map { records[$0] } }
}

extension CommandSpec {
    /// The categories with those that the flags imply.
    var allCategories: ACLCategories {
        var all = categories
        if flags.contains(.write) { all.insert(.write) }
        // A script may write although its command is only allowed to read.
        if flags.contains(.readonly) && !categories.contains(.scripting) { all.insert(.read) }
        if flags.contains(.admin) { all.formUnion([.admin, .dangerous]) }
        if flags.contains(.pubsub) { all.insert(.pubsub) }
        if flags.contains(.blocking) { all.insert(.blocking) }
        all.insert(flags.contains(.fast) ? .fast : .slow)
        return all
    }

    /// What a call does with the keys of spec number `spec`, where the options decide.
    func keyFlags(ofSpec spec: Int, in call: Arguments) -> [String] {
        let flags = keys[spec].flags
        guard flags.contains("variable_flags") else { return flags }
        guard name == "set" else { return flags.filter { $0 != "variable_flags" } }
        for index in 3..<call.count where call[index].isWord("GET") { return ["RW", "access", "update"] }
        return ["OW", "update"]
    }
}

extension Reply {
    // MARK: COMMAND INFO

    mutating func information(of command: Int, in commands: CommandTable) {
        let spec = commands.records[command].spec, keys = commands.routes[command].fixedKeys
        array(10)
        bulk(text: commands.records[command].fullName)
        integer(spec.arity)
        names(of: spec.flags.rawValue, CommandFlags.names)
        integer(keys.first)
        integer(keys.last)
        integer(keys.step)
        names(of: spec.allCategories.rawValue, ACLCategories.names)
        set(spec.tips.count)
        for tip in spec.tips { bulk(text: tip) }
        set(spec.keys.count)
        for key in spec.keys { keySpec(key) }
        let subcommands = commands.subcommands(of: command)
        array(subcommands.count)
        for subcommand in subcommands { information(of: subcommand, in: commands) }
    }

    /// The names of the bits that are set, as a set of lines.
    private mutating func names(of bits: UInt32, _ names: [StaticString]) {
        set(bits.nonzeroBitCount)
        var rest = bits
        while rest != 0 {
            simpleString(names[rest.trailingZeroBitCount])
            rest &= rest - 1
        }
    }

    private mutating func keySpec(_ key: KeySpec) {
        map(key.notes == nil ? 3 : 4)
        if let notes = key.notes {
            bulk("notes")
            bulk(text: notes)
        }
        bulk("flags")
        set(key.flags.count)
        for flag in key.flags { simpleString(text: flag) }
        bulk("begin_search")
        search("index", fields: 1)
        field("index", key.begin)
        bulk("find_keys")
        switch key.find {
        case .range(let last, let step, let limit):
            search("range", fields: 3)
            field("lastkey", last)
            field("keystep", step)
            field("limit", limit)
        case .count(let countIndex, let first, let step):
            search("keynum", fields: 3)
            field("keynumidx", countIndex)
            field("firstkey", first)
            field("keystep", step)
        }
    }

    /// Begins one half of a key spec: its type; so many fields follow.
    private mutating func search(_ type: StaticString, fields: Int) {
        map(2)
        bulk("type")
        bulk(type)
        bulk("spec")
        map(fields)
    }

    private mutating func field(_ name: StaticString, _ value: Int) {
        bulk(name)
        integer(value)
    }

    // MARK: COMMAND DOCS

    mutating func documentation(of record: CommandRecord, in commands: CommandTable) {
        let spec = record.spec
        let fields = beginDeferred()
        var count = 3
        field("summary", spec.summary)
        field("since", spec.since)
        field("group", spec.group.rawValue)
        if let complexity = spec.complexity {
            field("complexity", complexity)
            count += 1
        }
        if !spec.history.isEmpty {
            bulk("history")
            set(spec.history.count)
            for (version, change) in spec.history {
                array(2)
                bulk(text: version)
                bulk(text: change)
            }
            count += 1
        }
        if spec.isSystem {
            bulk("doc_flags")
            set(1)
            simpleString("syscmd")
            count += 1
        }
        if !spec.arguments.isEmpty {
            bulk("arguments")
            arguments(spec.arguments)
            count += 1
        }
        let subcommands = commands.subcommands(of: record.index)
        if !subcommands.isEmpty {
            bulk("subcommands")
            map(subcommands.count)
            for subcommand in subcommands {
                bulk(text: commands.records[subcommand].fullName)
                documentation(of: commands.records[subcommand], in: commands)
            }
            count += 1
        }
        endMap(fields, count: count)
    }

    private mutating func field(_ name: StaticString, _ value: String) {
        bulk(name)
        bulk(text: value)
    }

    private mutating func arguments(_ arguments: [ArgumentSpec]) {
        array(arguments.count)
        for argument in arguments { self.argument(argument) }
    }

    private mutating func argument(_ argument: ArgumentSpec) {
        let fields = beginDeferred()
        var count = 2
        field("name", argument.name)
        field("type", argument.kind.rawValue)
        // A choice or a block shows its parts instead of a text of its own.
        if argument.displayText != nil || (argument.kind != .oneOf && argument.kind != .block) {
            field("display_text", argument.displayText ?? argument.name)
            count += 1
        }
        if let index = argument.keySpecIndex {
            bulk("key_spec_index")
            integer(index)
            count += 1
        }
        let texts: [(StaticString, String?)] = [
            ("token", argument.token), ("summary", argument.summary), ("since", argument.since),
            ("deprecated_since", argument.deprecatedSince),
        ]
        for case (let name, let value?) in texts {
            field(name, value)
            count += 1
        }
        let flags: [(StaticString, Bool)] = [
            ("optional", argument.isOptional), ("multiple", argument.isMultiple),
            ("multiple_token", argument.isTokenRepeated),
        ]
        let raised = flags.filter(\.1)
        if !raised.isEmpty {
            bulk("flags")
            set(raised.count)
            for (name, _) in raised { simpleString(name) }
            count += 1
        }
        if !argument.arguments.isEmpty {
            bulk("arguments")
            arguments(argument.arguments)
            count += 1
        }
        endMap(fields, count: count)
    }
}
