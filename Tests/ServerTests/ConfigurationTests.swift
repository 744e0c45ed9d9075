// The table of directives against the reference's recorded answers, and the text of configurations.

import Datastore
import Testing

@testable import Server

/// The reference's line of one name.
private struct Reference {
    let name, value, mutability: String
    /// The refusal of each of `referenceInputs`, nil where it was accepted.
    let reasons: [String?]

    static let all = listed + hidden
    static let listed = parsed(referenceDirectives)
    static let hidden = parsed(hiddenReferenceDirectives)

    private static func parsed(_ lines: String) -> [Reference] {
        lines.split(separator: "\n").map(parsed(line:))
    }

    private static func parsed(line: Substring) -> Reference {
        let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        return Reference(
            name: fields[0], value: fields[1], mutability: fields[2],
            reasons: fields[3].split(separator: " ").map { $0 == "0" ? nil : referenceReasons[Int($0)!] })
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

private func value(_ name: String, _ configuration: Configuration = Configuration()) -> String? {
    configuration.matching(patterns: [bytes(name)]).first.map { String(decoding: $0.value, as: UTF8.self) }
}

@Suite struct DirectiveTableTests {
    @Test func namesAreTheReferencesAndOurOwn() {
        let ours = Set(Directive.entries.map(\.name))
        #expect(ours.count == Directive.entries.count)
        #expect(ours == Set(Reference.all.map(\.name)).union(["threads", "io-backend", "lend-large-values"]))
    }

    @Test func hiddenNamesAreTheReferences() {
        #expect(Directive.entries.filter(\.directive.isHidden).map(\.name) == Reference.hidden.map(\.name))
    }

    /// Recorded with a port, an address and no save points of its own; `dir` is wherever a server starts.
    @Test func defaultsAreTheReferences() {
        let differences = ["port": "6379", "bind": "* -::*", "dir": "."]
        for reference in Reference.all {
            #expect(value(reference.name) == differences[reference.name] ?? reference.value, "\(reference.name)")
        }
    }

    @Test func mutabilityIsTheReferences() {
        for reference in Reference.all {
            let directive = Directive.entries[Directive.entry(named: bytes(reference.name))!].directive
            let ours = switch directive.mutability {
            case .mutable: "m"
            case .immutable, .fixed: "i"
            case .protected: "p"
            }
            // Connections belong to their thread for life, so the number of threads cannot change.
            #expect(ours == (reference.name == "io-threads" ? "i" : reference.mutability), "\(reference.name)")
        }
    }

    /// The settings know nothing of the keyspace, which must have room for what they allow.
    @Test func thereIsRoomForAllDatabases() { #expect(Configuration.databasesMax <= Limits.databasesMax) }

    /// They stand in two rooms, neither of which may know the other.
    @Test func anEngineAloneHasTheSameDefaults() {
        let configured = Settings(Configuration()), alone = Settings()
        #expect(configured.stringBytesMax == alone.stringBytesMax)
        #expect(configured.sortedSets.listpackEntriesMax == alone.sortedSets.listpackEntriesMax)
        #expect(configured.sortedSets.listpackValueMax == alone.sortedSets.listpackValueMax)
    }

    /// Where a value is malformed the text is the reference's; where a feature is missing it names the directive.
    @Test func refusalsAreTheReferences() {
        for reference in Reference.all {
            let directive = Directive.entries[Directive.entry(named: bytes(reference.name))!].directive
            for (input, expected) in zip(referenceInputs, reference.reasons) {
                // Whether a directory exists is for loading to find out.
                if reference.name == "dir" && expected == "No such file or directory" { continue }
                var configuration = Configuration()
                var reason: String?
                do { try directive.set(input.map(bytes), in: &configuration) } catch { reason = error.reason }
                if case .pinned = directive.support, reason?.hasPrefix("'\(directive.name)' cannot be '") == true {
                    // The announced addresses, names and defragmentation are refused before the reference's check.
                    let early = reference.name.hasPrefix("cluster-announce-") || reference.name == "activedefrag"
                    #expect(expected == nil || early, "\(reference.name) \(input)")
                } else if expected == nil, let most = directive.supportedMax, most < Int(input.first ?? "") ?? 0 {
                    #expect(reason?.hasPrefix("'\(reference.name)' cannot be '") == true)
                } else if reference.name == "locale-collate" && expected == nil {
                    // The reference looks for the locale when it applies the value.
                    #expect(reason == (input == [""] ? nil : "Invalid locale name"), "\(input)")
                } else {
                    #expect(reason == expected, "\(reference.name) \(input)")
                }
                if reason != nil { #expect(configuration == Configuration(), "\(reference.name) \(input)") }
            }
        }
    }

    /// A size that the reference takes and no request can have here is refused, not cut.
    @Test(arguments: ["proto-max-bulk-len", "client-query-buffer-limit"])
    func sizesBeyondARequestAreRefused(name: String) throws {
        let directive = Directive.entries[Directive.entry(named: bytes(name))!].directive
        var configuration = Configuration()
        try directive.set([bytes("4294967295")], in: &configuration)
        let largest = configuration
        for (text, count) in [("4gb", "4294967296"), ("9223372036854775807", "9223372036854775807")] {
            let refusal = #expect(throws: Refusal.self) { try directive.set([bytes(text)], in: &configuration) }
            #expect(refusal?.reason == "'\(name)' cannot be '\(count)': "
                + "more than 4294967295 is not supported by this version")
        }
        #expect(configuration == largest)
    }

    /// These are unsigned, in any unit.
    @Test(arguments: ["maxmemory", "cluster-link-sendbuf-limit"])
    func sizesMayHave64Bits(name: String) throws {
        let directive = Directive.entries[Directive.entry(named: bytes(name))!].directive
        for (text, count) in [
            ("9223372036854775807", "9223372036854775807"), ("9223372036854775808", "9223372036854775808"),
            ("18446744073709551615B", "18446744073709551615"), ("8589934592gb", "9223372036854775808"),
        ] {
            var configuration = Configuration()
            guard name == "maxmemory" else {
                try directive.set([bytes(text)], in: &configuration)
                #expect(value(name, configuration) == count)
                continue
            }
            #expect(throws: Refusal("'maxmemory' cannot be '\(count)': eviction is not supported by this version")) {
                try directive.set([bytes(text)], in: &configuration)
            }
        }
        for text in ["18446744073709551616", "-1", "1.5", "1tb"] {
            var configuration = Configuration()
            #expect(throws: Refusal("argument must be a memory value")) {
                try directive.set([bytes(text)], in: &configuration)
            }
        }
    }

    @Test func everyDirectiveTakesItsOwnText() throws {
        // A replica of nothing cannot be spelled out.
        for (name, directive) in Directive.entries where directive.name != "replicaof" {
            let before = Configuration()
            var after = before
            try directive.set(directive.arguments(of: directive.text(in: before)), in: &after)
            #expect(after == before, "\(name)")
        }
    }

    @Test func pinnedDirectivesReadAsTheirDefault() {
        for (name, directive) in Directive.entries {
            guard case .pinned(let values, _) = directive.support else { continue }
            #expect(value(name) == values[0])
        }
    }

    @Test(arguments: [
        ("maxclients", "17", "17"), ("proto-max-bulk-len", "2mb", "2097152"), ("proto-max-bulk-len", "2M", "2000000"),
        ("unixsocketperm", "0755", "755"), ("loglevel", "WARNING", "warning"), ("bind", "", ""),
        ("bind", "127.0.0.1 -::1", "127.0.0.1 -::1"), ("hz", "0", "1"), ("hz", "100000", "500"),
        ("threads", "3", "3"), ("io-backend", "epoll", "epoll"), ("lend-large-values", "no", "no"),
        ("repl-timeout", "30", "30"), ("appendfsync", "ALWAYS", "always"), ("oom-score-adj-values", "1 2 3", "1 2 3"),
        ("shutdown-on-sigterm", "force now nosave force", "nosave now force"), ("slowlog-max-len", "7", "7"),
        ("requirepass", "a b", "a b"), ("list-max-listpack-size", "-5", "-5"), ("lazyfree-lazy-expire", "NO", "no"),
        ("crash-memcheck-enabled", "no", "no"),
        (
            "client-output-buffer-limit", "normal 1kb 2 3 replica 4 5 6",
            "normal 1024 2 3 slave 4 5 6 pubsub 33554432 8388608 60"
        ),
    ])
    func setsAndTells(_ name: String, _ text: String, _ expected: String) throws {
        let directive = Directive.entries[Directive.entry(named: bytes(name))!].directive
        var configuration = Configuration()
        try directive.set(directive.arguments(of: bytes(text)), in: &configuration)
        #expect(value(name, configuration) == expected)
    }

    /// What tunes a feature that is off leaves no trace when it is set back.
    @Test func idleSettingsAreComparedByTheirText() throws {
        var configuration = Configuration()
        _ = try configuration.set([(bytes("repl-timeout"), bytes("30")), (bytes("masterauth"), bytes("x"))])
        #expect(configuration != Configuration())
        #expect(value("primaryauth", configuration) == "x")
        _ = try configuration.set([(bytes("repl-timeout"), bytes("60")), (bytes("masterauth"), bytes(""))])
        #expect(configuration == Configuration())
    }

    @Test func fixedSettingsMayBeSaidAgain() throws {
        var configuration = Configuration()
        #expect(try configuration.set([(bytes("io-backend"), bytes("auto")), (bytes("io-threads"), bytes("1"))]) == [])
        #expect(throws: ConfigurationError.self) { try configuration.set([(bytes("threads"), bytes("2"))]) }
        #expect(throws: ConfigurationError.self) { try configuration.set([(bytes("dir"), bytes("/"))]) }
        #expect(try configuration.set([(bytes("dir"), bytes("/"))], protectedToo: true) == ["dir"])
    }

    @Test func aMissingFeatureIsNamed() {
        var configuration = Configuration()
        #expect(
            throws: Refusal("'appendonly' cannot be 'yes': append-only files are not supported by this version")
        ) {
            try Directive.entries[Directive.entry(named: bytes("appendonly"))!].directive.set(
                [bytes("yes")], in: &configuration)
        }
    }
}

@Suite struct ConfigurationTextTests {
    @Test func wordsJoinTheirQuotedParts() {
        #expect(ConfigurationText.words(of: bytes(#"a "b c" 'd e'f"\x41\n\"" ''"#)) == [
            bytes("a"), bytes("b c"), bytes("d efA\n\""), [],
        ])
        #expect(ConfigurationText.words(of: bytes(#"'it\'s' "\q\x4""#)) == [bytes("it's"), bytes("qx4")])
        #expect(ConfigurationText.words(of: bytes(#""a"#)) == nil)
        #expect(ConfigurationText.words(of: bytes(#"'a\'"#)) == nil)
        #expect(ConfigurationText.words(of: bytes(#""a\"#)) == nil)
    }

    @Test func quotingIsUndoneByReading() {
        let everyByte = (0...255).map { UInt8($0) }
        #expect(ConfigurationText.words(of: ConfigurationText.quoted(everyByte)) == [everyByte])
    }
}

@Suite struct WorkerSettingsTests {
    /// What a directive allows and the workers' arithmetic does not.
    @Test func extremesAreBounded() throws {
        var configuration = Configuration()
        _ = try configuration.set(
            [(bytes("client-output-buffer-limit"), bytes("normal 1 1 9223372036854775807"))], protectedToo: false)
        #expect(WorkerSettings(configuration).outputSoftNs == .max)
    }
}
