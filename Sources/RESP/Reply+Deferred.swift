// Aggregates whose count is known only after their elements: the header is inserted in front of them at the end, into
// the same flat bytes, so a reader of the wire sees no difference.

internal import CText
internal import Memory

/// Where the header of an unfinished aggregate belongs. Marks are closed in the reverse of their order, like brackets.
package struct DeferredCount: ~Copyable {
    let mark: OutputBuffer.Mark
}

extension Reply {
    /// Starts an aggregate. Costs nothing until it is closed; closing moves at most one chunk's bytes.
    package mutating func beginDeferred() -> DeferredCount { DeferredCount(mark: output.mark) }

    /// Makes the `count` values written since `begin` an array.
    package mutating func endArray(_ begin: consuming DeferredCount, count: Int) {
        insertHeader(UInt8(ascii: "*"), count, begin.mark)
    }

    /// Makes the `count` pairs of values written since `begin` a map; a flat array in RESP2.
    package mutating func endMap(_ begin: consuming DeferredCount, count: Int) {
        if version == .resp2 {
            insertHeader(UInt8(ascii: "*"), 2 * count, begin.mark)
        } else {
            insertHeader(UInt8(ascii: "%"), count, begin.mark)
        }
    }

    /// Makes the `count` values written since `begin` a set; an array in RESP2.
    package mutating func endSet(_ begin: consuming DeferredCount, count: Int) {
        insertHeader(version == .resp2 ? UInt8(ascii: "*") : UInt8(ascii: "~"), count, begin.mark)
    }

    /// Makes the `count` values written since `begin` the second element of a scan's reply, behind the next cursor.
    package mutating func endScan(_ begin: consuming DeferredCount, cursor: UInt64, count: Int) {
        let mark = begin.mark
        insertHeader(UInt8(ascii: "*"), count, mark)
        // Three lines: two values, the cursor's digits, the cursor.
        unsafe withUnsafeTemporaryAllocation(byteCount: 3 * Self.headerLineMax, alignment: 8) { header in
            let start = header.baseAddress!
            let digits = Int(apus_uint64_text_count(cursor))
            var place = unsafe start + Self.putHeader(start, UInt8(ascii: "*"), 2)
            unsafe place += Self.putHeader(place, UInt8(ascii: "$"), digits)
            unsafe place += Int(apus_format_uint64(cursor, place.assumingMemoryBound(to: UInt8.self)))
            unsafe place.storeBytes(of: 0x0A0D, as: UInt16.self)
            unsafe output.insert(ByteView(_unchecked: start, count: place + 2 - start), at: mark)
        }
    }

    private mutating func insertHeader(_ type: UInt8, _ count: Int, _ mark: OutputBuffer.Mark) {
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.headerLineMax, alignment: 8) { header in
            let bytes = unsafe Self.putHeader(header.baseAddress!, type, count)
            unsafe output.insert(ByteView(_unchecked: header.baseAddress!, count: bytes), at: mark)
        }
    }
}
