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

/// A field with its value, or a member (without value), in one allocation and without a pointer: what a large hash or
/// set of the server is meant to store, of fields without an expiry.
///
///     | flags | count | value count | bytes | value |      counts: one byte, or four if the flags say so
///       u8      u8/u32  u8/u32, hashes only
typedef struct bench_record {
    uint8_t flags;
    uint8_t bytes[];
} bench_record;

enum {
    RECORD_IS_LONG = 1,
    RECORD_HAS_VALUE = 2,
    RECORD_SHORT_MAX = 255,
};

/// A record's parts.
typedef struct bench_record_view {
    const uint8_t *bytes, *value;
    uint32_t count, value_count;
} bench_record_view;

static inline bench_record_view record_view(const bench_record *record) {
    bench_record_view view = {0};
    const uint8_t *at = record->bytes;
    if (__builtin_expect(record->flags & RECORD_IS_LONG, 0)) {
        memcpy(&view.count, at, sizeof view.count), at += sizeof view.count;
        if (record->flags & RECORD_HAS_VALUE) memcpy(&view.value_count, at, sizeof view.value_count), at += 4;
    } else {
        view.count = *at++;
        if (record->flags & RECORD_HAS_VALUE) view.value_count = *at++;
    }
    view.bytes = at;
    view.value = at + view.count;
    return view;
}

static inline size_t record_size(const bench_record *record) {
    bench_record_view view = record_view(record);
    return (size_t)(view.value + view.value_count - (const uint8_t *)record);
}

static uint64_t record_hash(const void *item) {
    bench_record_view view = record_view(item);
    return apus_hash(view.bytes, view.count);
}

static inline bench_record *record_create(const bench_subject *self, const bench_element *element) {
    bool has_value = self->parameter == 2;
    uint32_t value_count = has_value ? element->value_count : 0;
    bool is_long = element->count > RECORD_SHORT_MAX || value_count > RECORD_SHORT_MAX;
    size_t heads = (has_value ? 2 : 1) * (is_long ? sizeof(uint32_t) : 1);
    bench_record *record = apus_allocate(sizeof *record + heads + element->count + value_count);
    record->flags = (uint8_t)((is_long ? RECORD_IS_LONG : 0) | (has_value ? RECORD_HAS_VALUE : 0));
    uint8_t *at = record->bytes;
    if (is_long) {
        memcpy(at, &element->count, sizeof(uint32_t)), at += sizeof(uint32_t);
        if (has_value) memcpy(at, &value_count, sizeof value_count), at += sizeof value_count;
    } else {
        *at++ = (uint8_t)element->count;
        if (has_value) *at++ = (uint8_t)value_count;
    }
    memcpy(at, element->bytes, element->count);
    memcpy(at + element->count, element->value, value_count);
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

static void table_settle(void *collection) {
    while (apus_table_step(collection, SCAN_BUCKETS)) {}
}

/// The record of an element, with the probe that found it.
static inline bench_record *table_find(
    apus_table *table, uint64_t hash, const bench_element *element, apus_probe *probe) {
    *probe = apus_table_probe(table, hash);
    for (bench_record *record; (record = apus_probe_next(probe));) {
        bench_record_view view = record_view(record);
        if (view.count == element->count && memcmp(view.bytes, element->bytes, element->count) == 0) return record;
    }
    return NULL;
}

static inline uint64_t table_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    apus_probe probe;
    bench_record *record = table_find(*slot, apus_hash(element->bytes, element->count), element, &probe);
    if (!record) return 0;
    bench_record_view view = record_view(record);
    return self->parameter == 2 ? bench_touch(view.value, view.value_count) : bench_touch(view.bytes, view.count);
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
    if (!record) return 0;
    bench_record_view view = record_view(record);
    return bench_touch(view.bytes, view.count);
}

static inline uint64_t table_iterate(const bench_subject *self, void **slot) {
    apus_items items = {0};
    uint64_t sum = 0;
    for (uint64_t position = 0; position != APUS_TABLE_END;) {
        position = apus_table_scan(*slot, position, SCAN_BUCKETS, SIZE_MAX, &items);
        for (size_t i = 0; i < items.count; i++) {
            bench_record_view view = record_view(items.items[i]);
            sum += bench_touch(view.bytes, view.count);
            if (self->parameter == 2) sum += bench_touch(view.value, view.value_count);
        }
        items.count = 0;
    }
    apus_items_release(&items);
    return sum;
}

#define TABLE(unit, loop)                                                                              \
    {                                                                                                  \
        .name = "table", .elements_max = TABLE_ELEMENTS_MAX, .parameter = unit,                        \
        .create = table_create, .destroy = table_destroy, .settle = table_settle, .insert = table_insert, \
        .remove = table_remove, .lookup = table_lookup, .random = table_random,                        \
        .iterate = table_iterate, .run = loop                                                          \
    }
BENCH_LOOP(table_hash)
static const bench_subject table_hash = TABLE(2, table_hash_run);
const bench_subject *const bench_table_hash = &table_hash;
BENCH_LOOP(table_set)
static const bench_subject table_set = TABLE(1, table_set_run);
const bench_subject *const bench_table_set = &table_set;
