// Entry: the safe face of a found key: its type, expiry and value, for as long as nothing else touches the database.
//
// It borrows the database exclusively (the compiler sees to that), so no other change can move or free it. A change of
// the value may reallocate the record; the entry then replaces the pointer in its slot itself.
// Invariant: `raw` is in `keys`.

public import CDatastore

@safe
@usableFromInline
package struct Entry: ~Copyable, ~Escapable {
    @usableFromInline var raw: UnsafeMutablePointer<apus_entry>
    @usableFromInline let keys: UnsafeMutablePointer<KeyTable>

    @_lifetime(immortal)
    init(_ raw: UnsafeMutablePointer<apus_entry>, _ keys: UnsafeMutablePointer<KeyTable>) {
        unsafe self.raw = raw
        unsafe self.keys = keys
    }

    package var type: ValueType { ValueType(rawValue: UInt8(unsafe apus_entry_type(raw)))! }

    /// The expiry in Unix milliseconds, nil for none.
    package var expiryMs: Int64? {
        unsafe apus_entry_has_expiry(raw) ? apus_entry_expiry(raw) : nil
    }

    /// `type == .string`, without the enum's generic comparison.
    @inlinable package var isString: Bool { unsafe apus_entry_type(raw) == UInt32(APUS_TYPE_STRING) }

    var encoding: Int { unsafe Int(apus_entry_encoding(raw)) }
    var isInline: Bool { encoding == APUS_ENCODING_INLINE }

    /// Puts a reshaped record in the old one's place.
    mutating func replaceRaw(_ new: UnsafeMutablePointer<apus_entry>) {
        let keys = unsafe keys, old = unsafe raw
        unsafe raw = new
        unsafe keys.pointee.replace(old, by: new, hash: apus_entry_hash(new))
    }
}

/// The types of values, with the RDB format's numbers.
@usableFromInline
package enum ValueType: UInt8, Sendable, CaseIterable {
    case string = 0
    case list = 1
    case set = 2
    case sortedSet = 3
    case hash = 4
    case stream = 6

    /// The name that TYPE replies.
    package var name: StaticString {
        switch self {
        case .string: "string"
        case .list: "list"
        case .set: "set"
        case .sortedSet: "zset"
        case .hash: "hash"
        case .stream: "stream"
        }
    }
}
