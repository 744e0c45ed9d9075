// Listpack: a sequence of byte strings and integers packed into one block, byte-compatible with Redis's, so that RDB
// files, DUMP and RESTORE copy it whole. It is the encoding of every small collection and of the nodes of large ones.
//
//   +-------------+-------------+---------+---------+-- ... --+------+
//   | total bytes | entry count | entry 0 | entry 1 |         | 0xFF |     total: u32 LE, of everything drawn here
//   +-------------+-------------+---------+---------+-- ... --+------+     count: u16 LE, 65535 = "too many, walk"
//    4 bytes       2 bytes
//
//   entry: | encoding, length or integer | string bytes | back-length |
//
//   0xxxxxxx                    integer 0…127                 10xxxxxx                    string of 0…63 bytes
//   110xxxxx xxxxxxxx           13-bit signed, high bits 1st  1110xxxx xxxxxxxx           string of 0…4095 bytes
//   F1 / F2 / F3 / F4 + LE      16-, 24-, 32-, 64-bit signed  F0 + u32 LE                 string of any length
//
//   The back-length is the number of bytes before it in the entry, in groups of 7 bits, the most significant group
//   first; all groups but the first have their top bit set, so that it is read from its end while walking backwards.
//
// Contract: a listpack is one allocation of apus_capacity(total bytes), known by its `uint8_t *`; operations that
// change its size take the address of that pointer and may move the block. Entries are named by their position, the
// byte offset from the block's start, which survives a move (but not a change in front of it). A string that is a
// canonical decimal int64 is stored as an integer. Bytes passed in must not lie inside the listpack being changed.
// Everything but validation trusts the bytes: what comes from outside passes apus_listpack_validate first.
// It is not sorted, not a set, and has no capacity to reserve. Lengths beyond 1 GiB are refused, leaving it unchanged.
// Invariant: bytes[total-1] == 0xFF is reached by stepping `count` entries from offset 6, and by as many back.
#pragma once
#include "capacity.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the stored integers are little-endian");

/// The byte offset of an entry. 0 (inside the header) means none.
typedef uint32_t apus_listpack_position;

enum {
    APUS_LISTPACK_HEADER_BYTES = 6,
    /// Header and terminator.
    APUS_LISTPACK_EMPTY_BYTES = 7,
    APUS_LISTPACK_END = 0xFF,
    /// A stored count of this value says nothing; once there, it stays (as in Redis, where a count must be cheap).
    APUS_LISTPACK_COUNT_UNKNOWN = 65535,
    /// No operation grows a listpack beyond this: far from the 4 GiB that the header can say, so sums cannot overflow.
    APUS_LISTPACK_BYTES_MAX = 1 << 30,
};

/// Encodings as the drawing has them: what an entry begins with.
enum {
    APUS_LISTPACK_STRING6 = 0x80,   // | count; below: an integer that is its own encoding
    APUS_LISTPACK_INT13 = 0xC0,     // | high bits
    APUS_LISTPACK_STRING12 = 0xE0,  // | high bits of the count
    APUS_LISTPACK_STRING32 = 0xF0,
    APUS_LISTPACK_INT16 = 0xF1,
    APUS_LISTPACK_INT24 = 0xF2,
    APUS_LISTPACK_INT32 = 0xF3,
    APUS_LISTPACK_INT64 = 0xF4,
};

/// An entry's value: `bytes` of length `number`, or, if `bytes` is null, the integer `number`. Two registers.
typedef struct apus_listpack_value {
    const uint8_t *_Nullable bytes;
    int64_t number;
} apus_listpack_value;

static inline apus_listpack_value apus_listpack_integer(int64_t value) {
    return (apus_listpack_value){.bytes = NULL, .number = value};
}

/// The value of `count` bytes; null is accepted as the address of no bytes.
static inline apus_listpack_value apus_listpack_string(const uint8_t *_Nullable bytes, size_t count) {
    static const uint8_t nothing[1];
    return (apus_listpack_value){.bytes = bytes ? bytes : nothing, .number = (int64_t)count};
}

// MARK: Blocks

/// A new, empty listpack.
uint8_t *_Nonnull apus_listpack_new(void);

/// A listpack of its own with these bytes, which must have passed apus_listpack_validate.
uint8_t *_Nonnull apus_listpack_copy(const uint8_t *_Nonnull bytes, size_t count);

/// The total bytes, header and terminator included. O(1).
static inline size_t apus_listpack_bytes(const uint8_t *_Nonnull listpack) {
    uint32_t total;
    memcpy(&total, listpack, 4);
    return total;
}

static inline uint8_t *_Nonnull apus_listpack_duplicate(const uint8_t *_Nonnull listpack) {
    return apus_listpack_copy(listpack, apus_listpack_bytes(listpack));
}

void apus_listpack_free(uint8_t *_Nonnull listpack);

/// The size asked of the allocator for this listpack (apus_usable_size of it is what MEMORY USAGE counts). O(1).
static inline size_t apus_listpack_allocated(const uint8_t *_Nonnull listpack) {
    return apus_capacity(apus_listpack_bytes(listpack));
}

// MARK: Walking

size_t apus_listpack_count_slow(const uint8_t *_Nonnull listpack);

/// The number of entries. O(1), O(n) from 65535 entries on.
static inline size_t apus_listpack_count(const uint8_t *_Nonnull listpack) {
    uint16_t count;
    memcpy(&count, listpack + 4, 2);
    return count != APUS_LISTPACK_COUNT_UNKNOWN ? count : apus_listpack_count_slow(listpack);
}

/// The size of an entry's back-length, for `body` bytes before it.
static inline size_t apus_listpack_backlength_bytes(size_t body) {
    return body < 1u << 7 ? 1 : body < 1u << 14 ? 2 : body < 1u << 21 ? 3 : body < 1u << 28 ? 4 : 5;
}

size_t apus_listpack_entry_bytes_slow(const uint8_t *_Nonnull entry);

/// The whole size of the entry at this address, back-length included.
static inline size_t apus_listpack_entry_bytes(const uint8_t *_Nonnull entry) {
    uint8_t tag = *entry;
    // Small integers and short strings: stepping is a chain of dependent loads, so what follows each load is kept to a
    // compare and a conditional move. (A branch would do better on uniform entries, far worse on mixed ones.)
    if (__builtin_expect(tag < APUS_LISTPACK_INT13, 1))
        return __builtin_unpredictable(tag < APUS_LISTPACK_STRING6) ? 2 : (size_t)tag - APUS_LISTPACK_STRING6 + 2;
    return apus_listpack_entry_bytes_slow(entry);
}

/// The first entry, or 0.
static inline apus_listpack_position apus_listpack_first(const uint8_t *_Nonnull listpack) {
    return listpack[APUS_LISTPACK_HEADER_BYTES] == APUS_LISTPACK_END ? 0 : APUS_LISTPACK_HEADER_BYTES;
}

/// The entry after the one at `at`, or 0.
static inline apus_listpack_position apus_listpack_next(const uint8_t *_Nonnull listpack, apus_listpack_position at) {
    apus_listpack_position next = at + (apus_listpack_position)apus_listpack_entry_bytes(listpack + at);
    return listpack[next] == APUS_LISTPACK_END ? 0 : next;
}

/// The entry before the one at `at` (which may be the terminator's position), or 0.
static inline apus_listpack_position apus_listpack_previous(
    const uint8_t *_Nonnull listpack, apus_listpack_position at) {
    if (at == APUS_LISTPACK_HEADER_BYTES) return 0;
    const uint8_t *p = listpack + at - 1;
    uint32_t body = *p & 127, shift = 0, width = 1;
    while (*p & 128) {
        p--, width++, shift += 7;
        body |= (uint32_t)(*p & 127) << shift;
    }
    return at - width - body;
}

/// The terminator's position: where an entry is inserted to come last.
static inline apus_listpack_position apus_listpack_end(const uint8_t *_Nonnull listpack) {
    return (apus_listpack_position)apus_listpack_bytes(listpack) - 1;
}

/// The last entry, or 0.
static inline apus_listpack_position apus_listpack_last(const uint8_t *_Nonnull listpack) {
    return apus_listpack_previous(listpack, apus_listpack_end(listpack));
}

/// The entry at this index (-1 is the last), or 0 beyond the ends. O(n), from the nearer end.
apus_listpack_position apus_listpack_seek(const uint8_t *_Nonnull listpack, int64_t index);

// MARK: Reading

apus_listpack_value apus_listpack_get_slow(const uint8_t *_Nonnull entry);

/// The value of the entry at `at`; string bytes are a view into the listpack.
static inline apus_listpack_value apus_listpack_get(const uint8_t *_Nonnull listpack, apus_listpack_position at) {
    const uint8_t *entry = listpack + at;
    uint8_t tag = *entry;
    if (tag < APUS_LISTPACK_STRING6) return apus_listpack_integer(tag);
    if (tag < APUS_LISTPACK_INT13) return (apus_listpack_value){.bytes = entry + 1, .number = tag & 63};
    return apus_listpack_get_slow(entry);
}

/// True if the entry at `at` reads as these bytes (an integer as its decimal text).
bool apus_listpack_equals(
    const uint8_t *_Nonnull listpack, apus_listpack_position at, const uint8_t *_Nullable bytes, size_t count);

/// The first entry equal to these bytes among those from `from` on, or 0. `skip` entries are passed over after each
/// comparison: 1 looks at the fields of field-value pairs only. `from` 0 (of an empty listpack) finds nothing.
apus_listpack_position apus_listpack_find(
    const uint8_t *_Nonnull listpack, apus_listpack_position from, const uint8_t *_Nullable bytes, size_t count,
    uint32_t skip);

// MARK: Changing. All O(bytes behind the change). A result of 0 or false means: beyond the limit, nothing changed.

/// Inserts a value before the entry (or terminator) at `at` and returns the new entry's position.
apus_listpack_position apus_listpack_insert(
    uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_position at, apus_listpack_value value);

/// Inserts `n` values in order before the entry (or terminator) at `at`, all or none; the first one's position. n > 0.
apus_listpack_position apus_listpack_insert_many(
    uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_position at, const apus_listpack_value *_Nonnull values,
    size_t n);

static inline apus_listpack_position apus_listpack_append(
    uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_value value) {
    return apus_listpack_insert(listpack, apus_listpack_end(*listpack), value);
}

static inline apus_listpack_position apus_listpack_prepend(
    uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_value value) {
    return apus_listpack_insert(listpack, APUS_LISTPACK_HEADER_BYTES, value);
}

static inline apus_listpack_position apus_listpack_insert_after(
    uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_position at, apus_listpack_value value) {
    return apus_listpack_insert(
        listpack, at + (apus_listpack_position)apus_listpack_entry_bytes(*listpack + at), value);
}

/// Replaces the value of the entry at `at`, which keeps its position.
bool apus_listpack_replace(uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_position at, apus_listpack_value value);

/// Deletes up to `n` entries from `at` on; the position of the entry that is there now, or 0 at the end.
apus_listpack_position apus_listpack_delete(uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_position at, size_t n);

/// Deletes up to `n` entries from this index (-1 is the last) on; returns how many.
size_t apus_listpack_delete_range(uint8_t *_Nonnull *_Nonnull listpack, int64_t index, size_t n);

/// Deletes `n` runs of `stride` entries each, starting at these strictly ascending positions, in one pass.
void apus_listpack_delete_many(
    uint8_t *_Nonnull *_Nonnull listpack, const apus_listpack_position *_Nonnull positions, size_t n, uint32_t stride);

/// Appends all entries of `second` to `*first` and frees `second`; on failure both are as before.
bool apus_listpack_merge(uint8_t *_Nonnull *_Nonnull first, uint8_t *_Nonnull second);

// MARK: Random picks. `stride` entries make one unit (2 for field-value pairs); positions are those of units' starts.

/// A uniformly chosen unit for a uniformly random 64-bit number, or 0 if there is none. O(n).
apus_listpack_position apus_listpack_random(const uint8_t *_Nonnull listpack, uint32_t stride, uint64_t random);

/// Chooses min(n, units) different units uniformly, writes their positions in ascending order, returns how many.
/// The choice is a function of `seed`. O(entries), one pass.
size_t apus_listpack_sample(
    const uint8_t *_Nonnull listpack, uint32_t stride, size_t n, uint64_t seed,
    apus_listpack_position *_Nonnull positions);

// MARK: Untrusted bytes

typedef enum apus_listpack_fault {
    APUS_LISTPACK_VALID = 0,
    /// Shorter than an empty listpack, or the header's total is not the number of bytes at hand.
    APUS_LISTPACK_BAD_TOTAL,
    /// No terminator at the end, or one before it.
    APUS_LISTPACK_BAD_END,
    /// An entry with an unknown encoding, reaching beyond the end, or with a back-length that disagrees.
    APUS_LISTPACK_BAD_ENTRY,
    /// The header's count is not the number of entries.
    APUS_LISTPACK_BAD_COUNT,
} apus_listpack_fault;

/// The whole size of the entry at `at`, or 0 if it is none or not wholly before the terminator's place at `total - 1`.
/// Reads nothing outside bytes[0 ..< total].
size_t apus_listpack_validate_entry(const uint8_t *_Nonnull bytes, size_t total, size_t at);

/// Checks bytes from outside and reads nothing outside bytes[0 ..< count]. With `deep`, a valid listpack is safe for
/// every operation here; without, only header and terminator are checked (for bytes that a checksum already covers).
/// `*offset` is where the fault was found. O(entries); an O(1) check of the two ends if not deep.
apus_listpack_fault apus_listpack_validate(
    const uint8_t *_Nullable bytes, size_t count, bool deep, size_t *_Nullable offset);
