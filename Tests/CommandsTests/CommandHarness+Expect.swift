// What tests expect of the harness's replies.

import Testing

extension CommandHarness {
    /// Runs the line and compares the reply, written without its line ends: "$-1", "$3 abc", "*2 $1 a :1".
    func expect(
        _ line: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let reply = run(line).split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()
            .joined(separator: " ")
        #expect(reply == expected, "\(line)", sourceLocation: sourceLocation)
    }
}
