// SplitMix64: numbers that are random enough for heights and samples, from eight bytes of state, of which every value
// is a good seed. Not for secrets.
#pragma once
#include <stdint.h>

/// The next number of the sequence.
static inline uint64_t splitmix_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
