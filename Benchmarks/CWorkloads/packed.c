// Small collections in one block: hashes and sets in a listpack, sets of integers in an intset.
#include "intset.h"
#include "listpack.h"
#include "subject.h"
#include "text.h"
#include "integers.h"

enum {
    /// Operations are linear in it: 4096 elements are 8 to 32 times the thresholds, and 20 times slower than a table.
    PACKED_ELEMENTS_MAX = 4096,
    /// Binary search and memmove stay usable for longer.
    INTSET_ELEMENTS_MAX = 65536,
};

static uint64_t read_value(apus_listpack_value value) {
    return value.bytes ? bench_touch(value.bytes, (size_t)value.number) : (uint64_t)value.number & INT64_MAX;
}

static void *packed_create(const bench_subject *self) {
    (void)self;
    return apus_listpack_new();
}

static void packed_destroy(const bench_subject *self, void *collection) {
    (void)self;
    apus_listpack_free(collection);
}

// MARK: Entries come in units of `parameter`: 2 for the field and value of a hash, 1 for the member of a set.

static inline apus_listpack_position packed_find(
    const bench_subject *self, const uint8_t *listpack, const bench_element *element) {
    return apus_listpack_find(
        listpack, apus_listpack_first(listpack), element->bytes, element->count, self->parameter - 1);
}

static inline uint64_t packed_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    const uint8_t *listpack = *slot;
    apus_listpack_position at = packed_find(self, listpack, element);
    if (!at || self->parameter == 1) return listpack[at];
    return read_value(apus_listpack_get(listpack, apus_listpack_next(listpack, at)));
}

static inline uint64_t packed_insert(const bench_subject *self, void **slot, const bench_element *element) {
    uint8_t **listpack = (uint8_t **)slot;
    if (packed_find(self, *listpack, element)) return 0;
    apus_listpack_value unit[2] = {
        apus_listpack_string(element->bytes, element->count),
        apus_listpack_string(element->value, element->value_count),
    };
    return apus_listpack_insert_many(listpack, apus_listpack_end(*listpack), unit, self->parameter) != 0;
}

static inline uint64_t packed_remove(const bench_subject *self, void **slot, const bench_element *element) {
    uint8_t **listpack = (uint8_t **)slot;
    apus_listpack_position at = packed_find(self, *listpack, element);
    if (!at) return 0;
    apus_listpack_delete(listpack, at, self->parameter);
    return 1;
}

static inline uint64_t packed_random(const bench_subject *self, void **slot, const bench_element *element) {
    const uint8_t *listpack = *slot;
    return read_value(
        apus_listpack_get(listpack, apus_listpack_random(listpack, self->parameter, element->random)));
}

static inline uint64_t packed_iterate(const bench_subject *self, void **slot) {
    (void)self;
    const uint8_t *listpack = *slot;
    uint64_t sum = 0;
    for (apus_listpack_position at = apus_listpack_first(listpack); at; at = apus_listpack_next(listpack, at))
        sum += read_value(apus_listpack_get(listpack, at));
    return sum;
}

#define PACKED(unit, loop)                                                                              \
    {                                                                                                   \
        .name = "listpack", .elements_max = PACKED_ELEMENTS_MAX, .parameter = unit,                     \
        .create = packed_create, .destroy = packed_destroy, .insert = packed_insert,                    \
        .remove = packed_remove, .lookup = packed_lookup, .random = packed_random,                      \
        .iterate = packed_iterate, .run = loop                                                          \
    }
BENCH_LOOP(packed_hash)
static const bench_subject packed_hash = PACKED(2, packed_hash_run);
const bench_subject *const bench_packed_hash = &packed_hash;
BENCH_LOOP(packed_set)
static const bench_subject packed_set = PACKED(1, packed_set_run);
const bench_subject *const bench_packed_set = &packed_set;

// MARK: Intset. A request brings text, which is parsed as part of the operation; the others compare or hash it.

static inline int64_t intset_value(const bench_element *element) {
    int64_t value = 0;
    apus_parse_int64(element->bytes, element->count, &value);
    return value;
}

static void *intset_create(const bench_subject *self) {
    (void)self;
    return apus_intset_new();
}

static void intset_destroy(const bench_subject *self, void *collection) {
    (void)self;
    apus_intset_free(collection);
}

static inline uint64_t intset_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return apus_intset_contains(*slot, intset_value(element));
}

static inline uint64_t intset_insert(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return apus_intset_add((uint8_t **)slot, intset_value(element)) == APUS_INTSET_ADDED;
}

static inline uint64_t intset_remove(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return apus_intset_remove((uint8_t **)slot, intset_value(element));
}

static inline uint64_t intset_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return (uint64_t)apus_intset_get(*slot, apus_intset_random_index(*slot, element->random)) & INT64_MAX;
}

static inline uint64_t intset_iterate(const bench_subject *self, void **slot) {
    (void)self;
    uint64_t sum = 0;
    uint32_t count = apus_intset_count(*slot);
    for (uint32_t i = 0; i < count; i++) sum += (uint64_t)apus_intset_get(*slot, i);
    return sum;
}

BENCH_LOOP(intset)
static const bench_subject intset = {
    .name = "intset", .elements_max = INTSET_ELEMENTS_MAX, .create = intset_create, .destroy = intset_destroy,
    .insert = intset_insert, .remove = intset_remove, .lookup = intset_lookup, .random = intset_random,
    .iterate = intset_iterate, .run = intset_run,
};
const bench_subject *const bench_intset = &intset;
