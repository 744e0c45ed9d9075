// ZINTER, ZINTERSTORE and ZINTERCARD: the members of all of several sets.

package import Datastore
package import RESP

package enum ZINTER: DataCommand {
    package static let spec = AlgebraArguments.spec(
        "zinter", .intersection, .reply, summary: "Returns the intersect of multiple sorted sets.",
        since: "6.2.0",
        complexity:
            "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input "
            + "sorted sets and M being the number of elements in the resulting sorted set.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combine(.intersection, &database, &reply)
    }
}

package enum ZINTERSTORE: DataCommand {
    package static let spec = AlgebraArguments.spec(
        "zinterstore", .intersection, .store, summary: "Stores the intersect of multiple sorted sets in a key.",
        since: "2.0.0",
        complexity:
            "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input "
            + "sorted sets and M being the number of elements in the resulting sorted set.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combineAndStore(.intersection, .zinterstore, &database, &reply)
    }
}

package enum ZINTERCARD: DataCommand {
    package static let spec = AlgebraArguments.spec(
        "zintercard", .intersection, .cardinality,
        summary: "Returns the number of members of the intersect of multiple sorted sets.", since: "7.0.0",
        complexity:
            "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        let arguments = try AlgebraArguments(.intersection, .cardinality, request, countAt: 1, &database)
        reply.integer(arguments.cardinality(request, &database))
    }
}
