// Sorted sets: in a listpack, and as a table with a list of blocks.
//
// Ranges and random members take the steps that the server's commands take: a range by score is first one of ranks,
// from the bounds' places, and a random member is that of a random rank.
#include "hash.h"
#include "subject.h"
#include "zpack.h"
#include "zset.h"

enum {
    PACKED_ELEMENTS_MAX = 4096,
    ELEMENTS_MAX = 1 << 20,
};

/// Before the members of this score, or behind them.
static inline apus_skiplist_bound bound_of(double score, bool after_equal) {
    return (apus_skiplist_bound){.score = score, .order = APUS_BOUND_SCORE, .after_equal = after_equal};
}

// MARK: Listpack

static void *zpack_create(const bench_subject *self) {
    (void)self;
    return apus_listpack_new();
}

static void zpack_destroy(const bench_subject *self, void *collection) {
    (void)self;
    apus_listpack_free(collection);
}

static inline uint64_t zpack_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    apus_zpack_place place = apus_zpack_find_member(*slot, element->bytes, element->count);
    return place.position ? bench_read_score(apus_zpack_score(*slot, place.position)) : 0;
}

static inline uint64_t zpack_rank(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return apus_zpack_find_member(*slot, element->bytes, element->count).rank;
}

static inline uint64_t zpack_insert(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    if (apus_zpack_find_member(*slot, element->bytes, element->count).position) return 0;
    return apus_zpack_insert((uint8_t **)slot, element->score, element->bytes, element->count);
}

static inline uint64_t zpack_remove(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    apus_zpack_place place = apus_zpack_find_member(*slot, element->bytes, element->count);
    if (!place.position) return 0;
    apus_zpack_remove((uint8_t **)slot, place.position, 1);
    return 1;
}

/// Reads up to `count` pairs from a member's position on.
static inline uint64_t zpack_walk(const uint8_t *listpack, apus_listpack_position at, uint64_t count) {
    uint64_t sum = 0;
    for (; at && count; count--) {
        apus_listpack_value member = apus_listpack_get(listpack, at);
        sum += bench_touch(member.bytes, (size_t)member.number) + bench_read_score(apus_zpack_score(listpack, at));
        at = apus_zpack_step(listpack, at, false);
    }
    return sum;
}

static inline uint64_t zpack_read(const uint8_t *listpack, uint64_t rank, uint64_t count) {
    return zpack_walk(listpack, apus_zpack_at(listpack, (uint32_t)rank).position, count);
}

static inline uint64_t zpack_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return zpack_read(*slot, bench_any_index(apus_zpack_count(*slot), element), BENCH_RANGE_ELEMENTS);
}

static inline uint64_t zpack_range_by_score(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    apus_skiplist_bound lower = bound_of(element->score, false), upper = bound_of(element->score_end, true);
    apus_zpack_place begin = apus_zpack_find(*slot, apus_zpack_begin(*slot), &lower);
    apus_zpack_place end = apus_zpack_find(*slot, begin, &upper);
    return zpack_read(*slot, begin.rank, end.rank - begin.rank);
}

static inline uint64_t zpack_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return zpack_read(*slot, bench_any_index(apus_zpack_count(*slot), element), 1);
}

static inline uint64_t zpack_iterate(const bench_subject *self, void **slot) {
    (void)self;
    return zpack_walk(*slot, apus_listpack_first(*slot), UINT64_MAX);
}

BENCH_LOOP(zpack)
static const bench_subject zpack = {
    .name = "listpack", .elements_max = PACKED_ELEMENTS_MAX, .create = zpack_create, .destroy = zpack_destroy,
    .insert = zpack_insert, .remove = zpack_remove, .lookup = zpack_lookup, .rank = zpack_rank,
    .range = zpack_range, .range_by_score = zpack_range_by_score, .random = zpack_random, .iterate = zpack_iterate,
    .run = zpack_run,
};
const bench_subject *const bench_packed_sorted_set = &zpack;

// MARK: Blocks

static void *zset_create(const bench_subject *self) {
    (void)self;
    return apus_zset_create(1);
}

static void zset_destroy(const bench_subject *self, void *collection) {
    (void)self;
    apus_zset_free(collection);
}

static void zset_settle(void *collection) {
    apus_zset *set = collection;
    while (apus_table_step(&set->table, 16)) {}
}

static inline apus_member *zset_find(void **slot, const bench_element *element) {
    return apus_zset_find(*slot, apus_hash(element->bytes, element->count), element->bytes, element->count);
}

static inline uint64_t zset_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const apus_member *record = zset_find(slot, element);
    return record ? bench_read_score(record->score) : 0;
}

static inline uint64_t zset_rank(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const apus_zset *set = *slot;
    const apus_member *record = zset_find(slot, element);
    return record ? apus_skiplist_rank(&set->list, record) : 0;
}

static inline uint64_t zset_insert(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    uint64_t hash = apus_hash(element->bytes, element->count);
    if (apus_zset_find(*slot, hash, element->bytes, element->count)) return 0;
    apus_zset_insert(*slot, hash, element->score, element->bytes, element->count);
    return 1;
}

static inline uint64_t zset_remove(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    uint64_t hash = apus_hash(element->bytes, element->count);
    apus_member *record = apus_zset_find(*slot, hash, element->bytes, element->count);
    if (!record) return 0;
    apus_zset_remove(*slot, hash, record);
    return 1;
}

static inline uint64_t zset_walk(apus_skiplist_place place, uint64_t count) {
    uint64_t sum = 0;
    apus_skiplist_prefetch(&place);
    for (const apus_member *record; count && (record = apus_skiplist_next(&place)); count--)
        sum += bench_touch(apus_member_bytes(record), apus_member_count(record)) + bench_read_score(record->score);
    return sum;
}

static inline uint64_t zset_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const apus_zset *set = *slot;
    uint64_t rank = bench_any_index(set->list.count, element);
    return zset_walk(apus_skiplist_at(&set->list, rank), BENCH_RANGE_ELEMENTS);
}

static inline uint64_t zset_range_by_score(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const apus_zset *set = *slot;
    apus_skiplist_bound lower = bound_of(element->score, false), upper = bound_of(element->score_end, true);
    uint64_t begin = apus_skiplist_find(&set->list, &lower).rank, end = apus_skiplist_find(&set->list, &upper).rank;
    return zset_walk(apus_skiplist_at(&set->list, begin), end - begin);
}

static inline uint64_t zset_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const apus_zset *set = *slot;
    return zset_walk(apus_skiplist_at(&set->list, bench_any_index(set->list.count, element)), 1);
}

static inline uint64_t zset_iterate(const bench_subject *self, void **slot) {
    (void)self;
    const apus_zset *set = *slot;
    return zset_walk(apus_skiplist_at(&set->list, 0), UINT64_MAX);
}

BENCH_LOOP(blocks)
static const bench_subject blocks = {
    .name = "blocks", .elements_max = ELEMENTS_MAX, .create = zset_create, .destroy = zset_destroy,
    .settle = zset_settle,
    .insert = zset_insert, .remove = zset_remove, .lookup = zset_lookup, .rank = zset_rank,
    .range = zset_range, .range_by_score = zset_range_by_score, .random = zset_random, .iterate = zset_iterate,
    .run = blocks_run,
};
const bench_subject *const bench_block_sorted_set = &blocks;
