// The textbook skip list with spans, one node per member: what the list of blocks (skiplist.h) is compared with.
//
// Contract: ordered by score, then by member bytes. A node holds its member's bytes behind its links. Each level is
// reached by a quarter of the level below. It exists for the benchmarks only.
// Invariant: on each level, a link's span is the distance in ranks to the node it leads to (or to the end).
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    /// 4^16 members before the top level grows.
    BENCH_CLASSIC_HEIGHT_MAX = 16,
};

typedef struct bench_node bench_node;

typedef struct bench_link {
    bench_node *_Nullable next;
    uint64_t span;
} bench_link;

struct bench_node {
    double score;
    bench_node *_Nullable previous;
    uint32_t count;  ///< bytes of the member
    uint32_t height;
    bench_link links[];
};

static inline const uint8_t *_Nonnull bench_node_bytes(const bench_node *_Nonnull node) {
    return (const uint8_t *)(node->links + node->height);
}

typedef struct bench_classic {
    bench_node *_Nonnull head;
    uint64_t count;
    uint64_t random;
    uint32_t height;
} bench_classic;

void bench_classic_init(bench_classic *_Nonnull list);
/// Frees the list and its nodes.
void bench_classic_deinit(bench_classic *_Nonnull list);

/// Adds a member that is not in the list. O(log n).
bench_node *_Nonnull bench_classic_insert(
    bench_classic *_Nonnull list, double score, const uint8_t *_Nonnull bytes, uint32_t count);
/// Takes a node out and frees it. O(log n).
void bench_classic_remove(bench_classic *_Nonnull list, bench_node *_Nonnull node);
/// The rank of a node, from 0. O(log n).
uint64_t bench_classic_rank(const bench_classic *_Nonnull list, const bench_node *_Nonnull node);
/// The first node whose score is at least this. O(log n).
bench_node *_Nullable bench_classic_find(const bench_classic *_Nonnull list, double score);
/// The node of a rank < count. O(log n).
bench_node *_Nullable bench_classic_at(const bench_classic *_Nonnull list, uint64_t rank);
