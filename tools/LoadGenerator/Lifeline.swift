// Lifeline: ends a process when this one lets go of it, or is gone itself, in whatever way (SIGKILL included).
//
// A shell waits at one of two sockets whose other nobody has but this process. The kernel's PR_SET_PDEATHSIG would
// do without the shell, but only a process itself can ask for it, between a fork and an exec that Swift cannot write.
// Invariant: the process is there, or unreaped, as long as its lifeline is, so that its id is no other's.

internal import Glibc
internal import Platform

struct Lifeline: ~Copyable {
    private let shell: pid_t
    private let end: Int32

    init(to process: pid_t) throws(ServerProcess.Failure) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ServerProcess.Failure(description: "socketpair: \(ErrorText.of(errno))")
        }
        defer { close(ends[0]) }
        // What a terminal sends to the whole group is for this process to answer.
        let script = "trap '' INT TERM HUP; read line; kill -TERM \(process)"
        do throws(ServerProcess.Failure) {
            shell = try ServerProcess.spawn(["sh", "-c", script], input: ends[0])
        } catch {
            close(ends[1])
            throw error
        }
        end = ends[1]
    }

    /// The process has its SIGTERM when this is done.
    deinit {
        close(end)
        var status: Int32 = 0
        _ = unsafe waitpid(shell, &status, 0)
    }
}
