// What the process asks for itself, as far as asking harms no other test.

import Testing

@testable import Platform

@Suite struct ProcessorListTests {
    @Test(arguments: [
        ("0", [0]), ("0,2,1", [0, 2, 1]), ("3-6", [3, 4, 5, 6]), ("0-7:2,9", [0, 2, 4, 6, 9]), ("4-4", [4]),
        ("1-2:9", [1]), ("65536", [65536]), ("1-65536:4294967295", [1]),
    ] as [(String, [UInt32])])
    func listsAreRead(_ text: String, _ numbers: [UInt32]) {
        #expect(ProcessorList(text)?.numbers == numbers)
    }

    @Test(arguments: [
        "", ",", "1,", "a", "-1", "2-1", "1-", "1-2-3", "1:2:3", "0-7:0", "0-7:", ":2", "65537", "0-4294967295", " 1",
        "4294967296",
    ])
    func othersAreNot(_ text: String) {
        #expect(ProcessorList(text) == nil)
    }
}

@Suite struct ProcessControlTests {
    @Test func hugePagesAreRefusedWhereTheyComeUnasked() throws {
        let files = SimulatedFiles(), path = "/sys/kernel/mm/transparent_hugepage/enabled"
        #expect(!ProcessControl.hasHugePagesAlways(files))
        try files.writeAtomically(Array("always [madvise] never\n".utf8), to: path)
        #expect(!ProcessControl.hasHugePagesAlways(files))
        try files.writeAtomically(Array("[always] madvise never\n".utf8), to: path)
        #expect(ProcessControl.hasHugePagesAlways(files))
    }

    @Test func outOfMemoryScoresAreReadAndWritten() throws {
        let files = SimulatedFiles(), path = "/proc/self/oom_score_adj"
        #expect(ProcessControl.outOfMemoryScore(files) == nil)
        try files.writeAtomically(Array("-17\n".utf8), to: path)
        #expect(ProcessControl.outOfMemoryScore(files) == -17)
        try ProcessControl.setOutOfMemoryScore(300, files)
        #expect(try files.read(path) == Array("300".utf8))
        files.setFailure(13, for: path)
        #expect(throws: FileError.self) { try ProcessControl.setOutOfMemoryScore(1, files) }
    }

    @Test func groupsHaveNumbers() throws {
        #expect(try UserGroup.id(named: "root") == 0)
        let error = #expect(throws: SystemError.self) { try UserGroup.id(named: "no such group") }
        #expect(error?.text == "No such file or directory")
    }
}
