// Doors for whole keys: delete, rename, expiry.

internal import CDatastore

extension Database {
    /// Removes `key`; false if it is not there. Large values are freed in the background. O(1).
    package mutating func delete(_ key: Key, _ event: Event = .del) -> Bool {
        guard let (raw, keys) = unsafe find(key) else { return false }
        willChange(key)
        unsafe keys.pointee.remove(raw, hash: key.hash)
        didChange(key, event)
        unsafe keyspace.reclaimer.free(raw)
        return true
    }

    /// Removes `key`, which a command gives a moment that is past: a change like any removal, counted as an expiry.
    package mutating func deleteAsExpired(_ key: Key) {
        if delete(key) { figures.expired += 1 }
    }

    /// Removes the entry under `key`, which has been emptied: part of the change that did so, and none of its own.
    package mutating func deleteEmptied(_ key: Key) {
        if delete(key) { changes &-= 1 }
    }

    /// Gives the value and expiry of `source` to `destination`, whose own are dropped. Both doors' events are raised.
    /// Precondition: `source` exists and is another key. O(1) but for the copy of a small value.
    package mutating func rename(_ source: Key, to destination: Key) {
        guard let (raw, keys) = unsafe find(source) else { preconditionFailure("rename of a missing key") }
        willChange(source)
        if let (old, oldKeys) = unsafe find(destination) {
            willChange(destination)
            unsafe oldKeys.pointee.remove(old, hash: destination.hash)
            unsafe keyspace.reclaimer.free(old)
        }
        unsafe keys.pointee.remove(raw, hash: source.hash)
        let new = unsafe Entry(raw, keys).record(
            under: destination, access: accessClock.renewing(raw.pointee.access))
        if unsafe apus_entry_encoding(raw) != UInt32(APUS_ENCODING_INLINE) {
            unsafe apus_entry_set_payload(new, apus_entry_payload(raw))
        }
        unsafe apus_entry_free(raw)
        unsafe attach(new, destination)
        didChange(source, .renameFrom)
        didChange(destination, .renameTo)
        changes &-= 1  // one command, one change
    }

    /// Sets the expiry of an existing key to a moment (Unix milliseconds) that is not past. O(1).
    package mutating func setExpiry(_ key: Key, atMs expiryMs: Int64) {
        guard let (raw, keys) = unsafe find(key) else { return }
        willChange(key)
        if unsafe apus_entry_has_expiry(raw) {
            unsafe apus_entry_set_expiry(raw, expiryMs)
        } else {
            unsafe reshape(raw, keys, key, expiryMs: expiryMs)
            unsafe keys.pointee.expiring += 1
        }
        unsafe noteExpiry(keys, key.hash, expiryMs)
        didChange(key, .expire)
    }

    /// Removes the expiry; false if the key has none or is not there. O(1).
    package mutating func persist(_ key: Key) -> Bool {
        guard let (raw, keys) = unsafe find(key) else { return false }
        unsafe touch(raw)
        guard unsafe apus_entry_has_expiry(raw) else { return false }
        willChange(key)
        unsafe reshape(raw, keys, key, expiryMs: APUS_NO_EXPIRY)
        unsafe keys.pointee.expiring -= 1
        didChange(key, .persist)
        return true
    }

    /// The same value with or without room for an expiry.
    private func reshape(
        _ raw: UnsafeMutablePointer<apus_entry>, _ keys: UnsafeMutablePointer<KeyTable>, _ key: Key, expiryMs: Int64
    ) {
        let new = unsafe apus_entry_reshape(
            raw, apus_entry_type(raw), apus_entry_encoding(raw), Int(raw.pointee.value_count), expiryMs)
        unsafe keys.pointee.replace(raw, by: new, hash: key.hash)
    }
}
