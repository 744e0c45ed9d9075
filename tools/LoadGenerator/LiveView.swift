// LiveView: the run while it goes on: one frame, redrawn in place on a terminal; nothing elsewhere.

internal import Glibc
internal import Network
internal import Synchronization

package final class LiveView: RunObserver {
    private let style = TerminalStyle.current
    private let isTerminal: Bool
    private var linesDrawn = 0
    private var name = ""
    private var connections = 0
    private var rates: [Double] = []
    private var lastServer: ServerSample?
    private var lastServerCPU = ""
    private var lastHitRatio = ""

    /// Marks of the rate's recent course.
    private static let coursesMax = 44
    private static let barWidth = 44

    package init(isShown: Bool) { isTerminal = isShown && isatty(2) == 1 && style.canMove }

    package var shouldStop: Bool { Interrupt.isRequested }

    package func runDidBegin(_ name: String, connections: Int) {
        self.name = Format.printable(name)
        self.connections = connections
        rates = []
        linesDrawn = 0
        (lastServer, lastServerCPU, lastHitRatio) = (nil, "", "")
        drawLine("connecting \(Format.count(connections, "connection"))")
    }

    package func runDidBeginWarmUp(seconds: Double) { drawLine("warming up for \(Format.short(seconds)) s") }

    /// The frame while there is nothing to tell but what is being done.
    private func drawLine(_ text: String) {
        if isTerminal { draw(["\u{1B}[1m\(name)\u{1B}[0m  \(text)"]) }
    }

    package func runDidAdvance(_ interval: Interval, done: UInt64, fraction: Double?) {
        guard isTerminal else { return }
        if interval.seconds > 0.05 { rates.append(interval.rate) }
        if rates.count > Self.coursesMax { rates.removeFirst() }
        draw(frame(interval, done, fraction))
    }

    /// Removes the frame, for the report to take its place.
    package func clear() {
        guard isTerminal, linesDrawn > 0 else { return }
        emit("\u{1B}[\(linesDrawn)A\r\u{1B}[J")
        linesDrawn = 0
    }

    // MARK: The frame

    private func frame(_ interval: Interval, _ done: UInt64, _ fraction: Double?) -> [String] {
        func dim(_ text: String) -> String { "\u{1B}[2m\(text)\u{1B}[0m" }
        var lines = ["\u{1B}[1m\(name)\u{1B}[0m  \(dim("\(Format.count(connections, "connection")), Ctrl-C ends it"))"]
        let elapsed = Format.fixed(interval.endSeconds, 1)
        if let fraction {
            let full = Int(fraction * Double(Self.barWidth))
            let bar = String(repeating: "█", count: full) + dim(String(repeating: "░", count: Self.barWidth - full))
            lines.append("  \(bar) \(Format.padLeft(Format.fixed(fraction * 100, 0), 3)) %  \(elapsed) s")
        } else {
            lines.append("  \(elapsed) s")
        }
        /// A dim label and its value, padded to a column.
        func cell(_ label: String, _ value: String, _ width: Int) -> String {
            "\(dim(label)) \(Format.padRight(value, width)) "
        }
        let mean = interval.endSeconds > 0 ? Double(done) / interval.endSeconds : 0
        let rate = Format.padRight(Format.rate(interval.rate), 12)
        lines.append(
            "  rate     \(rate) " + cell("mean", Format.rate(mean), 12)
                + cell("done", Format.grouped(done), 0)
        )
        lines.append("           \u{1B}[36m\(course)\u{1B}[0m")
        let percentiles = [
            cell("p50", Format.latency(interval.p50Ns), 10), cell("p99", Format.latency(interval.p99Ns), 10),
            cell("p99.9", Format.latency(interval.p999Ns), 10), cell("max", Format.latency(interval.maxNs), 0),
        ]
        lines.append("  latency  " + percentiles.joined())
        if let server = interval.server {
            // A sample that is no new one tells nothing new.
            if let last = lastServer, server.timeNs > last.timeNs {
                lastServerCPU = server.cpuShare(since: last).map(Format.percent) ?? ""
                lastHitRatio = server.hitRatio(since: last).map { cell("hit ratio", Format.percent($0), 0) } ?? ""
            }
            lastServer = server
            let memory = cell("memory", Format.bytes(server.usedMemoryBytes), 10)
            lines.append("  server   " + cell("CPU", lastServerCPU, 10) + memory + lastHitRatio)
        }
        if interval.errors > 0 || interval.mismatches > 0 {
            let wrong =
                "\(Format.grouped(interval.errors)) in this interval, "
                + "\(Format.grouped(interval.mismatches)) wrong replies"
            lines.append("  \u{1B}[31merrors   \(wrong)\u{1B}[0m")
        }
        return lines
    }

    /// The rate's recent course in eighths.
    private var course: String {
        let top = rates.max() ?? 0
        guard top > 0 else { return "" }
        let marks = Array("▁▂▃▄▅▆▇█")
        return String(rates.map { marks[min(7, Int($0 / top * 7.99))] })
    }

    private func draw(_ lines: [String]) {
        var text = linesDrawn > 0 ? "\u{1B}[\(linesDrawn)A\r" : ""
        let (width, height) = Self.terminalSize
        // The cursor stands below the frame: a line more than that leaves would scroll the window.
        let shown = lines.prefix(max(1, height - 1))
        for line in shown { text += "\(Self.cut(style.adapted(line), to: width))\u{1B}[K\n" }
        text += "\u{1B}[J"
        linesDrawn = shown.count
        emit(text)
    }

    /// Columns and rows. Asked for each frame: windows change.
    private static var terminalSize: (width: Int, height: Int) {
        var size = winsize()
        guard unsafe ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// What of a line fits into `width` columns; escape sequences take no room. A longer line would take two rows, and
    /// the next frame would be drawn below this one.
    static func cut(_ line: String, to width: Int) -> String {
        var text = ""
        var used = 0
        for (character, isEscape) in TerminalStyle.pieces(of: line) {
            if isEscape {
                text.append(character)
                continue
            }
            // A command line may hold anything; a control character would move the cursor.
            let isControl = character.unicodeScalars.contains(where: \.isControl)
            used += isControl ? 1 : TerminalStyle.columns(of: character)
            if used <= width { text.append(isControl ? "?" : character) }
        }
        return text
    }

    private func emit(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe write(2, bytes.baseAddress, bytes.count) }
    }
}

/// Ctrl-C, as a request rather than an end; a second one ends at once.
package enum Interrupt {
    /// Of the first one, monotonic; 0: none has come.
    private static let firstNs = Atomic<UInt64>(0)

    /// timeout(1) and others signal the process and then its group: that is one request, and no person is as fast.
    private static let repeatsNs: UInt64 = 200_000_000

    package static var isRequested: Bool { firstNs.load(ordering: .relaxed) > 0 }

    /// Whether a signal is a second wish, and not the first one told twice.
    static func isAnother(_ nowNs: UInt64, after firstNs: UInt64) -> Bool {
        nowNs - min(firstNs, nowNs) > repeatsNs
    }

    package static func watch() {
        let handler: @convention(c) (Int32) -> Void = { _ in
            let now = RunLoop.now
            let (isFirst, first) = Interrupt.firstNs.compareExchange(
                expected: 0, desired: now, ordering: .relaxed)
            if !isFirst && Interrupt.isAnother(now, after: first) { _exit(130) }
        }
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
        signal(SIGPIPE, SIG_IGN)
    }
}
