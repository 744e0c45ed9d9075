// Slow readers: clients that ask for more than they take, and what may wait for them to read.

internal import Commands
internal import Memory
internal import Network
internal import Platform

extension Worker {
    /// Disconnects a client whose unsent replies exceed the limits: those of client-output-buffer-limit normal, or what
    /// is granted to whom has never said the password. Then false.
    mutating func isWithinOutputLimits(_ slot: Int, _ loop: borrowing RunLoop) -> Bool {
        let isStranger = self.isStranger(slot) && !clients.value[slot].session.flags.has(.wasAuthenticated)
        guard settings.value.limitsOutput || isStranger else { return true }
        let hard = settings.value.outputHardBytes, soft = settings.value.outputSoftBytes
        let connection = clients.value[slot].connection
        var pending = Int(loop.pendingOutputBytes(connection)) - Limits.uncountedOutputBytes
        if pending > 0 {
            let beyond = max(0, Int(loop.heldOutputBytes(connection)) - Limits.uncountedOutputBytes)
            pending = (beyond + Limits.outputBlockBytes - 1) / Limits.outputBlockBytes * Limits.outputBlockBytes
        }
        var isOver = hard != 0 && pending > hard || isStranger && pending > Limits.strangerOutputBytesMax
        if soft != 0 && pending > soft {
            let second = Int64(1_000_000_000), nowSeconds = UInt32(truncatingIfNeeded: now.monotonicNs / second)
            if clients.value[slot].overSoftLimitSince == 0 { clients.value[slot].overSoftLimitSince = nowSeconds }
            let over = Int64(nowSeconds - clients.value[slot].overSoftLimitSince)
            if over * second > settings.value.outputSoftNs { isOver = true }
        } else {
            clients.value[slot].overSoftLimitSince = 0
        }
        if isOver { closeOverLimit(slot, Int(loop.pendingOutputBytes(connection)), loop) }
        return !isOver
    }

    /// `unread`: the bytes that would wait for the client to read them.
    @inline(never)
    mutating func closeOverLimit(_ slot: Int, _ unread: Int, _ loop: borrowing RunLoop) {
        figures.value.outputLimitDisconnects += 1
        logUnread(slot, unread)
        close(slot, loop)
    }
}
