// An entry: a key, its expiry and its value or the root of its value, in one allocation.
//
//      0        4      5       6           7             8
//     +--------+------+-------+-----------+-------------+ - - - - - - + - - - - - - + - - - - - - + - - - + - - - - - +
//     | access | kind | flags | key count | value count | expiry  u64 | payload u64 | key count   | key   | value     |
//     +--------+------+-------+-----------+-------------+ - - - - - - + - - - - - - + u32 if long + - - - + if inline +
//                                                        if HAS_EXPIRY if not INLINE  - - - - - - +
//
// Strings up to APUS_INLINE_MAX bytes live inside; larger ones hang off in a block (block.h), collections hang off as
// their encoding's root. A key of 16 bytes with a value of 32 takes 56 bytes, 64 with an expiry: with the 16-byte
// spaced classes of Debian's jemalloc both are 64, so an expiry costs nothing. Integers are kept as their digits: a
// counter is read far more often than it is changed, most have fewer than eight digits, and INCR parses them in 3 ns.
// Invariant: the allocation's class is that of apus_entry_size(entry), so it can be freed without a stored size.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "table.h"

/// What a key holds; the numbers are those of the RDB format's object types.
enum {
    APUS_TYPE_STRING = 0,
    APUS_TYPE_LIST = 1,
    APUS_TYPE_SET = 2,
    APUS_TYPE_SORTED_SET = 3,
    APUS_TYPE_HASH = 4,
    APUS_TYPE_STREAM = 6,
};

/// How it is held.
enum {
    APUS_ENCODING_INLINE = 0,    // string inside the entry
    APUS_ENCODING_BLOCK = 1,     // string in an apus_block
    APUS_ENCODING_LISTPACK = 2,
    APUS_ENCODING_SKIPLIST = 3,
    APUS_ENCODING_INTSET = 4,
    APUS_ENCODING_TABLE = 5,
};

enum {
    APUS_ENTRY_HAS_EXPIRY = 1,
    APUS_ENTRY_LONG_KEY = 2,
    APUS_ENTRY_RAW = 4,   // a string that was changed in place: OBJECT ENCODING says "raw", however short it is
    APUS_ENTRY_TEXT = 8,  // a string that is never said to be an "int": INCRBYFLOAT's results
    /// Where a string comes from; forgotten when it is written anew.
    APUS_ENTRY_ORIGIN = APUS_ENTRY_RAW | APUS_ENTRY_TEXT,
};

/// No expiry. Moments in the past are never kept, so this one cannot be meant.
static const int64_t APUS_NO_EXPIRY = INT64_MIN;

enum {
    /// Longest string inside an entry: its count is one byte.
    APUS_INLINE_MAX = 255,
    /// Longest key whose count is one byte.
    APUS_SHORT_KEY_MAX = 255,
    APUS_ENTRY_HEADER_BYTES = 8,
};

typedef struct apus_entry {
    uint32_t access;      // 28 bits of clock in 1/16 s, 4 bits of frequency
    uint8_t kind;         // type in the low half, encoding in the high half
    uint8_t flags;
    uint8_t key_count;    // unless LONG_KEY
    uint8_t value_count;  // if INLINE
} apus_entry;
_Static_assert(sizeof(apus_entry) == APUS_ENTRY_HEADER_BYTES, "the header is one word");

static inline unsigned apus_entry_type(const apus_entry *_Nonnull e) { return e->kind & 15; }
static inline unsigned apus_entry_encoding(const apus_entry *_Nonnull e) { return e->kind >> 4; }
static inline bool apus_entry_has_expiry(const apus_entry *_Nonnull e) { return e->flags & APUS_ENTRY_HAS_EXPIRY; }

static inline size_t apus_entry_payload_offset(const apus_entry *_Nonnull e) {
    return APUS_ENTRY_HEADER_BYTES + ((e->flags & APUS_ENTRY_HAS_EXPIRY) ? 8 : 0);
}

static inline size_t apus_entry_key_offset(const apus_entry *_Nonnull e) {
    return apus_entry_payload_offset(e) + (apus_entry_encoding(e) != APUS_ENCODING_INLINE ? 8 : 0) +
           ((e->flags & APUS_ENTRY_LONG_KEY) ? 4 : 0);
}

static inline const uint8_t *_Nonnull apus_entry_key(const apus_entry *_Nonnull e) {
    return (const uint8_t *)e + apus_entry_key_offset(e);
}

static inline size_t apus_entry_key_count(const apus_entry *_Nonnull e) {
    if (!(e->flags & APUS_ENTRY_LONG_KEY)) return e->key_count;
    uint32_t count;
    memcpy(&count, apus_entry_key(e) - 4, 4);
    return count;
}

static inline uint64_t apus_word_at(const uint8_t *_Nonnull bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/// Whether two keys of one length have the same bytes. Most have 8 to 32: a few words, the last two overlapping, and no
/// call (2 ns less per look-up).
static inline bool apus_same_bytes(const uint8_t *_Nonnull a, const uint8_t *_Nonnull b, size_t count) {
    if (__builtin_expect(count < 8 || count > 32, 0)) return memcmp(a, b, count) == 0;
    uint64_t difference =
        (apus_word_at(a) ^ apus_word_at(b)) | (apus_word_at(a + count - 8) ^ apus_word_at(b + count - 8));
    if (count > 16)
        difference |= (apus_word_at(a + 8) ^ apus_word_at(b + 8)) |
                      (apus_word_at(a + count - 16) ^ apus_word_at(b + count - 16));
    return difference == 0;
}

/// Whether the entry's key is this one.
static inline bool apus_entry_has_key(const apus_entry *_Nonnull e, const void *_Nonnull key, size_t count) {
    return apus_entry_key_count(e) == count && apus_same_bytes(apus_entry_key(e), (const uint8_t *)key, count);
}

/// The expiry in Unix milliseconds.
static inline int64_t apus_entry_expiry(const apus_entry *_Nonnull e) {
    if (!apus_entry_has_expiry(e)) return APUS_NO_EXPIRY;
    int64_t ms;
    memcpy(&ms, (const uint8_t *)e + APUS_ENTRY_HEADER_BYTES, 8);
    return ms;
}

/// Whether its time has come.
static inline bool apus_entry_is_due(const apus_entry *_Nonnull e, int64_t now) {
    return apus_entry_has_expiry(e) && apus_entry_expiry(e) <= now;
}

/// Changes the expiry of an entry that has one.
static inline void apus_entry_set_expiry(apus_entry *_Nonnull e, int64_t ms) {
    memcpy((uint8_t *)e + APUS_ENTRY_HEADER_BYTES, &ms, 8);
}

/// The block or root of a value that is not inline.
static inline void *_Nullable apus_entry_payload(const apus_entry *_Nonnull e) {
    void *payload;
    memcpy(&payload, (const uint8_t *)e + apus_entry_payload_offset(e), sizeof payload);
    return payload;
}

static inline void apus_entry_set_payload(apus_entry *_Nonnull e, void *_Nullable payload) {
    memcpy((uint8_t *)e + apus_entry_payload_offset(e), &payload, sizeof payload);
}

static inline void apus_entry_set_encoding(apus_entry *_Nonnull e, unsigned encoding) {
    e->kind = (uint8_t)(apus_entry_type(e) | encoding << 4);
}

/// The bytes of an inline string: they follow the key.
static inline uint8_t *_Nonnull apus_entry_inline_value(const apus_entry *_Nonnull e) {
    return (uint8_t *)apus_entry_key(e) + apus_entry_key_count(e);
}

/// Asks for the head of a string that lies in a block, and for its first bytes; the processor fetches on from there.
static inline void apus_entry_prefetch_block(const apus_entry *_Nonnull e) {
    if (e->kind != (APUS_TYPE_STRING | APUS_ENCODING_BLOCK << 4)) return;
    const char *block = (const char *)apus_entry_payload(e);
    __builtin_prefetch(block);
    __builtin_prefetch(block + 64);
    __builtin_prefetch(block + 128);
}

/// The size that the entry was allocated with, up to the allocator's class.
static inline size_t apus_entry_size(const apus_entry *_Nonnull e) {
    return apus_entry_key_offset(e) + apus_entry_key_count(e) +
           (apus_entry_encoding(e) == APUS_ENCODING_INLINE ? e->value_count : 0);
}

/// A new entry with everything but the value set; the caller fills the inline value or the payload.
/// `expiry` may be APUS_NO_EXPIRY. `inline_count` counts only for the inline encoding.
apus_entry *_Nonnull apus_entry_create(
    const void *_Nonnull key, size_t key_count, unsigned type, unsigned encoding, size_t inline_count, int64_t expiry,
    uint32_t access);

/// The same key, access clock and flags with another shape; the old entry is freed, its payload is not (and the new one
/// holds the old payload if both shapes have one). The value's inline bytes are kept as far as they fit the new count.
apus_entry *_Nonnull apus_entry_reshape(
    apus_entry *_Nonnull entry, unsigned type, unsigned encoding, size_t inline_count, int64_t expiry);

/// Frees the entry's own allocation, not what its payload points to.
void apus_entry_free(apus_entry *_Nonnull entry);

/// The hash of the entry's key, for the table.
uint64_t apus_entry_hash(const void *_Nonnull entry);

/// An empty table of entries of a shard that is chosen by the hash's top `shard_bits`.
static inline apus_table apus_entry_table(uint8_t shard_bits) {
    apus_table table;
    apus_table_init(&table, shard_bits, apus_entry_hash);
    return table;
}
