// Caches that differ only in whom they evict: what a server under `maxmemory` could do, as models.
//
// Contract: a cache holds up to `capacity` entries of equal size, in the table that the server keeps its keys in, so
// that samples are drawn as the server would draw them. An entry offers a policy what the server's entry has, a word of
// 32 bits (entry.h), and pointers, which only the outside yardsticks use. Time is the caller's, in milliseconds.
// What is modelled is whom to evict; values, expiry's bookkeeping and replies are not.
// Invariant: after each access the cache holds at most `capacity` entries, and a policy's queues hold exactly these.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct eviction_policy eviction_policy;
typedef struct eviction_cache eviction_cache;

/// A time that never comes: the expiry of what does not expire.
static const int64_t EVICTION_NEVER = INT64_MAX;

/// The policies by index, NULL beyond the last. The first, exact LRU, is the one that the others are compared with.
const eviction_policy *_Nullable eviction_policy_at(uint32_t index);
const char *_Nonnull eviction_policy_name(const eviction_policy *_Nonnull policy);
/// Bits of an entry that the policy reads and writes, pointers included.
uint32_t eviction_policy_entry_bits(const eviction_policy *_Nonnull policy);
/// Bits for each entry that is *not* there any more, of which as many are remembered as the cache has entries.
uint32_t eviction_policy_ghost_bits(const eviction_policy *_Nonnull policy);
/// Whether it evicts by expiry, hence only what has one.
bool eviction_policy_wants_expiry(const eviction_policy *_Nonnull policy);

eviction_cache *_Nonnull eviction_create(
    const eviction_policy *_Nonnull policy, uint64_t capacity, uint64_t seed);
void eviction_free(eviction_cache *_Nonnull cache);

uint64_t eviction_count(const eviction_cache *_Nonnull cache);

/// One request: a hit, or a miss after which the key is there and, if need be, another one is not. Returns whether it
/// was a hit. `now` never goes back; `expiry` counts on a miss.
bool eviction_access(eviction_cache *_Nonnull cache, uint64_t key, int64_t now, int64_t expiry);

/// Takes the key out if it is due.
void eviction_expire(eviction_cache *_Nonnull cache, uint64_t key, int64_t now);

/// Takes the key out, if it is there: nobody evicts it.
void eviction_remove(eviction_cache *_Nonnull cache, uint64_t key);

/// Whether the key is there; changes nothing.
bool eviction_contains(const eviction_cache *_Nonnull cache, uint64_t key);

// MARK: The parts of an access, to be timed one by one

/// Looks the keys up, which are there; each counts as a use.
uint64_t eviction_hit_all(
    eviction_cache *_Nonnull cache, const uint64_t *_Nonnull keys, uint32_t count, int64_t now);
/// Adds keys that are not there, without evicting.
void eviction_insert_all(
    eviction_cache *_Nonnull cache, const uint64_t *_Nonnull keys, uint32_t count, int64_t now);
/// Evicts `count` entries.
void eviction_evict_some(eviction_cache *_Nonnull cache, uint32_t count);

/// Checks everything there is to check, in O(entries). NULL, or what is broken.
const char *_Nullable eviction_invariants(const eviction_cache *_Nonnull cache);
