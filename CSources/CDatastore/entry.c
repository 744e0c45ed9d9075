// Entries made, reshaped and freed. Layout: entry.h.
#include "entry.h"
#include "allocator.h"
#include "hash.h"

apus_entry *apus_entry_create(
    const void *key, size_t key_count, unsigned type, unsigned encoding, size_t inline_count, int64_t expiry,
    uint32_t access) {
    bool is_long = key_count > APUS_SHORT_KEY_MAX, is_inline = encoding == APUS_ENCODING_INLINE;
    bool expires = expiry != APUS_NO_EXPIRY;
    size_t size = APUS_ENTRY_HEADER_BYTES + (expires ? 8 : 0) + (is_inline ? inline_count : 8) + (is_long ? 4 : 0) +
                  key_count;
    // The whole class is asked for, since a value may grow within it; a sanitizer's allocator would not know.
    apus_entry *e = apus_allocate(apus_usable_size(size));
    e->access = access;
    e->kind = (uint8_t)(type | encoding << 4);
    e->flags = (uint8_t)((expires ? APUS_ENTRY_HAS_EXPIRY : 0) | (is_long ? APUS_ENTRY_LONG_KEY : 0));
    e->key_count = is_long ? 0 : (uint8_t)key_count;
    e->value_count = is_inline ? (uint8_t)inline_count : 0;
    if (expires) apus_entry_set_expiry(e, expiry);
    uint8_t *at = (uint8_t *)apus_entry_key(e);
    if (is_long) {
        uint32_t count = (uint32_t)key_count;
        memcpy(at - 4, &count, 4);
    }
    memcpy(at, key, key_count);
    return e;
}

apus_entry *apus_entry_reshape(
    apus_entry *e, unsigned type, unsigned encoding, size_t inline_count, int64_t expiry) {
    apus_entry *n = apus_entry_create(
        apus_entry_key(e), apus_entry_key_count(e), type, encoding, inline_count, expiry, e->access);
    n->flags |= e->flags & APUS_ENTRY_ORIGIN;
    bool was_inline = apus_entry_encoding(e) == APUS_ENCODING_INLINE, is_inline = encoding == APUS_ENCODING_INLINE;
    if (was_inline && is_inline) {
        size_t kept = e->value_count < inline_count ? e->value_count : inline_count;
        memcpy(apus_entry_inline_value(n), apus_entry_inline_value(e), kept);
    } else if (!was_inline && !is_inline) {
        apus_entry_set_payload(n, apus_entry_payload(e));
    }
    apus_entry_free(e);
    return n;
}

void apus_entry_free(apus_entry *entry) { apus_free(entry, apus_entry_size(entry)); }

uint64_t apus_entry_hash(const void *entry) {
    return apus_hash(apus_entry_key(entry), apus_entry_key_count(entry));
}
