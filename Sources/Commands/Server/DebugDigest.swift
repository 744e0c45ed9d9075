// DEBUG DIGEST and DIGEST-VALUE: what tells whether two states of the data are the same.

internal import Datastore
internal import Memory
internal import RESP

extension DEBUG {
    /// Replies with the digest of all databases. O(data).
    static func digest(_ database: inout Database, _ reply: inout Reply) {
        let selected = database.index
        defer { database.index = selected }
        var sum = Digest()
        for index in 0..<database.keyspace.databaseCount where database.keyspace.count(inDatabase: index) > 0 {
            database.index = index
            for key in keys(of: &database) { sum.add(digest(Key(ByteView(key.span)), &database, ofKey: true)) }
        }
        reply.simpleString(text: sum.text)
    }

    private static func keys(of database: inout Database) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var batch = ScanBatch()
        var cursor: UInt64 = 0
        repeat {
            cursor = database.scan(from: .init(cursor), wanted: .max, batch: &batch) { key, _ in
                keys.append(key.copied())
            }
        } while cursor != 0
        return keys
    }

    /// Replies with the digest of each value. O(values).
    static func digestValues(_ request: Request, _ database: inout Database, _ reply: inout Reply) {
        reply.array(request.count - 2)
        for index in 2..<request.count {
            reply.simpleString(text: digest(request.key(at: index), &database, ofKey: false).text)
        }
    }

    /// The digest of a value and of whether it has an expiry, which may have come; `ofKey`: together with its database
    /// and key.
    private static func digest(_ key: Key, _ database: inout Database, ofKey: Bool) -> Digest {
        let index = database.index
        var digest = Digest()
        guard let entry = database.stored(key) else { return digest }
        if ofKey {
            digest.mix(UInt64(index))
            digest.mix(key.bytes)
        }
        digest.mix(entry.expiryMs == nil ? 0 : 1)
        digest.mix(UInt64(entry.type.rawValue))
        if entry.isString {
            digest.mix(entry.string)
        } else {
            var members = Digest()
            entry.withSortedSet { set in
                var cursor = set.cursor(ranks: 0..<set.count)
                while let member = cursor.next() {
                    var one = Digest()
                    member.withBytes { one.mix($0) }
                    one.mix(member.score.bitPattern)
                    members.add(one)
                }
            }
            digest.mix(members)
        }
        return digest
    }
}

/// 160 bits that depend on what was mixed in, and, in sums, not on the order of the parts.
private struct Digest {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// Forty hexadecimal digits: all but the lower half of the last word.
    var text: String {
        let (first, second, third) = words
        return [(first, 16), (second, 16), (third >> 32, 8)].map { word, width in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: width - digits.count) + digits
        }.joined()
    }

    mutating func add(_ other: Digest) {
        words.0 &+= other.words.0
        words.1 &+= other.words.1
        words.2 &+= other.words.2
    }

    mutating func mix(_ other: Digest) {
        mix(other.words.0)
        mix(other.words.1)
        mix(other.words.2)
    }

    mutating func mix(_ bytes: ByteView) {
        mix(UInt64(bytes.count))
        for index in 0..<bytes.count { mix(UInt64(bytes[index])) }
    }

    /// Each word by a multiplier of its own, odd and without a pattern, and a shift that brings high bits down.
    mutating func mix(_ value: UInt64) {
        words.0 = Self.stir(words.0 ^ value &+ 0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9)
        words.1 = Self.stir(words.1 ^ value &+ 0xD1B5_4A32_D192_ED03, 0x94D0_49BB_1331_11EB)
        words.2 = Self.stir(words.2 ^ value &+ 0x8CB9_2BA7_2F3D_8DD7, 0xAF25_1AF3_B0F0_25B5)
    }

    private static func stir(_ word: UInt64, _ multiplier: UInt64) -> UInt64 {
        let product = word &* multiplier
        return product ^ product >> 29
    }
}
