// A small sorted set: a listpack of member, score, member, score, … in order, byte-compatible with Redis's.
//
// Contract: the order and the bounds are those of the skip list (skiplist.h). A score that is an integer is stored as
// one, any other as its shortest text; so -0.0 becomes 0. Operations are linear in the listpack, which its owner keeps
// small. Scores are never NaN.
// Invariant: an even number of entries; the pairs are strictly ascending by score, then member bytes.
#pragma once
#include "listpack.h"
#include "skiplist.h"

/// A pair: `position` is its member's entry, 0 beyond the ends; `rank` is the number of pairs before it.
typedef struct apus_zpack_place {
    apus_listpack_position position;
    uint32_t rank;
} apus_zpack_place;

static inline uint32_t apus_zpack_count(const uint8_t *_Nonnull listpack) {
    return (uint32_t)(apus_listpack_count(listpack) / 2);
}

/// The bytes of the allocator that the listpack holds. O(1).
size_t apus_zpack_bytes(const uint8_t *_Nonnull listpack);

/// The score of the pair at a member's position.
double apus_zpack_score(const uint8_t *_Nonnull listpack, apus_listpack_position member);

/// The pair of a member; position 0 if there is none.
apus_zpack_place apus_zpack_find_member(
    const uint8_t *_Nonnull listpack, const uint8_t *_Nullable bytes, size_t count);

/// The first pair, or the end of an empty listpack: rank 0 either way.
static inline apus_zpack_place apus_zpack_begin(const uint8_t *_Nonnull listpack) {
    return (apus_zpack_place){apus_listpack_first(listpack), 0};
}

/// The first pair that the bound leaves on its right, looked for from a place that it does not leave on its right;
/// `rank` is the number of pairs that precede the bound.
apus_zpack_place apus_zpack_find(
    const uint8_t *_Nonnull listpack, apus_zpack_place from, const apus_skiplist_bound *_Nonnull bound);

/// The pair of a rank; position 0 when rank >= count.
apus_zpack_place apus_zpack_at(const uint8_t *_Nonnull listpack, uint32_t rank);

/// The member after the one at this position (before it, if `backward`), or 0.
static inline apus_listpack_position apus_zpack_step(
    const uint8_t *_Nonnull listpack, apus_listpack_position member, bool backward) {
    if (!backward) return apus_listpack_next(listpack, apus_listpack_next(listpack, member));
    apus_listpack_position score = apus_listpack_previous(listpack, member);
    return score ? apus_listpack_previous(listpack, score) : 0;
}

/// Adds a member that is not there. False if the listpack cannot grow any more; it is then unchanged.
bool apus_zpack_insert(
    uint8_t *_Nonnull *_Nonnull listpack, double score, const uint8_t *_Nullable bytes, size_t count);

/// Removes `n` pairs from a member's position on.
void apus_zpack_remove(uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_position member, uint32_t n);

/// Gives the pair of a member another score, and thus perhaps another place. `bytes` are the member's, not inside the
/// listpack. False if the listpack cannot grow any more; it is then unchanged.
bool apus_zpack_update(
    uint8_t *_Nonnull *_Nonnull listpack, apus_listpack_position member, double score, const uint8_t *_Nullable bytes,
    size_t count);

/// Checks everything. Returns NULL, or what is broken. Also for a listpack from outside that is a valid listpack.
const char *_Nullable apus_zpack_invariants(const uint8_t *_Nonnull listpack);

/// Whether every member is there once. O(n^2).
bool apus_zpack_is_unique(const uint8_t *_Nonnull listpack);

/// The bytes of the longest member. O(n).
size_t apus_zpack_longest(const uint8_t *_Nonnull listpack);
