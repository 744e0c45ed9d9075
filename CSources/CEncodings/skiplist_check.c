// The skip list's checks, for tests: everything the header promises, in O(members × levels).
#include "skiplist_order.h"

static const char *check_block(const apus_skiplist *list, const apus_skiplist_block *block) {
    size_t header = sizeof *block + (block->height - 1) * sizeof(apus_skiplist_link);
    if (block->height < 1 || block->height > APUS_SKIPLIST_HEIGHT_MAX) return "a height is out of range";
    size_t capacity = (APUS_SKIPLIST_BLOCK_BYTES - header) / APUS_SKIPLIST_SLOT_BYTES;
    if (block->capacity != capacity) return "a capacity is wrong";
    if (block->count > block->capacity) return "a block is overfull";
    if (block->count == 0 && (block != list->head || list->count)) return "a block is empty";
    if (block != list->head && block->height > list->height) return "a block is higher than the list";
    for (uint32_t i = 0; i < block->count; i++) {
        const apus_member *record = apus_skiplist_record(block, i);
        if (record->score != record->score) return "a score is not a number";
        if (i && !is_before(apus_skiplist_record(block, i - 1), record)) return "a block is out of order";
    }
    if (!block->next) return block == list->tail ? NULL : "the last block is not the tail";
    if (block->next->previous != block) return "a block's previous is wrong";
    const apus_member *last = apus_skiplist_record(block, block->count - 1u);
    const apus_member *next = apus_skiplist_record(block->next, 0);
    if (!is_before(last, next)) return "two blocks are out of order";
    if (block->separator < last->score) return "a separator is below a score before it";
    if (block->separator > next->score) return "a separator is above the block it leads to";
    return NULL;
}

static const char *check_level(const apus_skiplist *list, uint32_t level) {
    const apus_skiplist_block *from = list->head;
    uint64_t span = from->count;
    for (const apus_skiplist_block *block = list->head->next, *previous = list->head; block;
         previous = block, block = block->next) {
        if (block->height > level) {
            const apus_skiplist_link *link = &from->upper[level - 1];
            if (link->next != block) return "a link misses a block";
            if (link->span != span) return "a span is wrong";
            if (link->separator != previous->separator) return "an upper separator differs from the lowest";
            from = block;
            span = 0;
        }
        span += block->count;
    }
    return from->upper[level - 1].next ? "a level does not end" : NULL;
}

const char *apus_skiplist_invariants(const apus_skiplist *list) {
    uint64_t count = 0, blocks = 0;
    if (list->head->previous || list->head->height != APUS_SKIPLIST_HEIGHT_MAX) return "the head is not a head";
    for (const apus_skiplist_block *block = list->head; block; block = block->next) {
        const char *broken = check_block(list, block);
        if (broken) return broken;
        count += block->count;
        blocks++;
    }
    if (count != list->count) return "the count is wrong";
    if (blocks != list->blocks) return "the count of blocks is wrong";
    if (list->height > 1 && !list->head->upper[list->height - 2].next) return "the top level is empty";
    for (uint32_t level = 1; level < APUS_SKIPLIST_HEIGHT_MAX; level++) {
        if (level >= list->height && list->head->upper[level - 1].next) return "a level above the height is in use";
        const char *broken = level < list->height ? check_level(list, level) : NULL;
        if (broken) return broken;
    }
    return NULL;
}
