// The textbook skip list, for comparison. Contract: classic_skiplist.h.
#include "classic_skiplist.h"
#include "allocator.h"
#include <stdbool.h>
#include <string.h>

static size_t node_size(uint32_t height, uint32_t count) {
    return sizeof(bench_node) + height * sizeof(bench_link) + count;
}

static bench_node *node_create(uint32_t height, double score, const uint8_t *bytes, uint32_t count) {
    bench_node *node = apus_allocate_zeroed(node_size(height, count));
    node->score = score;
    node->count = count;
    node->height = height;
    memcpy(node->links + height, bytes, count);
    return node;
}

void bench_classic_init(bench_classic *list) {
    *list = (bench_classic){
        .head = node_create(BENCH_CLASSIC_HEIGHT_MAX, 0, (const uint8_t *)"", 0),
        .random = 0x9E3779B97F4A7C15,
        .height = 1,
    };
}

void bench_classic_deinit(bench_classic *list) {
    for (bench_node *node = list->head, *next; node; node = next) {
        next = node->links[0].next;
        apus_free(node, node_size(node->height, node->count));
    }
}

/// Whether the node comes before the place of this score and member.
static inline bool precedes(const bench_node *node, double score, const uint8_t *bytes, uint32_t count) {
    if (node->score != score) return node->score < score;
    int order = memcmp(bench_node_bytes(node), bytes, node->count < count ? node->count : count);
    return order != 0 ? order < 0 : node->count < count;
}

static uint32_t random_height(bench_classic *list) {
    uint64_t bits = list->random;  // xorshift
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    list->random = bits;
    uint32_t height = 1;
    while (height < BENCH_CLASSIC_HEIGHT_MAX && (bits & 3) == 0) height++, bits >>= 2;
    return height;
}

bench_node *bench_classic_insert(bench_classic *list, double score, const uint8_t *bytes, uint32_t count) {
    bench_node *before[BENCH_CLASSIC_HEIGHT_MAX];
    uint64_t rank[BENCH_CLASSIC_HEIGHT_MAX];
    uint32_t height = random_height(list);
    while (list->height < height) list->head->links[list->height++] = (bench_link){NULL, list->count + 1};
    bench_node *node = list->head;
    uint64_t passed = 0;
    for (uint32_t level = list->height; level-- > 0;) {
        for (bench_node *next; (next = node->links[level].next) && precedes(next, score, bytes, count); node = next)
            passed += node->links[level].span;
        before[level] = node;
        rank[level] = passed;
    }
    node = node_create(height, score, bytes, count);
    for (uint32_t level = 0; level < list->height; level++) {
        bench_link *link = before[level]->links + level;
        if (level >= height) {
            link->span++;
            continue;
        }
        uint64_t distance = rank[0] - rank[level] + 1;
        node->links[level] = (bench_link){link->next, link->span + 1 - distance};
        *link = (bench_link){node, distance};
    }
    node->previous = before[0];
    if (node->links[0].next) node->links[0].next->previous = node;
    list->count++;
    return node;
}

void bench_classic_remove(bench_classic *list, bench_node *node) {
    bench_node *at = list->head;
    for (uint32_t level = list->height; level-- > 0;) {
        for (bench_node *next;
             (next = at->links[level].next) && precedes(next, node->score, bench_node_bytes(node), node->count);)
            at = next;
        bench_link *link = at->links + level;
        if (link->next == node) *link = (bench_link){node->links[level].next, link->span + node->links[level].span};
        link->span--;
    }
    if (node->links[0].next) node->links[0].next->previous = node->previous;
    list->count--;
    apus_free(node, node_size(node->height, node->count));
}

uint64_t bench_classic_rank(const bench_classic *list, const bench_node *node) {
    const bench_node *at = list->head;
    uint64_t passed = 0;
    for (uint32_t level = list->height; level-- > 0;)
        for (const bench_node *next;
             (next = at->links[level].next) && precedes(next, node->score, bench_node_bytes(node), node->count);
             at = next)
            passed += at->links[level].span;
    return passed;
}

bench_node *bench_classic_find(const bench_classic *list, double score) {
    const bench_node *at = list->head;
    for (uint32_t level = list->height; level-- > 0;)
        for (const bench_node *next; (next = at->links[level].next) && next->score < score;) at = next;
    return at->links[0].next;
}

bench_node *bench_classic_at(const bench_classic *list, uint64_t rank) {
    const bench_node *at = list->head;
    uint64_t left = rank + 1;
    for (uint32_t level = list->height; level-- > 0;)
        while (at->links[level].next && at->links[level].span <= left) {
            left -= at->links[level].span;
            at = at->links[level].next;
        }
    return left ? NULL : (bench_node *)at;
}
