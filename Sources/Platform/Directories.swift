// The working directory and patterns of paths, as the configuration needs them.

import Glibc

package enum Directories {
    /// The absolute path of the working directory; `.` if the system cannot tell.
    package static var current: String {
        guard let path = unsafe getcwd(nil, 0) else { return "." }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    /// Makes `path` the working directory.
    /// - Returns: the system's text of why that is not possible, or nil.
    package static func change(to path: String) -> String? {
        unsafe chdir(path) == 0 ? nil : ErrorText.of(errno)
    }

    /// The existing paths that match a shell pattern, sorted.
    package static func matching(_ pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        var paths: [String] = []
        for index in unsafe 0..<Int(found.gl_pathc) {
            if let path = unsafe found.gl_pathv[index] { unsafe paths.append(String(cString: path)) }
        }
        return paths
    }
}
