// Intset: a set of integers as a sorted array in one block, byte-compatible with Redis's. The encoding of small sets of
// integers only.
//
//   +-----------+-----------+---------+---------+-- ...
//   | width u32 | count u32 | value 0 | value 1 |          all little-endian; width is 2, 4 or 8 bytes, one for all
//   +-----------+-----------+---------+---------+-- ...
//
// Contract: one allocation of apus_capacity(total bytes); changes take the pointer's address and may move the block.
// The width grows with the first value that needs it and never shrinks. Everything but validation trusts the bytes.
// Invariant: the values are strictly ascending, and each fits the width.
#pragma once
#include "capacity.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    APUS_INTSET_HEADER_BYTES = 8,
    /// No intset grows beyond 1 GiB; long before that, `set-max-intset-entries` has made it a hash table.
    APUS_INTSET_COUNT_MAX = (1 << 30) / 8 - 1,
};

typedef enum apus_intset_outcome {
    APUS_INTSET_EXISTS = 0,
    APUS_INTSET_ADDED = 1,
    /// APUS_INTSET_COUNT_MAX values are in it; unchanged.
    APUS_INTSET_FULL = 2,
} apus_intset_outcome;

uint8_t *_Nonnull apus_intset_new(void);

/// An intset of its own with these bytes, which must have passed apus_intset_validate.
uint8_t *_Nonnull apus_intset_copy(const uint8_t *_Nonnull bytes, size_t count);

void apus_intset_free(uint8_t *_Nonnull intset);

/// Bytes per value: 2, 4 or 8.
static inline uint32_t apus_intset_width(const uint8_t *_Nonnull intset) {
    uint32_t width;
    memcpy(&width, intset, 4);
    return width;
}

static inline uint32_t apus_intset_count(const uint8_t *_Nonnull intset) {
    uint32_t count;
    memcpy(&count, intset + 4, 4);
    return count;
}

/// The total bytes, header included.
static inline size_t apus_intset_bytes(const uint8_t *_Nonnull intset) {
    return APUS_INTSET_HEADER_BYTES + (size_t)apus_intset_count(intset) * apus_intset_width(intset);
}

static inline uint8_t *_Nonnull apus_intset_duplicate(const uint8_t *_Nonnull intset) {
    return apus_intset_copy(intset, apus_intset_bytes(intset));
}

/// The size asked of the allocator for this intset.
static inline size_t apus_intset_allocated(const uint8_t *_Nonnull intset) {
    return apus_capacity(apus_intset_bytes(intset));
}

/// The value at this index in ascending order; index < count. O(1). The smallest is at 0, the largest at count - 1.
static inline int64_t apus_intset_get(const uint8_t *_Nonnull intset, uint32_t index) {
    const uint8_t *values = intset + APUS_INTSET_HEADER_BYTES;
    int16_t value16;
    int32_t value32;
    int64_t value64;
    switch (apus_intset_width(intset)) {
    case 2: return memcpy(&value16, values + (size_t)index * 2, 2), value16;
    case 4: return memcpy(&value32, values + (size_t)index * 4, 4), value32;
    default: return memcpy(&value64, values + (size_t)index * 8, 8), value64;
    }
}

/// The index of the first value >= `value`, count if there is none. O(log n).
uint32_t apus_intset_lower_bound(const uint8_t *_Nonnull intset, int64_t value);

/// True if the value is in the set. O(log n).
bool apus_intset_contains(const uint8_t *_Nonnull intset, int64_t value);

/// Adds a value. O(n), O(1) amortised at the end.
apus_intset_outcome apus_intset_add(uint8_t *_Nonnull *_Nonnull intset, int64_t value);

/// Removes a value; false if it was not there. O(n).
bool apus_intset_remove(uint8_t *_Nonnull *_Nonnull intset, int64_t value);

/// Removes the value at this index; index < count. O(n).
void apus_intset_remove_at(uint8_t *_Nonnull *_Nonnull intset, uint32_t index);

/// The index that a uniformly random 64-bit number chooses, uniformly; count > 0.
static inline uint32_t apus_intset_random_index(const uint8_t *_Nonnull intset, uint64_t random) {
    return (uint32_t)((unsigned __int128)random * apus_intset_count(intset) >> 64);
}

typedef enum apus_intset_fault {
    APUS_INTSET_VALID = 0,
    APUS_INTSET_BAD_WIDTH,
    /// The header's count is not that of the bytes at hand.
    APUS_INTSET_BAD_COUNT,
    /// Not strictly ascending (a deep check only).
    APUS_INTSET_BAD_ORDER,
} apus_intset_fault;

/// Checks bytes from outside and reads nothing outside bytes[0 ..< count]. Without `deep` the order is not checked:
/// memory-safe, but lookups may miss. An intset wider than its values need is valid, an empty one too. O(n) if deep.
apus_intset_fault apus_intset_validate(const uint8_t *_Nullable bytes, size_t count, bool deep);
