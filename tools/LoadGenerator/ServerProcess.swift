// ServerProcess: a server that the generator starts for a comparison and ends after it.
// Invariant: the process is ended when its owner is gone, be it a part of this program or all of it.

internal import Glibc
internal import Network

package final class ServerProcess {
    package let endpoint: Endpoint
    private let process: pid_t
    private var lifeline: Lifeline?

    /// How long a server may take to answer its first PING.
    private static let startLimitMs = 10_000

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs a command line, in which `{port}` becomes the port, and waits until it answers.
    /// `cpus`: as for `taskset -c`.
    package init(command: String, port: UInt16, cpus: String?) throws(Failure) {
        endpoint = Endpoint(.tcp(host: "127.0.0.1", port: port))
        let text = command.contains("{port}") ? Self.replace(command, port) : "\(command) --port \(port)"
        var words: [String]
        do throws(CommandTemplate.ParseError) { words = try CommandLine.words(text) } catch {
            throw Failure(description: error.description)
        }
        if let cpus { words = ["taskset", "-c", cpus] + words }
        process = try Self.spawn(words)
        do throws(Failure) { lifeline = try Lifeline(to: process) } catch {
            kill(process, SIGKILL)
            throw error
        }
        for _ in 0..<(Self.startLimitMs / 20) {
            usleep(20_000)
            var status: Int32 = 0
            if unsafe waitpid(process, &status, WNOHANG) == process {
                throw Failure(description: "\(words.joined(separator: " ")): the server ended at once")
            }
            guard let client = try? BlockingClient(endpoint, timeoutSeconds: 1),
                let reply = try? client.call(["PING"])
            else { continue }
            switch reply {
            case .simple("PONG"): return
            // It is there, and wants a password.
            case .error(let text) where text.hasPrefix("NOAUTH"): return
            default: continue
            }
        }
        throw Failure(description: "\(words.joined(separator: " ")): no answer on port \(port)")
    }

    deinit {
        lifeline = nil
        var status: Int32 = 0
        for _ in 0..<250 {
            if unsafe waitpid(process, &status, WNOHANG) != 0 { return }
            usleep(20_000)
        }
        kill(process, SIGKILL)
        _ = unsafe waitpid(process, &status, 0)
    }

    private static func replace(_ command: String, _ port: UInt16) -> String {
        var parts: [Substring] = []
        var rest = Substring(command)
        while let range = rest.firstRange(of: "{port}") {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return (parts + [rest]).joined(separator: String(port))
    }

    /// Starts a program from the path, silent. `input`: its standard input, which is empty without one.
    static func spawn(_ words: [String], input: Int32? = nil) throws(Failure) -> pid_t {
        guard !words.isEmpty else { throw Failure(description: "an empty command line") }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        // A thread may have signals blocked, and the process would begin so: nothing but SIGKILL would end it.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var process: pid_t = 0
        let result = unsafe posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
        for index in 0..<words.count { unsafe free(arguments[index]) }
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
        guard result == 0 else {
            throw Failure(description: unsafe "\(words[0]): \(String(cString: strerror(result)))")
        }
        return process
    }

    /// A port that nobody listens on now.
    package static func freePort() throws(Failure) -> UInt16 {
        do {
            return try ListeningSocket(address: SocketAddress(host: "127.0.0.1", port: 0)).port
        } catch {
            throw Failure(description: "no free port on 127.0.0.1")
        }
    }
}
