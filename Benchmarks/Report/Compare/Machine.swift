// Machine: what a reader of the figures wants to know about where they come from.

internal import Platform

enum Machine {
    /// The processor's name, from the kernel; "unknown" without one.
    static var processor: String {
        guard let bytes = try? SystemFiles().read("/proc/cpuinfo") else { return "unknown" }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown"
    }

    /// Today as yyyy-mm-dd (UTC), by the civil calendar's 400-year cycle of 146,097 days that begins in March.
    static var day: String {
        let days = Int(Clock.system.now().unixSeconds / 86400) + 719_468
        let inCycle = days % 146_097
        let year = (inCycle - inCycle / 1460 + inCycle / 36524 - inCycle / 146_096) / 365
        let inYear = inCycle - (365 * year + year / 4 - year / 100)
        let march = (5 * inYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        let civilYear = year + days / 146_097 * 400 + (month <= 2 ? 1 : 0)
        return "\(civilYear)-\(padded(month))-\(padded(inYear - (153 * march + 2) / 5 + 1))"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
