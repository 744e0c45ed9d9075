// Files: whole files read and written. The one door to them; its twin keeps them in memory.
//
// It is for what is read or written once (configuration, ACL files, key material), not for data that streams.
// Invariant: an atomic write leaves all old or all new bytes at its path, even if the machine fails within it.

internal import Glibc
internal import Synchronization

/// What went wrong with which file, as the system calls it.
package struct FileError: Error, Equatable, Sendable {
    package let path: String
    package let errno: Int32

    package init(path: String, errno: Int32) {
        self.path = path
        self.errno = errno
    }

    /// There is no such file.
    package var isMissing: Bool { errno == ENOENT }

    /// "No such file or directory"
    package var text: String { ErrorText.of(errno) }
}

/// What the server asks of a file system: whole files, since it reads and replaces small ones only. Every failure names
/// its path and errno.
package protocol Files: Sendable {
    /// The whole file.
    func read(_ path: String) throws(FileError) -> [UInt8]
    /// Replaces the file, whose permissions the new one has, or creates it readable and writable by the owner and
    /// readable by others as the umask allows.
    func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileError)
    /// Writes into the file itself, or creates it likewise: for the kernel's files, and those in a directory where
    /// nothing else can be created.
    func overwrite(_ path: String, with bytes: [UInt8]) throws(FileError)
    /// Removes a file, not a directory; that there is none is an error (ENOENT).
    func remove(_ path: String) throws(FileError)
    /// Whether there is a regular file.
    func fileExists(_ path: String) -> Bool
    /// Whether there is a directory.
    func directoryExists(_ path: String) -> Bool
    /// Whether files can be created in the directory.
    func directoryIsWritable(_ path: String) -> Bool
    /// All of standard input, until its end.
    func readStandardInput() throws(FileError) -> [UInt8]
}

/// The system's files.
package struct SystemFiles: Files {
    package init() {}

    package func read(_ path: String) throws(FileError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: path, errno: errno) }
        defer { close(descriptor) }
        return try readAll(descriptor, path)
    }

    package func readStandardInput() throws(FileError) -> [UInt8] { try readAll(STDIN_FILENO, "standard input") }

    package func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
        // In the same directory, since a rename works within one file system only.
        let temporary = "\(path).tmp-\(getpid())"
        let oldMode = status(path).map { $0.st_mode & ~S_IFMT }
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, oldMode ?? 0o644)
        guard descriptor >= 0 else { throw FileError(path: path, errno: errno) }
        var failure: Int32 = 0
        // Before it holds anything: the file may have secrets.
        if let oldMode, fchmod(descriptor, oldMode) != 0 { failure = errno }
        if failure == 0, !writeAll(bytes, to: descriptor) || fsync(descriptor) != 0 { failure = errno }
        if close(descriptor) != 0 && failure == 0 { failure = errno }
        if failure == 0, unsafe rename(temporary, path) != 0 { failure = errno }
        guard failure == 0 else {
            unsafe unlink(temporary)
            throw FileError(path: path, errno: failure)
        }
        syncDirectory(of: path)
    }

    package func overwrite(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(path: path, errno: errno) }
        let failure = writeAll(bytes, to: descriptor) ? 0 : errno
        if close(descriptor) != 0 || failure != 0 { throw FileError(path: path, errno: failure == 0 ? errno : failure) }
    }

    package func remove(_ path: String) throws(FileError) {
        if unsafe unlink(path) != 0 { throw FileError(path: path, errno: errno) }
    }

    package func fileExists(_ path: String) -> Bool { kind(path) == S_IFREG }
    package func directoryExists(_ path: String) -> Bool { kind(path) == S_IFDIR }
    package func directoryIsWritable(_ path: String) -> Bool {
        unsafe directoryExists(path) && access(path, W_OK | X_OK) == 0
    }

    private func kind(_ path: String) -> mode_t { (status(path)?.st_mode ?? 0) & S_IFMT }

    private func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    /// Bytes read at a time: most files whole.
    private static var readBytesMax: Int { 64 << 10 }

    private func readAll(_ descriptor: Int32, _ path: String) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: Self.readBytesMax)
        while true {
            let count = unsafe Glibc.read(descriptor, &part, part.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(path: path, errno: errno)
            }
            bytes += part[..<count]
        }
    }

    /// Makes a rename durable. File systems that cannot are no reason to fail: the bytes are there.
    private func syncDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Files that exist in memory only. Directories are those it is told of; any of them may be made unwritable, and any
/// path may be made to fail.
package final class SimulatedFiles: Files {
    private struct State {
        var files: [String: [UInt8]] = [:]
        var directories: Set<String> = ["/", "."]
        var failures: [String: Int32] = [:]
        var standardInput: [UInt8] = []
    }
    private let state = Mutex(State())

    package init() {}

    package func addDirectory(_ path: String) { state.withLock { _ = $0.directories.insert(path) } }
    package func setStandardInput(_ bytes: [UInt8]) { state.withLock { $0.standardInput = bytes } }
    /// Every operation on `path` fails with `errno` from now on; nil lets them succeed again.
    package func setFailure(_ errno: Int32?, for path: String) { state.withLock { $0.failures[path] = errno } }

    package func read(_ path: String) throws(FileError) -> [UInt8] {
        let (failure, bytes) = state.withLock { ($0.failures[path], $0.files[path]) }
        if let failure { throw FileError(path: path, errno: failure) }
        guard let bytes else { throw FileError(path: path, errno: ENOENT) }
        return bytes
    }

    package func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
        let failure: Int32? = state.withLock {
            if let failure = $0.failures[path] { return failure }
            $0.files[path] = bytes
            return nil
        }
        if let failure { throw FileError(path: path, errno: failure) }
    }

    package func overwrite(_ path: String, with bytes: [UInt8]) throws(FileError) {
        try writeAtomically(bytes, to: path)
    }

    package func remove(_ path: String) throws(FileError) {
        let failure: Int32? = state.withLock {
            if let failure = $0.failures[path] { return failure }
            return $0.files.removeValue(forKey: path) == nil ? ENOENT : nil
        }
        if let failure { throw FileError(path: path, errno: failure) }
    }

    package func fileExists(_ path: String) -> Bool { state.withLock { $0.files[path] != nil } }
    package func directoryExists(_ path: String) -> Bool { state.withLock { $0.directories.contains(path) } }
    package func directoryIsWritable(_ path: String) -> Bool {
        state.withLock { $0.directories.contains(path) && $0.failures[path] == nil }
    }
    package func readStandardInput() throws(FileError) -> [UInt8] { state.withLock { $0.standardInput } }
}
