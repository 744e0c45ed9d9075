// The log's lines, its threshold and its sink.

import Foundation
import Logging
import Platform
import Testing

@testable import Server

@Suite struct LogLineTests {
    private func line(
        _ message: String, _ format: LogFormat, _ timestamp: LogTimestampFormat = .legacy, offsetSeconds: Int = 0
    ) -> String {
        let time = LocalTime(
            year: 2026, month: 11, day: 1, hour: 3, minute: 4, second: 5, millisecond: 7,
            offsetSeconds: offsetSeconds, unixMilliseconds: 1_795_220_229_443)
        let line = LogLine(process: 12345, role: .primary, time: time, level: .notice, message: message)
        return String(decoding: line.text(format, timestamp), as: UTF8.self)
    }

    @Test func layoutsAreTheReferences() {
        #expect(line("Ready", .legacy) == "12345:M 01 Nov 2026 03:04:05.007 * Ready\n")
        #expect(line("Ready", .legacy, .milliseconds) == "12345:M 1795220229443 * Ready\n")
        #expect(
            line("Ready", .legacy, .iso8601, offsetSeconds: -19800)
                == "12345:M 2026-11-01T03:04:05.007-05:30 * Ready\n")
        #expect(
            line("Ready", .logfmt, .iso8601)
                == #"pid=12345 role=primary timestamp="2026-11-01T03:04:05.007+00:00" level=notice "#
                + #"message="Ready""# + "\n")
        #expect(
            line("Ready", .json) == #"{"pid":12345,"role":"primary","timestamp":"01 Nov 2026 03:04:05.007","#
                + #""level":"notice","message":"Ready"}"# + "\n")
    }

    @Test func messagesCannotEndTheirField() {
        #expect(line("a\"b\\c\nd\te\r", .logfmt).hasSuffix("message=\"a'b\\c d\te \"\n"))
        #expect(line("a\"b\\c\nd\te\u{1}\r\u{8}", .json).hasSuffix(#""message":"a\"b\\c\nd\te\u0001\r\b"}"# + "\n"))
    }

    @Test func longMessagesAreCut() {
        let text = line(String(repeating: "x", count: 3000), .legacy)
        #expect(text.filter { $0 == "x" }.count == LogLine.messageBytesMax)
    }
}

@Suite struct LogTests {
    private func withLog(_ body: (Log, String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID()).log").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = Configuration()
        configuration.logFile = path
        try body(Log(Log.Settings(configuration)), path)
    }

    private func lines(_ path: String) -> [String] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    @Test func theThresholdChangesAtRunTime() throws {
        try withLog { log, path in
            let logger = log.logger()
            logger.info("one")
            logger.notice("two", metadata: ["b": "2", "a": "1"])
            var settings = log.settings
            settings.level = .verbose
            log.configure(settings)
            logger.info("three")
            settings.level = .nothing
            log.configure(settings)
            logger.critical("four")
            let written = lines(path)
            #expect(written.count == 2)
            #expect(written.first?.hasSuffix("* two a=1 b=2") == true)
            #expect(written.last?.hasSuffix("- three") == true)
        }
    }

    @Test func aRemovedFileStartsAfresh() throws {
        try withLog { log, path in
            log.write(.notice, "one")
            try FileManager.default.removeItem(atPath: path)
            log.write(.warning, "two")
            #expect(lines(path).count == 1)
            #expect(lines(path).first?.hasSuffix("# two") == true)
        }
    }

    @Test func aFileThatCannotBeOpenedIsTold() {
        #expect(LogSink(path: "/nonexistent/log").refusal() == "No such file or directory")
        #expect(LogSink(path: "").refusal() == nil)
    }

    @Test func threadsDoNotMixTheirLines() throws {
        try withLog { log, path in
            let text = String(repeating: "x", count: 500)
            DispatchQueue.concurrentPerform(iterations: 400) { _ in log.write(.notice, text) }
            let written = lines(path)
            #expect(written.count == 400)
            #expect(written.allSatisfy { $0.hasSuffix("* \(text)") })
        }
    }

    @Test func localTimeAgreesWithTheCalendar() {
        let time = LocalTime(unixMilliseconds: 1_795_220_229_443)
        let parts = Calendar(identifier: .gregorian).dateComponents(
            in: .current, from: Date(timeIntervalSince1970: 1_795_220_229.443))
        #expect(time.year == parts.year && time.month == parts.month && time.day == parts.day)
        #expect(time.hour == parts.hour && time.minute == parts.minute && time.second == parts.second)
        #expect(time.millisecond == 443)
    }
}
