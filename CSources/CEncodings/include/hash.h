// The hash of every key and member: XXH3 keyed with a random secret, so that a client cannot choose collisions.
#pragma once
#include <stddef.h>
#include <stdint.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    /// As long as XXH3's own; fewer than 136 it does not take.
    APUS_HASH_SECRET_BYTES = 192,
};

/// The secret, filled once at start, before the first hash (or fixed by a test or by `hash-seed`).
extern uint8_t apus_hash_secret[APUS_HASH_SECRET_BYTES];

/// Sets the secret.
void apus_hash_set_secret(const uint8_t *_Nonnull secret);

/// The 64-bit hash of `count` bytes. Its bits are used disjointly: shard from the top, then the table's position,
/// the bucket's fingerprint from the low byte.
static inline uint64_t apus_hash(const void *_Nullable bytes, size_t count) {
    return XXH3_64bits_withSecret(bytes, count, apus_hash_secret, APUS_HASH_SECRET_BYTES);
}
