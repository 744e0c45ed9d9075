// The records of a sorted set's members. Layout and contract are in skiplist.h.
#include "allocator.h"
#include "skiplist_order.h"

apus_member *apus_member_create(double score, const uint8_t *bytes, uint32_t count) {
    apus_member *record = apus_allocate(apus_member_size(count));
    record->score = score;
    if (count < APUS_MEMBER_LONG) {
        record->tail[0] = (uint8_t)count;
    } else {
        record->tail[0] = APUS_MEMBER_LONG;
        memcpy(record->tail + 1, &count, sizeof count);
    }
    if (count) memcpy((uint8_t *)apus_member_bytes(record), bytes, count);
    return record;
}

void apus_member_free(apus_member *record) { apus_free(record, apus_member_size(apus_member_count(record))); }

int apus_member_compare_bytes(const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count) {
    return bytes_order(a, a_count, b, b_count);
}
