// CommandTable: from a request's first words to its command, in a few nanoseconds.
//
// Names are compared as two folded words (16 lower-case bytes); the table is open-addressed with at most half its slots
// in use, small enough for L1. Only names that the configuration has made up may be longer. Built once from the list of
// all commands; shared by all workers.
// Invariant: records[i].index == i; every command's container precedes it.

package import Memory
internal import RESP

/// What the dispatcher needs of a command: trivial, so that reading it touches no reference count.
package struct CommandRoute: Sendable {
    package let index: Int
    package let arity: Int
    package let flags: CommandFlags
    package let isolation: Isolation
    package let fixedKeys: FixedKeys
    /// Argument 1 is the only key.
    package let isSingleKey: Bool
    package let isContainer: Bool
    package let data: (any DataCommand.Type)?
    package let blocking: (any BlockingCommand.Type)?
    package let server: (any ServerCommand.Type)?
    /// Its behaviour is the dispatcher's (EXEC and its kin).
    package let control: ControlCommand?

    /// Argument 1 is a key, which the dispatcher hashes ahead.
    package let hasKeyAtOne: Bool
    /// A data command that runs under its keys' locks and never makes its client wait.
    package let isDirect: Bool
    /// All calls take about the same short time: so much work whatever the arguments are, on one key.
    package let isBrief: Bool
}

/// What introspection and statistics need of a command.
package struct CommandRecord: Sendable {
    package let index: Int
    /// "get", or "client|list" for a subcommand.
    package let fullName: String
    /// The container's index for a subcommand.
    package let container: Int?
    package let spec: CommandSpec
}

/// All commands by name. Look-ups are O(1); of subcommands, O(those of the container).
package struct CommandTable: Sendable {
    /// Slots of the open-addressed index: a power of two, and at least twice the commands.
    private static let slotCount = 1024
    /// Two words.
    private static let nameBytesMax = 16

    package let records: [CommandRecord]
    /// Parallel to `records`, for the hot path.
    package let routes: PermanentArray<CommandRoute>
    /// Top-level commands by name: index + 1, 0 for vacant.
    private let slots: PermanentArray<UInt16>
    private let reach: Permanent<Reach>
    /// The names, parallel to `records`.
    private let words: PermanentArray<(UInt64, UInt64)>
    /// The indices of each command's subcommands, parallel to `records`.
    private let subcommands: [[Int]]

    /// Builds the table; it stays for the life of the process.
    /// - Parameter names: the names that reach top-level commands, in lower case, each with the command's own; by
    ///   default the own ones reach them all.
    package init(_ commands: [any Command.Type], names: [[UInt8]: String]? = nil) {
        var building = Building()
        for command in commands { building.add(command, container: nil) }
        precondition(building.records.count * 2 <= Self.slotCount)
        let own = commands.map { (Array($0.spec.name.utf8), $0.spec.name) }
        building.enter(names ?? Dictionary(uniqueKeysWithValues: own))
        records = building.records
        reach = Permanent(building.reach)
        routes = PermanentArray(building.routes)
        slots = PermanentArray(building.slots)
        words = PermanentArray(building.words)
        subcommands = building.subcommands
    }

    /// What the names of the configuration's making change.
    private struct Reach {
        /// Top-level commands whose names do not fit two words.
        var others: [[UInt8]: Int] = [:]
        /// The longest of those: what clients send may be any length.
        var otherBytesMax = 0
        /// The commands that a name leads to, with their subcommands.
        var reachable: [CommandRecord] = []
        /// Those that are no subcommands.
        var roots: [CommandRecord] = []
    }

    /// The table while it grows.
    private struct Building {
        var records: [CommandRecord] = []
        var routes: [CommandRoute] = []
        var slots = [UInt16](repeating: 0, count: CommandTable.slotCount)
        var words: [(UInt64, UInt64)] = []
        var subcommands: [[Int]] = []
        var reach = Reach()

        mutating func enter(_ names: [[UInt8]: String]) {
            let roots = Dictionary(
                uniqueKeysWithValues: records.filter { $0.container == nil }.map { ($0.spec.name, $0.index) })
            var isReached = Array(repeating: false, count: records.count)
            // In an order that is the same at every start.
            for (name, own) in names.sorted(by: { $0.value < $1.value }) {
                guard let index = roots[own] else { continue }
                isReached[index] = true
                guard CommandTable.fits(ByteView(name.span)) else {
                    reach.others[name] = index
                    reach.otherBytesMax = max(reach.otherBytesMax, name.count)
                    continue
                }
                words[index] = (ByteView(name.span).foldedWord(at: 0), ByteView(name.span).foldedWord(at: 8))
                var slot = CommandTable.slot(words[index].0, words[index].1)
                while slots[slot] != 0 { slot = (slot + 1) & (CommandTable.slotCount - 1) }
                slots[slot] = UInt16(index + 1)
            }
            reach.reachable = records.filter { isReached[$0.container ?? $0.index] }
            reach.roots = reach.reachable.filter { $0.container == nil }
        }

        mutating func add(_ command: any Command.Type, container: Int?) {
            let spec = command.spec
            let index = records.count
            let fullName = container.map { "\(records[$0].spec.name)|\(spec.name)" } ?? spec.name
            let subcommandTypes = (command as? any ContainerCommand.Type)?.subcommands ?? []
            let fixedKeys = FixedKeys(spec.keys)
            let isSingleKey = fixedKeys.areAll && fixedKeys.first == 1 && fixedKeys.last == 1
            records.append(CommandRecord(index: index, fullName: fullName, container: container, spec: spec))
            subcommands.append([])
            routes.append(
                CommandRoute(
                    index: index, arity: spec.arity, flags: spec.flags, isolation: spec.isolation,
                    fixedKeys: fixedKeys, isSingleKey: isSingleKey, isContainer: !subcommandTypes.isEmpty,
                    data: command as? any DataCommand.Type, blocking: command as? any BlockingCommand.Type,
                    server: command as? any ServerCommand.Type,
                    control: (command as? any DispatcherCommand.Type)?.control, hasKeyAtOne: fixedKeys.first == 1,
                    isDirect: command is any DataCommand.Type && spec.isolation == .keys
                        && !(command is any BlockingCommand.Type),
                    isBrief: isSingleKey && spec.arity > 0 && spec.flags.contains(.fast)))
            let name = spec.name.utf8.span
            precondition(name.count <= CommandTable.nameBytesMax)
            words.append((ByteView(name).foldedWord(at: 0), ByteView(name).foldedWord(at: 8)))
            if let container { subcommands[container].append(index) }
            for subcommand in subcommandTypes { add(subcommand, container: index) }
        }
    }

    /// Multiplication by 2^64 over the golden ratio mixes best into the top bits.
    private static func slot(_ low: UInt64, _ high: UInt64) -> Int {
        Int(truncatingIfNeeded: ((low ^ (high &* 31)) &* 0x9E37_79B9_7F4A_7C15) >> 48) & (CommandTable.slotCount - 1)
    }

    /// The top-level command of this name, in any case; its index.
    package func find(_ name: ByteView) -> Int? {
        guard Self.fits(name) else { return findOther(name) }
        let low = name.foldedWord(at: 0), high = name.count <= 8 ? 0 : name.foldedWord(at: 8)
        var slot = Self.slot(low, high)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if words[index].0 == low && words[index].1 == high { return index }
            slot = (slot + 1) & (CommandTable.slotCount - 1)
        }
        return nil
    }

    /// Whether a name can be told by two words. A NUL at its end would be taken for their padding.
    private static func fits(_ name: ByteView) -> Bool {
        name.count > 0 && name.count <= nameBytesMax && name[name.count &- 1] != 0
    }

    @inline(never)
    private func findOther(_ name: ByteView) -> Int? {
        guard name.count <= reach.value.otherBytesMax else { return nil }
        return reach.value.others[name.copied().lowercased()]
    }

    /// The commands that a name reaches: all, unless the configuration has taken names away.
    package var reachable: [CommandRecord] { reach.value.reachable }

    /// Those that are no subcommands.
    package var roots: [CommandRecord] { reach.value.roots }

    /// The subcommand of a container; its index.
    package func find(_ name: ByteView, of container: Int) -> Int? {
        guard name.count <= Self.nameBytesMax else { return nil }
        let low = name.foldedWord(at: 0), high = name.foldedWord(at: 8)
        return subcommands[container].first { words[$0].0 == low && words[$0].1 == high }
    }

    /// The command of this full name ("client|list" for a subcommand), in any case; its index.
    package func find(fullName name: ByteView) -> Int? {
        guard let bar = (0..<name.count).first(where: { name[$0] == UInt8(ascii: "|") }) else { return find(name) }
        return find(name[0..<bar]).flatMap { find(name[(bar + 1)..<name.count], of: $0) }
    }

    /// The subcommands of a container, in the order of their list.
    package func subcommands(of container: Int) -> [Int] { subcommands[container] }
}
