// A part of a string is replaced, with zeros before it where the string was shorter.

internal import CAllocator
internal import CDatastore
package import Memory

extension Database {
    /// Writes `bytes` at `offset` of the string under `key`, which is made if it is not there, and returns its length.
    /// The expiry stays; the caller announces the change. Precondition: no value of another type.
    /// O(offset + bytes) at worst, O(bytes) within the string.
    package mutating func overwriteString(_ key: Key, at offset: Int, with bytes: ByteView) -> Int {
        precondition(offset >= 0)
        if !contains(key) { setString(key, ByteView(""), expiry: .remove) }
        guard var entry = lookupForWrite(key) else { preconditionFailure("the string was just made") }
        return entry.overwrite(at: offset, with: bytes)
    }
}

extension Entry {
    /// Makes the string at least `total` bytes long, with zeros, and its bytes changeable: nobody else holds them.
    private mutating func prepareOverwrite(_ total: Int) -> UnsafeMutablePointer<UInt8> {
        let old = string.count
        if isInline && total <= Int(APUS_INLINE_MAX) {
            resizeInline(to: total)
            unsafe (apus_entry_inline_value(raw) + old).initialize(repeating: 0, count: total - old)
            return unsafe apus_entry_inline_value(raw)
        }
        let bytes = unsafe makeOwnBlock(capacity: total)
        if total > old {
            unsafe (bytes + old).initialize(repeating: 0, count: total - old)
            unsafe apus_block_set_count(block, UInt64(total))
        }
        return unsafe bytes
    }

    fileprivate mutating func overwrite(at offset: Int, with bytes: ByteView) -> Int {
        let total = max(string.count, offset + bytes.count)
        let place = unsafe prepareOverwrite(total)
        noteOrigin(Int(APUS_ENTRY_RAW))
        unsafe UnsafeMutableRawPointer(place + offset).copyMemory(from: bytes.base, byteCount: bytes.count)
        return total
    }
}
