// Policies that look at a few random entries and evict the best of what they saw lately: the ones a server can have
// without pointers in its entries.
//
// | policy          | the entry's word            | samples | evicts                                          |
// |-----------------|-----------------------------|---------|-------------------------------------------------|
// | random          | –                           | –       | any                                             |
// | LRU, sampled    | 24 bits of seconds          | 5       | the longest idle                                |
// | LFU, sampled    | 16 bits of minutes, 8 count | 5       | the lowest logarithmic count                    |
// | TTL, sampled    | –                           | 5       | the next to expire                              |
// | weighted        | 28 bits of 1/16 s, 4 count  | 10      | the longest idle for its count, once-used first |
//
// The first four are Redis's (maxmemory-samples 5, lfu-log-factor 10, lfu-decay-time 1).
#include "cache.h"

static void ignore(eviction_cache *cache, cached *entry) { (void)cache, (void)entry; }

// MARK: The pool

/// Offers a candidate: it goes in by its score, and where the pool is full, the least of all goes out.
static void pool_offer(eviction_cache *cache, uint64_t score, uint64_t hash) {
    uint32_t place = cache->pool_count;
    while (place && cache->pool[place - 1].score > score) place--;
    if (cache->pool_count < POOL_MAX) {
        memmove(cache->pool + place + 1, cache->pool + place, (cache->pool_count++ - place) * sizeof *cache->pool);
    } else {
        if (place == 0) return;
        memmove(cache->pool, cache->pool + 1, --place * sizeof *cache->pool);
    }
    cache->pool[place] = (candidate){score, hash};
}

static cached *sampled_victim(eviction_cache *cache) {
    const eviction_policy *policy = cache->policy;
    for (;;) {
        void *sample[SAMPLES_MAX];
        size_t count = apus_table_sample(&cache->table, cache_random(cache), sample, policy->samples);
        for (size_t i = 0; i < count; i++) {
            const cached *entry = sample[i];
            pool_offer(cache, policy->score(cache, entry), entry->hash);
        }
        while (cache->pool_count) {
            cached *entry = cache_find(cache, cache->pool[--cache->pool_count].hash);
            if (entry) return entry;  // else it was evicted or expired since
        }
    }
}

// MARK: Random

static cached *random_victim(eviction_cache *cache) {
    uint64_t state = cache_random(cache);
    return apus_table_random(&cache->table, &state);
}

const eviction_policy policy_random = {
    .name = "random", .admit = ignore, .touch = ignore, .victim = random_victim, .forget = ignore,
};

// MARK: LRU

static uint32_t lru_clock(const eviction_cache *cache) { return (uint32_t)(cache->now / 1000) & 0xFFFFFF; }

static void lru_touch(eviction_cache *cache, cached *entry) {
    uint32_t clock = lru_clock(cache);
    if (entry->access != clock) entry->access = clock;  // not to dirty the line of a hot entry at each hit
}

static uint64_t lru_score(const eviction_cache *cache, const cached *entry) {
    return (lru_clock(cache) - entry->access) & 0xFFFFFF;
}

const eviction_policy policy_lru = {
    .name = "LRU, sampled", .entry_bits = 24, .samples = 5, .admit = lru_touch, .touch = lru_touch,
    .victim = sampled_victim, .forget = ignore, .score = lru_score,
};

// MARK: LFU

enum {
    LFU_FIRST = 5,
    LFU_FACTOR = 10,
    LFU_MAX = 255,
};

static uint32_t lfu_minutes(const eviction_cache *cache) { return (uint32_t)(cache->now / 60000) & 0xFFFF; }

/// The count less one for each minute since it was last written.
static uint32_t lfu_count(const eviction_cache *cache, const cached *entry) {
    uint32_t minutes = (lfu_minutes(cache) - (entry->access >> 8)) & 0xFFFF, count = entry->access & 0xFF;
    return minutes < count ? count - minutes : 0;
}

static void lfu_admit(eviction_cache *cache, cached *entry) { entry->access = lfu_minutes(cache) << 8 | LFU_FIRST; }

static void lfu_touch(eviction_cache *cache, cached *entry) {
    uint32_t count = lfu_count(cache, entry);
    uint64_t against = count > LFU_FIRST ? (uint64_t)(count - LFU_FIRST) * LFU_FACTOR + 1 : 1;
    // One more with a chance of 1 / against.
    if (count < LFU_MAX && (uint64_t)((unsigned __int128)cache_random(cache) * against >> 64) == 0) count++;
    uint32_t access = lfu_minutes(cache) << 8 | count;
    if (entry->access != access) entry->access = access;
}

static uint64_t lfu_score(const eviction_cache *cache, const cached *entry) {
    return LFU_MAX - lfu_count(cache, entry);
}

const eviction_policy policy_lfu = {
    .name = "LFU, sampled", .entry_bits = 24, .samples = 5, .admit = lfu_admit, .touch = lfu_touch,
    .victim = sampled_victim, .forget = ignore, .score = lfu_score,
};

// MARK: TTL

static uint64_t ttl_score(const eviction_cache *cache, const cached *entry) {
    (void)cache;
    return (uint64_t)(EVICTION_NEVER - entry->expiry);
}

const eviction_policy policy_ttl = {
    .name = "TTL, sampled", .samples = 5, .wants_expiry = true, .admit = ignore, .touch = ignore,
    .victim = sampled_victim, .forget = ignore, .score = ttl_score,
};

// MARK: Weighted: idle time against frequency
//
//     access:  | clock, 28 bits of 1/16 s | uses since insertion, 4 bits |
//
// An entry that was used once only is worth an eighth: most such keys never come back. Uses halve when a key was idle
// for long, measured in laps (the time in which as many requests arrive as there are entries). Who comes back soon
// after being evicted, as the ghosts tell, starts with a use.

enum {
    WEIGHTED_TICK_MS = 1000 / 16,
    WEIGHTED_USES_MAX = 15,
    WEIGHTED_ONCE_FACTOR = 8,
    /// Keeps quotients of small idle times apart.
    WEIGHTED_SCALE = 64,
    HALVING_LAPS = 4,
    HALVING_LAPS_AGAIN = 16,
};
static const uint32_t WEIGHTED_CLOCK_MASK = (1u << 28) - 1;

static uint32_t weighted_clock(const eviction_cache *cache) {
    return (uint32_t)(cache->now / WEIGHTED_TICK_MS) & WEIGHTED_CLOCK_MASK;
}

static uint32_t weighted_idle(const eviction_cache *cache, const cached *entry) {
    return (weighted_clock(cache) - (entry->access >> 4)) & WEIGHTED_CLOCK_MASK;
}

/// What is left of the uses; a key that was ever used again stays one that was.
static uint32_t weighted_uses(const eviction_cache *cache, const cached *entry, uint32_t idle) {
    uint32_t uses = entry->access & WEIGHTED_USES_MAX;
    uint64_t lap = cache->lap / WEIGHTED_TICK_MS;
    if (uses > 1 && idle > HALVING_LAPS * lap) uses /= 2;
    if (uses > 1 && idle > HALVING_LAPS_AGAIN * lap) uses /= 2;
    return uses;
}

static void weighted_set(eviction_cache *cache, cached *entry, uint32_t uses) {
    uint32_t access = weighted_clock(cache) << 4 | uses;
    if (entry->access != access) entry->access = access;
}

static void weighted_admit(eviction_cache *cache, cached *entry) {
    weighted_set(cache, entry, cache->ghosts && ghost_take(cache, entry->hash) ? 1 : 0);
}

static void weighted_touch(eviction_cache *cache, cached *entry) {
    uint32_t uses = weighted_uses(cache, entry, weighted_idle(cache, entry));
    weighted_set(cache, entry, uses < WEIGHTED_USES_MAX ? uses + 1 : uses);
}

static uint64_t weighted_score(const eviction_cache *cache, const cached *entry) {
    uint64_t idle = weighted_idle(cache, entry);
    uint32_t uses = weighted_uses(cache, entry, (uint32_t)idle);
    return uses ? idle * WEIGHTED_SCALE / uses : idle * WEIGHTED_SCALE * WEIGHTED_ONCE_FACTOR;
}

static cached *weighted_victim(eviction_cache *cache) {
    cached *entry = sampled_victim(cache);
    if (cache->ghosts) ghost_remember(cache, entry->hash);
    return entry;
}

const eviction_policy policy_weighted = {
    .name = "weighted", .entry_bits = 32, .ghost_bits = 16, .samples = 10, .admit = weighted_admit,
    .touch = weighted_touch, .victim = weighted_victim, .forget = ignore, .score = weighted_score,
};

const eviction_policy policy_weighted_bare = {
    .name = "weighted, no ghosts", .entry_bits = 32, .samples = 10, .admit = weighted_admit,
    .touch = weighted_touch, .victim = weighted_victim, .forget = ignore, .score = weighted_score,
};
