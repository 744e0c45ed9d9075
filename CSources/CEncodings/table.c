// The hash table's changes: chains, growing and shrinking, insertion and removal. Layout and look-up are in the header,
// what goes through many buckets is in table_walk.c.
//
// Contract: as in the header. Order: one bucket's chain, arrays, resize, lifetime, changes.
#include "table_internal.h"

enum {
    /// Mean items per bucket that make the table grow (header: bytes per item).
    LOAD_MAX = 7,
    /// It then grows to what fits 9/8 of the items, which is the next array in nearly all cases.
    GROW_ROOM_DIVISOR = 8,
    /// A removal that leaves less than 1/4 of what fits shrinks the table ...
    SHRINK_DIVISOR = 4,
    /// ... to what fits 4/3 of the items, so that neither growing nor shrinking follows soon ...
    SHRINK_ROOM_DIVISOR = 3,
    /// ... but not to less than 1/8 at a time: the move ends long before insertions could fill the small array.
    SHRINK_FACTOR_MAX = 8,
    /// A write moves this many items of a pending resize: two buckets when full, about 0.2 us ...
    STEP_ITEMS = 16,
    /// ... or looks at this many buckets when they are sparse.
    STEP_BUCKETS = 16,
    /// Up to this many buckets (< 300 items, a few us) a resize happens in one go: small collections are never in two.
    RESIZE_AT_ONCE_MAX = 32,
    /// While a bucket moves, those ahead are fetched in stages: the bucket's line, its items and its child's line, the
    /// child's items. Moving a million cold items costs 36 ns each without the last stage, 16 ns with it.
    AHEAD_LINE = 8,
    AHEAD_ITEMS = 4,
    AHEAD_CHILD = 2,
    /// Of an array of 8 MiB and more, what has moved is the kernel's again by the MiB. The allocator would return it
    /// all at once when it is freed: 12 ms for 160 MiB. Smaller ones it keeps for a while, to be used again.
    RELEASE_BUCKETS_MIN = (8 << 20) / APUS_BUCKET_BYTES,
    RELEASE_BUCKETS = (1 << 20) / APUS_BUCKET_BYTES,
};
/// 3 * 10^9 items; the bucket's index stays far below the position's 32 bits.
static const uint64_t BUCKETS_MAX = (uint64_t)5 << 26;

/// What the look-up of a table without an array reads: a bucket without items.
static _Alignas(APUS_BUCKET_BYTES) const uint8_t vacant[APUS_BUCKET_BYTES];

// MARK: A bucket's chain

static void node_put(uint8_t *node, bool is_child, unsigned slot, uint8_t fingerprint, const void *item) {
    assert((uintptr_t)item >> 48 == 0 && item);
    node[1 + slot] = fingerprint;
    apus_word_set_pointer(apus_node_word(node, is_child, slot), item);
}

static void node_set_link(uint8_t *node, bool is_child, const uint8_t *child) {
    apus_word_set_pointer(node + (is_child ? APUS_CHILD_BYTES : APUS_BUCKET_BYTES) - 8, child);
}

static uint8_t *child_create(apus_table *table) {
    table->child_count++;
    uint8_t *child = apus_allocate(APUS_CHILD_BYTES);
    memset(child, 0, APUS_CHILD_ORIGIN + 2); // all before the pointers
    return child;
}

static void chain_overflow(apus_table *table, uint8_t *root, uint8_t fingerprint, const void *item) {
    if (!node_has_link(root)) { // nine items: the ninth makes room for the link
        uint8_t *child = child_create(table);
        node_put(child, true, 0, root[APUS_BUCKET_SLOTS], node_item(root, false, APUS_BUCKET_SLOTS - 1));
        node_put(child, true, 1, fingerprint, item);
        child[0] = 2;
        node_set_link(root, false, child);
        root[0] = (APUS_BUCKET_SLOTS - 1) | APUS_NODE_LINK;
        return;
    }
    uint8_t *first = apus_node_link(root, false);
    unsigned count = node_count(first);
    if (count < (node_has_link(first) ? APUS_CHILD_SLOTS - 1 : APUS_CHILD_SLOTS)) {
        node_put(first, true, count, fingerprint, item);
        first[0]++;
        return;
    }
    uint8_t *child = child_create(table);
    node_put(child, true, 0, fingerprint, item);
    node_set_link(child, true, first);
    child[0] = 1 | APUS_NODE_LINK;
    node_set_link(root, false, child);
}

static inline void chain_insert(apus_table *table, uint8_t *root, uint8_t fingerprint, const void *item) {
    unsigned meta = root[0]; // a link's flag makes it larger than any count
    if (__builtin_expect(meta < APUS_BUCKET_SLOTS, 1)) {
        node_put(root, false, meta, fingerprint, item);
        root[0] = (uint8_t)(meta + 1);
    } else {
        chain_overflow(table, root, fingerprint, item);
    }
}

/// Takes a slot's item out and closes the hole with the chain's most recent one.
static void chain_remove(apus_table *table, uint8_t *root, uint8_t *node, unsigned slot) {
    if (!node_has_link(root)) {
        unsigned last = node_count(root) - 1;
        if (slot != last) node_put(root, false, slot, root[1 + last], node_item(root, false, last));
        root[0] = (uint8_t)last;
        return;
    }
    uint8_t *first = apus_node_link(root, false);
    unsigned last = node_count(first) - 1;
    if (node != first || slot != last)
        node_put(node, node != root, slot, first[1 + last], node_item(first, true, last));
    first[0]--;
    if (node_has_link(first)) {
        if (last > 0) return;
        node_set_link(root, false, apus_node_link(first, true));
    } else {
        if (last > 1) return;
        node_put(root, false, APUS_BUCKET_SLOTS - 1, first[1], node_item(first, true, 0));
        root[0] = APUS_BUCKET_SLOTS;
    }
    child_free(table, first);
}

// MARK: Arrays

/// The items that make a table of so many buckets grow. A single bucket fills up first.
static uint64_t capacity(uint64_t bucket_count) { return bucket_count * LOAD_MAX; }

/// The smallest array for so many items: 1, 2, 3, 5, 7, 10, 14, 20, 28, ... buckets.
static uint32_t bucket_count_for(uint64_t items) {
    for (uint32_t few = 1; few <= 3; few++)
        if (capacity(few) >= items) return few;
    for (uint64_t five = 5;; five *= 2) {
        if (capacity(five) >= items || five >= BUCKETS_MAX) return (uint32_t)five;
        uint64_t seven = five / 5 * 7;
        if (capacity(seven) >= items) return (uint32_t)seven;
    }
}

static void table_vacate(apus_table *table) {
    table->buckets = (uint8_t *)(uintptr_t)vacant; // never written: with no bucket, an insertion allocates first
    table->bucket_count = 0;
    table->source = NULL;
    table->source_count = 0;
    table->frontier = APUS_TABLE_END;
    table->moved = 0;
}

// MARK: Resize

static void prefetch_node_items(uint8_t *node, bool is_child) {
    for (unsigned slot = 0; slot < node_count(node); slot++) __builtin_prefetch(node_item(node, is_child, slot));
    if (node_has_link(node)) __builtin_prefetch(apus_node_link(node, is_child));
}

/// Fetches what is ahead of the bucket `root`, which has `left` buckets including itself until the array's end.
static void prefetch_ahead(uint8_t *root, uint64_t left) {
    if (left > AHEAD_LINE) __builtin_prefetch(root + array_bytes(AHEAD_LINE));
    if (left > AHEAD_ITEMS) prefetch_node_items(root + array_bytes(AHEAD_ITEMS), false);
    if (left <= AHEAD_CHILD) return;
    uint8_t *next = root + array_bytes(AHEAD_CHILD);
    if (node_has_link(next)) prefetch_node_items(apus_node_link(next, false), true);
}

static void resize_finish(apus_table *table) {
    apus_free(table->source, array_bytes(table->source_count));
    table->source = NULL;
    table->source_count = 0;
    table->frontier = APUS_TABLE_END;
    table->moved = 0;
}

/// Moves the next bucket of the old array and returns its number of items.
static size_t move_bucket(apus_table *table) {
    uint8_t *root = table->source + array_bytes(table->moved);
    prefetch_ahead(root, table->source_count - table->moved);

    // The new array's buckets begin to exist as the frontier reaches them: no large array is ever cleared at once.
    uint64_t settled = settled_count(table);
    table->moved++;
    table->frontier = apus_bucket_first_position(table->moved, table->source_count);
    for (uint64_t end = settled_count(table); settled < end; settled++)
        memset(table->buckets + array_bytes(settled), 0, APUS_BUCKET_ORIGIN + 2);

    size_t length = 0;
    for (uint8_t *node = root;; node = apus_node_link(node, node != root)) {
        for (unsigned slot = 0; slot < node_count(node); slot++) {
            void *item = node_item(node, node != root, slot);
            uint32_t position = apus_table_position(table, table->hash_of(item));
            assert(position < table->frontier);
            chain_insert(table, apus_table_bucket(table, position), node[1 + slot], item);
        }
        length += node_count(node);
        if (!node_has_link(node)) break;
    }
    chain_free_children(table, root);
    if (table->moved % RELEASE_BUCKETS == 0 && table->source_count >= RELEASE_BUCKETS_MIN)
        apus_release_pages(root + APUS_BUCKET_BYTES - array_bytes(RELEASE_BUCKETS), array_bytes(RELEASE_BUCKETS));
    return length;
}

bool apus_table_step(apus_table *table, size_t buckets) {
    if (!table->source) return false;
    for (; buckets && table->moved < table->source_count; buckets--) move_bucket(table);
    if (table->moved < table->source_count) return true;
    resize_finish(table);
    return false;
}

/// A write's share of a pending resize.
static void resize_step(apus_table *table) {
    size_t items = 0;
    for (size_t n = 0; n < STEP_BUCKETS && items < STEP_ITEMS && table->moved < table->source_count; n++)
        items += move_bucket(table);
    if (table->moved == table->source_count) resize_finish(table);
}

/// Begins to move to an array of so many buckets. At rest only.
static void resize_begin(apus_table *table, uint32_t bucket_count) {
    assert(!table->source && bucket_count > 0);
    if (table->count == 0) { // nothing to move; zeroed pages of a large array come lazily
        if (table->bucket_count) apus_free(table->buckets, array_bytes(table->bucket_count));
        table->buckets = apus_allocate_zeroed(array_bytes(bucket_count));
        table->bucket_count = bucket_count;
        return;
    }
    table->source = table->buckets;
    table->source_count = table->bucket_count;
    table->buckets = apus_allocate(array_bytes(bucket_count));
    table->bucket_count = bucket_count;
    table->frontier = 0;
    table->moved = 0;
    if (table->source_count <= RESIZE_AT_ONCE_MAX) apus_table_step(table, RESIZE_AT_ONCE_MAX);
}

static __attribute__((noinline)) void resize_to_grow(apus_table *table) {
    uint32_t larger = bucket_count_for(table->count + table->count / GROW_ROOM_DIVISOR + 1);
    if (larger > table->bucket_count) resize_begin(table, larger);
}

static __attribute__((noinline)) void resize_to_shrink(apus_table *table) {
    if (table->count == 0) {
        apus_free(table->buckets, array_bytes(table->bucket_count));
        table_vacate(table);
        return;
    }
    uint64_t least = (table->bucket_count + SHRINK_FACTOR_MAX - 1) / SHRINK_FACTOR_MAX;
    uint64_t room = table->count + table->count / SHRINK_ROOM_DIVISOR;
    uint32_t smaller = bucket_count_for(room > capacity(least) ? room : capacity(least));
    if (smaller < table->bucket_count) resize_begin(table, smaller);
}

// MARK: Lifetime

void apus_table_init(apus_table *table, uint8_t shift, apus_hash_of hash_of) {
    assert(shift <= APUS_TABLE_SHIFT_MAX);
    table_vacate(table);
    table->count = 0;
    table->child_count = 0;
    table->shift = shift;
    table->hash_of = hash_of;
}

void apus_table_destroy(apus_table *table) {
    uint64_t settled = settled_count(table), live = live_count(table);
    for (uint64_t index = 0; index < live && table->child_count; index++)
        chain_free_children(table, live_bucket(table, settled, index));
    if (table->bucket_count) apus_free(table->buckets, array_bytes(table->bucket_count));
    if (table->source) apus_free(table->source, array_bytes(table->source_count));
    table_vacate(table);
    table->count = 0;
}

void apus_table_reserve(apus_table *table, uint64_t count) {
    if (count <= capacity(table->bucket_count)) return;
    apus_table_step(table, SIZE_MAX);
    resize_begin(table, bucket_count_for(count));
}

size_t apus_table_bytes(const apus_table *table) {
    size_t bytes = table->child_count * apus_usable_size(APUS_CHILD_BYTES);
    if (table->bucket_count) bytes += apus_usable_size(array_bytes(table->bucket_count));
    if (table->source) bytes += apus_usable_size(array_bytes(table->source_count));
    return bytes;
}

// MARK: Changes

void apus_table_insert(apus_table *table, uint64_t hash, void *item) {
    if (__builtin_expect(table->source != NULL, 0)) {
        resize_step(table);
    } else if (__builtin_expect(table->count >= capacity(table->bucket_count), 0)) {
        resize_to_grow(table);
    }
    chain_insert(table, apus_table_bucket(table, apus_table_position(table, hash)), (uint8_t)hash, item);
    table->count++;
}

void apus_probe_remove(apus_table *table, const apus_probe *probe) {
    chain_remove(table, probe->root, probe->node, probe->slot);
    table->count--;
    if (__builtin_expect(table->source != NULL, 0)) {
        resize_step(table);
    } else if (__builtin_expect(table->count < capacity(table->bucket_count) / SHRINK_DIVISOR, 0)) {
        if (table->bucket_count > 1) resize_to_shrink(table);
    }
}

/// A probe whose last candidate is this very item.
static bool probe_find(const apus_table *table, uint64_t hash, const void *item, apus_probe *probe) {
    *probe = apus_table_probe(table, hash);
    for (void *candidate; (candidate = apus_probe_next(probe));)
        if (candidate == item) return true;
    return false;
}

bool apus_table_remove(apus_table *table, uint64_t hash, const void *item) {
    apus_probe probe;
    if (!probe_find(table, hash, item, &probe)) return false;
    apus_probe_remove(table, &probe);
    return true;
}

bool apus_table_replace(apus_table *table, uint64_t hash, const void *item, void *replacement) {
    apus_probe probe;
    if (!probe_find(table, hash, item, &probe)) return false;
    apus_word_set_pointer(apus_node_word(probe.node, probe.node != probe.root, probe.slot), replacement);
    return true;
}
