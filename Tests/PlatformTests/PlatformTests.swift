// The doors to the outside and their twins.

import Foundation
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct ClockTests {
    @Test func systemTimesAreSane() {
        let before = Clock.system.now()
        let after = Clock.system.now()
        #expect(after.monotonicNs >= before.monotonicNs)
        #expect(abs(Double(before.unixMs) / 1000 - Date().timeIntervalSince1970) < 60)
        #expect(before.unixMs == before.unixUs / 1000)
    }

    @Test func simulatedTimeMovesWhenTold() {
        let simulated = SimulatedClock(unixMs: 5000)
        let clock = Clock(simulated)
        let start = clock.now()
        #expect(start.unixMs == 5000 && clock.now() == start)
        simulated.advance(ms: 20)
        #expect(clock.now().unixMs == 5020)
        #expect(clock.monotonicNs == start.monotonicNs + 20_000_000)
        simulated.setWallClock(unixMs: 1)
        #expect(clock.now().unixMs == 1 && clock.monotonicNs == start.monotonicNs + 20_000_000)
    }
}

@Suite struct RandomnessTests {
    @Test func oneSeedOneSequence() {
        var first = Randomness(seed: 9)
        var second = Randomness(seed: 9)
        var other = Randomness(seed: 10)
        let sequence = (0..<100).map { _ in first.next() }
        #expect(sequence == (0..<100).map { _ in second.next() })
        #expect(sequence != (0..<100).map { _ in other.next() })
    }

    @Test func whatIsSplitOffGoesAWayOfItsOwn() {
        var whole = Randomness(seed: 9)
        var parts = [whole.split(), whole.split(), whole]
        let sequences = parts.indices.map { part in (0..<100).map { _ in parts[part].next() } }
        #expect(Set(sequences.joined()).count == 300)
    }

    @Test func everyNumberBelowIsEquallyLikely() {
        var random = Randomness(seed: 1)
        for bound in [1, 2, 3, 7, 1000] as [UInt64] {
            var counts = [Int](repeating: 0, count: Int(bound))
            for _ in 0..<(Int(bound) * 1000) { counts[Int(random.below(bound))] += 1 }
            // Six standard deviations of a binomial with mean 1000.
            #expect(counts.allSatisfy { abs($0 - 1000) < 200 })
        }
        #expect(random.below(1 << 63) < 1 << 63)
    }

    @Test func hexDigits() {
        var random = Randomness.system()
        let id = random.hexDigits(40)
        #expect(id.count == 40 && id.allSatisfy { "0123456789abcdef".contains($0) })
        #expect(id != random.hexDigits(40))
        #expect(Randomness.systemBytes(32) != Randomness.systemBytes(32))
    }
}

@Suite struct FilesTests {
    private func behaviour(of files: some Files, in directory: String) throws {
        let path = directory + "/file"
        #expect(files.directoryExists(directory) && files.directoryIsWritable(directory))
        #expect(!files.fileExists(path))
        #expect(throws: FileError(path: path, errno: ENOENT)) { try files.read(path) }
        let bytes = (0..<100_000).map { UInt8($0 & 255) }
        try files.writeAtomically(bytes, to: path)
        #expect(files.fileExists(path) && !files.directoryExists(path))
        #expect(try files.read(path) == bytes)
        try files.writeAtomically([], to: path)
        #expect(try files.read(path) == [])
        try files.remove(path)
        #expect(throws: FileError(path: path, errno: ENOENT)) { try files.remove(path) }
    }

    /// What only its owner may read stays so when it is replaced.
    @Test(arguments: [0o600, 0o640, 0o666]) func permissionsStay(mode: Int) throws {
        let path = FileManager.default.temporaryDirectory.path + "/apus-mode-\(ProcessFacts.id)-\(mode)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try SystemFiles().writeAtomically([1], to: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        try SystemFiles().writeAtomically([2], to: path)
        #expect(try SystemFiles().read(path) == [2])
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode)
    }

    @Test func bothWorldsBehaveAlike() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/apus-files-\(ProcessFacts.id)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try behaviour(of: SystemFiles(), in: directory)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)

        let simulated = SimulatedFiles()
        simulated.addDirectory(directory)
        try behaviour(of: simulated, in: directory)
    }

    @Test func failuresAreNamed() {
        let files = SimulatedFiles()
        files.setFailure(ENOSPC, for: "/full")
        let error = #expect(throws: FileError.self) { try files.writeAtomically([1], to: "/full") }
        let text = error.map(\.text)
        #expect(text == "No space left on device")
        #expect(throws: FileError.self) { try SystemFiles().writeAtomically([1], to: "/nowhere/at/all") }
        files.setStandardInput([1, 2])
        #expect(try! files.readStandardInput() == [1, 2])
    }
}

@Suite struct ThreadTests {
    @Test func bodiesRunOnTheirThread() throws {
        let sum = Mutex(0)
        let sums = Sums(sum)
        try concurrently(8) { index in sums.add(index) }
        #expect(sums.value == 28)
    }

    private final class Sums: Sendable {
        let sum: Mutex<Int>
        init(_ sum: consuming Mutex<Int>) { self.sum = sum }
        func add(_ value: Int) { sum.withLock { $0 += value } }
        var value: Int { sum.withLock { $0 } }
    }

    @Test func impossibleStacksAreRefused() {
        #expect(throws: SystemError.self) {
            let thread = try Thread.start(name: "tiny", stackBytes: 1) {}
            thread.join()
        }
    }
}

@Suite struct ProcessFactsTests {
    @Test func factsAreSane() {
        #expect(ProcessFacts.id > 0)
        #expect(ProcessFacts.physicalMemoryBytes > 1 << 26)
        #expect(ProcessFacts.systemName.hasPrefix("Linux "))
        #expect(ProcessFacts.executablePath.hasPrefix("/"))
        #expect(ProcessFacts.architectureBits == 64)
        #expect(ProcessFacts.usableCpus() >= 1)
        let limit = ProcessFacts.raiseOpenFilesLimit(to: 1)
        #expect(limit > 0 && ProcessFacts.raiseOpenFilesLimit(to: limit) == limit)
    }

    @Test func quotasRoundUp() {
        #expect(ControlGroup.cpus(Array("max 100000\n".utf8)) == nil)
        #expect(ControlGroup.cpus(Array("150000 100000\n".utf8)) == 2)
        #expect(ControlGroup.cpus(Array("200000 100000\n".utf8)) == 2)
        #expect(ControlGroup.cpus(Array("1000 100000\n".utf8)) == 1)
        #expect(ControlGroup.cpus(Array("9223372036854775807 1\n".utf8)) == Int.max)
        for bad in ["", "x y", "-5 100", "5 0", "5"] { #expect(ControlGroup.cpus(Array(bad.utf8)) == nil) }
        #expect(ControlGroup.path(Array("1:cpu:/x\n0::/a/b\n".utf8)) == "/a/b")
        #expect(ControlGroup.path(Array("12:cpu:/x\n".utf8)) == nil)
    }

    @Test func theTightestGroupOnTheWayCounts() throws {
        let files = SimulatedFiles()
        try files.writeAtomically(Array("0::/outer/inner\n".utf8), to: "/proc/self/cgroup")
        try files.writeAtomically(Array("max 100000\n".utf8), to: "/sys/fs/cgroup/outer/inner/cpu.max")
        try files.writeAtomically(Array("100000 100000\n".utf8), to: "/sys/fs/cgroup/outer/cpu.max")
        #expect(ProcessFacts.usableCpus(files) == 1)
    }
}
