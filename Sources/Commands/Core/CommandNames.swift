// CommandNames: the names by which clients reach the top-level commands: their own, but for those that the
// configuration has given another name, or none.
// Invariant: no two commands have one name; letters are in lower case.

package struct CommandNames: Sendable, Equatable {
    /// Why a command is not renamed, as the reference says it.
    package enum Refusal: String, Error {
        case unknown = "No such command in rename-command"
        case taken = "Target command name already exists"
    }

    /// A command's own name by the one that reaches it.
    private var own: [[UInt8]: String] = [:]

    /// The commands' own names.
    package init(_ commands: [any Command.Type]) {
        for command in commands { own[Array(command.spec.name.utf8)] = command.spec.name }
    }

    /// Gives the command that is reached by `name` another one, or none at all if that is empty. O(1).
    package mutating func rename(_ name: [UInt8], to other: [UInt8]) throws(Refusal) {
        guard let command = own.removeValue(forKey: Self.folded(name)) else { throw .unknown }
        if other.isEmpty { return }
        guard own.updateValue(command, forKey: Self.folded(other)) == nil else { throw .taken }
    }

    /// The names, each with the own one of the command that it reaches, in the order of those.
    var all: [(name: [UInt8], own: String)] { own.map { ($0.key, $0.value) }.sorted { $0.1 < $1.1 } }

    static func folded(_ name: [UInt8]) -> [UInt8] {
        name.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
    }
}
