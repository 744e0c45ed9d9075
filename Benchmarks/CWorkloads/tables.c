// Large hashes and sets: the table, with each element in a record of its own.
#include "allocator.h"
#include "hash.h"
#include "subject.h"
#include "table.h"

enum {
    TABLE_ELEMENTS_MAX = 1 << 20,
    /// Buckets of a table that an iteration looks at per step, as SCAN does.
    SCAN_BUCKETS = 16,
};

/// A field with its value, or a member (without value), in one allocation.
typedef struct bench_record {
    uint32_t count;
    uint32_t value_count;
    uint8_t bytes[];
} bench_record;

static inline size_t record_size(const bench_record *record) {
    return sizeof *record + record->count + record->value_count;
}

static uint64_t record_hash(const void *item) {
    const bench_record *record = item;
    return apus_hash(record->bytes, record->count);
}

static inline bench_record *record_create(const bench_subject *self, const bench_element *element) {
    uint32_t value_count = self->parameter == 2 ? element->value_count : 0;
    bench_record *record = apus_allocate(sizeof *record + element->count + value_count);
    record->count = element->count;
    record->value_count = value_count;
    memcpy(record->bytes, element->bytes, element->count);
    memcpy(record->bytes + element->count, element->value, value_count);
    return record;
}

static void *table_create(const bench_subject *self) {
    (void)self;
    apus_table *table = apus_allocate(sizeof *table);
    apus_table_init(table, 0, record_hash);
    return table;
}

static void table_destroy(const bench_subject *self, void *collection) {
    (void)self;
    apus_items items = {0};
    for (uint64_t position = 0; position != APUS_TABLE_END;) {
        position = apus_table_drain(collection, position, SCAN_BUCKETS, &items);
        for (size_t i = 0; i < items.count; i++) apus_free(items.items[i], record_size(items.items[i]));
        items.count = 0;
    }
    apus_items_release(&items);
    apus_table_destroy(collection);
    apus_free(collection, sizeof(apus_table));
}

/// The record of an element, with the probe that found it.
static inline bench_record *table_find(
    apus_table *table, uint64_t hash, const bench_element *element, apus_probe *probe) {
    *probe = apus_table_probe(table, hash);
    for (bench_record *record; (record = apus_probe_next(probe));)
        if (record->count == element->count && memcmp(record->bytes, element->bytes, element->count) == 0)
            return record;
    return NULL;
}

static inline uint64_t table_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    apus_probe probe;
    bench_record *record = table_find(*slot, apus_hash(element->bytes, element->count), element, &probe);
    if (!record) return 0;
    return bench_touch(record->bytes + (self->parameter == 2 ? record->count : 0), element->count);
}

static inline uint64_t table_insert(const bench_subject *self, void **slot, const bench_element *element) {
    apus_probe probe;
    uint64_t hash = apus_hash(element->bytes, element->count);
    if (table_find(*slot, hash, element, &probe)) return 0;
    apus_table_insert(*slot, hash, record_create(self, element));
    return 1;
}

static inline uint64_t table_remove(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    apus_probe probe;
    bench_record *record = table_find(*slot, apus_hash(element->bytes, element->count), element, &probe);
    if (!record) return 0;
    apus_probe_remove(*slot, &probe);
    apus_free(record, record_size(record));
    return 1;
}

static inline uint64_t table_random(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    uint64_t state = element->random;
    const bench_record *record = apus_table_random(*slot, &state);
    return record ? bench_touch(record->bytes, record->count) : 0;
}

static inline uint64_t table_iterate(const bench_subject *self, void **slot) {
    apus_items items = {0};
    uint64_t sum = 0;
    for (uint64_t position = 0; position != APUS_TABLE_END;) {
        position = apus_table_scan(*slot, position, SCAN_BUCKETS, SIZE_MAX, &items);
        for (size_t i = 0; i < items.count; i++) {
            const bench_record *record = items.items[i];
            sum += bench_touch(record->bytes, record->count);
            if (self->parameter == 2) sum += bench_touch(record->bytes + record->count, record->value_count);
        }
        items.count = 0;
    }
    apus_items_release(&items);
    return sum;
}

#define TABLE(unit, loop)                                                                              \
    {                                                                                                  \
        .name = "table", .elements_max = TABLE_ELEMENTS_MAX, .parameter = unit,                        \
        .create = table_create, .destroy = table_destroy, .insert = table_insert,                      \
        .remove = table_remove, .lookup = table_lookup, .random = table_random,                        \
        .iterate = table_iterate, .run = loop                                                          \
    }
BENCH_LOOP(table_hash)
static const bench_subject table_hash = TABLE(2, table_hash_run);
const bench_subject *const bench_table_hash = &table_hash;
BENCH_LOOP(table_set)
static const bench_subject table_set = TABLE(1, table_set_run);
const bench_subject *const bench_table_set = &table_set;
