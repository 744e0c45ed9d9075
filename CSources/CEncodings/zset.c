// Large sorted sets: a skip list and a table kept in step. Contract: zset.h.
#include "zset.h"
#include "allocator.h"

static uint64_t record_hash(const void *item) {
    const apus_member *record = item;
    return apus_hash(apus_member_bytes(record), apus_member_count(record));
}

static void record_free(apus_zset *set, apus_member *record) {
    set->record_bytes -= apus_usable_size(apus_member_size(apus_member_count(record)));
    apus_member_free(record);
}

apus_zset *apus_zset_create(uint64_t seed) {
    apus_zset *set = apus_allocate(sizeof *set);
    apus_skiplist_init(&set->list, seed);
    apus_table_init(&set->table, 0, record_hash);
    set->record_bytes = 0;
    return set;
}

void apus_zset_free(apus_zset *set) {
    apus_member *records[APUS_SKIPLIST_SLOTS_MAX];
    // From the end: no head to refill. The table keeps dangling pointers, which destroying it does not follow.
    while (set->list.count) {
        uint64_t last = set->list.count, begin = last - set->list.tail->count;
        uint32_t n = apus_skiplist_take(&set->list, begin, last - begin, records);
        for (uint32_t i = 0; i < n; i++) apus_member_free(records[i]);
    }
    apus_table_destroy(&set->table);
    apus_skiplist_deinit(&set->list);
    apus_free(set, sizeof *set);
}

size_t apus_zset_bytes(const apus_zset *set) {
    return apus_usable_size(sizeof *set) + apus_skiplist_bytes(&set->list) + apus_table_bytes(&set->table)
           + (size_t)set->record_bytes;
}

void apus_zset_insert(apus_zset *set, uint64_t hash, double score, const uint8_t *bytes, uint32_t count) {
    apus_member *record = apus_member_create(score, bytes, count);
    set->record_bytes += apus_usable_size(apus_member_size(count));
    apus_table_insert(&set->table, hash, record);
    apus_skiplist_insert(&set->list, record);
}

void apus_zset_remove(apus_zset *set, uint64_t hash, apus_member *record) {
    apus_skiplist_remove(&set->list, record);
    apus_table_remove(&set->table, hash, record);
    record_free(set, record);
}

uint64_t apus_zset_remove_ranks(apus_zset *set, uint64_t rank, uint64_t count) {
    apus_member *records[APUS_SKIPLIST_SLOTS_MAX];
    uint64_t hashes[APUS_SKIPLIST_SLOTS_MAX], removed = 0;
    while (removed < count && rank < set->list.count) {
        uint32_t n = apus_skiplist_take(&set->list, rank, count - removed, records);
        for (uint32_t i = 0; i < n; i++) {
            hashes[i] = record_hash(records[i]);
            apus_table_prefetch(&set->table, hashes[i]);
        }
        for (uint32_t i = 0; i < n; i++) {
            apus_table_remove(&set->table, hashes[i], records[i]);
            record_free(set, records[i]);
        }
        removed += n;
    }
    return removed;
}

const char *apus_zset_invariants(const apus_zset *set) {
    const char *broken = apus_skiplist_invariants(&set->list);
    if (broken) return broken;
    if (!apus_table_invariants(&set->table)) return "the table is broken";
    if (apus_table_count(&set->table) != set->list.count) return "the list and the table differ in count";
    uint64_t bytes = 0;
    apus_skiplist_place place = apus_skiplist_at(&set->list, 0);
    for (apus_member *record; (record = apus_skiplist_next(&place));) {
        uint32_t count = apus_member_count(record);
        if (apus_zset_find(set, record_hash(record), apus_member_bytes(record), count) != record)
            return "the table does not find a record of the list";
        bytes += apus_usable_size(apus_member_size(count));
    }
    return bytes == set->record_bytes ? NULL : "the bytes of the records are wrong";
}
