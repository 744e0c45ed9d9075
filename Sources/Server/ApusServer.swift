// ApusServer: the program: from the command line to an instance that serves.

internal import Memory
internal import Platform

/// Apus, the program.
public enum ApusServer {
    /// Runs the server until it is told to end; returns the process's exit code.
    /// - Parameter arguments: the command line without the program's name.
    public static func run(arguments: [String]) -> Int32 {
        Signals.prepareProcess()
        Allocator.start()
        CrashReporter.start(program: Version.program)
        Allocator.setExhausted(CrashReporter.noteExhausted)
        // Loading may change the working directory, which the file's path may be relative to.
        let file = configurationFile(arguments, in: Directories.current)
        var sources = ConfigurationSources.system
        sources.commands = Set(Instance.commandNames)
        do throws(ConfigurationError) {
            switch try Configuration.load(arguments: arguments, sources: sources) {
            case .help:
                print(helpText)
                return 0
            case .version:
                print(
                    "Apus server v=\(Version.redis) apus=\(Version.apus) bits=\(ProcessFacts.architectureBits) "
                        + "malloc=\(Allocator.name)")
                return 0
            case .run(let configuration): return serve(configuration, file)
            }
        } catch {
            return fail(error)
        }
    }

    /// The absolute path of the file that the arguments name; empty if they name none.
    private static func configurationFile(_ arguments: [String], in directory: String) -> String {
        guard let first = arguments.first, !first.hasPrefix("-") else { return "" }
        return first.hasPrefix("/") ? first : "\(directory)/\(first)"
    }

    /// Opens the log, goes into the background if it is to, and runs an instance.
    private static func serve(_ loaded: Configuration, _ file: String) -> Int32 {
        var configuration = loaded
        let log = Log(Log.Settings(configuration))
        if let refusal = log.settings.sink.refusal() {
            StandardError.write(
                "\n*** FATAL CONFIG FILE ERROR (Version \(Version.apus)) ***\nCan't open the log file: \(refusal)\n")
            return 1
        }
        CrashReporter.setLog(log.settings.sink)
        if configuration.service.isLoggingToSystem {
            SystemLog.open(
                name: configuration.service.systemLogName, facility: configuration.service.systemLogFacility)
        }
        let manager = configuration.service.findManager(log)
        var daemon: Daemon?
        if configuration.service.isDaemon && manager == nil {
            do throws(SystemError) {
                daemon = try Daemon.start()
            } catch {
                log.write(.warning, "Can't go on in the background: \(error.text)")
                return 1
            }
            if configuration.processFile.isEmpty { configuration.processFile = ServiceSettings.daemonProcessFile }
        }
        Instance.seedHash(configuration.hashSeed)
        let instance = Instance(configuration, configurationFile: file, log: log)
        instance.manager = manager
        instance.daemon = daemon
        return instance.run()
    }

    private static func fail(_ error: ConfigurationError) -> Int32 {
        let text = error.text(version: Version.apus)
        if case .line = error {
            StandardError.write(text)
        } else {
            Log().write(.warning, text)
        }
        return 1
    }

    private static let helpText = """
        Usage: apus-server [/path/to/redis.conf] [options] [-]
               apus-server - (read config from stdin)
               apus-server -v or --version
               apus-server -h or --help

        Examples:
               apus-server (run the server with default conf)
               echo 'maxclients 2000' | apus-server -
               apus-server /etc/redis/6379.conf
               apus-server --port 7777
               apus-server --port 7777 --threads 4
               apus-server /etc/myredis.conf --loglevel verbose -
        """
}
