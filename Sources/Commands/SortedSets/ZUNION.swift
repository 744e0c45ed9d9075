// ZUNION and ZUNIONSTORE: the members of any of several sets.

package import Datastore
package import RESP

package enum ZUNION: DataCommand {
    package static let spec = AlgebraArguments.spec(
        "zunion", .union, .reply, summary: "Returns the union of multiple sorted sets.",
        since: "6.2.0",
        complexity:
            "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of "
            + "elements in the resulting sorted set.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combine(.union, &database, &reply)
    }
}

package enum ZUNIONSTORE: DataCommand {
    package static let spec = AlgebraArguments.spec(
        "zunionstore", .union, .store, summary: "Stores the union of multiple sorted sets in a key.",
        since: "2.0.0",
        complexity:
            "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of "
            + "elements in the resulting sorted set.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combineAndStore(.union, .zunionstore, &database, &reply)
    }
}
