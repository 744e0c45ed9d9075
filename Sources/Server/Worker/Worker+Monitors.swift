// What clients that monitor see: a line per command, written when it has been executed.

internal import Commands
internal import Datastore
internal import Memory
internal import RESP

extension Worker {
    /// Tells the monitors of a command. Administration is not for their eyes.
    mutating func feedMonitors(_ command: Int, _ arguments: Arguments, _ slot: Int) {
        let flags = routes[command].flags
        if flags.has(.admin) || flags.has(.skipMonitor) { return }
        let database = clients.value[slot].session.database
        var line = Array(" [\(database) \(monitoredName(slot))]".utf8)
        let secrets = CommandLogEntry.secretWords(of: arguments, commands.records[command])
        for index in 0..<arguments.count {
            line.append(UInt8(ascii: " "))
            let word = secrets.contains(index) ? Array("(redacted)".utf8) : arguments[index].copied()
            line += ConfigurationText.quoted(word)
        }
        line += Array("\r\n".utf8)
        instance.monitors.feed(line, instance.clock, instance.workers)
    }

    /// A client's address, as MONITOR tells it.
    private func monitoredName(_ slot: Int) -> String {
        clients.value[slot].session.flags.has(.unixSocket)
            ? "unix:" + instance.configuration.unixSocket : peerName(slot)
    }

    /// A client's address, as CLIENT LIST tells it.
    func peerName(_ slot: Int) -> String {
        clients.value[slot].learnAddresses(unixSocket: instance.configuration.unixSocket).remote
    }
}
