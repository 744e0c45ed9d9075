// How much a packed block (listpack, intset) asks of the allocator, given how many bytes it holds.
//
// Contract: a packed block carries its length but no capacity field; the size that was asked for is a pure function of
// that length. So freeing and resizing need nothing but the block's own header, and growing or shrinking inside one
// step touches no allocator at all. The steps are jemalloc's size classes (multiples of 16 up to 128, then four per
// doubling), hence asking for a whole step wastes nothing; were they ever to differ, everything would stay correct.
// Invariant: a live block of `count` bytes was allocated with size apus_capacity(count).
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif

/// The size to ask the allocator for, to hold `count` bytes: count <= capacity, and < 1.25 × count above 64 bytes.
/// Under AddressSanitizer there is no slack, so that each byte beyond the end is caught.
static inline size_t apus_capacity(size_t count) {
#if __has_feature(address_sanitizer)
    return count;
#else
    if (count <= 128) return (count + 15) & ~(size_t)15;
    size_t step = (size_t)1 << (63 - __builtin_clzll(count - 1) - 2);
    return (count + step - 1) & ~(step - 1);
#endif
}
