// Replies that the dispatcher writes itself, errors in Redis's words, and those that it drops because the client wants
// none (CLIENT REPLY).

internal import Commands
internal import Memory
internal import RESP

extension Worker {
    /// Drops the reply that is about to be written if the client wants none; the caller ends what this begins.
    mutating func beginReply(_ slot: Int) -> Bool {
        let flags = clients.value[slot].session.flags
        let isDropped = flags.has(.repliesOff) || flags.has(.skipNextReply)
        clients.value[slot].session.flags.remove(.skipNextReply)
        if isDropped { reply.beginSuppressing() }
        return isDropped
    }

    /// Writes a reply that no command writes, unless the client wants none.
    mutating func withReplyPolicy(_ slot: Int, _ write: (inout Reply) -> Void) {
        let isDropped = beginReply(slot)
        write(&reply)
        if isDropped { reply.endSuppressing() }
    }

    /// Writes the reply to a command's error.
    @inline(never)
    mutating func replyError(_ error: CommandError, _ command: Int) {
        switch error {
        case .reply(let text): reply.error(text)
        case .replyNamingCommand(let text):
            reply.error(text, " '", commands.records[command].fullName, "' command")
        case .wouldBlock: reply.nullArray()
        }
    }

    /// Counts the errors that have been written since the last call, all under the code of the last one.
    mutating func countError() {
        figures.value.errors[reply.lastErrorCode, default: 0] += 1
        figures.value.errorReplies += UInt64(reply.errorCount)
        reply.resetErrorCount()
    }
}

extension Reply {
    /// An error around a name.
    mutating func error(_ prefix: StaticString, _ name: String, _ suffix: StaticString) {
        error(prefix, "", name, suffix)
    }

    /// The same with a prefix of two pieces.
    mutating func error(_ prefix: StaticString, _ before: StaticString, _ name: String, _ suffix: StaticString) {
        beginError()
        errorText(prefix)
        errorText(before)
        errorText(ByteView(name.utf8.span))
        errorText(suffix)
        endError()
    }

    /// "ERR unknown command 'x', with args beginning with: 'a' 'b' "
    mutating func unknownCommand(_ arguments: Arguments) {
        beginError()
        errorText("ERR unknown command '")
        errorText(arguments[0].clipped())
        errorText("', with args beginning with: ")
        var quoted = 0
        var index = 1
        while index < arguments.count && quoted < ByteView.quotedBytesMax {
            errorText("'")
            let word = arguments[index].clipped(to: ByteView.quotedBytesMax - quoted)
            errorText(word)
            errorText("' ")
            quoted += word.count + 3
            index += 1
        }
        endError()
    }
}
