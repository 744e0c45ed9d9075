// CommandLogEntry: one command that the command log remembers, as far as it is told.

internal import Memory
package import RESP

/// What a command is remembered for.
package enum CommandLogKind: Int, CaseIterable, Sendable {
    /// It took long: microseconds.
    case slow
    /// Its request had many bytes.
    case largeRequest
    /// Its reply had many bytes.
    case largeReply
}

/// A command of the log. Its words and their number are cut before they come here.
package struct CommandLogEntry: Sendable, Equatable {
    package var id = 0
    package var unixSeconds: Int64
    /// Microseconds or bytes.
    package var amount: Int
    package var words: [[UInt8]]
    package var address: String
    /// The client's name.
    package var name: [UInt8]

    package init(unixSeconds: Int64, amount: Int, words: [[UInt8]], address: String, name: [UInt8]) {
        self.unixSeconds = unixSeconds
        self.amount = amount
        self.words = words
        self.address = address
        self.name = name
    }

    /// Words of a request that are kept; the last of them says how many there were more. The reference's limits.
    static let wordsMax = 32
    /// Bytes of a word that are kept.
    static let wordBytesMax = 128

    /// The words of a request for `command`, without secrets, and cut to a size that is worth keeping. O(words kept).
    package static func words(of arguments: Arguments, _ command: CommandRecord) -> [[UInt8]] {
        let isCut = arguments.count > wordsMax
        let kept = isCut ? wordsMax - 1 : arguments.count
        let secrets = secretWords(of: arguments, command)
        var words: [[UInt8]] = []
        words.reserveCapacity(kept + 1)
        for index in 0..<kept {
            words.append(secrets.contains(index) ? Array("(redacted)".utf8) : cut(arguments[index]))
        }
        if isCut { words.append(Array("... (\(arguments.count - kept) more arguments)".utf8)) }
        return words
    }

    private static func cut(_ word: ByteView) -> [UInt8] {
        guard word.count > wordBytesMax else { return word.copied() }
        return word[0..<wordBytesMax].copied() + Array("... (\(word.count - wordBytesMax) more bytes)".utf8)
    }

    /// The indexes of passwords and user names among the words of a request for `command`, which the client may know
    /// by another name. O(words).
    package static func secretWords(of arguments: Arguments, _ command: CommandRecord) -> [Int] {
        switch command.fullName {
        case "auth":
            return Array(1..<arguments.count)
        case "hello":
            return (2..<max(arguments.count, 2)).filter { arguments[$0].isWord("AUTH") }.flatMap { [$0 + 1, $0 + 2] }
        case "config|set":
            return stride(from: 2, to: arguments.count - 1, by: 2).filter { isSecret(arguments[$0]) }.map { $0 + 1 }
        default:
            return []
        }
    }

    /// Whether the value of this directive must not be told.
    private static func isSecret(_ directive: ByteView) -> Bool {
        directive.isWord("REQUIREPASS") || directive.isWord("PRIMARYAUTH") || directive.isWord("MASTERAUTH")
            || directive.isWord("PRIMARYUSER") || directive.isWord("MASTERUSER")
            || directive.isWord("TLS-KEY-FILE-PASS") || directive.isWord("TLS-CLIENT-KEY-FILE-PASS")
    }
}
