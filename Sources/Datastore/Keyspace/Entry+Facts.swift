// What MEMORY and DEBUG tell of an entry: its place and size.

internal import CAllocator
internal import CDatastore
internal import Memory

extension Entry {
    /// Bytes that the key, its expiry and its value take, in the allocator's classes. O(1).
    package var memoryBytes: Int {
        let record = unsafe Allocator.usableSize(apus_entry_size(raw))
        guard !isInline else { return record }
        if isString { return record + Allocator.usableSize(Int(unsafe apus_block_footprint(block))) }
        return record + withSortedSet { $0.byteCount }
    }

    /// Where the entry is. Tells keys apart, and whether one has moved.
    package var address: UInt { unsafe UInt(bitPattern: raw) }

    /// Bytes of the value as a snapshot would keep it uncompressed.
    package var serializedBytes: Int {
        if isString {
            guard let integer else { return Self.prefixed(stringCount) }
            if Int8(exactly: integer) != nil { return 2 }
            if Int16(exactly: integer) != nil { return 3 }
            return Int32(exactly: integer) != nil ? 5 : Self.prefixed(stringCount)
        }
        return withSortedSet { set in
            if set.encoding == .listpack { return Self.prefixed(set.byteCount) }
            var bytes = Self.prefixed(set.count) - set.count
            var cursor = set.cursor(ranks: 0..<set.count)
            while let member = cursor.next() {
                member.withBytes { bytes += Self.prefixed($0.count) + MemoryLayout<Double>.size }
            }
            return bytes
        }
    }

    /// A string's bytes with its length before them: in 6 bits, 14 bits or 4 bytes.
    private static func prefixed(_ count: Int) -> Int {
        count + (count < 1 << 6 ? 1 : count < 1 << 14 ? 2 : 5)
    }
}
