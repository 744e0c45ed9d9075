// The string inside an entry: read it, replace it, make it longer.

public import CAllocator
public import CDatastore
public import Memory

extension Entry {
    /// The bytes of a string. Precondition: the type is `.string`.
    @inlinable
    package var string: ByteView {
        @_lifetime(borrow self)
        get {
            if isShortString {
                return unsafe _overrideLifetime(
                    ByteView(_unchecked: apus_entry_inline_value(raw), count: Int(raw.pointee.value_count)),
                    borrowing: self)
            }
            precondition(isString)
            let block = unsafe self.block
            return unsafe _overrideLifetime(
                ByteView(_unchecked: apus_block_bytes(block), count: Int(apus_block_count(block))), borrowing: self)
        }
    }

    /// The length of a string in bytes. Precondition: the type is `.string`.
    @inlinable package var stringCount: Int { string.count }

    /// Whether the string is inside the entry: at most 255 bytes.
    @inlinable package var isShortString: Bool {
        unsafe raw.pointee.kind == UInt8(APUS_TYPE_STRING) | UInt8(APUS_ENCODING_INLINE) << 4
    }

    /// A second reference to a string that is long enough to be sent without a copy; nil for shorter ones.
    package var referencedString: Block? {
        guard encoding == APUS_ENCODING_BLOCK else { return nil }
        let block = unsafe self.block
        guard unsafe Int(apus_block_count(block)) >= OutputBuffer.referencedBytesMin else { return nil }
        unsafe apus_block_retain(block)
        return unsafe Block(adopting: block)
    }

    @inlinable var block: UnsafeMutablePointer<apus_block> {
        unsafe apus_entry_payload(raw)!.assumingMemoryBound(to: apus_block.self)
    }

    /// Replaces a string by a short one, keeping the expiry. Precondition: at most 255 bytes.
    package mutating func setShortString(_ value: ByteView) {
        precondition(value.count <= Int(APUS_INLINE_MAX) && isString)
        if isInline {
            resizeInline(to: value.count)
        } else {
            let old = unsafe block
            reshape(as: APUS_ENCODING_INLINE, inlineCount: value.count)
            unsafe apus_block_release(old)
        }
        forgetOrigin()
        unsafe UnsafeMutableRawPointer(apus_entry_inline_value(raw)).copyMemory(
            from: value.base, byteCount: value.count)
    }

    /// Gives a string that is inside the entry another length, and the entry another record where its class changes.
    /// The bytes that both lengths have stay; the others are the caller's to write.
    mutating func resizeInline(to count: Int) {
        let old = unsafe apus_entry_size(raw)
        let new = unsafe old - Int(raw.pointee.value_count) + count
        if apus_usable_size(old) != apus_usable_size(new) {
            reshape(as: APUS_ENCODING_INLINE, inlineCount: count)
        } else {
            unsafe raw.pointee.value_count = UInt8(count)
        }
    }

    /// Gives the string's key and expiry a record for this encoding of the value.
    private mutating func reshape(as encoding: Int, inlineCount: Int = 0) {
        unsafe replaceRaw(
            apus_entry_reshape(
                raw, UInt32(APUS_TYPE_STRING), UInt32(encoding), inlineCount, apus_entry_expiry(raw)))
    }

    /// Remembers where the string comes from, for OBJECT ENCODING.
    func noteOrigin(_ origin: Int) { unsafe raw.pointee.flags |= UInt8(origin) }

    /// The string is written anew.
    func forgetOrigin() { unsafe raw.pointee.flags &= ~UInt8(APUS_ENTRY_ORIGIN) }

    /// Makes the string `suffix` longer and returns its new length. Amortised O(suffix): blocks grow by doubling.
    package mutating func append(_ suffix: ByteView) -> Int {
        defer { noteOrigin(Int(APUS_ENTRY_RAW)) }
        let old = string.count
        let total = old + suffix.count
        if isInline && total <= Int(APUS_INLINE_MAX) {
            resizeInline(to: total)
            unsafe UnsafeMutableRawPointer(apus_entry_inline_value(raw) + old).copyMemory(
                from: suffix.base, byteCount: suffix.count)
            return total
        }
        let bytes = unsafe makeOwnBlock(capacity: total)
        unsafe UnsafeMutableRawPointer(bytes + old).copyMemory(from: suffix.base, byteCount: suffix.count)
        unsafe apus_block_set_count(block, UInt64(total))
        return total
    }

    /// Moves the string into a block that nobody else holds, with room for `capacity` bytes; returns its bytes.
    /// Their count stays. Amortised O(growth).
    mutating func makeOwnBlock(capacity: Int) -> UnsafeMutablePointer<UInt8> {
        if isInline {
            let count = unsafe Int(raw.pointee.value_count)
            let block = unsafe apus_block_create(UInt64(max(capacity, count)))
            unsafe UnsafeMutableRawPointer(apus_block_bytes(block)).copyMemory(
                from: apus_entry_inline_value(raw), byteCount: count)
            unsafe apus_block_set_count(block, UInt64(count))
            reshape(as: APUS_ENCODING_BLOCK)
            unsafe apus_entry_set_payload(raw, block)
        } else {
            unsafe apus_entry_set_payload(raw, Self.grown(block, toHold: capacity))
        }
        return unsafe apus_block_bytes(block)
    }

    /// A block of which we are the only holder, with the same bytes and room for `total`.
    private static func grown(
        _ block: UnsafeMutablePointer<apus_block>, toHold total: Int
    ) -> UnsafeMutablePointer<apus_block> {
        let count = unsafe Int(apus_block_count(block)), capacity = unsafe Int(apus_block_capacity(block))
        let wanted = total <= capacity ? capacity : max(total, min(capacity * 2, total + (1 << 20)))
        if unsafe apus_block_is_unique(block) { return unsafe apus_block_reserve(block, UInt64(wanted)) }
        let copy = unsafe apus_block_create(UInt64(wanted))
        unsafe UnsafeMutableRawPointer(apus_block_bytes(copy)).copyMemory(
            from: apus_block_bytes(block), byteCount: count)
        unsafe apus_block_set_count(copy, UInt64(count))
        unsafe apus_block_release(block)
        return unsafe copy
    }
}
