// ProcessControl: what the process asks of the kernel for itself: a title, processors, memory, its place among those
// that are killed when memory runs out.

internal import CPlatform
internal import Glibc

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

/// Processors by number, written as "0-7:2,9": from 0 to 7 by 2, and 9.
package struct ProcessorList: Sendable, Equatable {
    package let numbers: [UInt32]

    /// More processors than any machine has.
    private static let numberMax: UInt32 = 1 << 16

    /// Nil if the text is no such list, or an empty one.
    package init?(_ text: some StringProtocol) {
        var numbers: [UInt32] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = UInt32(ends[0]), let last = UInt32(ends[ends.count - 1]), first <= last,
                let step = halves.count == 1 ? 1 : UInt32(halves[1]), step > 0, last <= Self.numberMax
            else { return nil }
            numbers += stride(from: first, through: last, by: Int(step))
        }
        if numbers.isEmpty { return nil }
        self.numbers = numbers
    }
}

/// Users of the machine.
package enum UserGroup {
    /// The number of a group.
    /// - Throws: the system's error, ENOENT if there is no such group.
    package static func id(named name: String) throws(SystemError) -> UInt32 {
        let id = unsafe apus_group_id(name)
        guard id >= 0 else { throw SystemError(errno: Int32(-id)) }
        return UInt32(id)
    }
}
