// Blocks: their sizes and references, frames, and what lending pages has been worth. Contract and drawing: block.h.
#include "block.h"
#include <stdatomic.h>
#include <string.h>
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

// What a block occupies beside the bytes that fit.
enum {
    SMALL_OVERHEAD = sizeof(apus_block),
    LARGE_OVERHEAD = SMALL_OVERHEAD + APUS_BLOCK_HEAD_BYTES + APUS_BLOCK_TAIL_BYTES,
};

static size_t size_for(uint64_t capacity) {
    size_t size = apus_usable_size(SMALL_OVERHEAD + capacity);
    if (size < SMALL_OVERHEAD + APUS_BLOCK_FRAMED_MIN) return size;
    // A small block whose class is larger than it must be is a large one.
    if (capacity < APUS_BLOCK_FRAMED_MIN) capacity = APUS_BLOCK_FRAMED_MIN;
    return apus_usable_size(LARGE_OVERHEAD + capacity);
}

static uint64_t capacity_of(size_t size) {
    return size - (size < LARGE_OVERHEAD + APUS_BLOCK_FRAMED_MIN ? SMALL_OVERHEAD : LARGE_OVERHEAD);
}

size_t apus_block_footprint(const apus_block *block) {
    return block->capacity + (apus_block_has_frame_room(block) ? LARGE_OVERHEAD : SMALL_OVERHEAD);
}

apus_block *apus_block_create(uint64_t capacity) {
    size_t size = size_for(capacity);
    apus_block *block = apus_allocate(size);
    atomic_init(&block->references, 1);
    block->capacity = capacity_of(size);
    apus_block_set_count(block, 0);
    return block;
}

void apus_block_retain(apus_block *block) {
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
}

void apus_block_release(apus_block *block) {
    // Release orders our reads before the free, acquire orders the free after everybody else's.
    if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1) return;
    uint32_t sends = atomic_load_explicit(&block->sends, memory_order_relaxed);
    size_t size = apus_block_footprint(block);
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
    if (!apus_owns_pages(apus_block_footprint(block))) return false;
    if (sends < atomic_load_explicit(&copies_due, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&block->sends, 1, memory_order_relaxed);
        return false;
    }
    // If another thread counted or lent in between, this send is copied.
    return atomic_compare_exchange_strong_explicit(&block->sends, &sends, LENT, memory_order_relaxed,
                                                   memory_order_relaxed);
}

bool apus_block_frame(apus_block *block, const uint8_t *head, uint32_t count) {
    if (!apus_block_has_frame_room(block) || count == 0 || count >= APUS_BLOCK_HEAD_BYTES) return false;
    _Atomic(uint8_t) *framed = (_Atomic(uint8_t) *)block->storage;
    uint8_t none = 0;
    if (!atomic_compare_exchange_strong_explicit(framed, &none, APUS_BLOCK_FRAMING, memory_order_relaxed,
                                                 memory_order_relaxed)) return apus_block_framed(block) > 0;
    uint8_t *bytes = apus_block_bytes(block);
    memcpy(bytes - count, head, count);
    memcpy(bytes + block->count, "\r\n", APUS_BLOCK_TAIL_BYTES);
    atomic_store_explicit(framed, (uint8_t)count, memory_order_release);
    return true;
}

void apus_block_unpin(void *block) { apus_block_release(block); }

bool apus_block_is_unique(const apus_block *block) {
    return atomic_load_explicit(&block->references, memory_order_acquire) == 1 &&
           !(atomic_load_explicit(&block->sends, memory_order_relaxed) & LENT);
}

apus_block *apus_block_reserve(apus_block *block, uint64_t capacity) {
    if (capacity <= block->capacity) return block;
    bool had_room = apus_block_has_frame_room(block);
    size_t size = size_for(capacity);
    block = apus_resize(block, apus_block_footprint(block), size);
    block->capacity = capacity_of(size);
    if (!had_room && apus_block_has_frame_room(block)) {
        memmove(apus_block_bytes(block), block->storage, block->count);
        block->storage[0] = 0;
    }
    return block;
}
