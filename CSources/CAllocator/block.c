#include "block.h"
#include <stdatomic.h>
#include "allocator.h"

apus_block *apus_block_create(uint64_t capacity) {
    size_t size = apus_usable_size(sizeof(apus_block) + capacity);
    apus_block *block = apus_allocate(size);
    atomic_init(&block->references, 1);
    block->reserved = 0;
    block->count = 0;
    block->capacity = size - sizeof(apus_block);
    return block;
}

void apus_block_retain(apus_block *block) {
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
}

void apus_block_release(apus_block *block) {
    // Release orders our reads before the free, acquire orders the free after everybody else's.
    if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
        apus_free(block, sizeof(apus_block) + block->capacity);
}

void apus_block_unpin(void *block) { apus_block_release(block); }

bool apus_block_is_unique(const apus_block *block) {
    return atomic_load_explicit(&block->references, memory_order_acquire) == 1;
}

apus_block *apus_block_reserve(apus_block *block, uint64_t capacity) {
    if (capacity <= block->capacity) return block;
    size_t size = apus_usable_size(sizeof(apus_block) + capacity);
    block = apus_resize(block, sizeof(apus_block) + block->capacity, size);
    block->capacity = size - sizeof(apus_block);
    return block;
}

size_t apus_block_footprint(const apus_block *block) { return sizeof(apus_block) + block->capacity; }
