// Machine: what a reader of the figures wants to know about where they come from.

internal import LoadGenerator
internal import Platform

enum Machine {
    /// The processor's name, from the kernel; "unknown" without one.
    static var processor: String {
        guard let bytes = try? SystemFiles().read("/proc/cpuinfo") else { return "unknown" }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown"
    }

    /// Today as yyyy-mm-dd (UTC).
    static var day: String { String(Timestamp.now.prefix(10)) }
}
