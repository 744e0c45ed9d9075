// Sorted sets as a table with a classic skip list, as the others' servers have them. The table that finds the nodes is
// that of the blocks, so that the lists alone differ.
#include "allocator.h"
#include "classic_skiplist.h"
#include "hash.h"
#include "subject.h"
#include "table.h"
#include <string.h>

enum { ELEMENTS_MAX = 1 << 20 };

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
    return node ? bench_read_score(node->score) : 0;
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

static inline uint64_t read_node(const bench_node *node) {
    return bench_touch(bench_node_bytes(node), node->count) + bench_read_score(node->score);
}

static inline uint64_t classic_walk(const bench_node *node, uint64_t count) {
    uint64_t sum = 0;
    for (; node && count; node = node->links[0].next, count--) sum += read_node(node);
    return sum;
}

static inline uint64_t classic_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const classic_set *set = *slot;
    return classic_walk(bench_classic_at(&set->list, bench_any_index(set->list.count, element)), BENCH_RANGE_ELEMENTS);
}

/// Scores are compared on the way.
static inline uint64_t classic_range_by_score(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const classic_set *set = *slot;
    const bench_node *node = bench_classic_find(&set->list, element->score);
    uint64_t sum = 0;
    for (; node && node->score <= element->score_end; node = node->links[0].next) sum += read_node(node);
    return sum;
}

/// Drawn from the table.
static inline uint64_t classic_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    classic_set *set = *slot;
    uint64_t state = element->random;
    const bench_node *node = apus_table_random(&set->table, &state);
    return node ? read_node(node) : 0;
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
    .range = classic_range, .range_by_score = classic_range_by_score, .random = classic_random,
    .iterate = classic_iterate, .run = classic_run,
};
const bench_subject *const bench_classic_sorted_set = &classic;
