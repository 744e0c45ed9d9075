// GET and its relatives that read one string.

package import Datastore
package import RESP

package enum GET: DataCommand {
    package static let spec = CommandSpec(
        "get", summary: "Returns the string value of a key.", since: "1.0.0", group: .string, complexity: "O(1)",
        arity: 2, flags: [.readonly, .fast], categories: [.string], keys: [.one("RO", "access")],
        arguments: [ArgumentSpec("key", .key, key: 0)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        guard let entry = database.lookupForRead(request.key) else { return reply.null() }
        let isShort = entry.isShortString
        try reply.string(of: entry)
        if !isShort { database.longStringsMet &+= 1 }
    }
}

extension Reply {
    /// A string entry's value: long ones by reference, others copied; an error for another type.
    @inline(__always)
    mutating func string(of entry: borrowing Entry) throws(CommandError) {
        if entry.isShortString { return bulk(entry.string) }
        guard entry.isString else { throw .wrongType }
        if let block = entry.referencedString {
            bulk(referencing: block)
        } else {
            bulk(entry.string)
        }
    }
}
