// A large sorted set: the skip list that orders the member records and the table that finds them by their bytes.
//
// Contract: one allocation that owns its records. Hashes are apus_hash of the member's bytes, computed once by the
// caller (who may prefetch with it). Scores are never NaN.
// Invariant: the list and the table hold the same records; `record_bytes` is what the allocator gave for them.
//
// Bytes per member of 20 bytes: record 32 (score 8, length 1, member 20, rounded up), a slot of the list about 9, a
// slot of the table 10.1 to 13.
#pragma once
#include "hash.h"
#include "skiplist.h"
#include "table.h"

typedef struct apus_zset {
    apus_skiplist list;
    apus_table table;
    uint64_t record_bytes;
} apus_zset;

/// A new, empty set. `seed` fixes the shape of its list.
apus_zset *_Nonnull apus_zset_create(uint64_t seed);

/// Frees the set and its records. O(n).
void apus_zset_free(apus_zset *_Nonnull set);

static inline uint64_t apus_zset_count(const apus_zset *_Nonnull set) { return set->list.count; }

/// The bytes of everything the set owns, by the allocator's size classes. O(1).
size_t apus_zset_bytes(const apus_zset *_Nonnull set);

/// The record of these bytes, or NULL. O(1).
static inline apus_member *_Nullable apus_zset_find(
    const apus_zset *_Nonnull set, uint64_t hash, const uint8_t *_Nullable bytes, uint32_t count) {
    apus_probe probe = apus_table_probe(&set->table, hash);
    for (apus_member *record; (record = apus_probe_next(&probe));)
        if (apus_member_count(record) == count && memcmp(apus_member_bytes(record), bytes, count) == 0) return record;
    return NULL;
}

/// Adds a member that is not in the set. O(log n).
void apus_zset_insert(
    apus_zset *_Nonnull set, uint64_t hash, double score, const uint8_t *_Nullable bytes, uint32_t count);

/// Gives a record of the set another score. O(log n).
static inline void apus_zset_update(apus_zset *_Nonnull set, apus_member *_Nonnull record, double score) {
    apus_skiplist_update(&set->list, record, score);
}

/// Removes a record of the set, whose hash this is, and frees it. O(log n).
void apus_zset_remove(apus_zset *_Nonnull set, uint64_t hash, apus_member *_Nonnull record);

/// Removes `count` members from `rank` on (fewer if there are fewer); returns how many. O(log n + removed).
uint64_t apus_zset_remove_ranks(apus_zset *_Nonnull set, uint64_t rank, uint64_t count);

/// Checks everything, in O(n log n). Returns NULL, or what is broken.
const char *_Nullable apus_zset_invariants(const apus_zset *_Nonnull set);
