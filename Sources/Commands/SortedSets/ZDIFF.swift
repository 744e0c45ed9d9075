// ZDIFF and ZDIFFSTORE: the members of the first set that the others do not have.

package import Datastore
package import RESP

package enum ZDIFF: DataCommand {
    package static let spec = AlgebraArguments.spec(
        "zdiff", .difference, .reply, summary: "Returns the difference between multiple sorted sets.",
        since: "6.2.0",
        complexity:
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of "
            + "the first set, and K is the size of the result set.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combine(.difference, &database, &reply)
    }
}

package enum ZDIFFSTORE: DataCommand {
    package static let spec = AlgebraArguments.spec(
        "zdiffstore", .difference, .store, summary: "Stores the difference of multiple sorted sets in a key.",
        since: "6.2.0",
        complexity:
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of "
            + "the first set, and K is the size of the result set.")

    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply
    ) throws(CommandError) {
        try request.combineAndStore(.difference, .zdiffstore, &database, &reply)
    }
}
