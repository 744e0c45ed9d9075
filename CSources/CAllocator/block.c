#include "block.h"
#include <stdatomic.h>
#include "allocator.h"

#define LENT (1u << 31)

// Sends by copy before a block is lent. Threads that change it at the same time may undo each other, which is no harm.
static _Atomic(uint32_t) copies_due = APUS_BLOCK_COPIES_MIN;

static void lending_paid(void) {
    uint32_t due = atomic_load_explicit(&copies_due, memory_order_relaxed) / 2;
    atomic_store_explicit(&copies_due, due < APUS_BLOCK_COPIES_MIN ? APUS_BLOCK_COPIES_MIN : due,
                          memory_order_relaxed);
}

static void lending_failed(void) {
    uint32_t due = atomic_load_explicit(&copies_due, memory_order_relaxed) * 2;
    atomic_store_explicit(&copies_due, due > APUS_BLOCK_COPIES_MAX ? APUS_BLOCK_COPIES_MAX : due,
                          memory_order_relaxed);
}

apus_block *apus_block_create(uint64_t capacity) {
    size_t size = apus_usable_size(sizeof(apus_block) + capacity);
    apus_block *block = apus_allocate(size);
    atomic_init(&block->references, 1);
    atomic_init(&block->sends, 0);
    block->count = 0;
    block->capacity = size - sizeof(apus_block);
    return block;
}

void apus_block_retain(apus_block *block) {
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
}

void apus_block_release(apus_block *block) {
    // Release orders our reads before the free, acquire orders the free after everybody else's.
    if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1) return;
    uint32_t sends = atomic_load_explicit(&block->sends, memory_order_relaxed);
    size_t size = sizeof(apus_block) + block->capacity;
    if (sends & LENT) {
        if ((sends & ~LENT) < APUS_BLOCK_LOANS_PAID) lending_failed();
        // Should the kernel hold on to the pages, so does the block: bytes that are on their way must never change.
        if (!apus_exchange_pages(block, size)) return;
    }
    apus_free(block, size);
}

void apus_block_forget_experience(void) {
    atomic_store_explicit(&copies_due, APUS_BLOCK_COPIES_MIN, memory_order_relaxed);
}

bool apus_block_lend(apus_block *block) {
    // Relaxed: the release of the caller's reference publishes all of it to whoever finds himself alone with the block.
    uint32_t sends = atomic_load_explicit(&block->sends, memory_order_relaxed);
    if (sends & LENT) {
        if ((sends & ~LENT) >= APUS_BLOCK_LOANS_PAID) return true;
        sends = atomic_fetch_add_explicit(&block->sends, 1, memory_order_relaxed) + 1;
        if ((sends & ~LENT) == APUS_BLOCK_LOANS_PAID) lending_paid();
        return true;
    }
    if (!apus_owns_pages(sizeof(apus_block) + block->capacity)) return false;
    if (sends < atomic_load_explicit(&copies_due, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&block->sends, 1, memory_order_relaxed);
        return false;
    }
    // If another thread counted or lent in between, this send is copied.
    return atomic_compare_exchange_strong_explicit(&block->sends, &sends, LENT, memory_order_relaxed,
                                                   memory_order_relaxed);
}

void apus_block_unpin(void *block) { apus_block_release(block); }

bool apus_block_is_unique(const apus_block *block) {
    return atomic_load_explicit(&block->references, memory_order_acquire) == 1 &&
           !(atomic_load_explicit(&block->sends, memory_order_relaxed) & LENT);
}

apus_block *apus_block_reserve(apus_block *block, uint64_t capacity) {
    if (capacity <= block->capacity) return block;
    size_t size = apus_usable_size(sizeof(apus_block) + capacity);
    block = apus_resize(block, sizeof(apus_block) + block->capacity, size);
    block->capacity = size - sizeof(apus_block);
    return block;
}

size_t apus_block_footprint(const apus_block *block) { return sizeof(apus_block) + block->capacity; }
