// ServerProcess: a server that the generator starts for a comparison and ends after it.
// Invariant: the process is ended when its owner is gone, be it a part of this program or all of it.

internal import Glibc
internal import Network
internal import Platform

package final class ServerProcess {
    package let endpoint: Endpoint
    let process: pid_t
    private var lifeline: Lifeline?

    /// How long a server may take to answer its first PING, and one attempt at asking for it.
    package static let startLimitMs = 10_000
    private static let attemptMs = 1000
    private static let pauseUs: UInt32 = 20_000

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs a command line, in which `{port}` becomes the port, and waits until it answers. Throws when it does not
    /// within `startLimitMs`, and when an interrupt comes first. `cpus`: as for `taskset -c`.
    package init(
        command: String, port: UInt16, cpus: String?, startLimitMs: Int = startLimitMs
    ) throws(Failure) {
        endpoint = Endpoint(.tcp(host: Endpoint.usualHost, port: port))
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
        let line = words.joined(separator: " ")
        let deadline = RunLoop.now + UInt64(startLimitMs) * 1_000_000
        while RunLoop.now < deadline && !Interrupt.isRequested {
            usleep(Self.pauseUs)
            guard !Self.hasEnded(process) else { throw Failure(description: "\(line): the server ended at once") }
            let leftMs = Int((deadline - min(deadline, RunLoop.now)) / 1_000_000)
            if Self.answers(endpoint, withinMs: max(1, min(leftMs, Self.attemptMs))) { return }
        }
        throw Failure(
            description: "\(line): \(Interrupt.isRequested ? "interrupted" : "no answer") on port \(port)")
    }

    /// Whether it has ended. It is left to be reaped, so that its id is no other's while its lifeline is there.
    private static func hasEnded(_ process: pid_t) -> Bool {
        var information = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
        return unsafe result == 0 && information.si_signo == SIGCHLD
    }

    /// Whether a server is there that takes commands, or wants a password first.
    private static func answers(_ endpoint: Endpoint, withinMs limit: Int) -> Bool {
        guard let client = try? BlockingClient(endpoint, timeoutMs: limit), let reply = try? client.call(["PING"])
        else { return false }
        if case .error(let text) = reply { return text.hasPrefix("NOAUTH") }
        return reply == .simple("PONG")
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
            throw Failure(description: "\(words[0]): \(ErrorText.of(result))")
        }
        return process
    }

    /// A port that nobody listens on now.
    package static func freePort() throws(Failure) -> UInt16 {
        do {
            return try ListeningSocket(address: SocketAddress(host: Endpoint.usualHost, port: 0)).port
        } catch {
            throw Failure(description: "no free port on \(Endpoint.usualHost)")
        }
    }
}
