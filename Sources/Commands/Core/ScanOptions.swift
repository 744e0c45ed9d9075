// ScanOptions: the words that SCAN and its kin have in common.

internal import Memory
internal import RESP

struct ScanOptions {
    /// What a step should find: COUNT.
    private(set) var wanted = 10
    /// The argument of MATCH; nil if everything matches.
    private var patternIndex: Int?

    /// Takes an option with its value; false if it is none that all of them have.
    mutating func take(_ word: ByteView, _ words: inout Request.Options) throws(CommandError) -> Bool {
        if word.isWord("NOVALUES") { throw .reply("ERR NOVALUES option can only be used in HSCAN") }
        if word.isWord("COUNT") {
            wanted = try words.integer()
            if wanted < 1 { throw .syntax }
        } else if word.isWord("MATCH") {
            let index = words.index
            // "*" is no pattern: as one, it would leave out what is empty.
            patternIndex = try words.value() == ByteView("*") ? nil : index
        } else {
            return false
        }
        return true
    }

    /// What names must match; nil if any does.
    @_lifetime(copy request)
    func pattern(in request: Request) -> ByteView? {
        guard let patternIndex else { return nil }
        return request[patternIndex]
    }
}
