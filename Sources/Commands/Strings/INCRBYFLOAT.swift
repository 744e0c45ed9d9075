// INCRBYFLOAT: a string as a decimal number.

package import Datastore
internal import Memory
package import RESP

package enum INCRBYFLOAT: DataCommand {
    package static let spec = CommandSpec(
        "incrbyfloat",
        summary: "Increments the floating point value of a key by a number. Uses 0 as initial value if the key "
            + "doesn't exist.",
        since: "2.6.0", group: .string, complexity: "O(1)", arity: 3, flags: [.write, .denyOOM, .fast],
        categories: [.string], keys: [.one("RW", "access", "update")],
        arguments: [ArgumentSpec("key", .key, key: 0), ArgumentSpec("increment", .double)])

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        switch database.addFloat(request.key, request[2]) {
        case .sum: break
        case .notAString: throw .wrongType
        case .notAFloat: throw .notAFloat
        case .notFinite: throw .reply("ERR increment would produce NaN or Infinity")
        }
        guard let entry = database.peek(request.key) else { return reply.null() }
        try reply.string(of: entry)
    }
}
