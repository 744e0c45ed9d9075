// Requests that are refused before they are executed. Each refusal returns nil for the dispatcher's `resolve`. A client
// that has yet to say the password is told so, and not which commands there are.

internal import Commands
internal import Memory
internal import RESP

extension Worker {
    @inline(never)
    mutating func refuseUnknown(_ arguments: Arguments, _ slot: Int) -> Int? {
        clients.value[slot].session.lastCommand = nil
        if arguments[0].isWord("POST") || arguments[0].isWord("HOST:") { return refuseHTTP(slot) }
        if isStranger(slot) { return refuseStranger(slot, nil, arguments) }
        reject(slot) { $0.unknownCommand(arguments) }
        return nil
    }

    @inline(never)
    mutating func refuseUnknownSubcommand(_ arguments: Arguments, _ slot: Int) -> Int? {
        clients.value[slot].session.lastCommand = nil
        if isStranger(slot) { return refuseStranger(slot, nil, arguments) }
        reject(slot) { $0.unknownSubcommand(Request(arguments)) }
        return nil
    }

    @inline(never)
    mutating func refuseArity(of command: Int, _ arguments: Arguments, _ slot: Int) -> Int? {
        clients.value[slot].session.lastCommand = UInt16(truncatingIfNeeded: command)
        commandFigures[command].rejected &+= 1
        if isStranger(slot) && !routes[command].flags.has(.noAuth) {
            return refuseStranger(slot, command, arguments)
        }
        let name = commands.records[command].fullName
        if routes[command].control == .exec {
            // Even a malformed EXEC ends the transaction.
            reject(slot) {
                $0.error(
                    "EXECABORT Transaction discarded because of: wrong number of arguments for '", name, "' command")
            }
            showEnd(command, arguments, slot)
            endTransaction(slot)
        } else {
            reject(slot) { $0.error("ERR wrong number of arguments for '", name, "' command") }
        }
        return nil
    }

    /// Whether the client has yet to say the password. When there is none any more, nobody has to.
    func isStranger(_ slot: Int) -> Bool {
        !clients.value[slot].session.flags.has(.authenticated) && settings.value.requiresPassword
    }

    /// EXEC answers every refusal as one of its transaction, even if there is none.
    mutating func refuseStranger(_ slot: Int, _ command: Int?, _ arguments: Arguments) -> Int? {
        if let command, routes[command].control == .exec {
            reject(slot) { $0.error("EXECABORT Transaction discarded because of: NOAUTH Authentication required.") }
            showEnd(command, arguments, slot)
        } else {
            reject(slot) { $0.error("NOAUTH Authentication required.") }
        }
        return nil
    }

    /// Monitors have seen MULTI: they see EXEC even where it is refused, so that the end is clear.
    private mutating func showEnd(_ command: Int, _ arguments: Arguments, _ slot: Int) {
        if logLimits.isMonitored { feedMonitors(command, arguments, slot) }
    }

    /// Refuses a command about the server that this client may not call; whether it did.
    mutating func refuseForbidden(_ command: Int, _ slot: Int) -> Bool {
        guard let refusal = routes[command].server?.refusal(clients.value[slot].session, instance) else { return false }
        countRejected(command, slot)
        reject(slot) { $0.error(refusal) }
        return true
    }

    /// A browser's request: a web page may be trying to reach the server through its visitor. Closed without a word,
    /// also about the lines before this one ("GET / HTTP/1.1"), which came with it.
    mutating func refuseHTTP(_ slot: Int) -> Int? {
        logAttack(slot)
        _ = reply.output.takeChain()
        clients.value[slot].session.flags.insert(.closing)
        return nil
    }

    /// An error before execution: within a transaction it makes EXEC fail.
    mutating func reject(_ slot: Int, _ write: (inout Reply) -> Void) {
        if clients.value[slot].session.flags.has(.inTransaction) {
            failTransaction(slot)
        }
        withReplyPolicy(slot, write)
        countError()
    }
}
