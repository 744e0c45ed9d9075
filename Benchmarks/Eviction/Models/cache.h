// What the policies share: the entry, the cache, and the table of functions that a policy is.
#pragma once
#include "eviction.h"
#include "table.h"

/// As large as the server's entry of a key of 16 bytes and a value of 32, so that a look-up costs the same.
typedef struct cached {
    uint64_t hash;     ///< of the key, by a bijection: it is the key
    int64_t expiry;
    uint32_t access;   ///< the policy's word: all that a sampled policy may keep
    uint8_t visits;    ///< SIEVE and S3-FIFO; the sampled policies keep theirs in `access`
    uint8_t queue;     ///< of the cache's queues, the one that it is in
    struct cached *_Nullable newer, *_Nullable older;
    uint8_t payload[24];
} cached;
_Static_assert(sizeof(cached) == 64, "one class of the allocator, as the server's entry");

/// A doubly linked list.
typedef struct queue {
    cached *_Nullable newest, *_Nullable oldest;
    uint64_t count;
} queue;

/// A key that looked evictable when it was sampled.
typedef struct candidate {
    uint64_t score;
    uint64_t hash;
} candidate;

enum {
    /// As in Redis: what was seen in earlier samples and is still better than what a new sample finds.
    POOL_MAX = 16,
    SAMPLES_MAX = 16,
};

struct eviction_cache {
    const eviction_policy *_Nonnull policy;
    apus_table table;
    uint64_t capacity;
    uint64_t random;
    uint64_t accesses;
    int64_t now;
    /// Milliseconds in which as many accesses arrive as the cache holds entries.
    uint64_t lap;
    candidate pool[POOL_MAX];  ///< ascending by score
    uint32_t pool_count;
    queue queues[2];
    cached *_Nullable hand;       ///< SIEVE's
    uint64_t *_Nullable ghosts;   ///< four 16-bit fingerprints in each
    uint64_t ghost_buckets;
};

struct eviction_policy {
    const char *_Nonnull name;
    uint32_t entry_bits, ghost_bits;
    uint32_t samples;
    bool wants_expiry;
    void (*_Nonnull admit)(eviction_cache *_Nonnull cache, cached *_Nonnull entry);
    void (*_Nonnull touch)(eviction_cache *_Nonnull cache, cached *_Nonnull entry);
    /// Chooses an entry and forgets it; the cache then takes it out of the table.
    cached *_Nonnull (*_Nonnull victim)(eviction_cache *_Nonnull cache);
    /// Forgets an entry that expired.
    void (*_Nonnull forget)(eviction_cache *_Nonnull cache, cached *_Nonnull entry);
    /// The higher, the sooner evicted: sampled policies.
    uint64_t (*_Nullable score)(const eviction_cache *_Nonnull cache, const cached *_Nonnull entry);
};

static inline cached *_Nullable cache_find(const eviction_cache *_Nonnull cache, uint64_t hash) {
    apus_probe probe = apus_table_probe(&cache->table, hash);
    for (cached *entry; (entry = apus_probe_next(&probe));)
        if (entry->hash == hash) return entry;
    return NULL;
}

static inline uint64_t cache_random(eviction_cache *_Nonnull cache) {
    uint64_t bits = cache->random += 0x9E3779B97F4A7C15;  // splitmix64
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB;
    return bits ^ bits >> 31;
}

// MARK: Ghosts: fingerprints of what was evicted, the oldest of a bucket forgotten first

void ghost_remember(eviction_cache *_Nonnull cache, uint64_t hash);
/// Whether the key was evicted lately; forgets it.
bool ghost_take(eviction_cache *_Nonnull cache, uint64_t hash);

extern const eviction_policy policy_random, policy_lru, policy_lfu, policy_ttl, policy_weighted, policy_weighted_bare,
    policy_exact_lru, policy_sieve, policy_s3_fifo;
