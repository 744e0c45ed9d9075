// Copying a few bytes: keys, numbers and short values are most of what a reply is made of, and for them the call into
// the C library's memcpy costs more than the copy.
// Invariant: reads and writes exactly `count` bytes; source and destination do not overlap.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Copies `count` bytes. Up to 32 of them inline, as two loads and stores that may overlap each other.
static inline void apus_copy(void *_Nonnull destination, const void *_Nonnull source, size_t count) {
    uint8_t *to = (uint8_t *)destination;
    const uint8_t *from = (const uint8_t *)source;
    if (count > 32) {
        memcpy(to, from, count);
    } else if (count >= 16) {
        uint64_t a, b, c, d;
        memcpy(&a, from, 8);
        memcpy(&b, from + 8, 8);
        memcpy(&c, from + count - 16, 8);
        memcpy(&d, from + count - 8, 8);
        memcpy(to, &a, 8);
        memcpy(to + 8, &b, 8);
        memcpy(to + count - 16, &c, 8);
        memcpy(to + count - 8, &d, 8);
    } else if (count >= 8) {
        uint64_t a, b;
        memcpy(&a, from, 8);
        memcpy(&b, from + count - 8, 8);
        memcpy(to, &a, 8);
        memcpy(to + count - 8, &b, 8);
    } else if (count >= 4) {
        uint32_t a, b;
        memcpy(&a, from, 4);
        memcpy(&b, from + count - 4, 4);
        memcpy(to, &a, 4);
        memcpy(to + count - 4, &b, 4);
    } else if (count) {
        to[0] = from[0];
        to[count >> 1] = from[count >> 1];
        to[count - 1] = from[count - 1];
    }
}
