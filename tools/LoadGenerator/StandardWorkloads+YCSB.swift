// StandardWorkloads+YCSB: YCSB's core workloads A to F, as its Redis binding runs them.
//
// A request of several steps is one request, timed from its first: a scan finds keys and reads their records, a
// read-modify-write writes when it has read. What differs from YCSB: the records of a scan are read together and not
// one after another, an insert's two commands are sent together, keys are numbers of which the first is the most
// popular (YCSB hashes both; scores are scattered here, too), and with several threads each looks for the latest
// records among its own inserts.

extension StandardWorkloads {
    package static let ycsbNames = ["a", "b", "c", "d", "e", "f"]

    /// Keys of workloads that make no sense with one, unless the user says how many.
    package static let usualKeyCount: UInt64 = 100_000

    /// Fields of a YCSB record, the beginning of their names ("field0" and so on), and bytes of each.
    package static let ycsbFields = 10
    static let ycsbFieldPrefix = "field"
    package static let ycsbFieldBytes = 100

    /// YCSB's core workload: records are hashes, an index of keys is a sorted set whose scores scatter them (as YCSB's
    /// Redis binding has it).
    package static func ycsb(_ letter: String, _ options: WorkloadOptions) throws(CommandTemplate.ParseError) -> Test {
        var options = options
        options.keyCount = options.keyCount ?? usualKeyCount
        options.keyPrefix = options.keyPrefix ?? "user"
        options.sizes = options.sizes ?? .fixed(ycsbFieldBytes)
        let skew = Popularity.usualExponent
        options.popularity = options.popularity ?? (letter == "d" ? .latest(exponent: skew) : .zipf(exponent: skew))
        let fields = (0..<ycsbFields).flatMap { ["\(ycsbFieldPrefix)\($0)", "{fieldvalue:\($0)}"] }
        let anyField = ["\(ycsbFieldPrefix){rand:0-\(ycsbFields - 1)}", "{fieldvalue}"]
        func entry(
            _ name: String, _ weight: Double, _ block: [[String]]
        ) throws(CommandTemplate.ParseError) -> WeightedTemplate {
            let template = try CommandTemplate(name: name, block: block)
            let isRead = template.commandName == "HGETALL"
            return WeightedTemplate(template, weight: weight, isChecked: options.isChecked && isRead)
        }
        let read = [["HGETALL", "{key}"]]
        let update = [["HSET", "{key}"] + anyField]
        let insert = [["HSET", "{newkey}"] + fields, ["ZADD", "_indices", "{samescore}", "{samekey}"]]
        let mix: [WeightedTemplate]
        switch letter {
        case "a": mix = [try entry("READ", 0.5, read), try entry("UPDATE", 0.5, update)]
        case "b": mix = [try entry("READ", 0.95, read), try entry("UPDATE", 0.05, update)]
        case "c": mix = [try entry("READ", 1, read)]
        case "d": mix = [try entry("READ", 0.95, read), try entry("INSERT", 0.05, insert)]
        case "e":
            let range = [["ZRANGE", "_indices", "{score}", "+inf", "BYSCORE", "LIMIT", "0", "{rand:1-100}"]]
            var scan = try entry("SCAN", 0.95, range)
            (scan.nextStep, scan.isChecked) = (.records, options.isChecked)
            mix = [scan, try entry("INSERT", 0.05, insert)]
        case "f":
            var modify = try entry("READ-MODIFY-WRITE", 0.5, read)
            modify.nextStep = .command(try CommandTemplate(arguments: ["HSET", "{samekey}"] + anyField))
            mix = [try entry("READ", 0.5, read), modify]
        default: throw CommandTemplate.ParseError(description: "YCSB has workloads a to f, not '\(letter)'")
        }
        var test = Test(workload: options.workload("YCSB \(letter.uppercased())", mix))
        let load = [["HSET", "{key}"] + fields, ["ZADD", "_indices", "{samescore}", "{samekey}"]]
        test.preparation = options.preload(try CommandTemplate(name: "LOAD", block: load))
        test.workload.groups[0].isComplete = options.popularity != .unique
        return test
    }
}
