// Effects: options that the chosen work would take no notice of are refused, for whoever gives one expects something.

internal import ArgumentParser
internal import LoadGenerator

extension LoadOptions {
    /// What is true of all tests of a run together.
    func requireEffect(on tests: [Test]) throws {
        let groups = tests.flatMap(\.workload.groups)
        let templates = tests.flatMap(\.templates)
        if let popularity, popularity != .unique, keyCount == nil, !groups.contains(where: { $0.keyCount > 1 }) {
            throw ValidationError("--keys: without a count of keys (-r) all requests use one.")
        }
        if popularity != nil, !templates.contains(where: \.drawsKeys) {
            throw ValidationError("--keys: no key is drawn ({key}, {keynum}; the tests of -t draw with -r).")
        }
        if keyPrefix != nil, !tests.flatMap(\.allTemplates).contains(where: \.hasPrefixedKeys) {
            throw ValidationError("--key-prefix: no key has it ({key}, {samekey}, {newkey}; those of -t with -r).")
        }
        if arrivals != nil, rate == nil {
            throw ValidationError("--arrivals: only an open loop has them (--rate).")
        }
        try requireExpiry(
            in: tests,
            "nothing that is written here could expire (-t set, --ratio and --preload write what can; a command of "
                + "your own says EX \(expire ?? 1) itself).")
    }

    /// The options that say what is sent, as far as they were given.
    var workOptions: [String] {
        [
            ("-n", requests != nil), ("-P", pipeline != 1), ("-d", sizes != nil), ("-r", keyCount != nil),
            ("--keys", popularity != nil), ("--sequential", sequential), ("-k", keepAlive == 0),
            ("--rate", rate != nil), ("--arrivals", arrivals != nil), ("--idle", idle > 0),
            ("--expire", expire != nil), ("--key-prefix", keyPrefix != nil), ("--preload", preload), ("--check", check),
        ].filter(\.1).map(\.0)
    }

    /// YCSB's records and the patterns' keys have a usual number, those of other works have none.
    func requireKeysToPreload() throws {
        if preload && keyCount == nil { throw ValidationError("--preload needs a count of keys (-r).") }
    }

    /// The patterns are different works: each has to do what is asked.
    func requireEffect(onPattern name: String, _ test: Test) throws {
        try requireChecks(in: test, name: name)
        guard !preload || test.preparation != nil else {
            throw ValidationError("--preload: '\(name)' reads no keys that could be written before.")
        }
        try requireExpiry(in: [test], "'\(name)' writes nothing that could expire (cache and session do).")
    }

    /// A check that checks nothing would be taken for one that found nothing wrong.
    func requireChecks(in test: Test, name: String) throws {
        guard !check || test.workload.groups.contains(where: { $0.mix.contains(where: \.isChecked) }) else {
            throw ValidationError("--check: '\(name)' reads nothing that could be checked.")
        }
    }

    private func requireExpiry(in tests: [Test], _ reason: String) throws {
        guard let expire, !tests.flatMap(\.allTemplates).contains(where: { $0.expires(afterSeconds: expire) }) else {
            return
        }
        throw ValidationError("--expire: \(reason)")
    }
}
