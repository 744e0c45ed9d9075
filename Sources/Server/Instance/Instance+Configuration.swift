// CONFIG on a running server: a change is checked, takes effect at once, and is taken back whole if an effect fails.

internal import Commands
internal import Datastore
internal import Memory
internal import Network
internal import Platform

extension Instance {
    func configuration(matching patterns: [[UInt8]]) -> [(name: [UInt8], value: [UInt8])] {
        configuration.matching(patterns: patterns)
    }

    func setConfiguration(_ pairs: [(name: [UInt8], value: [UInt8])], asking: borrowing Session) -> String? {
        let before = configuration
        let mayChangeProtected = isAllowed(configuration.protectedConfigs, asking)
        do throws(ConfigurationError) {
            var changed = configuration
            let names = try changed.set(pairs, protectedToo: mayChangeProtected)
            configuration = changed
            for name in names {
                guard let refusal = refusal(of: name, before: before) else { continue }
                throw takeBack(names, to: before, because: name, refusal)
            }
            if let name = names.first(where: { $0 == "port" || $0 == "bind" }), !moveListeners() {
                throw takeBack(names, to: before, because: name, Self.listenRefusal(name))
            }
            apply(names)
            noteIdleDirectives(
                names.filter { configuration.idle[$0] != before.idle[$0] && configuration.idle[$0] != nil })
            return nil
        } catch {
            return error.text(version: Version.apus)
        }
    }

    private func takeBack(
        _ names: [String], to before: Configuration, because name: String, _ refusal: String
    ) -> ConfigurationError {
        log.write(
            .warning,
            "Failed applying new configuration. Possibly related to new \(name) setting. "
                + "Restoring previous settings.")
        configuration = before
        if names.contains("dir") { _ = Directories.change(to: before.directory) }
        if names.contains(where: { $0.hasPrefix("oom-score-adj") }) { _ = applyOutOfMemoryScore() }
        return Configuration.failure(of: name, reason: refusal)
    }

    private static func listenRefusal(_ name: String) -> String {
        name == "port"
            ? "Unable to listen on this port. Check server logs." : "Failed to bind to specified addresses."
    }

    /// Why the new value of a directive cannot take effect; nil if it can. Changes nothing that lasts.
    private func refusal(of name: String, before: Configuration) -> String? {
        switch name {
        case "port":
            if configuration.port == 0 || canListen(trying: configuration.port) { return nil }
            return Self.listenRefusal(name)
        case "bind":
            // The port is ours already, so addresses are tried on another one.
            let isSamePort = configuration.port == before.port
            if configuration.port == 0 || canListen(trying: isSamePort ? 0 : configuration.port) { return nil }
            return Self.listenRefusal(name)
        case "dir":
            if let text = Directories.change(to: configuration.directory) { return text }
            configuration.directory = Directories.current
            return nil
        case "maxclients":
            let wanted = configuration.clientsMax + reservedDescriptors
            let possible = ProcessFacts.raiseOpenFilesLimit(to: wanted)
            if possible >= wanted { return nil }
            return "The operating system is not able to handle the specified number of clients, "
                + "try with \(max(possible - reservedDescriptors, 0))"
        case "oom-score-adj", "oom-score-adj-values":
            return applyOutOfMemoryScore() ? nil : "Failed to set current oom_score_adj. Check server logs."
        default: return nil
        }
    }

    /// Whether all addresses that are not optional can be listened on, as `port` shows.
    private func canListen(trying port: Int) -> Bool {
        for entry in configuration.bind where !entry.hasPrefix("-") {
            let host = Self.listeningHost(entry)
            guard let address = try? SocketAddress(host: host, port: UInt16(port)) else { return false }
            do throws(SocketError) {
                _ = try ListeningSocket(address: address)
            } catch {
                log.write(
                    .warning,
                    "Warning: Could not create server TCP listening socket \(entry):\(configuration.port): "
                        + "bind: \(error.text)")
                return false
            }
        }
        return true
    }

    /// Lets the server follow its new configuration. Nothing here can fail.
    private func apply(_ names: [String]) {
        let generation = settings.value.generation
        settings.value = WorkerSettings(configuration)
        settings.value.generation = generation &+ 1
        keyspace.settings = Settings(configuration)
        for name in names {
            switch name {
            case "loglevel", "log-format", "log-timestamp-format": applyLog()
            case "proc-title-template": applyTitle()
            case "crash-log-enabled": applyCrashReports()
            case "oom-score-adj-values" where configuration.service.outOfMemory.needsPrivilege:
                log.write(
                    .warning,
                    "The oom-score-adj-values configuration may not work for non-privileged processes! "
                        + "Please consult the documentation.")
            case "jemalloc-bg-thread": Allocator.setBackgroundPurging(configuration.allocatorBackgroundThread)
            default: break
            }
        }
    }

    /// Says in the log which settings are kept without an effect.
    func noteIdleDirectives(_ names: [String]) {
        guard !names.isEmpty else { return }
        log.write(
            .warning,
            "Kept without an effect, since what it tunes is not part of Apus \(Version.apus): "
                + names.joined(separator: ", "))
    }

    /// Says in the log that data is not kept, and which kept data is not looked at: who comes from a server that does
    /// both may rely on it.
    func noteMissingPersistence() {
        log.write(
            .warning,
            "Data is kept in memory only: snapshots and append-only files are not part of Apus \(Version.apus).")
        let files = SystemFiles()
        let snapshot = configuration.text(of: "dbfilename"), directory = configuration.text(of: "appenddirname")
        if files.fileExists(snapshot) { noteUnread("The snapshot '\(snapshot)'") }
        if files.directoryExists(directory) { noteUnread("The append-only files' directory '\(directory)'") }
    }

    private func noteUnread(_ what: String) {
        log.write(.warning, "\(what) in \(configuration.directory) is left alone: its data is not loaded.")
    }

    private func applyLog() {
        var changed = log.settings
        changed.level = configuration.logLevel
        changed.format = configuration.logFormat
        changed.timestampFormat = configuration.logTimestampFormat
        log.configure(changed)
    }
}

extension Instance {
    func rewriteConfiguration() -> String? {
        guard !configurationFile.isEmpty else { return "The server is running without a config file" }
        let files = SystemFiles()
        do throws(FileError) {
            let text = try configurationText(files)
            // No directory is the default one: the file may be read from anywhere next time.
            let defaults = Configuration(processors: ProcessFacts.usableCpus(), directory: "")
            try files.writeAtomically(configuration.rewritten(text, defaults: defaults), to: configurationFile)
            log.write(.notice, "CONFIG REWRITE executed with success.")
            return nil
        } catch {
            log.write(.warning, "CONFIG REWRITE failed: \(error.text)")
            return "Rewriting config file: \(error.text)"
        }
    }

    /// What the configuration file says now; nothing if it has gone since the start: then it is written anew.
    private func configurationText(_ files: SystemFiles) throws(FileError) -> [UInt8] {
        do throws(FileError) {
            return try files.read(configurationFile)
        } catch {
            guard error.isMissing else { throw error }
            return []
        }
    }
}
