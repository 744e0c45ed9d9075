// ProcessFacts: what INFO tells about the process and its machine, and the limits that the configuration meets.
// The resident set is the allocator's to tell (Memory.Allocator).

internal import CPlatform
internal import Glibc

package enum ProcessFacts {
    /// CPU time in microseconds.
    package struct Usage: Sendable {
        package let userUs, systemUs: Int64
    }

    package static var id: Int32 { getpid() }

    /// Of the whole process, of its children that have ended, and of the calling thread.
    package static var usage: Usage { Usage(apus_usage_of_process()) }
    package static var usageOfChildren: Usage { Usage(apus_usage_of_children()) }
    package static var usageOfThread: Usage { Usage(apus_usage_of_thread()) }

    /// Physical memory of the machine in bytes.
    package static let physicalMemoryBytes = Int(apus_physical_memory())

    /// "Linux 6.1.0 x86_64"
    package static let systemName: String = {
        var text = [CChar](repeating: 0, count: 512)
        unsafe apus_system_name(&text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    /// Whether the machine has a locale of this name to collate by. The empty name is that of the environment.
    package static func hasLocale(_ name: [UInt8]) -> Bool {
        guard let locale = unsafe newlocale(LC_COLLATE_MASK, name.map(CChar.init(bitPattern:)) + [0], nil) else {
            return false
        }
        unsafe freelocale(locale)
        return true
    }

    /// 64 or 32.
    package static var architectureBits: Int { Int.bitWidth }

    /// The absolute path of the program; empty if /proc does not tell.
    package static let executablePath: String = {
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe path.withUnsafeMutableBytes { bytes in
            unsafe readlink("/proc/self/exe", bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return count > 0 ? String(decoding: path[..<count], as: UTF8.self) : ""
    }()

    /// Tries to raise the number of descriptors that the process may open at a time to `wanted`, or as near to it as
    /// allowed. Returns the limit then in force.
    package static func raiseOpenFilesLimit(to wanted: Int) -> Int {
        Int(clamping: apus_raise_open_files_limit(UInt64(wanted)))
    }

    /// CPUs that the process may use: those it may be scheduled on, but no more than its control group's quota, rounded
    /// up. At least 1.
    package static func usableCpus(_ files: some Files = SystemFiles()) -> Int {
        var cpus = Int(apus_cpus_in_affinity())
        guard let groups = try? files.read("/proc/self/cgroup"), var path = ControlGroup.path(groups)
        else { return cpus }
        // Every group on the way to the root may set a quota; in a container the path seen is often just "/".
        while true {
            let file = "/sys/fs/cgroup" + (path == "/" ? "" : path) + "/cpu.max"
            if let quota = try? files.read(file), let limit = ControlGroup.cpus(quota) { cpus = min(cpus, limit) }
            guard path != "/", let slash = path.lastIndex(of: "/") else { return max(cpus, 1) }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }
}

extension ProcessFacts.Usage {
    fileprivate init(_ usage: apus_usage) {
        self.init(userUs: usage.user_us, systemUs: usage.system_us)
    }
}

/// The text files of control groups, version 2.
package enum ControlGroup {
    /// The path in a "0::/path" line of /proc/self/cgroup.
    package static func path(_ bytes: [UInt8]) -> String? {
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "0::/".utf8) {
            return String(decoding: line.dropFirst(3), as: UTF8.self)
        }
        return nil
    }

    /// The CPUs that a cpu.max file ("quota period" in microseconds, or "max period") grants; nil for no limit.
    package static func cpus(_ bytes: [UInt8]) -> Int? {
        let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0
        else { return nil }
        return max(1, quota / period + (quota % period == 0 ? 0 : 1))
    }
}
