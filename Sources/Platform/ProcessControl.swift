// ProcessControl: what the process asks of the kernel for itself: a title, processors, memory, its place among those
// that are killed when memory runs out.

internal import CPlatform

package enum ProcessControl {
    /// How the process was called.
    package static let invocation = CommandLine.arguments.first ?? ""

    /// Shows a title where ps(1) shows the command line, as much of it as fits there.
    package static func setTitle(_ title: String) {
        _ = invocation  // read before it is overwritten
        unsafe apus_process_set_title(title)
    }

    /// Keeps the calling thread, and those that it starts from then on, to some processors.
    /// - Returns: the system's text of why that is not possible, or nil.
    package static func keep(toProcessors list: ProcessorList) -> String? {
        let error = unsafe apus_keep_to_processors(list.numbers, list.numbers.count)
        return error == 0 ? nil : ErrorText.of(error)
    }

    /// Whether the system gives huge pages to everybody, asked or not.
    package static func hasHugePagesAlways(_ files: some Files = SystemFiles()) -> Bool {
        let setting = try? files.read("/sys/kernel/mm/transparent_hugepage/enabled")
        return setting.map { String(decoding: $0, as: UTF8.self).contains("[always]") } ?? false
    }

    /// Asks for no transparent huge pages in this process.
    /// - Returns: the system's text of why that is not possible, or nil.
    package static func refuseHugePages() -> String? {
        let error = apus_refuse_huge_pages()
        return error == 0 ? nil : ErrorText.of(error)
    }

    /// Who is killed first when memory runs out, -1000 (never) to 1000; nil if the kernel does not tell.
    package static func outOfMemoryScore(_ files: some Files = SystemFiles()) -> Int? {
        (try? files.read(outOfMemoryFile)).flatMap {
            Int(String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }
    }

    /// Changes that; less than it is takes a privileged process.
    package static func setOutOfMemoryScore(_ score: Int, _ files: some Files = SystemFiles()) throws(FileError) {
        try files.overwrite(outOfMemoryFile, with: Array(String(score).utf8))
    }

    private static var outOfMemoryFile: String { "/proc/self/oom_score_adj" }
}
