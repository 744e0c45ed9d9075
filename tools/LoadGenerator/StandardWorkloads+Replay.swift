// StandardWorkloads+Replay: what a trace of accesses asks of a server that is used as a cache.

extension StandardWorkloads {
    /// GET, with a SET on a miss, and SET, in the order of the trace. Objects are called "object:" and their number, or
    /// whatever prefix the options have.
    package static func replay(
        _ trace: Trace, name: String, _ options: WorkloadOptions
    ) throws(CommandTemplate.ParseError) -> Test {
        // A brace of the prefix is a brace.
        let prefix = (options.keyPrefix ?? "object:").replacing("{", with: "{{")
        let object = "\(prefix){object}"
        let expiry = options.expirySeconds.map { ["EX", String($0)] } ?? []
        let get = try CommandTemplate(name: "GET", arguments: ["GET", object])
        let set = try CommandTemplate(name: "SET", arguments: ["SET", object, "{objectvalue}"] + expiry)
        var group = options.group([
            WeightedTemplate(get, isChecked: options.isChecked, onMiss: set), WeightedTemplate(set),
        ])
        group.feed = .trace(trace)
        return Test(workload: options.workload(name, groups: [group]))
    }
}
