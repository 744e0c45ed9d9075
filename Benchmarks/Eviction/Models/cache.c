// What all eviction policies have in common: the cache, its ghosts and its checks. Contract: eviction.h.
#include "cache.h"
#include "allocator.h"

enum {
    GHOST_WAYS = 4,
    GHOST_BITS = 16,
    /// Accesses after which a lap is estimated anew.
    LAP_PERIOD = 1024,
};

static uint64_t hash_of(uint64_t key) {  // splitmix64's finalizer: a bijection, so that equal hashes are equal keys
    key += 0x9E3779B97F4A7C15;
    key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9;
    key = (key ^ key >> 27) * 0x94D049BB133111EB;
    return key ^ key >> 31;
}

static uint64_t entry_hash(const void *entry) { return ((const cached *)entry)->hash; }

eviction_cache *eviction_create(const eviction_policy *policy, uint64_t capacity, uint64_t seed) {
    eviction_cache *cache = apus_allocate_zeroed(sizeof *cache);
    cache->policy = policy;
    cache->capacity = capacity ? capacity : 1;
    cache->random = seed;
    apus_table_init(&cache->table, 0, entry_hash);
    if (policy->ghost_bits) {
        cache->ghost_buckets = (cache->capacity + GHOST_WAYS - 1) / GHOST_WAYS;
        cache->ghosts = apus_allocate_zeroed(cache->ghost_buckets * sizeof *cache->ghosts);
    }
    return cache;
}

void eviction_free(eviction_cache *cache) {
    enum { DRAIN_BUCKETS = 16 };
    apus_items items = {0};
    for (uint64_t position = 0; position != APUS_TABLE_END;) {
        position = apus_table_drain(&cache->table, position, DRAIN_BUCKETS, &items);
        for (size_t i = 0; i < items.count; i++) apus_free(items.items[i], sizeof(cached));
        items.count = 0;
    }
    apus_items_release(&items);
    apus_table_destroy(&cache->table);
    if (cache->ghosts) apus_free(cache->ghosts, cache->ghost_buckets * sizeof *cache->ghosts);
    apus_free(cache, sizeof *cache);
}

uint64_t eviction_count(const eviction_cache *cache) { return apus_table_count(&cache->table); }

bool eviction_contains(const eviction_cache *cache, uint64_t key) { return cache_find(cache, hash_of(key)) != NULL; }

// MARK: Accesses

static void cache_evict(eviction_cache *cache) {
    cached *entry = cache->policy->victim(cache);
    apus_table_remove(&cache->table, entry->hash, entry);
    apus_free(entry, sizeof *entry);
}

static void cache_insert(eviction_cache *cache, uint64_t hash, int64_t expiry) {
    cached *entry = apus_allocate(sizeof *entry);
    *entry = (cached){.hash = hash, .expiry = expiry};
    cache->policy->admit(cache, entry);
    apus_table_insert(&cache->table, hash, entry);
}

static void cache_forget(eviction_cache *cache, cached *entry) {
    cache->policy->forget(cache, entry);
    apus_table_remove(&cache->table, entry->hash, entry);
    apus_free(entry, sizeof *entry);
}

static inline void cache_tick(eviction_cache *cache, int64_t now) {
    cache->now = now;
    if (cache->accesses++ % LAP_PERIOD == 0)
        cache->lap = (uint64_t)((unsigned __int128)cache->capacity * (uint64_t)now / cache->accesses);
}

bool eviction_access(eviction_cache *cache, uint64_t key, int64_t now, int64_t expiry) {
    uint64_t hash = hash_of(key);
    cache_tick(cache, now);
    cached *entry = cache_find(cache, hash);
    if (entry && entry->expiry > now) {
        cache->policy->touch(cache, entry);
        return true;
    }
    if (entry) cache_forget(cache, entry);
    // As the server does: room is made before the write.
    while (apus_table_count(&cache->table) >= cache->capacity) cache_evict(cache);
    cache_insert(cache, hash, expiry);
    return false;
}

void eviction_expire(eviction_cache *cache, uint64_t key, int64_t now) {
    cached *entry = cache_find(cache, hash_of(key));
    if (entry && entry->expiry <= now) cache_forget(cache, entry);
}

void eviction_remove(eviction_cache *cache, uint64_t key) {
    cached *entry = cache_find(cache, hash_of(key));
    if (entry) cache_forget(cache, entry);
}

uint64_t eviction_hit_all(eviction_cache *cache, const uint64_t *keys, uint32_t count, int64_t now) {
    uint64_t hits = 0;
    for (uint32_t i = 0; i < count; i++) {
        cache_tick(cache, now);
        cached *entry = cache_find(cache, hash_of(keys[i]));
        if (!entry) continue;
        cache->policy->touch(cache, entry);
        hits += entry->payload[0] == 0;  // the value is read as well
    }
    return hits;
}

void eviction_insert_all(eviction_cache *cache, const uint64_t *keys, uint32_t count, int64_t now) {
    for (uint32_t i = 0; i < count; i++) {
        cache_tick(cache, now);
        cache_insert(cache, hash_of(keys[i]), EVICTION_NEVER - (int64_t)i);
    }
}

void eviction_evict_some(eviction_cache *cache, uint32_t count) {
    while (count-- && apus_table_count(&cache->table)) cache_evict(cache);
}

// MARK: Ghosts. A bucket is one word: a new fingerprint shifts the oldest out.

static uint64_t *ghost_bucket(eviction_cache *cache, uint64_t hash) {
    return cache->ghosts + (uint64_t)((unsigned __int128)hash * cache->ghost_buckets >> 64);
}

/// Never 0, which is an empty place. The low bits: the high ones choose the bucket.
static uint64_t ghost_fingerprint(uint64_t hash) { return (hash & 0xFFFF) | ((hash & 0xFFFF) == 0); }

void ghost_remember(eviction_cache *cache, uint64_t hash) {
    uint64_t *bucket = ghost_bucket(cache, hash);
    *bucket = *bucket << GHOST_BITS | ghost_fingerprint(hash);
}

bool ghost_take(eviction_cache *cache, uint64_t hash) {
    uint64_t *bucket = ghost_bucket(cache, hash), fingerprint = ghost_fingerprint(hash);
    for (unsigned way = 0; way < GHOST_WAYS; way++) {
        unsigned shift = way * GHOST_BITS;
        if ((*bucket >> shift & 0xFFFF) != fingerprint) continue;
        uint64_t below = *bucket & (((uint64_t)1 << shift) - 1);
        uint64_t above = shift + GHOST_BITS < 64 ? *bucket >> (shift + GHOST_BITS) << shift : 0;
        *bucket = above | below;
        return true;
    }
    return false;
}

// MARK: Policies

const eviction_policy *eviction_policy_at(uint32_t index) {
    static const eviction_policy *const policies[] = {
        &policy_exact_lru, &policy_lru, &policy_lfu, &policy_random, &policy_ttl, &policy_weighted,
        &policy_weighted_bare, &policy_sieve, &policy_s3_fifo,
    };
    return index < sizeof policies / sizeof *policies ? policies[index] : NULL;
}

const char *eviction_policy_name(const eviction_policy *policy) { return policy->name; }
uint32_t eviction_policy_entry_bits(const eviction_policy *policy) { return policy->entry_bits; }
uint32_t eviction_policy_ghost_bits(const eviction_policy *policy) { return policy->ghost_bits; }
bool eviction_policy_wants_expiry(const eviction_policy *policy) { return policy->wants_expiry; }

// MARK: Checks

static const char *queue_invariants(const eviction_cache *cache, uint8_t index) {
    const queue *list = cache->queues + index;
    uint64_t count = 0;
    const cached *before = NULL;
    for (const cached *entry = list->oldest; entry; before = entry, entry = entry->newer, count++) {
        if (entry->older != before) return "a queue's links disagree";
        if (entry->queue != index) return "an entry is in another queue than it says";
        if (cache_find(cache, entry->hash) != entry) return "a queue holds what the table does not";
    }
    if (before != list->newest) return "a queue does not end with its newest";
    return count == list->count ? NULL : "a queue's count is wrong";
}

const char *eviction_invariants(const eviction_cache *cache) {
    if (apus_table_count(&cache->table) > cache->capacity) return "more entries than the capacity";
    for (uint32_t i = 1; i < cache->pool_count; i++)
        if (cache->pool[i - 1].score > cache->pool[i].score) return "the pool is not in order";
    uint64_t queued = cache->queues[0].count + cache->queues[1].count;
    if (!cache->policy->score && cache->policy != &policy_random && queued != apus_table_count(&cache->table))
        return "the queues do not hold all entries";
    const char *broken = queue_invariants(cache, 0);
    return broken ? broken : queue_invariants(cache, 1);
}
