// Doors for strings: set, and change in place.

internal import CAllocator
internal import CDatastore
package import Memory

/// What a write does to the key's expiry.
package enum ExpiryChange: Equatable, Sendable {
    case remove
    case keep
    /// Unix milliseconds.
    case at(Int64)

    func resolved(_ current: Int64) -> Int64 {
        switch self {
        case .remove: APUS_NO_EXPIRY
        case .keep: current
        case .at(let ms): ms
        }
    }
}

extension Database {
    /// Makes `value` the string under `key`, whatever was there. The caller announces it (`didChange`). O(value).
    package mutating func setString(_ key: Key, _ value: ByteView, expiry: ExpiryChange) {
        guard let (raw, keys) = unsafe find(key) else {
            let expiryMs = expiry.resolved(APUS_NO_EXPIRY)
            return unsafe attach(newString(key, value, expiryMs), key)
        }
        willChange(key)
        let current = unsafe apus_entry_expiry(raw)
        let expiryMs = expiry.resolved(current)
        if unsafe !overwrite(raw, value, expiryMs) {
            unsafe replace(raw, in: keys, key, by: newString(key, value, expiryMs))
        } else {
            unsafe touch(raw)
        }
        unsafe expiryChanged(keys, key, from: current, to: expiryMs)
    }

    /// The same with a value that already lies in a block: it is adopted, not copied.
    package mutating func setString(_ key: Key, adopting value: consuming Block, expiry: ExpiryChange) {
        precondition(value.count > Int(APUS_INLINE_MAX))
        let pointer = unsafe value.release()
        let found = unsafe find(key)
        let current = unsafe found.map { unsafe apus_entry_expiry($0.0) } ?? APUS_NO_EXPIRY
        let expiryMs = expiry.resolved(current)
        let new = unsafe apus_entry_create(
            key.bytes.base, key.bytes.count, UInt32(APUS_TYPE_STRING), UInt32(APUS_ENCODING_BLOCK), 0, expiryMs,
            accessClock.word)
        unsafe apus_entry_set_payload(new, pointer)
        guard let (raw, keys) = unsafe found else { return unsafe attach(new, key) }
        willChange(key)
        longStringsMet &+= 1
        unsafe replace(raw, in: keys, key, by: new)
        unsafe expiryChanged(keys, key, from: current, to: expiryMs)
    }

    /// A record for a string; in a block if it is too long to live inside.
    private func newString(_ key: Key, _ value: ByteView, _ expiryMs: Int64) -> UnsafeMutablePointer<apus_entry> {
        if value.count <= Int(APUS_INLINE_MAX) {
            let new = unsafe apus_entry_create(
                key.bytes.base, key.bytes.count, UInt32(APUS_TYPE_STRING), UInt32(APUS_ENCODING_INLINE), value.count,
                expiryMs, accessClock.word)
            unsafe UnsafeMutableRawPointer(apus_entry_inline_value(new)).copyMemory(
                from: value.base, byteCount: value.count)
            return unsafe new
        }
        let new = unsafe apus_entry_create(
            key.bytes.base, key.bytes.count, UInt32(APUS_TYPE_STRING), UInt32(APUS_ENCODING_BLOCK), 0, expiryMs,
            accessClock.word)
        let block = Block(copying: value)
        unsafe apus_entry_set_payload(new, block.release())
        return unsafe new
    }

    /// Writes the value over the old one if the record's shape and class stay the same; false if they do not.
    @inline(__always)
    private mutating func overwrite(
        _ raw: UnsafeMutablePointer<apus_entry>, _ value: ByteView, _ expiryMs: Int64
    ) -> Bool {
        // What was changed in place is not written over either: its flag would have to go.
        let expires = expiryMs != APUS_NO_EXPIRY, shape = UInt8(expires ? APUS_ENTRY_HAS_EXPIRY : 0)
        guard unsafe apus_entry_type(raw) == UInt32(APUS_TYPE_STRING)
            && raw.pointee.flags & UInt8(APUS_ENTRY_HAS_EXPIRY | APUS_ENTRY_ORIGIN) == shape
        else { return false }
        if unsafe apus_entry_encoding(raw) == UInt32(APUS_ENCODING_INLINE) {
            guard value.count <= Int(APUS_INLINE_MAX) else { return false }
            let old = unsafe apus_entry_size(raw)
            let new = unsafe old - Int(raw.pointee.value_count) + value.count
            guard old == new || apus_usable_size(old) == apus_usable_size(new) else { return false }
            unsafe UnsafeMutableRawPointer(apus_entry_inline_value(raw)).copyMemory(
                from: value.base, byteCount: value.count)
            unsafe raw.pointee.value_count = UInt8(truncatingIfNeeded: value.count)
        } else {
            longStringsMet &+= 1
            // A block is reused if nobody is sending it and the value fills at least half of it.
            let block = unsafe apus_entry_payload(raw)!.assumingMemoryBound(to: apus_block.self)
            let capacity = unsafe Int(apus_block_capacity(block))
            guard value.count > Int(APUS_INLINE_MAX) && value.count <= capacity && value.count >= capacity / 2,
                unsafe apus_block_is_unique(block)
            else { return false }
            unsafe UnsafeMutableRawPointer(apus_block_bytes(block)).copyMemory(
                from: value.base, byteCount: value.count)
            unsafe apus_block_set_count(block, UInt64(value.count))
        }
        if expires { unsafe apus_entry_set_expiry(raw, expiryMs) }
        return true
    }

    /// Puts a new record in the old one's slot and frees the old one with its value.
    private func replace(
        _ raw: UnsafeMutablePointer<apus_entry>, in keys: UnsafeMutablePointer<KeyTable>, _ key: Key,
        by new: UnsafeMutablePointer<apus_entry>
    ) {
        unsafe keys.pointee.replace(raw, by: new, hash: key.hash)
        unsafe keyspace.reclaimer.free(raw)
    }

    /// Keeps count and index of expiries when a value was replaced.
    @inline(__always)
    private mutating func expiryChanged(
        _ keys: UnsafeMutablePointer<KeyTable>, _ key: Key, from old: Int64, to new: Int64
    ) {
        if old == new { return }
        unsafe keys.pointee.expiring += (new != APUS_NO_EXPIRY ? 1 : 0) - (old != APUS_NO_EXPIRY ? 1 : 0)
        if new != APUS_NO_EXPIRY { unsafe noteExpiry(keys, key.hash, new) }
    }
}
