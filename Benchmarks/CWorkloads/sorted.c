// Sorted sets: in a listpack, as a table with a list of blocks, and as a table with a classic skip list.
#include "allocator.h"
#include "classic_skiplist.h"
#include "hash.h"
#include "subject.h"
#include "zpack.h"
#include "zset.h"

enum {
    PACKED_ELEMENTS_MAX = 4096,
    ELEMENTS_MAX = 1 << 20,
};

static uint64_t read_score(double score) { return (uint64_t)score; }

static inline apus_skiplist_bound from_score(double score) {
    return (apus_skiplist_bound){.score = score, .order = APUS_BOUND_SCORE};
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
    return place.position ? read_score(apus_zpack_score(*slot, place.position)) : 0;
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
        sum += bench_touch(member.bytes, (size_t)member.number) + read_score(apus_zpack_score(listpack, at));
        at = apus_zpack_step(listpack, at, false);
    }
    return sum;
}

static inline uint64_t zpack_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    apus_skiplist_bound bound = from_score(element->score);
    apus_zpack_place place = apus_zpack_find(*slot, apus_zpack_begin(*slot), &bound);
    return zpack_walk(*slot, place.position, BENCH_RANGE_ELEMENTS);
}

static inline uint64_t zpack_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return zpack_walk(*slot, apus_listpack_random(*slot, 2, element->random), 1);
}

static inline uint64_t zpack_iterate(const bench_subject *self, void **slot) {
    (void)self;
    return zpack_walk(*slot, apus_listpack_first(*slot), UINT64_MAX);
}

BENCH_LOOP(zpack)
static const bench_subject zpack = {
    .name = "listpack", .elements_max = PACKED_ELEMENTS_MAX, .create = zpack_create, .destroy = zpack_destroy,
    .insert = zpack_insert, .remove = zpack_remove, .lookup = zpack_lookup, .rank = zpack_rank,
    .range = zpack_range, .random = zpack_random, .iterate = zpack_iterate, .run = zpack_run,
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
    return record ? read_score(record->score) : 0;
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
        sum += bench_touch(apus_member_bytes(record), apus_member_count(record)) + read_score(record->score);
    return sum;
}

static inline uint64_t zset_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const apus_zset *set = *slot;
    apus_skiplist_bound bound = from_score(element->score);
    return zset_walk(apus_skiplist_find(&set->list, &bound), BENCH_RANGE_ELEMENTS);
}

static inline uint64_t zset_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    apus_zset *set = *slot;
    uint64_t state = element->random;
    const apus_member *record = apus_table_random(&set->table, &state);
    return record ? bench_touch(apus_member_bytes(record), apus_member_count(record)) : 0;
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
    .range = zset_range, .random = zset_random, .iterate = zset_iterate, .run = blocks_run,
};
const bench_subject *const bench_block_sorted_set = &blocks;

// MARK: Classic. The same table finds the nodes, so that the lists alone differ.

typedef struct classic_set {
    bench_classic list;
    apus_table table;
} classic_set;

static uint64_t node_hash(const void *item) {
    const bench_node *node = item;
    return apus_hash(bench_node_bytes(node), node->count);
}

static void *classic_create(const bench_subject *self) {
    (void)self;
    classic_set *set = apus_allocate(sizeof *set);
    bench_classic_init(&set->list);
    apus_table_init(&set->table, 0, node_hash);
    return set;
}

static void classic_destroy(const bench_subject *self, void *collection) {
    (void)self;
    classic_set *set = collection;
    apus_table_destroy(&set->table);
    bench_classic_deinit(&set->list);
    apus_free(set, sizeof *set);
}

static inline bench_node *classic_find(classic_set *set, uint64_t hash, const bench_element *element) {
    apus_probe probe = apus_table_probe(&set->table, hash);
    for (bench_node *node; (node = apus_probe_next(&probe));)
        if (node->count == element->count && memcmp(bench_node_bytes(node), element->bytes, element->count) == 0)
            return node;
    return NULL;
}

static inline uint64_t classic_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const bench_node *node = classic_find(*slot, apus_hash(element->bytes, element->count), element);
    return node ? read_score(node->score) : 0;
}

static inline uint64_t classic_rank(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    classic_set *set = *slot;
    const bench_node *node = classic_find(set, apus_hash(element->bytes, element->count), element);
    return node ? bench_classic_rank(&set->list, node) : 0;
}

static inline uint64_t classic_insert(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    classic_set *set = *slot;
    uint64_t hash = apus_hash(element->bytes, element->count);
    if (classic_find(set, hash, element)) return 0;
    bench_node *node = bench_classic_insert(&set->list, element->score, element->bytes, element->count);
    apus_table_insert(&set->table, hash, node);
    return 1;
}

static inline uint64_t classic_remove(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    classic_set *set = *slot;
    uint64_t hash = apus_hash(element->bytes, element->count);
    bench_node *node = classic_find(set, hash, element);
    if (!node) return 0;
    apus_table_remove(&set->table, hash, node);
    bench_classic_remove(&set->list, node);
    return 1;
}

static void classic_settle(void *collection) {
    classic_set *set = collection;
    while (apus_table_step(&set->table, 16)) {}
}

static inline uint64_t classic_walk(const bench_node *node, uint64_t count) {
    uint64_t sum = 0;
    for (; node && count; node = node->links[0].next, count--)
        sum += bench_touch(bench_node_bytes(node), node->count) + read_score(node->score);
    return sum;
}

static inline uint64_t classic_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    classic_set *set = *slot;
    return classic_walk(bench_classic_find(&set->list, element->score), BENCH_RANGE_ELEMENTS);
}

static inline uint64_t classic_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    classic_set *set = *slot;
    uint64_t state = element->random;
    const bench_node *node = apus_table_random(&set->table, &state);
    return node ? bench_touch(bench_node_bytes(node), node->count) : 0;
}

static inline uint64_t classic_iterate(const bench_subject *self, void **slot) {
    (void)self;
    const classic_set *set = *slot;
    return classic_walk(set->list.head->links[0].next, UINT64_MAX);
}

BENCH_LOOP(classic)
static const bench_subject classic = {
    .name = "classic skip list", .elements_max = ELEMENTS_MAX, .create = classic_create,
    .destroy = classic_destroy, .settle = classic_settle,
    .insert = classic_insert, .remove = classic_remove, .lookup = classic_lookup, .rank = classic_rank,
    .range = classic_range, .random = classic_random, .iterate = classic_iterate, .run = classic_run,
};
const bench_subject *const bench_classic_sorted_set = &classic;
