// Fuzzes the intset: the input is an intset from outside. If validation accepts it, every operation runs on it, and
// what comes out must validate too.
#include "intset.h"
#include <stdlib.h>

static void require(bool condition) {
    if (!condition) abort();
}

static void read_all(const uint8_t *intset) {
    uint32_t count = apus_intset_count(intset);
    for (uint32_t i = 0; i < count; i++) {
        int64_t value = apus_intset_get(intset, i);
        require(apus_intset_contains(intset, value) && apus_intset_lower_bound(intset, value) == i);
        bool next_is_stored = i + 1 < count && apus_intset_get(intset, i + 1) == value + 1;
        if (value < INT64_MAX) require(apus_intset_contains(intset, value + 1) == next_is_stored);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t count) {
    apus_intset_validate(input, count, false);
    if (apus_intset_validate(input, count, true)) return 0;
    uint8_t *intset = apus_intset_copy(input, count);
    read_all(intset);
    uint64_t random = 0x9E3779B97F4A7C15ull * count;
    for (size_t step = 0; step < 16; step++) {
        random = (random ^ input[step % count]) * 0xD6E8FEB86659FD93ull;
        random ^= random >> 32;
        int64_t value = (int64_t)random >> (random & 63);
        uint32_t before = apus_intset_count(intset);
        bool stored = apus_intset_contains(intset, value);
        if (step % 3 < 2) {
            require(apus_intset_add(&intset, value) == (stored ? APUS_INTSET_EXISTS : APUS_INTSET_ADDED));
            require(apus_intset_contains(intset, value) && apus_intset_count(intset) == before + !stored);
        } else {
            require(apus_intset_remove(&intset, value) == stored);
            if (apus_intset_count(intset)) apus_intset_remove_at(&intset, apus_intset_random_index(intset, random));
        }
        require(!apus_intset_validate(intset, apus_intset_bytes(intset), true));
        read_all(intset);
    }
    apus_intset_free(intset);
    return 0;
}
