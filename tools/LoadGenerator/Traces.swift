// Traces: recorded accesses to replay. Parsing only; bytes come from `FileBytes`.
//
// | format        | a record                                                                              |
// |---------------|---------------------------------------------------------------------------------------|
// | csv           | text: columns by a header's names or their number: key, size, operation, time           |
// | arc           | text: "first-block count ignored number": `count` consecutive blocks                    |
// | oracleGeneral | 24 bytes, little-endian: u32 time, u64 id, u32 size, i64 next access (libCacheSim)       |
// | ids           | text "time id size", blank-separated (AdaptSize)                                         |
// | u32be, u32le, i64be | packed ids                                                                         |

package struct Trace: Sendable {
    package struct Access: Sendable, BitwiseCopyable, Equatable {
        package var key: UInt64
        /// Bytes of the value, at most what a server takes, or -1 where the trace says none.
        package var size: Int32
        package var operation: Operation
        /// Nanoseconds since the trace began, or 0 where it says none.
        package var timeNs: UInt64

        package init(key: UInt64, size: Int32 = -1, operation: Operation = .read, timeNs: UInt64 = 0) {
            self.key = key
            self.size = min(size, Int32(SizeDistribution.sizesMax))
            self.operation = operation
            self.timeNs = timeNs
        }
    }

    /// What an access does to its object. Each is the number of its template in a replay's mix.
    package enum Operation: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        case read, write
        /// Writes only where there is none, or only where there is one.
        case add, replace
        case append, delete, increment, decrement
        /// Of an object that the trace counts with, whose value is a number therefore.
        case readCounter, writeCounter

        var counts: Bool { self == .increment || self == .decrement }

        /// The same on such an object.
        var ofCounter: Operation {
            switch self {
            case .read, .readCounter: .readCounter
            case .write, .add, .replace, .append, .writeCounter: .writeCounter
            case .delete, .increment, .decrement: self
            }
        }
    }

    package enum Format: String, Sendable, CaseIterable {
        case csv, arc, oracleGeneral, ids, u32be, u32le, i64be

        /// A guess by a file's name; compression suffixes are ignored.
        package init?(fileName: String) {
            var name = Substring(fileName.split(separator: "/").last ?? "")
            for suffix in [".xz", ".gz", ".zst"] where name.hasSuffix(suffix) { name = name.dropLast(suffix.count) }
            if name.hasSuffix(".csv") {
                self = .csv
            } else if name.hasSuffix(".lis") {
                self = .arc
            } else if name.contains("oracleGeneral") {
                self = .oracleGeneral
            } else {
                return nil
            }
        }
    }

    package struct ParseError: Error, Equatable, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package var accesses: [Access]

    package init(accesses: [Access]) { self.accesses = accesses }

    /// Reads a whole trace. `limit`: accesses at most.
    package init(_ bytes: [UInt8], format: Format, limit: Int = .max) throws(ParseError) {
        accesses = []
        switch format {
        case .oracleGeneral: try readOracleGeneral(bytes, limit)
        case .u32be, .u32le, .i64be: try readPacked(bytes, format, limit)
        case .arc: try readARC(bytes, limit)
        case .ids: try readIDs(bytes, limit)
        case .csv: try readCSV(bytes, limit)
        }
        spreadTimes()
    }

    /// Whether the accesses can be replayed at their times.
    package var hasTimes: Bool { accesses.contains { $0.timeNs > 0 } }

    /// Of the first record that has one.
    private var firstMs: UInt64?

    /// In nanoseconds since the trace began; a clock that goes back stands still.
    mutating func sinceStart(_ timeMs: UInt64) -> UInt64 {
        let first = firstMs ?? timeMs
        firstMs = first
        let (elapsedNs, over) = (timeMs - min(first, timeMs)).multipliedReportingOverflow(by: 1_000_000)
        return over ? .max : elapsedNs
    }

    /// Spreads the accesses between two ticks of the trace's clock: those of one second, where it tells no more, did
    /// not come all at once. The clock's tick is the least time between two accesses of different times. O(accesses).
    private mutating func spreadTimes() {
        var tick = UInt64.max
        for index in accesses.indices.dropFirst() where accesses[index].timeNs > accesses[index - 1].timeNs {
            tick = min(tick, accesses[index].timeNs - accesses[index - 1].timeNs)
        }
        guard tick < .max else { return }
        var first = 0
        while first < accesses.count {
            let time = accesses[first].timeNs
            let end = accesses[first...].firstIndex { $0.timeNs != time } ?? accesses.count
            for index in first..<end {
                let share = tick.multipliedFullWidth(by: UInt64(index - first))
                accesses[index].timeNs = time &+ UInt64(end - first).dividingFullWidth(share).quotient
            }
            first = end
        }
    }

    /// Different keys. O(accesses).
    package var distinctCount: Int { Set(accesses.map(\.key)).count }

    // MARK: Binary

    private mutating func readOracleGeneral(_ bytes: [UInt8], _ limit: Int) throws(ParseError) {
        let recordBytes = 24
        guard bytes.count % recordBytes == 0 else {
            throw ParseError(
                description: "an oracleGeneral file is a multiple of \(recordBytes) bytes, not \(bytes.count)")
        }
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
        }
        let count = min(limit, bytes.count / recordBytes)
        accesses.reserveCapacity(count)
        for record in 0..<count {
            let offset = record * recordBytes
            let size = Int32(clamping: number(offset + 12, 4))
            accesses.append(
                Access(key: number(offset + 4, 8), size: size, timeNs: sinceStart(number(offset, 4) * 1000)))
        }
    }

    private mutating func readPacked(_ bytes: [UInt8], _ format: Format, _ limit: Int) throws(ParseError) {
        let width = format == .i64be ? 8 : 4
        guard bytes.count % width == 0 else {
            throw ParseError(description: "a file of \(width)-byte ids cannot have \(bytes.count) bytes")
        }
        let count = min(limit, bytes.count / width)
        accesses.reserveCapacity(count)
        for record in 0..<count {
            var key: UInt64 = 0
            for index in 0..<width {
                let byte = UInt64(bytes[record * width + index])
                key |= byte << UInt64(8 * (format == .u32le ? index : width - 1 - index))
            }
            accesses.append(Access(key: key))
        }
    }

    // MARK: Text

    /// Lines with their numbers from 0, without those that are blank (the files of some systems end lines with CR LF).
    static func lines(_ bytes: [UInt8]) -> [(Int, ArraySlice<UInt8>)] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .filter { !$0.element.allSatisfy { $0 == 13 || $0 == 32 } }.map { ($0.offset, $0.element) }
    }

    private mutating func readARC(_ bytes: [UInt8], _ limit: Int) throws(ParseError) {
        for (number, line) in Self.lines(bytes) {
            guard accesses.count < limit else { return }
            let fields = line.split(whereSeparator: { $0 == 32 || $0 == 9 })
            guard fields.count >= 2, let first = Self.number(fields[0]), let count = Self.number(fields[1]),
                count <= UInt64(UInt32.max), first <= .max - count
            else { throw ParseError(description: "line \(number + 1): not \"first-block count …\"") }
            for block in first..<first + min(count, UInt64(limit - accesses.count)) {
                accesses.append(Access(key: block))
            }
        }
    }

    private mutating func readIDs(_ bytes: [UInt8], _ limit: Int) throws(ParseError) {
        for (number, line) in Self.lines(bytes) {
            guard accesses.count < limit else { return }
            let fields = line.split(whereSeparator: { $0 == 32 || $0 == 9 || $0 == 13 })
            guard fields.count >= 3, let time = Self.thousandths(fields[0]), let key = Self.number(fields[1]),
                let size = Self.number(fields[2])
            else { throw ParseError(description: "line \(number + 1): not \"time id size\"") }
            accesses.append(Access(key: key, size: Int32(clamping: size), timeNs: sinceStart(time)))
        }
    }

    static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var seen = false
        for byte in digits {
            if byte == 13 || byte == 32 { continue }
            guard (48...57).contains(byte) else { return nil }
            let (scaled, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) = scaled.addingReportingOverflow(UInt64(byte - 48))
            guard !over, !isBeyond else { return nil }
            value = sum
            seen = true
        }
        return seen ? value : nil
    }
}
