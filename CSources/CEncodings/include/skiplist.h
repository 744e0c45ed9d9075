// The order of a large sorted set: a skip list of blocks of members, by score, then by member bytes.
//
// Contract: the list orders member records; it neither creates nor frees them, because a record is shared with the
// table that finds it by its bytes (zset.h). A record's score must be changed only through the list. Scores are never
// NaN; -0.0 and 0.0 are equal. Equal scores are ordered by memcmp, the shorter first when one is a prefix.
// It is not a map: inserting an equal record twice is the caller's error.
//
// Why blocks: a classic list spends a node, two links and a span on each member and misses the cache at each step.
// Here about fifty members share one 512-byte block; the links of a block carry the first score of the block they
// lead to, so a descent reads block headers only and touches records merely to break ties.
//
//   head ──────────────────────────────► block ────────────► level 1 and up: next, separator, members skipped
//   head ────► block ────► block ──────► block ────► block    level 0: next, separator; skips `count` members
//   ┌──────────────────────────────────────────────────────┐
//   │ next, separator, previous, count, height │ upper links │ slots: 48-bit record pointers, in order │
//   └──────────────────────────────────────────────────────┘
//
// Invariant: slots are strictly ascending across the whole list; only the head may be empty, and only when the list
// is; a separator is at least every score before the block it leads to and at most every score in it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// MARK: Member records

/// A member and its score in one allocation. The bytes begin with their length: one byte below 255, or the byte 255
/// and four bytes; then the member itself.
typedef struct apus_member {
    double score;
    uint8_t tail[];
} apus_member;

enum { APUS_MEMBER_LONG = 255 };

/// The bytes a record of a member of `count` bytes is allocated with.
static inline size_t apus_member_size(uint32_t count) {
    return sizeof(apus_member) + (count < APUS_MEMBER_LONG ? 1 : 5) + (size_t)count;
}

static inline uint32_t apus_member_count(const apus_member *_Nonnull record) {
    if (record->tail[0] < APUS_MEMBER_LONG) return record->tail[0];
    uint32_t count;
    memcpy(&count, record->tail + 1, sizeof count);
    return count;
}

static inline const uint8_t *_Nonnull apus_member_bytes(const apus_member *_Nonnull record) {
    return record->tail + (record->tail[0] < APUS_MEMBER_LONG ? 1 : 5);
}

/// Allocates a record.
apus_member *_Nonnull apus_member_create(double score, const uint8_t *_Nullable bytes, uint32_t count);
void apus_member_free(apus_member *_Nonnull record);

/// Negative, zero or positive: how the order of bytes puts a before b.
int apus_member_compare_bytes(const uint8_t *_Nullable a, size_t a_count, const uint8_t *_Nullable b, size_t b_count);

// MARK: Blocks

enum {
    /// A size class of the allocator, 8 lines: long enough that links cost about one byte per member, short enough
    /// that moving half a block stays below the price of one cache miss in the main memory.
    APUS_SKIPLIST_BLOCK_BYTES = 512,
    /// 4^11 blocks are 200 million members before the top level grows longer than four blocks.
    APUS_SKIPLIST_HEIGHT_MAX = 12,
    /// 48 bits hold every user-space address of x86-64 and AArch64 without the opt-in to larger ones.
    APUS_SKIPLIST_SLOT_BYTES = 6,
    /// Slots of the shortest block, the one with most room: no operation hands out more records at once.
    APUS_SKIPLIST_SLOTS_MAX = (APUS_SKIPLIST_BLOCK_BYTES - 32) / APUS_SKIPLIST_SLOT_BYTES,
};

typedef struct apus_skiplist_block apus_skiplist_block;

/// A link of level 1 or higher.
typedef struct apus_skiplist_link {
    apus_skiplist_block *_Nullable next;
    double separator;
    uint64_t span;  ///< members from the first of this block up to the first of `next`; 0 without a next
} apus_skiplist_link;

struct apus_skiplist_block {
    apus_skiplist_block *_Nullable next;
    double separator;  ///< of `next`
    apus_skiplist_block *_Nullable previous;
    uint16_t count;     ///< slots in use
    uint16_t capacity;  ///< slots
    uint32_t height;    ///< levels this block is linked on, at least 1
    apus_skiplist_link upper[];  ///< height - 1 links, then the slots
};

static inline uint8_t *_Nonnull apus_skiplist_slot(const apus_skiplist_block *_Nonnull block, uint32_t index) {
    return (uint8_t *)(block->upper + (block->height - 1)) + (size_t)index * APUS_SKIPLIST_SLOT_BYTES;
}

/// The record at `index` < count.
static inline apus_member *_Nonnull apus_skiplist_record(
    const apus_skiplist_block *_Nonnull block, uint32_t index) {
    const uint8_t *slot = apus_skiplist_slot(block, index);
    uint32_t low;
    uint16_t high;
    memcpy(&low, slot, sizeof low);
    memcpy(&high, slot + sizeof low, sizeof high);
    return (apus_member *)((uintptr_t)low | (uintptr_t)high << 32);
}

// MARK: The list

typedef struct apus_skiplist {
    apus_skiplist_block *_Nonnull head;  ///< always there, of the full height
    apus_skiplist_block *_Nonnull tail;
    uint64_t count;   ///< members
    uint64_t blocks;  ///< blocks, the head included
    uint64_t random;  ///< state of the generator of heights
    uint32_t height;  ///< levels in use
} apus_skiplist;

/// Begins an empty list. Equal seeds and equal operations build equal lists.
void apus_skiplist_init(apus_skiplist *_Nonnull list, uint64_t seed);

/// Frees the blocks of a list; its records are the caller's (see apus_skiplist_take).
void apus_skiplist_deinit(apus_skiplist *_Nonnull list);

/// The bytes of the blocks. O(1).
size_t apus_skiplist_bytes(const apus_skiplist *_Nonnull list);

enum {
    APUS_BOUND_SCORE = 0,         ///< by score alone
    APUS_BOUND_SCORE_MEMBER = 1,  ///< by score, then member: the list's own order
    APUS_BOUND_MEMBER = 2,        ///< by member alone; meaningful when all scores are equal
};

/// A place between records, in terms of one of the orders above: what precedes it is on its left.
typedef struct apus_skiplist_bound {
    double score;
    const uint8_t *_Nullable member;
    uint32_t member_count;
    uint8_t order;
    bool after_equal;  ///< records equal to the bound precede it
} apus_skiplist_bound;

/// A position: `block` is NULL behind the last or before the first record, else `index` < its count.
typedef struct apus_skiplist_place {
    apus_skiplist_block *_Nullable block;
    uint32_t index;
    uint64_t rank;  ///< members before the position; kept up to date by next and previous
} apus_skiplist_place;

/// Inserts a record that is not in the list. O(log n); O(1) behind the last.
void apus_skiplist_insert(apus_skiplist *_Nonnull list, apus_member *_Nonnull record);

/// Removes a record of the list. O(log n).
void apus_skiplist_remove(apus_skiplist *_Nonnull list, const apus_member *_Nonnull record);

/// Gives a record of the list another score and, if need be, another place. O(log n).
void apus_skiplist_update(apus_skiplist *_Nonnull list, apus_member *_Nonnull record, double score);

/// The rank of a record of the list, from 0. O(log n); reads no other record unless scores tie.
uint64_t apus_skiplist_rank(const apus_skiplist *_Nonnull list, const apus_member *_Nonnull record);

/// The first position that the bound leaves on its right; `rank` is the number of records that precede the bound.
/// O(log n).
apus_skiplist_place apus_skiplist_find(
    const apus_skiplist *_Nonnull list, const apus_skiplist_bound *_Nonnull bound);

/// The position of a rank; behind the last when rank >= count. O(log n).
apus_skiplist_place apus_skiplist_at(const apus_skiplist *_Nonnull list, uint64_t rank);

/// Removes up to `count` records from `rank` < list count on, as far as they share a block, at least one and at most
/// APUS_SKIPLIST_SLOTS_MAX; writes them to `records` in order and returns how many. O(log n).
uint32_t apus_skiplist_take(
    apus_skiplist *_Nonnull list, uint64_t rank, uint64_t count, apus_member *_Nonnull *_Nonnull records);

/// Checks everything. Returns NULL, or what is broken.
const char *_Nullable apus_skiplist_invariants(const apus_skiplist *_Nonnull list);

// MARK: Iteration

enum {
    /// Records fetched ahead of the iteration: enough independent misses to hide one, within a core's fill buffers.
    APUS_SKIPLIST_AHEAD = 8,
};

/// Asks for the records after the position (its own included), to be called once when an iteration begins.
static inline void apus_skiplist_prefetch(const apus_skiplist_place *_Nonnull place) {
    if (!place->block) return;
    uint32_t end = place->index + APUS_SKIPLIST_AHEAD;
    if (end > place->block->count) end = place->block->count;
    for (uint32_t i = place->index; i < end; i++) __builtin_prefetch(apus_skiplist_record(place->block, i));
}

/// The same for an iteration backward.
static inline void apus_skiplist_prefetch_back(const apus_skiplist_place *_Nonnull place) {
    if (!place->block) return;
    uint32_t begin = place->index < APUS_SKIPLIST_AHEAD ? 0 : place->index - APUS_SKIPLIST_AHEAD + 1;
    for (uint32_t i = begin; i <= place->index; i++) __builtin_prefetch(apus_skiplist_record(place->block, i));
}

/// The record at the position and a step forward; NULL at the end. The list must not change between steps.
static inline apus_member *_Nullable apus_skiplist_next(apus_skiplist_place *_Nonnull place) {
    apus_skiplist_block *block = place->block;
    if (!block) return NULL;
    apus_member *record = apus_skiplist_record(block, place->index);
    uint32_t index = place->index + 1, ahead = place->index + APUS_SKIPLIST_AHEAD;
    if (ahead < block->count) {
        __builtin_prefetch(apus_skiplist_record(block, ahead));
    } else if (block->next && ahead - block->count < block->next->count) {
        __builtin_prefetch(apus_skiplist_record(block->next, ahead - block->count));
        __builtin_prefetch(block->next->next);
    }
    place->rank++;
    if (index < block->count) {
        place->index = index;
    } else {
        place->block = block->next;
        place->index = 0;
    }
    return record;
}

/// The record at the position and a step backward; NULL once the first has been given.
static inline apus_member *_Nullable apus_skiplist_previous(apus_skiplist_place *_Nonnull place) {
    apus_skiplist_block *block = place->block;
    if (!block) return NULL;
    apus_member *record = apus_skiplist_record(block, place->index);
    if (place->index >= APUS_SKIPLIST_AHEAD) {
        __builtin_prefetch(apus_skiplist_record(block, place->index - APUS_SKIPLIST_AHEAD));
    } else if (block->previous && block->previous->count > APUS_SKIPLIST_AHEAD) {
        apus_skiplist_block *before = block->previous;
        __builtin_prefetch(apus_skiplist_record(before, before->count + place->index - APUS_SKIPLIST_AHEAD));
        __builtin_prefetch(before->previous);
    }
    place->rank--;
    if (place->index > 0) {
        place->index--;
    } else {
        place->block = block->previous;
        place->index = block->previous ? block->previous->count - 1u : 0;
    }
    return record;
}
