// The order of members: by score, then by bytes. Inline for the list's descents and its checks.
#pragma once
#include "skiplist.h"

/// Negative, zero or positive: by memcmp, the shorter first when one is a prefix of the other.
static inline int bytes_order(const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count) {
    size_t shared = a_count < b_count ? a_count : b_count;
    int order = shared ? memcmp(a, b, shared) : 0;
    if (order) return order;
    return (a_count > b_count) - (a_count < b_count);
}

static inline int compare_bytes(const apus_member *a, const uint8_t *b, uint32_t b_count) {
    return bytes_order(apus_member_bytes(a), apus_member_count(a), b, b_count);
}

static inline bool is_before(const apus_member *a, const apus_member *b) {
    if (a->score != b->score) return a->score < b->score;
    return compare_bytes(a, apus_member_bytes(b), apus_member_count(b)) < 0;
}
