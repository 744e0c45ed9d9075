// What the table's files share: how nodes are read, what a chain holds, which buckets exist.
//
// table.c changes tables (chains, growing and shrinking); table_walk.c goes through many buckets (scans, samples,
// checks). Layout and look-up are in the header. Invariant: a position belongs to one array, named by the frontier.
#pragma once
#include "allocator.h"
#include "table.h"
#include <assert.h>

// MARK: Nodes

static inline unsigned node_count(const uint8_t *node) { return node[0] & APUS_NODE_COUNT_MASK; }
static inline bool node_has_link(const uint8_t *node) { return (node[0] & APUS_NODE_LINK) != 0; }

static inline void *node_item(uint8_t *node, bool is_child, unsigned slot) {
    return apus_word_pointer(apus_node_word(node, is_child, slot));
}

// MARK: Chains

static inline size_t chain_length(uint8_t *root) {
    size_t length = node_count(root);
    for (uint8_t *node = root; node_has_link(node); length += node_count(node))
        node = apus_node_link(node, node != root);
    return length;
}

/// The item of a chain by its index in node order, which is below the chain's length.
static inline void *chain_item(uint8_t *root, size_t index) {
    uint8_t *node = root;
    for (; index >= node_count(node); node = apus_node_link(node, node != root)) index -= node_count(node);
    return node_item(node, node != root, (unsigned)index);
}

static inline void child_free(apus_table *table, uint8_t *child) {
    table->child_count--;
    apus_free(child, APUS_CHILD_BYTES);
}

static inline void chain_free_children(apus_table *table, uint8_t *root) {
    if (!node_has_link(root)) return;
    for (uint8_t *child = apus_node_link(root, false), *next; child; child = next) {
        next = node_has_link(child) ? apus_node_link(child, true) : NULL;
        child_free(table, child);
    }
}

// MARK: Arrays

static inline size_t array_bytes(uint64_t bucket_count) { return bucket_count * APUS_BUCKET_BYTES; }

/// How many of the new array's buckets have begun to exist: up to the one with the last position below the frontier.
static inline uint64_t settled_count(const apus_table *table) {
    return table->frontier == 0 ? 0 : ((table->frontier - 1) * table->bucket_count >> 32) + (table->bucket_count != 0);
}

/// The buckets that hold items, numbered in order of position: the settled ones, then those yet to be moved.
static inline uint64_t live_count(const apus_table *table) {
    return settled_count(table) + (table->source_count - table->moved);
}

static inline uint8_t *live_bucket(const apus_table *table, uint64_t settled, uint64_t index) {
    return index < settled ? table->buckets + array_bytes(index)
                           : table->source + array_bytes(table->moved + (index - settled));
}
