// The timeouts of commands that wait: seconds with a fraction or whole milliseconds, 0 for ever.

package import Datastore
internal import RESP

extension Request {
    /// Argument `index` as the moment (Unix milliseconds) at which a wait that begins now ends; nil for never.
    package func deadlineMs(at index: Int, _ database: borrowing Database) throws(CommandError) -> Int64? {
        // Rounded up, so that a positive timeout, however short, is not "for ever".
        guard let milliseconds = arguments[index].timeoutMs else {
            throw .reply("ERR timeout is not a float or out of range")
        }
        if milliseconds < 0 { throw .reply("ERR timeout is negative") }
        guard let timeoutMs = Int64(exactly: milliseconds) else { throw .reply("ERR timeout is out of range") }
        return try database.deadlineMs(after: timeoutMs)
    }

    /// The same of an argument that counts milliseconds.
    func deadlineOfMilliseconds(at index: Int, _ database: borrowing Database) throws(CommandError) -> Int64? {
        let timeoutMs = try integer(at: index, or: .reply("ERR timeout is not an integer or out of range"))
        if timeoutMs < 0 { throw .reply("ERR timeout is negative") }
        return try database.deadlineMs(after: Int64(timeoutMs))
    }
}

extension Database {
    /// When so many milliseconds from now have passed; nil for none, which mean for ever.
    fileprivate func deadlineMs(after timeoutMs: Int64) throws(CommandError) -> Int64? {
        if timeoutMs == 0 { return nil }
        let (deadlineMs, overflow) = nowMs.addingReportingOverflow(timeoutMs)
        if overflow { throw .reply("ERR timeout is out of range") }
        return deadlineMs
    }
}
