// Signals and crash reports, each in a process of its own.

import CPlatform
import Glibc
import Platform
import Testing

private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

/// The pool threads that run tests block signals; a server's main thread does not.
private func unblockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
}

@Suite struct SignalTests {
    @Test func aSignalIsRememberedAndWritten() async {
        await #expect(processExitsWith: .exitCode(0)) {
            unblockSignals()
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, Signals.start(notifying: ends[1]) == 0 else { exit(2) }
            guard Signals.received == nil else { exit(3) }
            raise(SIGHUP)
            raise(SIGPIPE)
            guard Signals.received == nil else { exit(4) }
            raise(SIGTERM)
            var bytes = [UInt8](repeating: 0, count: 16)
            guard read(ends[0], &bytes, 16) == 8, Signals.received == SIGTERM else { exit(5) }
            Signals.forget()
            guard Signals.received == nil else { exit(6) }
            exit(0)
        }
    }

    @Test func theSecondInterruptEndsTheProcess() async throws {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            unblockSignals()
            Signals.start(notifying: -1)
            raise(SIGINT)
            raise(SIGINT)
            exit(0)
        }
        let report = text(result?.standardErrorContent)
        #expect(report.contains("Second interrupt"))
    }

    @Test func threadsLeaveSignalsToMain() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let thread = try Thread.start(name: "worker") {
                var blocked = sigset_t()
                pthread_sigmask(SIG_BLOCK, nil, &blocked)
                if sigismember(&blocked, SIGTERM) != 1 || sigismember(&blocked, SIGSEGV) != 0 { exit(2) }
            }
            thread.join()
            exit(0)
        }
    }
}

// A sanitizer has reports and stacks of its own for these signals.
@Suite struct CrashReporterTests {
    @Test func aTrapIsReportedWithItsCommand() async throws {
        let result = await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
            CrashReporter.start(program: "Apus test")
            let thread = try Thread.start(name: "worker") {
                let command = Array("GET k\u{1}ey".utf8)
                command.withUnsafeBufferPointer {
                    apus_crash_note($0.baseAddress!, $0.count)
                    // An address that no process has.
                    UnsafeMutablePointer<UInt8>(bitPattern: 0x10)!.pointee = 1
                }
            }
            thread.join()
        }
        let report = text(result?.standardErrorContent)
        #expect(report.contains("Apus test crashed by signal: 11 (SIGSEGV)"))
        #expect(report.contains("Accessing address: 0x10"))
        #expect(report.contains("'GET k.ey'"))
        #expect(report.contains("STACK TRACE"))
        #expect(report.contains("BUG REPORT END"))
    }

    @Test func aFailedPreconditionIsReported() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            CrashReporter.start(program: "Apus test")
            let thread = try Thread.start(name: "worker", stackBytes: 128 * 1024) {
                var number = Int.random(in: 1...2)
                while true { number += number }
            }
            thread.join()
        }
        let report = text(result?.standardErrorContent)
        #expect(report.contains("(SIGILL)") || report.contains("(SIGTRAP)"))
        #expect(report.contains("BUG REPORT END"))
    }

    @Test func aNoteThatWentAwayDoesNoHarm() async throws {
        let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
            CrashReporter.start(program: "Apus test")
            apus_crash_note(UnsafePointer(bitPattern: 0x10)!, 40)
            abort()
        }
        let report = text(result?.standardErrorContent)
        #expect(report.contains("(SIGABRT)"))
        #expect(report.contains("(unreadable)"))
        #expect(report.contains("BUG REPORT END"))
    }

    @Test func anOverflowedStackIsReported() async throws {
        let result = await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
            CrashReporter.start(program: "Apus test")
            let thread = try Thread.start(name: "deep", stackBytes: 128 * 1024) { _ = depth(1) }
            thread.join()
        }
        let report = text(result?.standardErrorContent)
        #expect(report.contains("BUG REPORT END"))
    }

    @Test func reportsGoToTheLog() async throws {
        let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardOutputContent]) {
            CrashReporter.start(program: "Apus test")
            CrashReporter.setLog(LogSink(path: ""))
            apus_crash_note(nil, 0)
            abort()
        }
        let report = text(result?.standardOutputContent)
        #expect(report.contains("(none on this thread)"))
    }
}

/// Recursion without end, which the optimizer cannot turn into a loop.
@inline(never)
private func depth(_ level: Int) -> Int {
    var space = [level, level + 1]
    space.withUnsafeMutableBufferPointer { $0[0] = level }
    return depth(level ^ space[0]) ^ space[1]
}
