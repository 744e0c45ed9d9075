// What goes through many of a table's buckets: scans, draining, random items and samples, and the checks.
//
// Contract: as in the header. Nothing here moves an item; draining takes items out without shrinking the table.
#include "table_internal.h"
#include "splitmix.h"

enum {
    /// Acceptance of random items counts a chain as at most this long: one in 69,000 chains is longer at LOAD_MAX.
    RANDOM_CHAIN_MAX = 20,
    /// A random item comes from the next non-empty bucket after so many refusals: only in nearly empty tables.
    RANDOM_TRIES = 512,
    /// A sample visits this many buckets per item wanted before it is content with fewer.
    SAMPLE_BUCKETS_PER_ITEM = 4,
    /// First capacity of an item list.
    ITEMS_CAPACITY_MIN = 32,
};

// MARK: Many items

static void items_reserve(apus_items *items, size_t more) {
    size_t needed = items->count + more, larger = items->capacity;
    if (needed <= larger) return;
    if (larger == 0) larger = ITEMS_CAPACITY_MIN;
    while (larger < needed) larger *= 2;
    items->items = items->items ? apus_resize(items->items, items->capacity * sizeof(void *), larger * sizeof(void *))
                                : apus_allocate(larger * sizeof(void *));
    items->capacity = larger;
}

void apus_items_release(apus_items *items) {
    if (items->items) apus_free(items->items, items->capacity * sizeof(void *));
    *items = (apus_items){0};
}

static void items_append_chain(apus_items *items, uint8_t *root) {
    for (uint8_t *node = root;; node = apus_node_link(node, node != root)) {
        items_reserve(items, APUS_BUCKET_SLOTS);
        for (unsigned slot = 0; slot < node_count(node); slot++) {
            void *item = node_item(node, node != root, slot);
            __builtin_prefetch(item);
            items->items[items->count++] = item;
        }
        if (!node_has_link(node)) return;
    }
}

/// The end of the interval of positions that the bucket of `position` answers for. It never crosses the frontier: what
/// lies below is in the new array's bucket, what lies above in the old one's.
static uint64_t bucket_end(const apus_table *table, uint64_t position) {
    bool is_settled = position < table->frontier;
    uint32_t count = is_settled ? table->bucket_count : table->source_count;
    uint64_t end = apus_bucket_first_position(apus_bucket_index((uint32_t)position, count) + 1, count);
    return is_settled && end > table->frontier ? table->frontier : end;
}

uint64_t apus_table_scan(
    const apus_table *table, uint64_t position, size_t buckets_max, size_t items_wanted, apus_items *out) {
    if (table->count == 0) return APUS_TABLE_END;
    size_t begin = out->count;
    for (; position < APUS_TABLE_END && buckets_max && out->count - begin < items_wanted; buckets_max--) {
        items_append_chain(out, apus_table_bucket(table, (uint32_t)position));
        position = bucket_end(table, position);
    }
    return position;
}

uint64_t apus_table_drain(apus_table *table, uint64_t position, size_t buckets_max, apus_items *out) {
    for (; position < APUS_TABLE_END && buckets_max && table->count; buckets_max--) {
        uint8_t *root = apus_table_bucket(table, (uint32_t)position);
        size_t begin = out->count;
        items_append_chain(out, root);
        chain_free_children(table, root);
        root[0] = 0;
        table->count -= out->count - begin;
        position = bucket_end(table, position);
    }
    return table->count ? position : APUS_TABLE_END;
}

/// The top 32 random bits as a number below `bound` (which is below 2^32).
static uint64_t random_below(uint64_t random, uint64_t bound) { return (random >> 32) * bound >> 32; }

void *apus_table_random(const apus_table *table, uint64_t *state) {
    if (table->count == 0) return NULL;
    uint64_t settled = settled_count(table), live = live_count(table), index = 0;
    for (unsigned tries = 0; tries < RANDOM_TRIES; tries++) {
        // Every bucket is as likely, and is accepted in proportion to its items: so every item is as likely.
        index = random_below(splitmix_next(state), live);
        uint8_t *root = live_bucket(table, settled, index);
        size_t length = chain_length(root);
        size_t bound = live == 1 || length > RANDOM_CHAIN_MAX ? length : RANDOM_CHAIN_MAX;
        size_t slot = random_below(splitmix_next(state), bound);
        if (slot < length) return chain_item(root, slot);
    }
    for (;; index = index + 1 == live ? 0 : index + 1) {
        uint8_t *root = live_bucket(table, settled, index);
        size_t length = chain_length(root);
        if (length) return chain_item(root, random_below(splitmix_next(state), length));
    }
}

size_t apus_table_sample(const apus_table *table, uint64_t random, void **items, size_t n) {
    if (table->count == 0) return 0;
    uint64_t settled = settled_count(table), live = live_count(table), state = random, found = 0;
    uint64_t index = random_below(splitmix_next(&state), live);
    for (uint64_t visited = 0; visited < live && found < n; visited++) {
        if (found && visited >= SAMPLE_BUCKETS_PER_ITEM * n) break;
        uint8_t *root = live_bucket(table, settled, index);
        size_t length = chain_length(root);
        // From a random slot on and around: the oldest items of a bucket must not be favoured.
        size_t slot = length ? random_below(splitmix_next(&state), length) : 0;
        for (size_t taken = 0; taken < length && found < n; taken++) {
            items[found] = chain_item(root, slot);
            __builtin_prefetch(items[found++]);
            slot = slot + 1 == length ? 0 : slot + 1;
        }
        index = index + 1 == live ? 0 : index + 1;
    }
    return found;
}

// MARK: Checks

/// Whether a chain's nodes have the shape that the header draws, adding up what they hold.
static bool chain_invariants(const apus_table *table, uint8_t *root, uint64_t *items, uint64_t *children) {
    for (uint8_t *node = root, *first = NULL;; node = apus_node_link(node, node != root)) {
        unsigned count = node_count(node);
        bool has_link = node_has_link(node), is_child = node != root;
        if (node[0] & ~(APUS_NODE_COUNT_MASK | APUS_NODE_LINK)) return false;
        if (!is_child) {
            if (has_link ? count != APUS_BUCKET_SLOTS - 1 : count > APUS_BUCKET_SLOTS) return false;
        } else {
            bool is_first = first == NULL;
            first = node;
            unsigned full = has_link ? APUS_CHILD_SLOTS - 1 : APUS_CHILD_SLOTS, least = has_link ? 1 : 2;
            if (count > full || count < (is_first ? least : full)) return false;
            ++*children;
        }
        for (unsigned slot = 0; slot < count; slot++) {
            void *item = node_item(node, is_child, slot);
            if (!item) return false;
            uint64_t hash = table->hash_of(item);
            if (node[1 + slot] != (uint8_t)hash) return false;
            if (apus_table_bucket(table, apus_table_position(table, hash)) != root) return false;
        }
        *items += count;
        if (!has_link) return true;
    }
}

bool apus_table_invariants(const apus_table *table) {
    if (table->bucket_count == 0) return table->count == 0 && table->child_count == 0 && !table->source;
    if (table->source) {
        if (table->moved >= table->source_count) return false;
        if (table->frontier != apus_bucket_first_position(table->moved, table->source_count)) return false;
    } else if (table->frontier != APUS_TABLE_END || table->source_count || table->moved) {
        return false;
    }
    uint64_t settled = settled_count(table), live = live_count(table), items = 0, children = 0;
    for (uint64_t index = 0; index < live; index++)
        if (!chain_invariants(table, live_bucket(table, settled, index), &items, &children)) return false;
    return items == table->count && children == table->child_count;
}
