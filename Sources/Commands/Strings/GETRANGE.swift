// GETRANGE, SUBSTR and SETRANGE: parts of a string.

package import Datastore
internal import Memory
package import RESP

package enum GETRANGE: DataCommand {
    package static let spec = partSpec(
        "getrange", summary: "Returns a substring of the string stored at a key.", since: "2.4.0")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let first = try request.integer(at: 2), last = try request.integer(at: 3)
        guard let entry = database.lookupForRead(request.key) else { return reply.bulk("") }
        guard entry.isString else { throw .wrongType }
        let range = bytes(from: first, through: last, of: entry.stringCount)
        reply.string(of: entry, range)
    }

    /// The part from `first` through `last`, both counted from the end if negative, cut to what is there.
    private static func bytes(from first: Int, through last: Int, of count: Int) -> Range<Int> {
        if first < 0 && last < 0 && first > last { return 0..<0 }
        let begin = max(first < 0 ? first + count : first, 0)
        let end = min(max(last < 0 ? last + count : last, 0), count - 1) + 1
        return begin < end ? begin..<end : 0..<0
    }
}

package enum SUBSTR: DataCommand {
    package static let spec = partSpec(
        "substr", summary: "Returns a substring from a string value.", since: "1.0.0")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try GETRANGE.run(request, &database, &reply)
    }
}

/// The two commands are one.
private func partSpec(_ name: String, summary: String, since: String) -> CommandSpec {
    CommandSpec(
        name, summary: summary, since: since, group: .string,
        complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by "
            + "the returned length, but because creating a substring from an existing string is very cheap, it can "
            + "be considered O(1) for small strings.",
        arity: 4, flags: [.readonly], categories: [.string], keys: [.one("RO", "access")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("start", .integer), ArgumentSpec("end", .integer)])
}

package enum SETRANGE: DataCommand {
    package static let spec = CommandSpec(
        "setrange",
        summary: "Overwrites a part of a string value with another by an offset. Creates the key if it doesn't exist.",
        since: "2.2.0", group: .string,
        complexity: "O(1), not counting the time taken to copy the new string in place. Usually, this string is very "
            + "small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of "
            + "the value argument.",
        arity: 4, flags: [.write, .denyOOM], categories: [.string], keys: [.one("RW", "update")],
        arguments: [
            ArgumentSpec("key", .key, key: 0), ArgumentSpec("offset", .integer), ArgumentSpec("value", .string)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let key = request.key
        let offset = try request.integer(at: 2)
        let bytes = request[3]
        guard offset >= 0 else { throw .reply("ERR offset is out of range") }
        let countMax = database.keyspace.settings.stringBytesMax
        if let entry = database.peek(key) {
            guard entry.isString else { throw .wrongType }
            if bytes.isEmpty { return reply.integer(entry.stringCount) }
        } else if bytes.isEmpty {
            return reply.integer(0)
        }
        guard bytes.count <= countMax, offset <= countMax - bytes.count else { throw .stringTooLong }
        let count = database.overwriteString(key, at: offset, with: bytes)
        database.didChange(key, .setrange)
        reply.integer(count)
    }
}

extension Reply {
    /// A part of a string entry's value: by reference if much is there, otherwise copied.
    fileprivate mutating func string(of entry: borrowing Entry, _ range: Range<Int>) {
        if !range.isEmpty, let block = entry.referencedString {
            bulk(referencing: block, range: range)
        } else {
            bulk(entry.string[range])
        }
    }
}
