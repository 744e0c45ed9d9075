// The skip list's blocks, descents and changes. Layout and contract are in the header.
#include "skiplist_order.h"
#include "allocator.h"
#include "splitmix.h"
#include <stdlib.h>

_Static_assert(sizeof(apus_skiplist_block) == 32, "the slots' arithmetic in the header relies on it");
_Static_assert(
    sizeof(apus_skiplist_block) + (APUS_SKIPLIST_HEIGHT_MAX - 1) * sizeof(apus_skiplist_link)
            + 32 * APUS_SKIPLIST_SLOT_BYTES <= APUS_SKIPLIST_BLOCK_BYTES,
    "the tallest block still has 32 slots");

/// The last block of each level that begins before a position, and the members before each of them.
typedef struct path {
    apus_skiplist_block *at[APUS_SKIPLIST_HEIGHT_MAX];
    uint64_t before[APUS_SKIPLIST_HEIGHT_MAX];
} path;

// MARK: Bounds

static apus_skiplist_bound bound_after(const apus_member *record) {
    return (apus_skiplist_bound){
        .score = record->score,
        .member = apus_member_bytes(record),
        .member_count = apus_member_count(record),
        .order = APUS_BOUND_SCORE_MEMBER,
        .after_equal = true,
    };
}

static bool precedes(const apus_member *record, const apus_skiplist_bound *bound) {
    if (bound->order != APUS_BOUND_MEMBER && record->score != bound->score) return record->score < bound->score;
    if (bound->order == APUS_BOUND_SCORE) return bound->after_equal;
    int order = compare_bytes(record, bound->member, bound->member_count);
    return order < 0 || (order == 0 && bound->after_equal);
}

// MARK: Blocks

static void set_record(apus_skiplist_block *block, uint32_t index, const apus_member *record) {
    uint64_t address = (uintptr_t)record;
    memcpy(apus_skiplist_slot(block, index), &address, APUS_SKIPLIST_SLOT_BYTES);
}

static void move_slots(apus_skiplist_block *to, uint32_t at, apus_skiplist_block *from, uint32_t index, uint32_t n) {
    memmove(apus_skiplist_slot(to, at), apus_skiplist_slot(from, index), (size_t)n * APUS_SKIPLIST_SLOT_BYTES);
}

static apus_skiplist_block *block_create(apus_skiplist *list, uint32_t height) {
    size_t header = sizeof(apus_skiplist_block) + (height - 1) * sizeof(apus_skiplist_link);
    apus_skiplist_block *block = apus_allocate(APUS_SKIPLIST_BLOCK_BYTES);
    memset(block, 0, header);
    block->height = height;
    block->capacity = (uint16_t)((APUS_SKIPLIST_BLOCK_BYTES - header) / APUS_SKIPLIST_SLOT_BYTES);
    list->blocks++;
    return block;
}

/// Heights with p = 1/4, from a generator that is the list's own.
static uint32_t next_height(apus_skiplist *list) {
    uint32_t height = 1 + (uint32_t)__builtin_ctzll(splitmix_next(&list->random) | 1ull << 63) / 2;
    return height < APUS_SKIPLIST_HEIGHT_MAX ? height : APUS_SKIPLIST_HEIGHT_MAX;
}

/// The records of the block that precede the bound.
/// Two rounds of independent loads instead of six dependent ones: first every eighth record, then the eight between.
static uint32_t block_find(const apus_skiplist_block *block, const apus_skiplist_bound *bound) {
    enum { STRIDE = 8 };
    uint32_t low = 0, high = block->count;
    for (uint32_t i = STRIDE - 1; i < high; i += STRIDE) __builtin_prefetch(apus_skiplist_record(block, i));
    while (low + STRIDE <= high && precedes(apus_skiplist_record(block, low + STRIDE - 1), bound)) low += STRIDE;
    if (low + STRIDE <= high) high = low + STRIDE - 1;
    for (uint32_t i = low; i < high; i++) __builtin_prefetch(apus_skiplist_record(block, i));
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (precedes(apus_skiplist_record(block, middle), bound)) low = middle + 1;
        else high = middle;
    }
    return low;
}

/// The index of a record that is known to be in the block: its address is compared, no record is read.
static uint32_t block_index(const apus_skiplist_block *block, const apus_member *record) {
    for (uint32_t i = 0; i < block->count; i++)
        if (apus_skiplist_record(block, i) == record) return i;
    abort();  // the caller's record is not in this list
}

// MARK: Descent

/// Whether a descent to the bound goes on to `next`: a separator decides, and the first record only when it ties.
static inline bool advances(
    const apus_skiplist_block *next, double separator, const apus_skiplist_bound *bound) {
    if (bound->order == APUS_BOUND_SCORE)
        return separator < bound->score || (separator == bound->score && bound->after_equal);
    if (bound->order == APUS_BOUND_SCORE_MEMBER && separator != bound->score) return separator < bound->score;
    return precedes(apus_skiplist_record(next, 0), bound);
}

/// Descends to the block where the bound falls. `path` may be NULL. Returns the block and the members before it.
static inline apus_skiplist_block *descend(
    const apus_skiplist *list, const apus_skiplist_bound *bound, path *path, uint64_t *before) {
    apus_skiplist_block *block = list->head;
    uint64_t passed = 0;
    for (uint32_t level = list->height - 1; level > 0; level--) {
        const apus_skiplist_link *link = &block->upper[level - 1];
        while (link->next && advances(link->next, link->separator, bound)) {
            passed += link->span;
            block = link->next;
            link = &block->upper[level - 1];
        }
        if (path) path->at[level] = block, path->before[level] = passed;
    }
    while (block->next && advances(block->next, block->separator, bound)) {
        passed += block->count;
        block = block->next;
    }
    if (path) path->at[0] = block, path->before[0] = passed;
    *before = passed;
    return block;
}

/// Descends to the last block that begins at or before the rank.
static inline apus_skiplist_block *descend_to_rank(
    const apus_skiplist *list, uint64_t rank, path *path, uint64_t *before) {
    apus_skiplist_block *block = list->head;
    uint64_t passed = 0;
    for (uint32_t level = list->height - 1; level > 0; level--) {
        const apus_skiplist_link *link = &block->upper[level - 1];
        while (link->next && passed + link->span <= rank) {
            passed += link->span;
            block = link->next;
            link = &block->upper[level - 1];
        }
        if (path) path->at[level] = block, path->before[level] = passed;
    }
    while (block->next && passed + block->count <= rank) {
        passed += block->count;
        block = block->next;
    }
    if (path) path->at[0] = block, path->before[0] = passed;
    *before = passed;
    return block;
}

/// Accounts for `change` members that came to or left the block at the end of the path.
static void add_to_spans(const apus_skiplist *list, const path *path, int64_t change) {
    for (uint32_t level = 1; level < list->height; level++) {
        apus_skiplist_link *link = &path->at[level]->upper[level - 1];
        if (link->next) link->span += (uint64_t)change;
    }
}

// MARK: Changing the chain of blocks
//
// All of these take the path to a block and work on the block after it: its predecessors on every level are the
// path's, because a path's block stands for itself on all levels it is linked on.

/// Links an empty block behind the path's; `separator` is what leads to it.
static void link_after(apus_skiplist *list, path *path, double separator) {
    apus_skiplist_block *block = path->at[0], *next = block->next;
    apus_skiplist_block *new = block_create(list, next_height(list));
    for (; list->height < new->height; list->height++) {
        path->at[list->height] = list->head;
        path->before[list->height] = 0;
    }
    new->next = next;
    new->separator = block->separator;
    new->previous = block;
    block->next = new;
    block->separator = separator;
    *(next ? &next->previous : &list->tail) = new;
    uint64_t begin = path->before[0] + block->count;
    for (uint32_t level = 1; level < new->height; level++) {
        apus_skiplist_link *link = &path->at[level]->upper[level - 1], *onward = &new->upper[level - 1];
        *onward = *link;
        link->next = new;
        link->separator = separator;
        uint64_t distance = begin - path->before[level];
        if (onward->next) onward->span -= distance;
        link->span = distance;
    }
}

/// Unlinks and frees the empty block behind the path's.
static void unlink_after(apus_skiplist *list, const path *path) {
    apus_skiplist_block *block = path->at[0], *gone = block->next;
    for (uint32_t level = 1; level < gone->height; level++) {
        apus_skiplist_link *link = &path->at[level]->upper[level - 1], *onward = &gone->upper[level - 1];
        uint64_t span = onward->next ? link->span + onward->span : 0;
        *link = *onward;
        link->span = span;
    }
    block->next = gone->next;
    block->separator = gone->separator;
    *(gone->next ? &gone->next->previous : &list->tail) = block;
    while (list->height > 1 && !list->head->upper[list->height - 2].next) list->height--;
    apus_free(gone, APUS_SKIPLIST_BLOCK_BYTES);
    list->blocks--;
}

/// Repairs separators and spans after the border between the path's block and the next moved right by `change`.
static void border_moved(const path *path, int64_t change) {
    apus_skiplist_block *next = path->at[0]->next;
    double separator = next->count ? apus_skiplist_record(next, 0)->score : path->at[0]->separator;
    path->at[0]->separator = separator;
    for (uint32_t level = 1; level < next->height; level++) {
        apus_skiplist_link *link = &path->at[level]->upper[level - 1], *onward = &next->upper[level - 1];
        link->separator = separator;
        link->span += (uint64_t)change;
        if (onward->next) onward->span -= (uint64_t)change;
    }
}

/// Moves the last `n` records of the path's block to the front of the next.
static void move_right(const path *path, uint32_t n) {
    apus_skiplist_block *block = path->at[0], *next = block->next;
    move_slots(next, n, next, 0, next->count);
    move_slots(next, 0, block, block->count - n, n);
    block->count -= n;
    next->count += n;
    border_moved(path, -(int64_t)n);
}

/// Moves the first `n` records of the next block to the end of the path's; unlinks the next when that empties it.
static void move_left(apus_skiplist *list, const path *path, uint32_t n) {
    apus_skiplist_block *block = path->at[0], *next = block->next;
    move_slots(block, block->count, next, 0, n);
    block->count += n;
    next->count -= n;
    move_slots(next, 0, next, n, next->count);
    border_moved(path, n);
    if (!next->count) unlink_after(list, path);
}

static void step_right(path *path) {
    apus_skiplist_block *block = path->at[0], *next = block->next;
    uint64_t before = path->before[0] + block->count;
    for (uint32_t level = 0; level < next->height; level++) path->at[level] = next, path->before[level] = before;
}

/// Makes room for a record of `score` at `index` of the path's full block. Returns the index in the path's block
/// then, which may have become the next one.
static uint32_t make_room(apus_skiplist *list, path *path, uint32_t index, double score) {
    apus_skiplist_block *block = path->at[0], *next = block->next;
    if (!next && index == block->count) {
        // Growth at the end leaves full blocks behind.
        link_after(list, path, score);
        step_right(path);
        return 0;
    }
    // A neighbour with an eighth of its slots free takes some first: blocks of random inserts are fuller for it.
    if (next && next->count + next->capacity / 8 < next->capacity) {
        uint32_t together = block->count + next->count;
        uint32_t keep = together * block->capacity / (block->capacity + next->capacity);
        move_right(path, block->count - keep);
    } else {
        link_after(list, path, score);
        move_right(path, block->count / 2);
    }
    if (index <= block->count) return index;
    index -= block->count;
    step_right(path);
    return index;
}

/// Restores the shape after records left the path's block: no empty block, few sparse ones.
static void rebalance(apus_skiplist *list, path *path) {
    apus_skiplist_block *block = path->at[0], *next = block->next;
    if (block->count == 0 && block != list->head) {
        uint64_t before;
        descend_to_rank(list, path->before[0] - 1, path, &before);
        unlink_after(list, path);
    } else if (next && block->count == 0) {
        // The head cannot go, and is the shortest block: it takes what it has comfortable room for.
        uint32_t room = block->capacity - block->capacity / 4u;
        move_left(list, path, next->count < room ? next->count : room);
    } else if (next && block->count <= block->capacity / 2
               && block->count + next->count <= block->capacity - block->capacity / 4) {
        move_left(list, path, next->count);
    }
}

// MARK: The list

void apus_skiplist_init(apus_skiplist *list, uint64_t seed) {
    *list = (apus_skiplist){.random = seed, .height = 1};
    list->head = list->tail = block_create(list, APUS_SKIPLIST_HEIGHT_MAX);
}

void apus_skiplist_deinit(apus_skiplist *list) {
    for (apus_skiplist_block *block = list->head, *next; block; block = next) {
        next = block->next;
        apus_free(block, APUS_SKIPLIST_BLOCK_BYTES);
    }
}

size_t apus_skiplist_bytes(const apus_skiplist *list) {
    return (size_t)list->blocks * apus_usable_size(APUS_SKIPLIST_BLOCK_BYTES);
}

void apus_skiplist_insert(apus_skiplist *list, apus_member *record) {
    apus_skiplist_block *tail = list->tail;
    list->count++;
    bool has_room = tail->count && tail->count < tail->capacity;
    if (has_room && is_before(apus_skiplist_record(tail, tail->count - 1u), record)) {
        // No link leads over the end of the list, so no span changes.
        set_record(tail, tail->count++, record);
        return;
    }
    apus_skiplist_bound bound = bound_after(record);
    path path;
    uint64_t before;
    apus_skiplist_block *block = descend(list, &bound, &path, &before);
    uint32_t index = block_find(block, &bound);
    if (block->count == block->capacity) {
        index = make_room(list, &path, index, record->score);
        block = path.at[0];
    }
    move_slots(block, index + 1, block, index, block->count - index);
    set_record(block, index, record);
    block->count++;
    add_to_spans(list, &path, 1);
}

void apus_skiplist_remove(apus_skiplist *list, const apus_member *record) {
    apus_skiplist_bound bound = bound_after(record);
    path path;
    uint64_t before;
    apus_skiplist_block *block = descend(list, &bound, &path, &before);
    uint32_t index = block_index(block, record);
    block->count--;
    move_slots(block, index, block, index + 1, block->count - index);
    list->count--;
    add_to_spans(list, &path, -1);
    rebalance(list, &path);
}

/// Whether the record at `index` may take the score without leaving its slot or breaking a separator.
static bool may_stay(const apus_skiplist_block *block, uint32_t index, apus_member *record, double score) {
    apus_member *left = index > 0 ? apus_skiplist_record(block, index - 1) : NULL;
    if (!left && block->previous && score < record->score) return false;  // could pass the block's own separator
    apus_member *right = NULL;
    if (index + 1u < block->count) {
        right = apus_skiplist_record(block, index + 1);
    } else if (block->next) {
        if (score > block->separator) return false;
        right = apus_skiplist_record(block->next, 0);
    }
    double old = record->score;
    record->score = score;
    bool stays = (!left || is_before(left, record)) && (!right || is_before(record, right));
    record->score = old;
    return stays;
}

void apus_skiplist_update(apus_skiplist *list, apus_member *record, double score) {
    if (record->score == score) {
        record->score = score;  // 0.0 and -0.0 are equal and yet different
        return;
    }
    apus_skiplist_bound bound = bound_after(record);
    path path;
    uint64_t before;
    apus_skiplist_block *block = descend(list, &bound, &path, &before);
    uint32_t index = block_index(block, record);
    if (may_stay(block, index, record, score)) {
        record->score = score;
        return;
    }
    block->count--;
    move_slots(block, index, block, index + 1, block->count - index);
    list->count--;
    add_to_spans(list, &path, -1);
    rebalance(list, &path);
    record->score = score;
    apus_skiplist_insert(list, record);
}

uint64_t apus_skiplist_rank(const apus_skiplist *list, const apus_member *record) {
    apus_skiplist_bound bound = bound_after(record);
    uint64_t before;
    apus_skiplist_block *block = descend(list, &bound, NULL, &before);
    return before + block_index(block, record);
}

static apus_skiplist_place place(apus_skiplist_block *block, uint32_t index, uint64_t before) {
    uint64_t rank = before + index;
    if (index < block->count) return (apus_skiplist_place){block, index, rank};
    return (apus_skiplist_place){block->next, 0, rank};
}

apus_skiplist_place apus_skiplist_find(const apus_skiplist *list, const apus_skiplist_bound *bound) {
    uint64_t before;
    apus_skiplist_block *block = descend(list, bound, NULL, &before);
    return place(block, block_find(block, bound), before);
}

apus_skiplist_place apus_skiplist_at(const apus_skiplist *list, uint64_t rank) {
    if (rank >= list->count) return (apus_skiplist_place){NULL, 0, list->count};
    uint64_t before;
    apus_skiplist_block *block = descend_to_rank(list, rank, NULL, &before);
    return place(block, (uint32_t)(rank - before), before);
}

uint32_t apus_skiplist_take(apus_skiplist *list, uint64_t rank, uint64_t count, apus_member **records) {
    path path;
    uint64_t before;
    apus_skiplist_block *block = descend_to_rank(list, rank, &path, &before);
    uint32_t index = (uint32_t)(rank - before), room = block->count - index;
    uint32_t taken = count < room ? (uint32_t)count : room;
    for (uint32_t i = 0; i < taken; i++) {
        records[i] = apus_skiplist_record(block, index + i);
        __builtin_prefetch(records[i]);
    }
    move_slots(block, index, block, index + taken, room - taken);
    block->count -= taken;
    list->count -= taken;
    add_to_spans(list, &path, -(int64_t)taken);
    rebalance(list, &path);
    return taken;
}
