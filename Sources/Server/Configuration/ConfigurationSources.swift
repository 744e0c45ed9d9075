// ConfigurationSources: the world outside that a configuration is read from. Tests make their own.

import Platform

/// The outside world of loading. The server passes the real one, tests their own.
package struct ConfigurationSources {
    /// The bytes of the file at a path, or the system's text of why there are none.
    package var readFile: (String) -> SourceResult
    /// What the standard input says until its end.
    package var readStandardInput: () -> SourceResult
    /// The existing paths that a pattern of `include` matches, sorted.
    package var matchingPaths: (String) -> [String]
    /// Makes a directory the working one and returns its absolute path, or the system's refusal.
    package var changeDirectory: (String) -> DirectoryResult
    /// The absolute path of the working directory.
    package var currentDirectory: String
    /// CPUs that the process may use.
    package var processors: Int
    /// The own names of all commands.
    package var commands: Set<String> = []

    package init(
        readFile: @escaping (String) -> SourceResult, readStandardInput: @escaping () -> SourceResult = { .bytes([]) },
        matchingPaths: @escaping (String) -> [String] = { _ in [] },
        changeDirectory: @escaping (String) -> DirectoryResult = { .path($0) }, currentDirectory: String = ".",
        processors: Int = 1
    ) {
        self.readFile = readFile
        self.readStandardInput = readStandardInput
        self.matchingPaths = matchingPaths
        self.changeDirectory = changeDirectory
        self.currentDirectory = currentDirectory
        self.processors = processors
    }
}

extension ConfigurationSources {
    /// The system's files, working directory and processors.
    package static var system: ConfigurationSources {
        let files = SystemFiles()
        return ConfigurationSources(
            readFile: { path in
                do throws(FileError) { return .bytes(try files.read(path)) } catch { return .refused(error.text) }
            },
            readStandardInput: {
                do throws(FileError) { return .bytes(try files.readStandardInput()) } catch {
                    return .refused(error.text)
                }
            },
            matchingPaths: Directories.matching,
            changeDirectory: { path in
                Directories.change(to: path).map { .refused($0) } ?? .path(Directories.current)
            },
            currentDirectory: Directories.current, processors: ProcessFacts.usableCpus())
    }
}

/// The text of a file, or why there is none.
package enum SourceResult {
    case bytes([UInt8])
    case refused(String)
}

/// The working directory after a change, or why it is not changed.
package enum DirectoryResult {
    case path(String)
    case refused(String)
}
