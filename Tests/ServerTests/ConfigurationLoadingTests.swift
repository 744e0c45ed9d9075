// Loading from files, the standard input and arguments, and CONFIG GET and SET, against the reference's answers.

import Testing

@testable import Server

private func sources(
    _ files: [String: String] = [:], standardInput: String = "", paths: [String] = []
) -> ConfigurationSources {
    var sources = ConfigurationSources(
        readFile: { files[$0].map { .bytes(bytes($0)) } ?? .refused("No such file or directory") },
        readStandardInput: { .bytes(bytes(standardInput)) }, matchingPaths: { _ in paths },
        changeDirectory: { $0 == "/data" ? .path($0) : .refused("No such file or directory") },
        currentDirectory: "/home", processors: 3)
    sources.commands = ["get", "set", "config", "del"]
    return sources
}

private func load(_ arguments: [String], _ sources: ConfigurationSources = sources()) throws -> Configuration {
    guard case .run(let configuration) = try Configuration.load(arguments: arguments, sources: sources) else {
        Issue.record("the server was not asked to run")
        return Configuration()
    }
    return configuration
}

private func failure(_ arguments: [String], _ sources: ConfigurationSources = sources()) -> ConfigurationError? {
    do {
        _ = try Configuration.load(arguments: arguments, sources: sources)
        return nil
    } catch { return error }
}

@Suite struct ConfigurationLoadingTests {
    @Test(arguments: referenceLoads)
    func errorsAreTheReferences(_ reference: RefusedLoad) {
        let arguments = (reference.text == nil ? [] : ["-"]) + reference.options
        let error = failure(arguments, sources(standardInput: reference.text ?? ""))
        guard case .line(let line, let text, let reason, nil) = error else {
            Issue.record("accepted: \(reference)")
            return
        }
        #expect(line == reference.line)
        #expect(text == reference.shown)
        #expect(reason == reference.reason)
    }

    @Test func theErrorHasTheReferencesLayout() {
        #expect(
            failure(["--port", "abc"])?.text(version: "9.1.2") == """

                *** FATAL CONFIG FILE ERROR (Version 9.1.2) ***
                Reading the configuration file, at line 2
                >>> 'port "abc"'
                argument couldn't be parsed into an integer

                """)
    }

    @Test(arguments: [["-"], ["--port", "1", "-"]])
    func aStandardInputThatCannotBeReadIsNotEmpty(arguments: [String]) {
        var refusing = sources()
        refusing.readStandardInput = { .refused("Is a directory") }
        #expect(failure(arguments, refusing) == .file(path: "standard input", reason: "Is a directory"))
    }

    @Test func nothingGivenIsTheDefault() throws {
        #expect(try load([]) == Configuration(processors: 3, directory: "/home"))
        #expect(try load(["--save"]) == load([]))
        #expect(try load(["--save", ""]) == load([]))
    }

    @Test func helpAndVersionAreAskedFirst() throws {
        for word in ["-h", "--help"] {
            #expect(try Configuration.load(arguments: [word, "--nosuch"], sources: sources()) == .help)
        }
        for word in ["-v", "--version"] {
            #expect(try Configuration.load(arguments: [word], sources: sources()) == .version)
        }
    }

    @Test func laterSourcesWin() throws {
        let world = sources(["/home/apus.conf": "port 1\ntimeout 1\nhz 1"], standardInput: "\ntimeout 2\nhz 2\n")
        let configuration = try load(["apus.conf", "--hz", "3", "-"], world)
        #expect(configuration.port == 1)
        #expect(configuration.idleTimeoutSeconds == 2)
        #expect(configuration.hz == 3)
        #expect(try load(["apus.conf", "-"], world).hz == 2)
        #expect(try load(["-", "--hz", "3"], world).idleTimeoutSeconds == 2)
    }

    /// Elsewhere it is a word like others, which no directive is.
    @Test func theStandardInputIsNamedFirstOrLast() {
        let world = sources(["/f": "hz 20\n"], standardInput: "timeout 7\n")
        for arguments in [["/f", "-", "--port", "1"], ["/f", "-", "-"]] {
            guard case .line(_, "\"-\"", "Bad directive or wrong number of arguments", nil) = failure(arguments, world)
            else {
                Issue.record("accepted: \(arguments)")
                continue
            }
        }
    }

    @Test func argumentsHaveSeveralForms() throws {
        let configuration = try load([
            "--port", "6380", "--bind", "127.0.0.1", "::1", "--timeout 7", "--requirepass", "--secret", "--save", "",
        ])
        #expect(configuration.port == 6380)
        #expect(configuration.bind == ["127.0.0.1", "::1"])
        #expect(configuration.idleTimeoutSeconds == 7)
        #expect(configuration.requirepass == bytes("--secret"))
    }

    @Test func anEmptyFirstArgumentSaysNothing() throws {
        #expect(try load([""]) == load([]))
        #expect(try load(["", "--port", "7"]).port == 7)
        #expect(failure(["--port", "7", ""]) != nil)
    }

    @Test func filesIncludeOthers() throws {
        let world = sources(
            ["/a": "hz 5\ninclude /b\ninclude /c*\n", "/b": "port 7", "/c1": "timeout 8", "/c2": "timeout 9"],
            paths: ["/c1", "/c2"])
        let configuration = try load(["/a"], world)
        #expect(configuration.port == 7)
        #expect(configuration.idleTimeoutSeconds == 9)
        #expect(configuration.hz == 5)
        #expect(try load(["/a"], sources(["/a": "include /none*"])).port == 6379)
    }

    /// Each line renames what the lines before it have left.
    @Test func commandsAreRenamedInOrder() throws {
        let text = """
            rename-command GET Fetch
            rename-command set get
            rename-command config ""
            rename-command FETCH get2
            rename-command get2 "a b"
            rename-command DEL x
            rename-command x DEL
            """
        let commands = ["get", "set", "config", "del"]
        let names = try load(["/f"], sources(["/f": text])).commandNames.names(of: commands)
        let expected = ["a b": "get", "get": "set", "del": "del"]
        #expect(names == Dictionary(uniqueKeysWithValues: expected.map { (bytes($0.key), $0.value) }))
        #expect(Configuration().commandNames.names(of: commands) == Dictionary(
            uniqueKeysWithValues: commands.map { (bytes($0), $0) }))
    }

    /// Hardened files hide commands that this version does not have: those may have no name, but not another one.
    @Test func missingCommandsMayBeHidden() throws {
        let commands = ["get", "config"]
        let text = "rename-command BGSAVE \"\"\nrename-command CONFIG \"\"\nrename-command hGetAll \"\"\n"
        let names = try load(["/f"], sources(["/f": text])).commandNames.names(of: commands)
        #expect(names == [bytes("get"): "get"])
        for (line, reason) in [
            ("rename-command EVAL secret", "'eval' is not a command of this version"),
            ("rename-command GET hset", "Target command name already exists"),
            ("rename-command save \"\"\nrename-command save \"\"", "No such command in rename-command"),
        ] {
            guard case .line(_, _, reason, _)? = failure(["/f"], sources(["/f": line])) else {
                Issue.record("\(line) is accepted")
                continue
            }
        }
        let hidden = "rename-command hset \"\"\nrename-command get hset"
        #expect(try load(["/f"], sources(["/f": hidden])).commandNames.names(of: commands)[bytes("hset")] == "get")
    }

    @Test func noCommandIsMissing() {
        #expect(Missing.commands.isDisjoint(with: Instance.commandNames))
    }

    @Test func missingFilesAreNamed() {
        let reason = "No such file or directory"
        #expect(failure(["none.conf"]) == .file(path: "/home/none.conf", reason: reason))
        #expect(failure(["/a"], sources(["/a": "include b"])) == .file(path: "b", reason: reason))
        #expect(
            failure(["none.conf"])?.text(version: "1")
                == "Fatal error, can't open config file '/home/none.conf': No such file or directory")
    }

    @Test func anErrorNamesTheFileOfItsLine() {
        let world = sources(
            ["/home/a": "hz 5\nbogus 1\n", "/b": "include /c", "/c": "\nbogus 2", "/d": "hz 5\n"],
            standardInput: "bogus 3")
        #expect(
            failure(["a"], world)?.text(version: "1") == """

                *** FATAL CONFIG FILE ERROR (Version 1) ***
                Reading the configuration file, at line 2 of /home/a
                >>> 'bogus 1'
                Bad directive or wrong number of arguments

                """)
        let reason = "Bad directive or wrong number of arguments"
        #expect(failure(["/b"], world) == .line(number: 2, text: "bogus 2", reason: reason, file: "/c"))
        #expect(failure(["-"], world) == .line(number: 1, text: "bogus 3", reason: reason))
        #expect(failure(["/d", "-"], world) == .line(number: 2, text: "bogus 3", reason: reason))
    }

    /// As where everything is there, the last line of a directive is what holds.
    @Test func whatALaterLineTakesBackIsNotRefused() throws {
        for (asks, takesBack) in [
            ("save 3600 1\nsave 300 100", "save \"\""), ("appendonly yes", "appendonly no"),
            ("maxmemory 1gb", "maxmemory 0"), ("slaveof host 6379", "replicaof no one"),
            ("tls-port 6380", "tls-port 0"),
            ("maxmemory-clients 5%", "maxmemory-clients 0%"), ("proto-max-bulk-len 5gb", "proto-max-bulk-len 512mb"),
            ("databases 20000", "databases 16"),
        ] {
            let words = takesBack.replacing("\"", with: "").split(separator: " ", omittingEmptySubsequences: false)
            let option = ["--" + words[0]] + words.dropFirst().map(String.init)
            #expect(try load(["/f"], sources(["/f": asks + "\n" + takesBack])) == load([]), "\(asks)")
            #expect(try load(["/f"] + option, sources(["/f": asks])) == load([]), "\(asks)")
            #expect(try load(["/f", "-"], sources(["/f": asks], standardInput: "\n" + takesBack)) == load([]))
            let files = ["/f": "include /asks\ninclude /back", "/asks": asks, "/back": takesBack]
            #expect(try load(["/f"], sources(files)) == load([]), "\(asks)")
        }
    }

    @Test func aRefusalNamesTheLineThatHolds() {
        let appending = "'appendonly' cannot be 'yes': append-only files are not supported by this version"
        let limited = "'maxmemory' cannot be '1': eviction is not supported by this version"
        let files = [
            "/again": "appendonly yes\nappendonly no\nappendonly yes\nport 1",
            "/both": "appendonly yes\nmaxmemory 1\nappendonly yes", "/deep": "include /again\nappendonly yes",
            "/back": "appendonly yes\ninclude /again", "/bogus": "appendonly yes\nbogus",
            "/bare": "save 60 1\nsave",
        ]
        func failed(_ arguments: String...) -> ConfigurationError? { failure(arguments, sources(files)) }
        #expect(failed("/again") == .line(number: 3, text: "appendonly yes", reason: appending, file: "/again"))
        #expect(failed("/both") == .line(number: 2, text: "maxmemory 1", reason: limited, file: "/both"))
        #expect(failed("/deep") == .line(number: 2, text: "appendonly yes", reason: appending, file: "/deep"))
        #expect(failed("/back") == .line(number: 3, text: "appendonly yes", reason: appending, file: "/again"))
        #expect(
            failed("/again", "--appendonly", "yes")
                == .line(number: 5, text: "appendonly \"yes\"", reason: appending))
        // What no server takes is told first; a `save` without a word adds nothing and takes nothing back.
        let unknown = "Bad directive or wrong number of arguments"
        #expect(failed("/bogus") == .line(number: 2, text: "bogus", reason: unknown, file: "/bogus"))
        let saving = "'save' cannot be '60 1': snapshots are not supported by this version"
        #expect(failed("/bare") == .line(number: 1, text: "save 60 1", reason: saving, file: "/bare"))
    }

    @Test func aFileThatIncludesItselfIsRefused() {
        guard case .line(1, "include /a", _, "/a") = failure(["/a"], sources(["/a": "include /a"])) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func theDefaultUserThatARewriteLeavesIsAccepted() throws {
        for rights in ["nopass sanitize-payload ~* &* +@all", "nopass ~* &* +@all"] {
            #expect(try load(["-"], sources(standardInput: "user default on \(rights)")) == load([]))
        }
        let one = String(repeating: "0a", count: 32), other = String(repeating: "f", count: 64)
        let unlimited = [
            "#\(one) ~* &* +@all", "sanitize-payload #\(one) ~* resetchannels &* +@all",
            "allkeys allchannels allcommands #\(one) #\(one)",
        ]
        for rights in unlimited {
            for order in ["requirepass secret\nuser", "user"] {
                let loaded = try load(["-"], sources(standardInput: "\(order) default on \(rights)"))
                #expect(loaded.passwordHashes == [bytes(one)] && loaded.hasPassword, "\(rights)")
            }
        }
        let both = "user default +@all #\(one) &* #\(other) ~* on\nrequirepass x"
        let two = try load(["-"], sources(standardInput: both))
        #expect(two.passwordHashes == [bytes(one), bytes(other)] && two.requirepass == bytes("x"))
        let others = [
            "user default off #\(one) ~* &* +@all", "user default #\(one) ~* &* +@all",
            "user default on #\(one) ~* +@all", "user default on #\(one) ~* &* resetchannels +@all",
            "user default on #\(one) ~a &* +@all", "user default on nopass #\(one) ~* &* +@all",
            "user alice on #\(one) ~* &* +@all", "user default on ~* &* +@all",
            "user default off nopass ~* &* +@all", "user default on nopass ~* &* +@all -flushall", "user default",
            "user alice on nopass ~* &* +@all",
            "requirepass secret\nuser default on nopass ~* &* +@all",
        ]
        for line in others {
            guard case .line(_, _, let reason, _) = failure(["-"], sources(standardInput: line)) else {
                Issue.record("accepted: \(line)")
                continue
            }
            #expect(reason == "'user': access control lists are not supported by this version")
        }
        let malformed = [
            ("user default on #0c13 ~* &* +@all", "The password hash must be exactly 64 characters"),
            ("user default on #\(other.uppercased()) ~* &* +@all", "The password hash must be exactly 64 characters"),
            ("user default on #\(one) ~* &* +@all\nuser default on nopass ~* &* +@all", "Duplicate user found."),
        ]
        for (line, expected) in malformed {
            guard case .line(_, _, let reason, _) = failure(["-"], sources(standardInput: line)) else {
                Issue.record("accepted: \(line)")
                continue
            }
            #expect(reason.hasPrefix("Error in user declaration 'default': \(expected)"))
        }
    }

    @Test func longLinesAreRefused() {
        let line = "requirepass " + String(repeating: "x", count: ConfigurationText.lineBytesMax)
        guard case .line(1, _, "Line too long", "/a") = failure(["/a"], sources(["/a": line])) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func theWorkingDirectoryChangesAtOnce() throws {
        #expect(try load(["--dir", "/data"]).directory == "/data")
        #expect(failure(["--dir", "/none"]) == .line(
            number: 2, text: #"dir "/none""#, reason: "No such file or directory"))
    }

    /// What distributions ship as their file: comments and the defaults spelled out.
    @Test func aStockFileLoads() throws {
        let stock = """
            # a comment
            bind 127.0.0.1 -::1
            protected-mode yes
            port 6379
            tcp-backlog 511
            timeout 0
            tcp-keepalive 300
            daemonize no
            pidfile /var/run/apus_6379.pid
            loglevel notice
            logfile ""
            databases 16
            always-show-logo no
            set-proc-title yes
            proc-title-template "{title} {listen-addr} {server-mode}"
            locale-collate ""
            stop-writes-on-bgsave-error yes
            rdbcompression yes
            dbfilename dump.rdb
            rdb-del-sync-files no
            dir /data
            replica-serve-stale-data yes
            repl-diskless-sync yes
            acllog-max-len 128
            lazyfree-lazy-eviction yes
            oom-score-adj no
            oom-score-adj-values 0 200 800
            disable-thp yes
            appendonly no
            appendfilename "appendonly.aof"
            appendfsync everysec
            auto-aof-rewrite-min-size 64mb
            slowlog-log-slower-than 10000
            latency-monitor-threshold 0
            notify-keyspace-events ""
            list-max-listpack-size -2
            client-output-buffer-limit replica 256mb 64mb 60
            client-output-buffer-limit pubsub 32mb 8mb 60
            hz 10
            dynamic-hz yes
            jemalloc-bg-thread yes
            """
        var expected = Configuration(processors: 3, directory: "/data")
        expected.bind = ["127.0.0.1", "-::1"]
        expected.processFile = "/var/run/apus_6379.pid"
        #expect(try load(["/etc/apus.conf"], sources(["/etc/apus.conf": stock])) == expected)
    }
}

@Suite struct ConfigurationCommandTests {
    private func get(_ patterns: String...) -> [String] {
        Configuration().matching(patterns: patterns.map(bytes)).map { String(decoding: $0.name, as: UTF8.self) }
    }

    @Test func everyReplyIsTheReferences() {
        for (words, reply) in referenceSets {
            var configuration = Configuration()
            let pairs = stride(from: 0, to: words.count, by: 2).map { (bytes(words[$0]), bytes(words[$0 + 1])) }
            do {
                _ = try configuration.set(pairs)
                #expect(reply == "OK", "\(words)")
            } catch {
                // Refused for a missing feature where the reference has it.
                if error.text(version: "").contains(" cannot be '") {
                    #expect(reply == "OK", "\(words)")
                    continue
                }
                #expect(error == .set(reply: reply), "\(words)")
                #expect(configuration == Configuration(), "\(words)")
            }
        }
    }

    @Test func namesAreListedInOrder() {
        #expect(get("*") == Directive.entries.filter { !$0.directive.isHidden }.map(\.name))
        #expect(get("timeout", "hz", "port") == ["hz", "port", "timeout"])
        #expect(get("t*t", "hz", "HZ", "H*Z") == ["hz", "tls-port", "tls-session-cache-timeout", "timeout"].sorted())
        #expect(get("SLAVE-PRIORITY") == ["SLAVE-PRIORITY"])
        #expect(get("[hp]?", "nosuch") == ["hz"])
        #expect(get("io-thread*", "THREAD?") == ["io-threads", "threads"])
        #expect(get("watch*", "watchdog-perio[d]") == [])
        #expect(get("watchdog-period", "w*") == ["watchdog-period"])
    }

    @Test func changedDirectivesAreTold() throws {
        var configuration = Configuration()
        let changed = try configuration.set([
            (bytes("hz"), bytes("20")), (bytes("timeout"), bytes("0")),
            (bytes("zset-max-ziplist-value"), bytes("10")), (bytes("zset-max-listpack-value"), bytes("20")),
        ])
        #expect(changed == ["hz", "zset-max-listpack-value"])
        #expect(configuration.hz == 20)
        #expect(configuration.encodings.zsetListpackValue == 20)
    }
}
