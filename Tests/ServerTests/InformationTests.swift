import Commands
import Datastore
import Memory
import Platform
import Testing

@testable import Server

@Suite struct InformationTests {
    private static func makeInstance(_ clock: SimulatedClock = SimulatedClock()) -> Instance {
        Instance(Configuration(processors: 2), configurationFile: "", log: Log(), clock: Clock(clock))
    }

    private static func text(_ instance: Instance, _ sections: String...) -> String {
        String(decoding: Information.text(of: instance, sections: Information.Section.named(sections)), as: UTF8.self)
    }

    /// Section names with their fields' names.
    private static func sections(_ text: String) -> [(name: String, fields: [String])] {
        var sections: [(name: String, fields: [String])] = []
        for line in text.split(separator: "\r\n") {
            if line.hasPrefix("# ") {
                sections.append((String(line.dropFirst(2)), []))
            } else {
                sections[sections.count - 1].fields.append(String(line.prefix { $0 != ":" }))
            }
        }
        return sections
    }

    @Test func hasTheReferencesFieldsInItsOrder() {
        let shown = Self.sections(Self.text(Self.makeInstance(), "everything"))
        // Apus tells its own version, keeps redis_mode, and says how many threads execute.
        let renamed = ["valkey_version": "apus_version"]
        let left: Set = ["valkey_release_stage"], own: Set = ["redis_mode", "threads"]
        for (section, fields) in referenceInformation {
            let expected = fields.split { $0 == " " || $0 == "\n" }.map(String.init)
                .filter { !left.contains($0) }.map { renamed[$0] ?? $0 }
            let actual = shown.first { $0.name == section }?.fields.filter { !own.contains($0) }
            #expect(actual == expected, "\(section)")
        }
    }

    @Test func sectionsAreChosenByName() {
        let instance = Self.makeInstance()
        #expect(Self.text(instance, "nosuch") == "")
        #expect(Self.text(instance, "cluster", "nosuch") == "# Cluster\r\ncluster_enabled:0\r\n")
        #expect(Self.text(instance, "keyspace", "cluster") == "# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n")
        let usual = Self.sections(
            String(decoding: Information.text(of: instance, sections: Information.Section.usual), as: UTF8.self))
        #expect(
            usual.map(\.name) == [
                "Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules", "Errorstats",
                "Cluster", "Keyspace",
            ])
        #expect(Self.sections(Self.text(instance, "default")).map(\.name) == usual.map(\.name))
    }

    @Test func countsOfAllWorkersAddUp() {
        let instance = Self.makeInstance()
        let get = instance.commandTable.find(ByteView("get"))!
        for worker in instance.workers {
            worker.figures.value.commandsProcessed = 5
            worker.figures.value.clientsBlocked = 1
            for duration in UInt64(1)...3 { worker.commandFigures[get].note(duration * 1000) }
            worker.commandFigures[get].rejected = 1
            worker.databaseFigures.value.hits = 7
        }
        #expect(Self.text(instance, "stats").contains("\r\ntotal_commands_processed:10\r\n"))
        #expect(Self.text(instance, "stats").contains("\r\nkeyspace_hits:14\r\n"))
        #expect(Self.text(instance, "commandstats").contains("\r\ncmdstat_get:calls=6,"))
        #expect(Self.text(instance, "commandstats").contains(",rejected_calls=2,failed_calls=0\r\n"))
        instance.resetStatistics()
        #expect(Self.text(instance, "stats").contains("\r\ntotal_commands_processed:0\r\n"))
        #expect(Self.text(instance, "stats").contains("\r\nkeyspace_hits:0\r\n"))
        #expect(Self.text(instance, "commandstats") == "# Commandstats\r\n")
        // What is the case now is no statistic.
        #expect(Self.text(instance, "clients").contains("\r\nblocked_clients:2\r\n"))
    }

    @Test func numbersForPeople() {
        func written(_ write: (inout TextBuffer) -> Void) -> String {
            var text = TextBuffer(capacity: 16)
            write(&text)
            return String(decoding: text.bytes, as: UTF8.self)
        }
        #expect(written { $0.append(bytes: 0) } == "0B")
        #expect(written { $0.append(bytes: 1023) } == "1023B")
        #expect(written { $0.append(bytes: 1024) } == "1.00K")
        #expect(written { $0.append(bytes: 25_276_510_208) } == "23.54G")
        #expect(written { $0.append(bytes: .max) } == "8192.00P")
        #expect(written { $0.append(0) } == "0")
        #expect(written { $0.append(Int64.min) } == "-9223372036854775808")
        #expect(written { $0.append(UInt64.max) } == "18446744073709551615")
        #expect(written { $0.append(0.005, digits: 2) } == "0.01")
        #expect(written { $0.append(99.999, digits: 2) } == "100.00")
        #expect(written { $0.append(-1.5, digits: 2) } == "-1.50")
        #expect(written { $0.append(-0.001, digits: 2) } == "0.00")
        #expect(written { $0.append(1.25, digits: 6) } == "1.250000")
        #expect(written { $0.append(1e300, digits: 2) } == "9000000000000000000")
        #expect(written { $0.append(-1e16, digits: 2) } == "-10000000000000000")
        #expect(written { $0.append(.nan, digits: 2) } == "0.00")
        #expect(written { $0.append(.infinity, digits: 2) } == "0.00")
    }

    @Test func memoryIsReadAfreshAfterATenthOfASecond() {
        let clock = SimulatedClock(), instance = Self.makeInstance(clock)
        let first = instance.recentMemory(instance.clock.now())
        let block = [UInt8](repeating: 1, count: 64 << 20)
        #expect(instance.recentMemory(instance.clock.now()).residentSet == first.residentSet)
        clock.advance(ms: 100)
        #expect(instance.recentMemory(instance.clock.now()).residentSet > first.residentSet)
        #expect(block.last == 1)
    }

    @Test func ratesFollowTheCounter() {
        var rate = Rate()
        #expect(rate.perSecond == 0)
        for step in 0...20 { rate.sample(UInt64(step * 50), atNs: 1 + Int64(step) * Rate.intervalNs) }
        #expect(rate.perSecond == 500)
        rate.sample(0, atNs: 1 + 21 * Rate.intervalNs)
        #expect(rate.perSecond == 500)
    }

    @Test func passwordsAreCompared() {
        let instance = Self.makeInstance()
        let word = { (text: String) in Array(text.utf8) }
        #expect(instance.authenticate(user: nil, password: word("x")) == .noPasswordSet)
        #expect(instance.authenticate(user: word("default"), password: word("x")) == .accepted)
        instance.configuration.requirepass = word("secret")
        for wrong in ["", "secre", "secret1", "Secret", "secretsecret"] {
            #expect(instance.authenticate(user: nil, password: word(wrong)) == .wrongPassword)
        }
        #expect(instance.authenticate(user: nil, password: word("secret")) == .accepted)
        #expect(instance.authenticate(user: word("other"), password: word("secret")) == .wrongPassword)
    }

    /// The digests of a file's `user` line count, and not `requirepass`, until that one is set.
    @Test func passwordHashesAreCompared() {
        let instance = Self.makeInstance()
        let word = { (text: String) in Array(text.utf8) }
        instance.configuration.requirepass = word("other")
        instance.configuration.passwordHashes = [
            word("2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"),
            word("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ]
        for (password, result) in [
            ("secret", AuthenticationResult.accepted), ("", .accepted), ("other", .wrongPassword),
            ("2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b", .wrongPassword),
        ] {
            #expect(instance.authenticate(user: nil, password: word(password)) == result, "\(password)")
        }
        #expect(instance.configuration(matching: [word("requirepass")]).first?.value == word("other"))
        let asking = Session(id: 1, nowMs: 0)
        // The same text is a new password all the same.
        #expect(instance.setConfiguration([(word("requirepass"), word("other"))], asking: asking) == nil)
        #expect(instance.authenticate(user: nil, password: word("secret")) == .wrongPassword)
        #expect(instance.authenticate(user: nil, password: word("other")) == .accepted)
        #expect(instance.setConfiguration([(word("requirepass"), word(""))], asking: asking) == nil)
        #expect(!instance.settings.value.requiresPassword)
    }

    @Test func configurationIsChangedWholeOrNotAtAll() {
        let instance = Self.makeInstance()
        let pair = { (name: String, value: String) in (name: Array(name.utf8), value: Array(value.utf8)) }
        let asking = Session(id: 1, nowMs: 0)
        let changed = instance.setConfiguration([pair("timeout", "7"), pair("requirepass", "x")], asking: asking)
        #expect(changed == nil)
        #expect(instance.settings.value.idleTimeoutMs == 7000 && instance.settings.value.requiresPassword)
        let refused = instance.setConfiguration(
            [pair("timeout", "8"), pair("maxclients", "4000000000")], asking: asking)
        #expect(
            refused?.contains("The operating system is not able to handle the specified number of clients") == true)
        #expect(instance.configuration.idleTimeoutSeconds == 7 && instance.settings.value.idleTimeoutMs == 7000)
        #expect(instance.rewriteConfiguration() == "The server is running without a config file")
    }
}

@Suite struct ConfigurationRewritingTests {
    private func rewrite(_ text: String, _ change: (inout Configuration) -> Void) -> String {
        let defaults = Configuration(processors: 2)
        var changed = defaults
        change(&changed)
        return String(decoding: changed.rewritten(Array(text.utf8), defaults: defaults), as: UTF8.self)
    }

    @Test func linesKeepTheirPlaces() {
        let text = """
            # A comment
            port 7000

              TIMEOUT 5
            maxmemory 0
            timeout 6
            """
        let new = rewrite(text) {
            $0.port = 7000
            $0.idleTimeoutSeconds = 9
        }
        #expect(new == "# A comment\nport 7000\n\ntimeout 9\nmaxmemory 0\n")
    }

    /// As the reference writes them: a line for each class of clients, bytes in the unit that they are whole in.
    @Test func valuesKeepTheirUnits() {
        let stock = """
            proto-max-bulk-len 512mb
            client-output-buffer-limit normal 0 0 0
            client-output-buffer-limit replica 256mb 64mb 60
            client-output-buffer-limit pubsub 32mb 8mb 60
            auto-aof-rewrite-min-size 64mb

            """
        #expect(rewrite(stock) { _ in } == stock)
        #expect(
            rewrite("client-output-buffer-limit pubsub 1 1 1\nproto-max-bulk-len 1048577\n") {
                $0.outputBufferLimits.normal = OutputBufferLimit(hardBytes: 3 << 30, softBytes: 5 << 10, softSeconds: 7)
                $0.outputBufferLimits.pubsub.hardBytes = 1
                $0.bulkBytesMax = (1 << 20) + 1
            } == """
            client-output-buffer-limit pubsub 1 8mb 60
            proto-max-bulk-len 1048577
            # Generated by CONFIG REWRITE
            client-output-buffer-limit normal 3gb 5kb 7

            """)
        // Each class has a line of its own, then and whenever it is written again.
        let apart = """
            client-output-buffer-limit normal 0 0 0
            client-output-buffer-limit pubsub 32mb 8mb 43

            """
        let limits: (inout Configuration) -> Void = { $0.outputBufferLimits.pubsub.softSeconds = 43 }
        #expect(rewrite("client-output-buffer-limit normal 0 0 0 pubsub 32mb 8mb 43\n", limits) == apart)
        #expect(rewrite(apart, limits) == apart)
    }

    /// What only an option has taken back would be refused without it.
    @Test func whatIsTakenBackIsWrittenAsItIs() throws {
        let text = """
            save 3600 1
            save "300 100"
            appendonly yes
            maxmemory 1gb
            slaveof host 6379
            ignore-warnings ARM64-COW-BUG
            tls-port 0

            """
        let new = rewrite(text) { _ in }
        #expect(new == """
            save ""
            appendonly no
            maxmemory 0
            replicaof no one
            ignore-warnings ARM64-COW-BUG
            tls-port 0

            """)
        let sources = ConfigurationSources(readFile: { _ in .bytes(Array(new.utf8)) })
        #expect(try Configuration.load(arguments: ["/f"], sources: sources) == .run(Configuration()))
    }

    @Test func changesTheFileDoesNotSetComeLast() {
        let new = rewrite("port 6379\n") {
            $0.requirepass = Array("two \"words\"".utf8)
            $0.bind = ["127.0.0.1", "-::1"]
        }
        #expect(
            new == "port 6379\n# Generated by CONFIG REWRITE\nbind 127.0.0.1 -::1\nrequirepass \"two \\\"words\\\"\"\n")
        // A second time nothing is added.
        let again = rewrite(new) {
            $0.requirepass = Array("two \"words\"".utf8)
            $0.bind = ["127.0.0.1", "-::1"]
        }
        #expect(again == new)
    }

    @Test func theDefaultUsersLineStaysWithItsPasswords() {
        let text = "port 6379\nUSER default on #0a ~* &* +@all\n"
        #expect(rewrite(text) { $0.passwordHashes = [Array("0a".utf8)] } == text)
        #expect(rewrite(text) { $0.requirepass = Array("x".utf8) }
            == "port 6379\n# Generated by CONFIG REWRITE\nrequirepass x\n")
        #expect(rewrite(text) { _ in } == "port 6379\n")
    }

    @Test func everyAvailableDirectiveCanBeReadBack() throws {
        var changed = Configuration(processors: 2)
        changed.bind = ["127.0.0.1"]
        changed.requirepass = Array("a b\u{1}\"'".utf8)
        changed.outputBufferLimits.normal = OutputBufferLimit(hardBytes: 5, softBytes: 4, softSeconds: 3)
        changed.threads = 1
        changed.availabilityZone = Array("zone 1".utf8)
        let text = changed.rewritten([], defaults: Configuration(processors: 2))
        let sources = ConfigurationSources(readFile: { _ in .bytes(text) }, processors: 2)
        let invocation = try Configuration.load(arguments: ["file"], sources: sources)
        guard case .run(let loaded) = invocation else { return }
        #expect(loaded.rewritten([], defaults: Configuration(processors: 2)) == text)
        #expect(loaded.requirepass == changed.requirepass && loaded.bind == changed.bind)
        #expect(loaded.outputBufferLimits == changed.outputBufferLimits)
    }
}

@Suite struct ClientFilterTests {
    private func matches(_ change: (inout ClientFilter) -> Void) -> Bool {
        let instance = Instance(Configuration(processors: 1), configurationFile: "", log: Log())
        var session = Session(id: 7, nowMs: 1_000_000)
        session.makeDetails().name = Array("me".utf8)
        session.flags.insert([.noTouch, .unixSocket])
        session.database = 3
        var client = Client(session: Session(id: 7, nowMs: 1_000_000), connection: .init(rawValue: 0), descriptor: -1)
        client.session.flags.insert(.unixSocket)
        client.learnAddresses(unixSocket: "")
        let description = ClientDescription(session, of: client, in: instance, nowMs: 1_010_500)
        var filter = ClientFilter()
        change(&filter)
        return filter.matches(description)
    }

    @Test func everyFilterMustHold() {
        #expect(matches { _ in })
        #expect(matches { $0.wanted.ids = [1, 7] } && !matches { $0.wanted.ids = [1] })
        #expect(!matches { $0.excluded.ids = [7] })
        #expect(matches { $0.wanted.kind = .normal } && !matches { $0.wanted.kind = .replica })
        #expect(!matches { $0.excluded.kind = .normal })
        #expect(matches { $0.wanted.name = Array("me".utf8) } && !matches { $0.wanted.name = Array("you".utf8) })
        #expect(!matches { $0.excluded.name = Array("me".utf8) })
        #expect(matches { $0.wanted.flags = Array("T".utf8) } && matches { $0.wanted.flags = Array("UT".utf8) })
        #expect(!matches { $0.wanted.flags = Array("N".utf8) } && !matches { $0.excluded.flags = Array("T".utf8) })
        #expect(matches { $0.maxAgeSeconds = 10 } && !matches { $0.maxAgeSeconds = 11 })
        #expect(matches { $0.minIdleSeconds = 10 } && !matches { $0.minIdleSeconds = 11 })
        #expect(matches { $0.wanted.database = 3 } && !matches { $0.wanted.database = 0 })
        #expect(!matches { $0.excluded.database = 3 })
        #expect(matches { $0.wanted.address = Array(":0".utf8) } && !matches { $0.wanted.ip = Array("127.0.0.1".utf8) })
        #expect(!matches { $0.wanted.capability = Array("r".utf8) })
        #expect(matches { $0.excluded.capability = Array("r".utf8) })
        #expect(matches { $0.wanted.user = Array("default".utf8) })
        #expect(!matches { $0.excluded.user = Array("default".utf8) })
    }
}
