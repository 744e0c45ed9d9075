// A small sorted set as the bytes of its listpack, which RDB files and DUMP hold whole.

import CEncodings
package import Memory

extension SortedSet {
    /// The set that these untrusted bytes pack; nil if they are not a listpack of ascending pairs with each member
    /// once. It is converted where it is beyond the limits. O(n^2) within them, O(n log n) beyond.
    package init?(validating packed: ByteView, limits: SortedSetLimits) {
        let bytes = unsafe packed.octets
        guard unsafe apus_listpack_validate(bytes, packed.count, true, nil) == APUS_LISTPACK_VALID,
            unsafe apus_zpack_invariants(bytes) == nil
        else { return nil }
        let isWithinLimits = unsafe Int(apus_zpack_count(bytes)) <= limits.listpackEntriesMax
            && apus_zpack_longest(bytes) <= limits.listpackValueMax
        if unsafe isWithinLimits && !apus_zpack_is_unique(bytes) { return nil }
        var set = unsafe SortedSet(
            _unchecked: UnsafeMutableRawPointer(apus_listpack_copy(bytes, packed.count)), encoding: .listpack)
        if !isWithinLimits {
            set.convertToSkiplist()
            // A member that is there twice is found in one place only.
            if set.invariants() != nil {
                set.free()
                return nil
            }
        }
        self = set
    }

    /// The listpack's bytes; nil if the set is a skiplist.
    package var packed: ByteView? {
        @_lifetime(borrow self)
        get {
            guard encoding == .listpack else { return nil }
            let view = unsafe ByteView(_unchecked: word, count: apus_listpack_bytes(listpack))
            return unsafe _overrideLifetime(view, borrowing: self)
        }
    }
}
