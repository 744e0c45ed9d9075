// The door for a second value like the first.

internal import CAllocator
internal import CDatastore
internal import Memory

extension Database {
    /// Copies the value of `source` with its expiry to `destination` in a database; false if there is no source, or a
    /// destination that is not to be replaced. O(value); a long string is shared until one of the two changes.
    /// Precondition: it is another key, or another database.
    package mutating func copy(
        _ source: Key, to destination: Key, inDatabase target: Int, replacing: Bool
    ) -> Bool {
        let selected = index
        defer { index = selected }
        guard lookupForRead(source) != nil else { return false }
        index = target
        if let (raw, _) = unsafe find(destination) {
            unsafe touch(raw)
            guard replacing else { return false }
            _ = delete(destination)
            changes &-= 1  // one command, one change
        }
        index = selected
        guard let (raw, keys) = unsafe find(source) else { return false }
        let new = unsafe Entry(raw, keys).record(under: destination, access: accessClock.word)
        switch unsafe Int(apus_entry_encoding(raw)) {
        case APUS_ENCODING_INLINE: break
        case APUS_ENCODING_BLOCK:
            let block = unsafe apus_entry_payload(raw)!.assumingMemoryBound(to: apus_block.self)
            unsafe apus_block_retain(block)
            unsafe apus_entry_set_payload(new, block)
        case APUS_ENCODING_LISTPACK, APUS_ENCODING_SKIPLIST:
            unsafe apus_entry_set_payload(new, SortedSet.stored(in: raw).copied().word)
        default: preconditionFailure("an encoding without a way to copy it")
        }
        index = target
        unsafe attach(new, destination)
        didChange(destination, .copyTo)
        return true
    }
}

extension Entry {
    /// A record of the same shape, expiry and origin under another key, with the value if that is inside; what hangs
    /// off is the caller's to attach. O(key + inline value).
    func record(under key: Key, access: UInt32) -> UnsafeMutablePointer<apus_entry> {
        let inlineCount = unsafe Int(raw.pointee.value_count)
        let new = unsafe apus_entry_create(
            key.bytes.base, key.bytes.count, apus_entry_type(raw), apus_entry_encoding(raw), inlineCount,
            apus_entry_expiry(raw), access)
        unsafe new.pointee.flags |= originFlags
        if isInline {
            unsafe apus_entry_inline_value(new).update(from: apus_entry_inline_value(raw), count: inlineCount)
        }
        return unsafe new
    }
}

extension SortedSet {
    /// Another set of the same members in the same encoding. O(n log n), O(n²) in a listpack, which is short.
    borrowing func copied() -> SortedSet {
        var copy = SortedSet()
        if encoding == .skiplist { copy.convertToSkiplist() }
        let limits = SortedSetLimits(listpackEntriesMax: .max, listpackValueMax: .max)
        var members = cursor(ranks: 0..<count)
        while let member = members.next() {
            member.withBytes { _ = copy.add($0, score: member.score, options: [], limits: limits) }
        }
        return copy
    }
}
