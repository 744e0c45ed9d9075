// FileBytes: whole files in and out.

internal import Glibc
internal import Platform

/// Lines beside the output proper.
package enum StandardError {
    package static func write(_ text: String) {
        guard !text.isEmpty else { return }
        try? FileBytes.write(Format.printable(text), descriptor: 2)
    }
}

/// The output proper, at once: what cannot be written is an error, where `print` is silent.
package enum StandardOutput {
    package static func write(_ text: String, descriptor: Int32 = 1) throws(FileBytes.Failure) {
        do { try FileBytes.write(Format.printable(text), descriptor: descriptor) } catch {
            throw FileBytes.failure("standard output")
        }
    }
}

/// How many descriptors the process may have open: thousands of connections need more than the usual 1024.
package enum DescriptorLimit {
    /// Takes all that the system grants without privileges.
    package static func raise() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(resource, &limit)
    }
}

package enum FileBytes {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// A whole file; `-` is the standard input.
    package static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if descriptor != 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }

    /// The program that unpacks bytes that begin like a compressed file; nil for others.
    package static func unpacker(of bytes: [UInt8]) -> String? {
        let signatures: [([UInt8], String)] = [
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz -dc"), ([0x1F, 0x8B], "gzip -dc"),
            ([0x28, 0xB5, 0x2F, 0xFD], "zstd -dc"), (Array("BZh".utf8), "bzip2 -dc"),
        ]
        return signatures.first { bytes.starts(with: $0.0) }?.1
    }

    /// Fails where a file could not be written, and leaves what is there as it is: told before the work, not after it.
    package static func requireWritable(_ path: String) throws(Failure) {
        if path == "-" { return }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        close(descriptor)
    }

    package static func write(_ text: String, to path: String) throws(Failure) {
        if path == "-" { return try StandardOutput.write(text) }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        do { try write(text, descriptor: descriptor) } catch { throw failure(path) }
    }

    /// All of it, or an error with errno set.
    static func write(_ text: String, descriptor: Int32) throws(Failure) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write") }
            rest = rest.dropFirst(count)
        }
    }

    fileprivate static func failure(_ path: String) -> Failure {
        Failure(description: "\(path): \(ErrorText.of(errno))")
    }
}
