// Databases' numbers as arguments, read alike by all commands that take one.

internal import Datastore
internal import Memory
internal import RESP

extension CommandError {
    static let noSuchDatabase = reply("ERR DB index is out of range")
}

extension Database {
    func hasDatabase(_ number: Int) -> Bool { (0..<keyspace.databaseCount).contains(number) }

    /// The database that an argument of SELECT, MOVE or COPY names.
    func number(of word: ByteView) throws(CommandError) -> Int {
        guard word.integer != nil else { throw .notAnInteger }
        guard let number = word.integer32 else {
            throw .reply("ERR value is out of range, value must between -2147483648 and 2147483647")
        }
        guard hasDatabase(number) else { throw .noSuchDatabase }
        return number
    }
}

extension ByteView {
    /// An integer of 32 bits, as Redis counts databases; nil for other text.
    var integer32: Int? { integer.flatMap { Int32(exactly: $0) }.map(Int.init) }
}
