// A set of integers as a sorted array in one block. Layout and contract: intset.h.
#include "intset.h"
#include "allocator.h"

static inline void set_header(uint8_t *intset, uint32_t width, uint32_t count) {
    memcpy(intset, &width, 4);
    memcpy(intset + 4, &count, 4);
}

static inline uint32_t width_of(int64_t value) {
    return value == (int16_t)value ? 2 : value == (int32_t)value ? 4 : 8;
}

/// Writes at an index in an array of that width. Little-endian: the low bytes come first.
static inline void set(uint8_t *intset, uint32_t width, uint32_t index, int64_t value) {
    memcpy(intset + APUS_INTSET_HEADER_BYTES + (size_t)index * width, &value, width);
}

static inline size_t bytes_of(uint32_t width, uint32_t count) {
    return APUS_INTSET_HEADER_BYTES + (size_t)width * count;
}

static inline void resize(uint8_t **intset, size_t old_bytes, size_t new_bytes) {
    size_t old_size = apus_capacity(old_bytes), new_size = apus_capacity(new_bytes);
    if (old_size != new_size) *intset = apus_resize(*intset, old_size, new_size);
}

// MARK: Blocks

uint8_t *apus_intset_new(void) {
    uint8_t *intset = apus_allocate(apus_capacity(APUS_INTSET_HEADER_BYTES));
    set_header(intset, 2, 0);
    return intset;
}

uint8_t *apus_intset_copy(const uint8_t *bytes, size_t count) {
    return memcpy(apus_allocate(apus_capacity(count)), bytes, count);
}

void apus_intset_free(uint8_t *intset) { apus_free(intset, apus_intset_allocated(intset)); }

// MARK: Searching

/// A binary search without an unpredictable branch: the range [base, base + left) holds the first value >= `value`, or
/// ends there, and each halving is a conditional move.
#define LOWER_BOUND(type)                                                                                              \
    static inline uint32_t lower_bound_##type(const uint8_t *values, uint32_t count, type value) {                     \
        const uint8_t *base = values;                                                                                  \
        for (uint32_t left = count; left > 1;) {                                                                       \
            uint32_t half = left / 2;                                                                                  \
            type probe;                                                                                                \
            memcpy(&probe, base + (size_t)(half - 1) * sizeof(type), sizeof(type));                                    \
            base = __builtin_unpredictable(probe < value) ? base + (size_t)half * sizeof(type) : base;                 \
            left -= half;                                                                                              \
        }                                                                                                              \
        type probe;                                                                                                    \
        memcpy(&probe, base, sizeof(type));                                                                            \
        return (uint32_t)((size_t)(base - values) / sizeof(type)) + (probe < value);                                   \
    }
LOWER_BOUND(int16_t)
LOWER_BOUND(int32_t)
LOWER_BOUND(int64_t)
#undef LOWER_BOUND

uint32_t apus_intset_lower_bound(const uint8_t *intset, int64_t value) {
    uint32_t count = apus_intset_count(intset), width = apus_intset_width(intset);
    // Beyond the ends is common (ascending inserts) and settles values that do not fit the width.
    if (count == 0 || value > apus_intset_get(intset, count - 1)) return count;
    if (value <= apus_intset_get(intset, 0)) return 0;
    const uint8_t *values = intset + APUS_INTSET_HEADER_BYTES;
    switch (width) {
    case 2: return lower_bound_int16_t(values, count, (int16_t)value);
    case 4: return lower_bound_int32_t(values, count, (int32_t)value);
    default: return lower_bound_int64_t(values, count, value);
    }
}

bool apus_intset_contains(const uint8_t *intset, int64_t value) {
    uint32_t index = apus_intset_lower_bound(intset, value);
    return index < apus_intset_count(intset) && apus_intset_get(intset, index) == value;
}

// MARK: Changing

/// Rewrites every value in a larger width and puts `value` first or last: it needs a width that no other value needs,
/// so it lies beyond all of them.
static void widen_and_add(uint8_t **intset, uint32_t width, int64_t value) {
    uint32_t old_width = apus_intset_width(*intset), count = apus_intset_count(*intset);
    resize(intset, bytes_of(old_width, count), bytes_of(width, count + 1));
    uint32_t shift = value < 0;
    // Backwards, so that no value is overwritten before it is read: the old header still describes the old array.
    for (uint32_t i = count; i-- > 0;) {
        int64_t moved = apus_intset_get(*intset, i);
        set(*intset, width, i + shift, moved);
    }
    set(*intset, width, shift ? 0 : count, value);
    set_header(*intset, width, count + 1);
}

apus_intset_outcome apus_intset_add(uint8_t **intset, int64_t value) {
    uint32_t count = apus_intset_count(*intset), width = apus_intset_width(*intset);
    bool widens = width_of(value) > width;
    uint32_t index = widens ? 0 : apus_intset_lower_bound(*intset, value);
    if (!widens && index < count && apus_intset_get(*intset, index) == value) return APUS_INTSET_EXISTS;
    if (count >= APUS_INTSET_COUNT_MAX) return APUS_INTSET_FULL;
    if (widens) {
        widen_and_add(intset, width_of(value), value);
        return APUS_INTSET_ADDED;
    }
    resize(intset, bytes_of(width, count), bytes_of(width, count + 1));
    uint8_t *place = *intset + APUS_INTSET_HEADER_BYTES + (size_t)index * width;
    memmove(place + width, place, (size_t)(count - index) * width);
    set(*intset, width, index, value);
    set_header(*intset, width, count + 1);
    return APUS_INTSET_ADDED;
}

void apus_intset_remove_at(uint8_t **intset, uint32_t index) {
    uint32_t count = apus_intset_count(*intset), width = apus_intset_width(*intset);
    uint8_t *place = *intset + APUS_INTSET_HEADER_BYTES + (size_t)index * width;
    memmove(place, place + width, (size_t)(count - index - 1) * width);
    resize(intset, bytes_of(width, count), bytes_of(width, count - 1));
    set_header(*intset, width, count - 1);
}

bool apus_intset_remove(uint8_t **intset, int64_t value) {
    uint32_t index = apus_intset_lower_bound(*intset, value);
    if (index >= apus_intset_count(*intset) || apus_intset_get(*intset, index) != value) return false;
    apus_intset_remove_at(intset, index);
    return true;
}

// MARK: Untrusted bytes

apus_intset_fault apus_intset_validate(const uint8_t *bytes, size_t count, bool deep) {
    if (count < APUS_INTSET_HEADER_BYTES) return APUS_INTSET_BAD_COUNT;
    uint32_t width = apus_intset_width(bytes), values = apus_intset_count(bytes);
    if (width != 2 && width != 4 && width != 8) return APUS_INTSET_BAD_WIDTH;
    if (bytes_of(width, values) != count) return APUS_INTSET_BAD_COUNT;
    if (!deep) return APUS_INTSET_VALID;
    for (uint32_t i = 1; i < values; i++)
        if (apus_intset_get(bytes, i - 1) >= apus_intset_get(bytes, i)) return APUS_INTSET_BAD_ORDER;
    return APUS_INTSET_VALID;
}
