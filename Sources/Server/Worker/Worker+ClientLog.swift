// What the log tells of clients: that they come and go, and why the server has parted from one. What they call
// themselves, and what they store, is kept out.

internal import Commands
internal import Memory
internal import Network
internal import Platform
internal import RESP
internal import Synchronization

extension Worker {
    /// A client connects; the log is at level verbose.
    func logComing(_ slot: Int) {
        let isUnix = clients.value[slot].session.flags.has(.unixSocket)
        let name = isUnix ? "connection to \(instance.configuration.unixSocket)" : peerName(slot)
        instance.log.write(.verbose, "Accepted \(name)")
    }

    /// A client goes; the log is at level verbose.
    mutating func logGoing(_ slot: Int, _ error: Int32) {
        let identity = describe(slot).identity
        if error != 0 {
            instance.log.write(.verbose, "Reading from client: \(SocketError(errno: error).text) \(identity)")
        } else {
            instance.log.write(.verbose, "Client closed connection \(identity)")
        }
    }

    /// A client is parted from for what it has sent. That it is more than it may is worth a warning.
    @inline(never)
    mutating func logRefusal(_ slot: Int, _ error: ProtocolError) {
        if error == .queryBufferExceeded {
            let client = describe(slot)
            instance.log.write(
                .warning,
                "Closing client that reached max query buffer length: \(client.identity) cmd=\(client.command) "
                    + "qbuf=\(client.inputBytes) multi-mem=\(client.queueBytes)")
        } else if instance.log.writes(.verbose) {
            instance.log.write(.verbose, "Protocol error (\(error.text)) from client: \(describe(slot).identity)")
        }
    }

    /// A client is parted from because so many bytes of replies would wait for it.
    @inline(never)
    mutating func logUnread(_ slot: Int, _ byteCount: Int) {
        let client = describe(slot)
        instance.log.write(
            .warning,
            "Client \(client.identity) cmd=\(client.command) omem=\(byteCount) closed for overcoming of output buffer "
                + "limits.")
    }

    /// How often the log tells of browsers' requests, in ns: anybody who reaches the port can send any number of them.
    private static var attackLogNs: Int64 { 60_000_000_000 }

    /// A client is parted from because it may be a browser that somebody uses. Once in a while, whoever it is.
    @inline(never)
    func logAttack(_ slot: Int) {
        let last = instance.attackLoggedNs.load(ordering: .relaxed)
        let now = max(self.now.monotonicNs, 1)
        guard last == 0 || now - last >= Self.attackLogNs,
            instance.attackLoggedNs.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        instance.log.write(
            .warning,
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Apus. "
                + "This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your "
                + "Apus instance. Connection from \(peerName(slot)) aborted.")
    }

    private mutating func describe(_ slot: Int) -> ClientDescription {
        clients.value[slot].learnAddresses(unixSocket: instance.configuration.unixSocket)
        return ClientDescription(
            clients.value[slot].session, of: clients.value[slot], in: instance, nowMs: now.unixMs)
    }
}
