// Policies with queues, as yardsticks: two pointers for each entry are more than a server's entry can spare, and a hit
// of exact LRU writes to three entries under one lock.
//
// SIEVE: Y. Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024. S3-FIFO: J. Yang et al., "FIFO Queues are All You
// Need for Cache Eviction", SOSP 2023.
#include "cache.h"

static void queue_add(eviction_cache *cache, cached *entry, uint8_t index) {
    queue *list = cache->queues + index;
    entry->queue = index;
    entry->newer = NULL;
    entry->older = list->newest;
    if (list->newest) list->newest->newer = entry;
    else list->oldest = entry;
    list->newest = entry;
    list->count++;
}

static cached *queue_take(eviction_cache *cache, cached *entry) {
    queue *list = cache->queues + entry->queue;
    if (entry->newer) entry->newer->older = entry->older;
    else list->newest = entry->older;
    if (entry->older) entry->older->newer = entry->newer;
    else list->oldest = entry->newer;
    list->count--;
    return entry;
}

static void admit(eviction_cache *cache, cached *entry) { queue_add(cache, entry, 0); }

static void forget(eviction_cache *cache, cached *entry) { queue_take(cache, entry); }

// MARK: LRU: the order of the queue is the order of the last uses

static void exact_lru_touch(eviction_cache *cache, cached *entry) {
    if (!entry->newer) return;
    queue_add(cache, queue_take(cache, entry), 0);
}

static cached *exact_lru_victim(eviction_cache *cache) { return queue_take(cache, cache->queues[0].oldest); }

const eviction_policy policy_exact_lru = {
    .name = "LRU, exact", .entry_bits = 128, .admit = admit, .touch = exact_lru_touch, .victim = exact_lru_victim,
    .forget = forget,
};

// MARK: SIEVE: a hand goes from old to new, spares what was used since it passed, and evicts in place

static void sieve_touch(eviction_cache *cache, cached *entry) {
    (void)cache;
    if (!entry->visits) entry->visits = 1;
}

static void sieve_forget(eviction_cache *cache, cached *entry) {
    if (cache->hand == entry) cache->hand = entry->newer;
    queue_take(cache, entry);
}

static cached *sieve_victim(eviction_cache *cache) {
    cached *entry = cache->hand ? cache->hand : cache->queues[0].oldest;
    while (entry->visits) {
        entry->visits = 0;
        entry = entry->newer ? entry->newer : cache->queues[0].oldest;
    }
    cache->hand = entry->newer;
    return queue_take(cache, entry);
}

const eviction_policy policy_sieve = {
    .name = "SIEVE", .entry_bits = 129, .admit = admit, .touch = sieve_touch, .victim = sieve_victim,
    .forget = sieve_forget,
};

// MARK: S3-FIFO: a small queue to prove oneself in, a main queue, and ghosts of those that did not

enum {
    SMALL = 0,
    MAIN = 1,
    /// The small queue's share of the capacity: one part in.
    SMALL_DIVISOR = 10,
    VISITS_MAX = 3,
};

static void s3_fifo_admit(eviction_cache *cache, cached *entry) {
    queue_add(cache, entry, ghost_take(cache, entry->hash) ? MAIN : SMALL);
}

static void s3_fifo_touch(eviction_cache *cache, cached *entry) {
    (void)cache;
    if (entry->visits < VISITS_MAX) entry->visits++;
}

static cached *s3_fifo_victim(eviction_cache *cache) {
    for (;;) {
        queue *small = cache->queues + SMALL, *main = cache->queues + MAIN;
        bool takes_small = small->count && (small->count >= cache->capacity / SMALL_DIVISOR || !main->count);
        cached *entry = queue_take(cache, takes_small ? small->oldest : main->oldest);
        if (takes_small && entry->visits > 1) {
            entry->visits = 0;
            queue_add(cache, entry, MAIN);
        } else if (takes_small) {
            ghost_remember(cache, entry->hash);
            return entry;
        } else if (entry->visits) {
            entry->visits--;
            queue_add(cache, entry, MAIN);
        } else {
            return entry;
        }
    }
}

const eviction_policy policy_s3_fifo = {
    .name = "S3-FIFO", .entry_bits = 131, .ghost_bits = 16, .admit = s3_fifo_admit, .touch = s3_fifo_touch,
    .victim = s3_fifo_victim, .forget = forget,
};
