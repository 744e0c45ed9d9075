// CommandNames: which commands `rename-command` has given another name, or none.
// Invariant: no two commands have one name; names are in lower case.

internal import RESP

package struct CommandNames: Sendable, Equatable {
    /// Commands by their new names.
    private var renamed: [[UInt8]: String] = [:]
    /// Commands that their own names no longer reach, and the reference's that nobody is to reach once they are there.
    private var hidden: Set<String> = []

    /// Gives the command that is called `name` another one, or none at all if that is empty. One of the reference's
    /// that is missing can have none, as it has, but no other: nothing would answer to that.
    /// - Parameter commands: the own names of all there are.
    /// - Throws: the reference's refusal, or that the command is missing.
    mutating func rename(_ name: [UInt8], to other: [UInt8], among commands: Set<String>) throws(Refusal) {
        let name = name.lowercased(), other = other.lowercased()
        guard let command = command(named: name, among: commands) else {
            throw Refusal("No such command in rename-command")
        }
        guard commands.contains(command) || other.isEmpty else {
            throw Refusal("'\(command)' is not a command of this version")
        }
        renamed[name] = nil
        hidden.insert(command)
        if other.isEmpty { return }
        guard self.command(named: other, among: commands) == nil else {
            throw Refusal("Target command name already exists")
        }
        if other == Array(command.utf8) { hidden.remove(command) } else { renamed[other] = command }
    }

    private func command(named name: [UInt8], among commands: Set<String>) -> String? {
        if let command = renamed[name] { return command }
        let own = String(decoding: name, as: UTF8.self)
        let exists = commands.contains(own) || Missing.commands.contains(own)
        return exists && !hidden.contains(own) ? own : nil
    }

    /// The names that reach `commands`, each with the command's own.
    package func names(of commands: [String]) -> [[UInt8]: String] {
        let own = commands.filter { !hidden.contains($0) }.map { (Array($0.utf8), $0) }
        return renamed.merging(own) { renamed, _ in renamed }
    }
}
