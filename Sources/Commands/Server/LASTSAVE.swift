// LASTSAVE: when the data was last saved.

package import Datastore
package import RESP

package enum LASTSAVE: ServerCommand {
    package static let spec = CommandSpec(
        "lastsave", summary: "Returns the Unix timestamp of the last successful save to disk.", since: "1.0.0",
        group: .server, complexity: "O(1)", arity: 1, flags: [.loading, .stale, .fast],
        categories: [.admin, .dangerous], tips: ["nondeterministic_output"], isolation: Isolation.none)

    /// Without a save, the moment of the start.
    package static func run(
        _ request: Request, _ database: inout Database, _ reply: inout Reply, _ session: inout Session,
        _ server: any ServerFace
    ) throws(CommandError) {
        reply.integer(Int(server.lastSaveSeconds))
    }
}
