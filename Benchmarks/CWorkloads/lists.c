// Lists as chains of listpacks of 4 to 64 KiB: what the node size of a quicklist costs and saves.
//
// Insert pushes at the tail, delete pops at the head, lookup seeks a random index, range reads from one on. The chain
// is as plain as can be: its nodes hold a listpack and a count, and are walked from the nearer end.
#include "allocator.h"
#include "listpack.h"
#include "subject.h"

enum { ELEMENTS_MAX = 1 << 20 };

typedef struct chain_node {
    struct chain_node *next;
    struct chain_node *previous;
    uint8_t *listpack;
    uint32_t count;
} chain_node;

typedef struct chain {
    chain_node *head;
    chain_node *tail;
    uint64_t count;
} chain;

static void *chain_create(const bench_subject *self) {
    (void)self;
    return apus_allocate_zeroed(sizeof(chain));
}

static void chain_destroy(const bench_subject *self, void *collection) {
    (void)self;
    chain *list = collection;
    for (chain_node *node = list->head, *next; node; node = next) {
        next = node->next;
        apus_listpack_free(node->listpack);
        apus_free(node, sizeof *node);
    }
    apus_free(list, sizeof *list);
}

static chain_node *chain_grow(chain *list) {
    chain_node *node = apus_allocate(sizeof *node);
    *node = (chain_node){.previous = list->tail, .listpack = apus_listpack_new()};
    if (list->tail) list->tail->next = node;
    else list->head = node;
    return list->tail = node;
}

static inline uint64_t chain_push(const bench_subject *self, void **slot, const bench_element *element) {
    // An entry's header and back-length, for the sizes that are measured here.
    enum { ENTRY_OVERHEAD_BYTES = 4 };
    chain *list = *slot;
    chain_node *node = list->tail;
    size_t node_bytes = (size_t)self->parameter << 10;
    if (!node || apus_listpack_bytes(node->listpack) + element->count + ENTRY_OVERHEAD_BYTES > node_bytes)
        node = chain_grow(list);
    apus_listpack_append(&node->listpack, apus_listpack_string(element->bytes, element->count));
    node->count++;
    list->count++;
    return 1;
}

static inline uint64_t chain_pop(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self, (void)element;
    chain *list = *slot;
    chain_node *node = list->head;
    apus_listpack_delete(&node->listpack, APUS_LISTPACK_HEADER_BYTES, 1);
    list->count--;
    if (--node->count) return 1;
    list->head = node->next;
    if (node->next) node->next->previous = NULL;
    else list->tail = NULL;
    apus_listpack_free(node->listpack);
    apus_free(node, sizeof *node);
    return 1;
}

/// The node of an index < count, which becomes the index within the node.
static inline chain_node *chain_seek(const chain *list, uint64_t *index) {
    chain_node *node;
    if (*index < list->count / 2) {
        for (node = list->head; *index >= node->count; node = node->next) *index -= node->count;
        return node;
    }
    uint64_t before = list->count;
    for (node = list->tail; *index < (before -= node->count);) node = node->previous;
    *index -= before;
    return node;
}

/// Reads up to `count` elements from an index on.
static inline uint64_t chain_walk(const chain *list, uint64_t index, uint64_t count) {
    uint64_t sum = 0;
    const chain_node *node = chain_seek(list, &index);
    apus_listpack_position at = apus_listpack_seek(node->listpack, (int64_t)index);
    while (true) {
        apus_listpack_value value = apus_listpack_get(node->listpack, at);
        sum += bench_touch(value.bytes, (size_t)value.number);
        if (--count == 0) return sum;
        at = apus_listpack_next(node->listpack, at);
        if (at) continue;
        if (!(node = node->next)) return sum;
        at = apus_listpack_first(node->listpack);
    }
}

static inline uint64_t chain_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const chain *list = *slot;
    return chain_walk(list, bench_any_index(list->count, element), 1);
}

static inline uint64_t chain_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    const chain *list = *slot;
    return chain_walk(list, bench_any_index(list->count, element), BENCH_RANGE_ELEMENTS);
}

static inline uint64_t chain_iterate(const bench_subject *self, void **slot) {
    (void)self;
    return chain_walk(*slot, 0, UINT64_MAX);
}

static uint32_t chain_node_elements(const bench_subject *self, uint32_t element_bytes) {
    return (self->parameter << 10) / element_bytes;
}

#define CHAIN(kib)                                                                                      \
    BENCH_LOOP(chain_##kib)                                                                             \
    static const bench_subject chain_##kib = {                                                          \
        .name = #kib " KiB", .elements_max = ELEMENTS_MAX, .parameter = kib, .create = chain_create,    \
        .destroy = chain_destroy, .insert = chain_push, .remove = chain_pop, .lookup = chain_lookup,    \
        .range = chain_range, .iterate = chain_iterate, .node_elements = chain_node_elements,           \
        .run = chain_##kib##_run,                                                                       \
    };
CHAIN(4)
CHAIN(8)
CHAIN(16)
CHAIN(32)
CHAIN(64)
const bench_subject *const bench_lists[5] = {&chain_8, &chain_4, &chain_16, &chain_32, &chain_64};
