// The timeouts of blocking commands: seconds with a fraction, 0 for ever.

package import Datastore
internal import Memory
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
        if timeoutMs == 0 { return nil }
        let (deadlineMs, overflow) = database.nowMs.addingReportingOverflow(timeoutMs)
        if overflow { throw .reply("ERR timeout is out of range") }
        return deadlineMs
    }
}
